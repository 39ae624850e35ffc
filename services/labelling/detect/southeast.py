"""National identifiers of South-East Asia: their shapes, and what of them can be checked.

MyKad: date and place code (https://www.jpn.gov.my/en/kod-negeri, from memory; the same codes as `my/bp.dat` of
https://pypi.org/project/python-stdnum/ 2.2). NIK: province, date with 40 added to a
woman's day (Permendagri 72/2022 area codes, from memory). CCCD: province, century and sex (Circular 07/2016/TT-BCA,
from memory). PhilSys numbers have no published check digit, and of the Philippine TIN two forms of one circulate, so
both are shape and word only.
"""

# ruff: noqa: SIM905 - a list of codes reads best as words

from services.labelling.detect import examples
from services.labelling.detect.checksums import nric as nric_letter
from services.labelling.detect.checksums import thai as thai_digit
from services.labelling.detect.finding import Fit, Rule, Shape

_DAYS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NO_PLACE = frozenset({0, 17, 18, 19, 20, 69, 70, 73, 80, 81, 94, 95, 96, 97})
_NIK_PROVINCES = frozenset(
    [*range(11, 20), 21, *range(31, 37), 51, 52, 53, *range(61, 66), *range(71, 77), 81, 82, *range(91, 98)]
)
_CCCD_PROVINCES = frozenset(
    int(code) for code in (
        "1 2 4 6 8 10 11 12 14 15 17 19 20 22 24 25 26 27 30 31 33 34 35 36 37 38 40 42 44 45 46 48 49 51 52 54 56 58"
        " 60 62 64 66 67 68 70 72 74 75 77 79 80 82 83 84 86 87 89 91 92 93 94 95 96"
    ).split()
)  # fmt: skip
_FIRST_OF_EPOCH = ("15", "16", "17", "18", "19")
_MYKAD, _NIK, _THAI, _CCCD, _PCN = 12, 16, 13, 12, 16
_LATEST_CENTURY = 4
_WOMAN = 40


def bare(value: str) -> str:
    """The digits without what separates them."""
    return value if value.isdigit() else value.replace(" ", "").replace("-", "").replace(".", "")


def _date(day: int, month: int) -> bool:
    return 1 <= month <= len(_DAYS) - 1 and 1 <= day <= _DAYS[month]


def singapore(value: str) -> Fit:
    """NRIC or FIN in upper case."""
    if not value[0].isupper() or not value[8].isupper():
        return Fit.NO
    return Fit.YES if nric_letter(value) else Fit.WRONG


def singapore_small(value: str) -> Fit:
    """NRIC or FIN in lower case, as people type it."""
    if value[0].isupper() and value[8].isupper():
        return Fit.NO
    return Fit.YES if nric_letter(value.upper()) else Fit.WRONG


def mykad(value: str) -> Fit:
    """YYMMDD, a place code, four digits."""
    digits = bare(value)
    if len(digits) != _MYKAD or not _date(int(digits[4:6]), int(digits[2:4])):
        return Fit.NO
    return Fit.WRONG if int(digits[6:8]) in _NO_PLACE else Fit.YES


def nik(value: str) -> Fit:
    """Province, regency, district, DDMMYY (a woman's day plus 40), a number from 0001."""
    digits = bare(value)
    if len(digits) != _NIK:
        return Fit.NO
    day = int(digits[6:8])
    right = (
        int(digits[:2]) in _NIK_PROVINCES and digits[2:4] != "00" and digits[4:6] != "00" and digits[12:] != "0000"
        and _date(day - _WOMAN if day > _WOMAN else day, int(digits[8:10]))
    )  # fmt: skip
    return Fit.YES if right else Fit.WRONG


def thailand(value: str) -> Fit:
    """13 digits, the first 1 to 8, the last a check digit."""
    digits = bare(value)
    if len(digits) != _THAI or digits[0] in "09":
        return Fit.NO
    return Fit.YES if thai_digit(digits) else Fit.WRONG


