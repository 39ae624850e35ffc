"""Identifiers made up by rule, valid where validity can be checked, and the numbers that look like them."""

# ruff: noqa: E501 - an expression or a sentence reads best on one line

import base64
import hashlib
import random
import string
import uuid
from collections.abc import Callable, Mapping

from services.labelling.detect import checksums
from services.labelling.detect.iban import STRUCTURES

Make = Callable[[random.Random], str]
_ALNUM, _URL = string.ascii_letters + string.digits, string.ascii_letters + string.digits + "_-"
_NAMES = "amir siti budi nok somchai linh tuan maria jose anna jonas claire paolo ines sven kasia wei yuki".split()  # noqa: SIM905 - a list of words reads best as words
_DOMAINS = "northfield-bank.com lumen-care.org kopitrade.co.id sawitmill.my hanoilogistics.vn manilaworks.ph quaygate.sg".split()  # noqa: SIM905 - the same


def some(chance: random.Random, letters: str, count: int) -> str:
    """So many characters, each drawn alone."""
    return "".join(chance.choice(letters) for _ in range(count))


def digits(chance: random.Random, count: int) -> str:
    """So many digits, the first no zero."""
    return chance.choice("123456789") + some(chance, string.digits, count - 1)


def _with_luhn(body: str) -> str:
    return next(body + last for last in string.digits if checksums.luhn(body + last))


def _grouped(value: str, sizes: tuple[int, ...], sign: str) -> str:
    parts, place = [], 0
    for size in sizes:
        parts.append(value[place : place + size])
        place += size
    return sign.join(part for part in parts if part)


def card(chance: random.Random) -> str:
    """Of one of the large issuers, bare or in groups."""
    start, length = chance.choice([("4", 16), ("4", 16), (str(chance.randint(51, 55)), 16), ("6011", 16), ("3528", 16),
                                   ("37", 15), ("2221", 16), ("62", 16), ("36", 14)])  # fmt: skip
    value = _with_luhn(start + some(chance, string.digits, length - len(start) - 1))
    sign = chance.choice(["", " ", "-"])
    sizes = {16: (4, 4, 4, 4), 15: (4, 6, 5), 14: (4, 6, 4)}[length]
    return _grouped(value, sizes, sign or " ") if sign or length == 14 else value  # noqa: PLR2004 - bare 14 digits are too many things


def iban(chance: random.Random) -> str:
    """Of any country, in groups of four or not, some in lower case."""
    country, structure = chance.choice(STRUCTURES.replace("\n", "").split("|")).split()
    body, count = "", ""
    for each in structure:
        if each.isdigit():
            count += each
        else:
            body += some(
                chance,
                {"n": string.digits, "a": string.ascii_uppercase}.get(each, string.ascii_uppercase + string.digits),
                int(count),
            )
            count = ""
    rest = int("".join(str(int(each, 36)) for each in body + country + "00")) % 97
    value = f"{country}{98 - rest:02d}{body}"
    return chance.choice([value, " ".join(value[n : n + 4] for n in range(0, len(value), 4)), value.lower()])


def ssn(chance: random.Random) -> str:
    """An area, group and serial that are given out."""
    area = chance.choice([chance.randint(1, 665), chance.randint(667, 899)])
    return f"{area:03d}-{chance.randint(1, 99):02d}-{chance.randint(1, 9999):04d}"


def nino(chance: random.Random) -> str:
    """Two letters in use, six digits, A to D."""
    value = f"{chance.choice('ABCEGHJKLMNOPRSTWXYZ')}{chance.choice('ACEHJLMPRSTWXY')}{some(chance, string.digits, 6)}{chance.choice('ABCD')}"
    if value[:2] in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}:
        return nino(chance)
    return chance.choice([value, f"{value[:2]} {value[2:4]} {value[4:6]} {value[6:8]} {value[8]}"])


def nric(chance: random.Random) -> str:
    """Of any series."""
    body = chance.choice("STFGM") + some(chance, string.digits, 7)
    return next(body + letter for letter in string.ascii_uppercase if checksums.nric(body + letter))


