"""Check digits. Each function takes characters that its caller has already found to have the right shape."""

from operator import mul

_ZERO = ord("0")
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
_LETTERS = {ord(each): str(int(each, 36)) for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_NRIC_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
_NRIC_LETTERS = {"S": (0, "JZIHGFEDCBA"), "T": (4, "JZIHGFEDCBA"), "F": (0, "XWUTRQPNMLK"), "G": (4, "XWUTRQPNMLK"),
                 "M": (3, "KLJNPQRTUWX")}  # fmt: skip
_THAI_WEIGHTS = range(13, 1, -1)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECK = "10X98765432"
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def luhn(digits: str) -> bool:
    """The mod 10 of ISO/IEC 7812-1, annex B."""
    codes = digits.encode("ascii")
    return (sum(codes[-1::-2]) + sum(codes[-2::-2].translate(_DOUBLED)) - _ZERO * len(codes)) % 10 == 0


def mod97(iban: str) -> bool:
    """ISO 7064 mod 97-10 of an IBAN without spaces, in upper case (ISO 13616)."""
    return int((iban[4:] + iban[:4]).translate(_LETTERS)) % 97 == 1


def nric(value: str) -> bool:
    """The letter of a Singapore NRIC or FIN, S, T, F, G and M series, upper case.

    The authority never published it; this is the form in general use: weights 2 7 6 5 4 3 2, plus 4 for T and G, plus
    3 for M. https://github.com/microsoft/presidio/blob/main/presidio-analyzer/tests/test_sg_fin_recognizer.py has
    examples.
    """
    offset, letters = _NRIC_LETTERS[value[0]]
    total: int = offset + sum(map(mul, _NRIC_WEIGHTS, map(int, value[1:8])))
    place = total % 11
    return value[8] == (letters[10 - place] if value[0] == "M" else letters[place])


def thai(digits: str) -> bool:
    """The last of the 13 digits of a Thai citizen number: 11 minus the sum with weights 13 to 2, mod 11, mod 10."""
    total: int = sum(map(mul, _THAI_WEIGHTS, map(int, digits)))
    return (11 - total % 11) % 10 == int(digits[12])


def resident(value: str) -> bool:
    """The last character of a Chinese resident number (GB 11643, ISO 7064 mod 11-2), upper case."""
    total: int = sum(map(mul, _RESIDENT_WEIGHTS, map(int, value)))
    return _RESIDENT_CHECK[total % 11] == value[17]


def dni(digits: str, letter: str) -> bool:
    """The letter of a Spanish DNI or NIE, its leading X, Y or Z read as 0, 1 or 2."""
    return _DNI_LETTERS[int(digits) % 23] == letter


def cpf(digits: str) -> bool:
    """The two last of the 11 digits of a Brazilian CPF."""
    for length in (9, 10):
        total = sum((length + 1 - place) * int(digit) for place, digit in enumerate(digits[:length]))
        if (total * 10 % 11) % 10 != int(digits[length]):
            return False
    return True


def pesel(digits: str) -> bool:
    """The last of the 11 digits of a Polish PESEL."""
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 10 == 0


def base62(number: int, length: int) -> str:
    """A number in the digits 0-9 A-Z a-z, padded with zeros on the left."""
    told = ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        told = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[digit] + told
    return told