def thailand_alone(value: str) -> Fit:
    """As `thailand`, where no word says so: not a moment in milliseconds, not one digit repeated."""
    return Fit.NO if value.startswith(_FIRST_OF_EPOCH) else thailand(value)


def vietnam(value: str) -> Fit:
    """Province, century and sex, year of birth, six digits."""
    digits = bare(value)
    if len(digits) != _CCCD:
        return Fit.NO
    right = int(digits[:3]) in _CCCD_PROVINCES and int(digits[3]) < _LATEST_CENTURY
    return Fit.YES if right else Fit.WRONG


def philsys(value: str) -> Fit:
    """A card number of 16 digits, or a system number of 12."""
    return Fit.YES if len(bare(value)) in {12, _PCN} else Fit.NO


def philippine_tin(value: str) -> Fit:
    """Nine digits, with three or five of a branch behind them."""
    return Fit.YES if len(bare(value)) in {9, 12, 14} else Fit.NO


_PLACE, _AREA = "date of birth and place code", "province and date of birth"
MYKAD = Rule("my_nric", _PLACE, 0.0, 0.95, 0.4, mykad, "mykad", examples.digits)
NIK = Rule("id_nik", _AREA, 0.0, 0.96, 0.4, nik, "nik", examples.digits)
CCCD = Rule("vn_cccd", "province, century and sex", 0.0, 0.95, 0.4, vietnam, "cccd", examples.digits)
PCN = Rule("ph_philsys", "length, no check digit is published", 0.0, 0.93, 0.0, philsys, "philsys", examples.digits)
TIN = Rule("ph_tin", "length, no check digit is published", 0.0, 0.93, 0.0, philippine_tin, "ph_tin", examples.digits)
THAI = Rule("th_id", "check digit", 0.0, 0.97, 0.3, thailand, "thai", examples.digits)
THAI_ALONE = Rule("th_id", "check digit, in no company", 0.6, 0.97, 0.0, thailand_alone, "thai", examples.digits)

SHAPES = (
    Shape("nric", rb"(?i)\b[STFGM]\d{7}[A-Z]\b",
          (Rule("sg_nric", "check letter", 0.95, 0.99, 0.3, singapore, "nric"),
           Rule("sg_nric", "check letter, in lower case", 0.6, 0.95, 0.3, singapore_small, "nric"))),
    Shape("mykad in groups", rb"\b\d{6}[- ]\d{2}[- ]\d{4}\b",
          (Rule("my_nric", f"{_PLACE}, in groups", 0.9, 0.98, 0.4, mykad, "mykad", examples.digits),)),
    Shape("thai in groups", rb"\b[1-8][- ]\d{4}[- ]\d{5}[- ]\d{2}[- ]\d\b",
          (Rule("th_id", "check digit, in groups", 0.95, 0.99, 0.4, thailand, "thai", examples.digits),)),
    Shape("nik in groups", rb"\b\d{2}[. ]?\d{2}[. ]?\d{2}[. ]\d{6}[. ]\d{4}\b|\b\d{6}[- ]\d{6}[- ]\d{4}\b",
          (Rule("id_nik", f"{_AREA}, in groups", 0.8, 0.97, 0.4, nik, "nik", examples.digits),)),
    Shape("three times four", rb"\b\d{4}[- ]\d{4}[- ]\d{4}\b", (PCN, CCCD)),
    Shape("four times three", rb"\b\d{3}[- .]\d{3}[- .]\d{3}[- .]\d{3,5}\b", (TIN, CCCD)),
    Shape("tin of a head office", rb"\b\d{3}-\d{3}-\d{3}-0{3,5}\b",
          (Rule("ph_tin", "groups ending in the head office's branch code", 0.7, 0.95, 0.0, philippine_tin, "ph_tin",
                examples.digits),)),
    Shape("three times three", rb"\b\d{3}-\d{3}-\d{3}\b", (TIN,)),
)  # fmt: skip