def _born(chance: random.Random) -> tuple[int, int, int]:
    return chance.randint(50, 99), chance.randint(1, 12), chance.randint(1, 28)


def mykad(chance: random.Random) -> str:
    """Bare or in groups."""
    year, month, day = _born(chance)
    value = f"{year:02d}{month:02d}{day:02d}{chance.choice([1, 2, 5, 7, 8, 10, 12, 14, 21, 44, 59]):02d}{some(chance, string.digits, 4)}"
    return chance.choice([value, f"{value[:6]}-{value[6:8]}-{value[8:]}"])


def nik(chance: random.Random) -> str:
    """Sixteen digits, half of them of women."""
    year, month, day = _born(chance)
    day += chance.choice([0, 40])
    province = chance.choice([11, 12, 31, 32, 33, 34, 35, 36, 51, 61, 64, 73, 81, 91])
    return f"{province}{chance.randint(1, 79):02d}{chance.randint(1, 30):02d}{day:02d}{month:02d}{year:02d}{chance.randint(1, 9999):04d}"


def thai(chance: random.Random) -> str:
    """Bare or in groups."""
    body = chance.choice("12345678") + some(chance, string.digits, 11)
    value = next(body + last for last in string.digits if checksums.thai(body + last))
    return chance.choice([value, f"{value[0]}-{value[1:5]}-{value[5:10]}-{value[10:12]}-{value[12]}"])


def cccd(chance: random.Random) -> str:
    """Twelve digits."""
    return f"{chance.choice([1, 26, 30, 38, 48, 79, 92]):03d}{chance.randint(0, 3)}{some(chance, string.digits, 8)}"


def pcn(chance: random.Random) -> str:
    """Four groups of four, or bare."""
    value = digits(chance, 16)
    return chance.choice([value, _grouped(value, (4, 4, 4, 4), "-")])


def tin(chance: random.Random) -> str:
    """With or without a branch."""
    value = _grouped(digits(chance, 9), (3, 3, 3), "-")
    return chance.choice([value, value + "-000", value + f"-{chance.randint(1, 40):03d}"])


def email(chance: random.Random) -> str:
    """Of an invented firm."""
    return f"{chance.choice(_NAMES)}{chance.choice(['.', '_', ''])}{chance.choice(_NAMES)}{chance.choice(['', '7', '88'])}@{chance.choice(_DOMAINS)}"


def phone(chance: random.Random) -> str:
    """In international form."""
    code, sizes = chance.choice([("+65", (4, 4)), ("+60", (2, 3, 4)), ("+62", (3, 4, 4)), ("+66", (2, 3, 4)), ("+84", (2, 3, 4)),
                                 ("+63", (3, 3, 4)), ("+44", (2, 4, 4)), ("+1", (3, 3, 4)), ("+49", (3, 7))])  # fmt: skip
    sign = chance.choice([" ", "-", ""])
    return code + (sign or "") + _grouped(digits(chance, sum(sizes)), sizes, sign)


def password(chance: random.Random) -> str:
    """A value with digits given to a password."""
    value = some(chance, _ALNUM, 6) + chance.choice(["!", "#", "$", "7"]) + str(chance.randint(10, 99))
    return chance.choice(
        [f"password={value}", f"password: {value}", f'DB_PASSWORD="{value}"', f"pwd={value}", f"passwd = '{value}'"]
    )


def connection(chance: random.Random) -> str:
    """An address with a password."""
    scheme = chance.choice(["postgresql", "mysql", "mongodb+srv", "redis", "amqp"])
    return f"{scheme}://{chance.choice(_NAMES)}:{some(chance, _ALNUM, 12)}@db{chance.randint(1, 9)}.{chance.choice(_DOMAINS)}/ledger"


def jwt(chance: random.Random) -> str:
    """Three parts, the first a header."""
    head = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').decode().rstrip("=")
    return f"{head}.eyJ{some(chance, _URL, 60)}.{some(chance, _URL, 86)}"


def private_key(chance: random.Random) -> str:
    """A PEM block."""
    name = chance.choice(["RSA ", "EC ", "OPENSSH ", ""])
    body = "\n".join(some(chance, _ALNUM + "+/", 64) for _ in range(6))
    return f"-----BEGIN {name}PRIVATE KEY-----\n{body}\n-----END {name}PRIVATE KEY-----"


def shaped(prefix: str, letters: str, count: int, behind: str = "") -> Make:
    """A maker of keys of one shape."""
    return lambda chance: prefix + some(chance, letters, count) + behind


MAKERS: Mapping[str, tuple[Make, ...]] = {
    "card": (card,), "iban": (iban,), "us_ssn": (ssn,), "uk_nino": (nino,), "sg_nric": (nric,), "my_nric": (mykad,),
    "id_nik": (nik,), "th_id": (thai,), "vn_cccd": (cccd,), "ph_philsys": (pcn,), "ph_tin": (tin,), "email": (email,),
    "phone": (phone,), "password_assignment": (password,), "connection_string": (connection,), "jwt": (jwt,),
    "private_key": (private_key,), "aws_key": (shaped("AKIA", string.ascii_uppercase + "234567", 16),),
    "github_token": (shaped("ghp_", _ALNUM, 36), shaped("github_pat_", _ALNUM, 22, "_" + "a1B2c3D4e5" * 6)),
    "openai_key": (shaped("sk-proj-", _URL, 74, "T3BlbkFJ7a"), shaped("sk-", _ALNUM, 48)),
    "anthropic_key": (shaped("sk-ant-api03-", _URL, 93, "AA"),), "google_api_key": (shaped("AIza", _ALNUM, 35),),
    "slack_token": (shaped("xoxb-2345678901-", _ALNUM, 24),), "stripe_key": (shaped("sk_live_", _ALNUM, 24),),
}  # fmt: skip


def _bad_luhn(chance: random.Random) -> str:
    value = _with_luhn("4" + some(chance, string.digits, 14))
    return value[:-1] + str((int(value[-1]) + chance.randint(1, 9)) % 10)


def _bad_iban(chance: random.Random) -> str:
    value = iban(chance).replace(" ", "").upper()
    return value[:2] + f"{(int(value[2:4]) + chance.randint(1, 8)) % 97:02d}" + value[4:]


def _bad_letter(chance: random.Random) -> str:
    value = nric(chance)
    return value[:-1] + chance.choice([letter for letter in "ABCDEFGHIJZ" if letter != value[-1]])


def _bad_thai(chance: random.Random) -> str:
    value = thai(chance).replace("-", "")
    return value[:-1] + str((int(value[-1]) + chance.randint(1, 9)) % 10)


_NEUTRAL = ("The number on the form was ", "It reads ", "We saw ", "The entry says ")
LOOK_ALIKES: Mapping[str, tuple[tuple[str, ...], Make]] = {
    "bad luhn": (_NEUTRAL, _bad_luhn), "bad iban": (_NEUTRAL, _bad_iban), "bad nric": (_NEUTRAL, _bad_letter),
    "bad thai": (_NEUTRAL, _bad_thai),
    "uuid": (("Request id ", "See "), lambda chance: str(uuid.UUID(int=chance.getrandbits(128), version=4))),
    "sha1": (("Commit ", "Revision "), lambda chance: hashlib.sha1(chance.randbytes(8), usedforsecurity=False).hexdigest()),
    "epoch": (("Started at ", '"ts": '), lambda chance: str(chance.randint(1_500_000_000_000, 1_790_000_000_000))),
    "base64": (("Body ", "Blob "), lambda chance: base64.b64encode(chance.randbytes(60)).decode()),
    "order": (("PO ", "Order number ", "Tracking no. "), lambda chance: digits(chance, chance.choice([9, 10, 12, 13, 16]))),
    "amount": (("The total is $", "Budget EUR "), lambda chance: f"{chance.randint(1, 999)},{digits(chance, 3)},{digits(chance, 3)}.50"),
    "date": (("On ", "Due "), lambda chance: f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}T08:00:00Z"),
    "version": (("Release ", "Build "), lambda chance: ".".join(digits(chance, chance.randint(1, 3)) for _ in range(4))),
}  # fmt: skip
