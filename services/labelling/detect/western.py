"""National identifiers elsewhere: United States, United Kingdom, China, Spain, Italy, Brazil, Poland; passports.

SSN: https://www.ssa.gov/employer/randomization.html (no area 000, 666 or 900-999, no group 00, no serial 0000).
NINO: https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110 (letters and prefixes not used).
"""

from services.labelling.detect import examples
from services.labelling.detect.checksums import cpf, dni, pesel, resident
from services.labelling.detect.finding import Fit, Rule, Shape
from services.labelling.detect.southeast import bare

_SSN, _CPF, _PESEL, _RESIDENT = 9, 11, 11, 18
_PUBLISHED_SSN = frozenset({"078051120", "123456789", "219099999", "457555462", "111111111", "333333333", "123121234"})
_NO_PREFIX = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})
_FIRST_ITIN = 900


def ssn(value: str) -> Fit:
    """Area, group and serial that were or may be given out."""
    digits = bare(value)
    if len(digits) != _SSN:
        return Fit.NO
    area = int(digits[:3])
    given = area not in {0, 666} and area < _FIRST_ITIN and digits[3:5] != "00" and digits[5:] != "0000"
    return Fit.YES if given else Fit.NO


def published_ssn(value: str) -> bool:
    """Whether the number was printed in advertisements or forms, or is a filler."""
    digits = bare(value)
    return digits in _PUBLISHED_SSN or examples.digits(digits)


def itin(value: str) -> Fit:
    """A tax number of somebody without an SSN: 9xx with groups 50-65, 70-88, 90-92, 94-99."""
    digits = bare(value)
    group = int(digits[3:5])
    given = digits[0] == "9" and (50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 99) and group != 93  # noqa: PLR2004 - the ranges are the rule
    return Fit.YES if given else Fit.NO


def nino(value: str) -> Fit:
    """Two letters that are used, six digits, A to D; in upper case."""
    letters = value[:2]
    given = value.isupper() and letters not in _NO_PREFIX and letters[0] not in "DFIQUV" and letters[1] not in "DFIOQUV"
    return Fit.YES if given else Fit.NO


def nino_small(value: str) -> Fit:
    """As `nino`, not in upper case."""
    return Fit.NO if value.isupper() else nino(value.upper())


def chinese(value: str) -> Fit:
    """Area, date of birth, and a check character."""
    value = value.upper()
    if len(value) != _RESIDENT or not ("18" < value[6:8] < "21" and "01" <= value[10:12] <= "12"):
        return Fit.NO
    if not "01" <= value[12:14] <= "31":
        return Fit.NO
    return Fit.YES if resident(value) else Fit.WRONG


def spanish(value: str) -> Fit:
    """DNI or NIE with its letter."""
    digits = value[:-1].translate({88: "0", 89: "1", 90: "2"})
    return Fit.YES if dni(digits, value[-1]) else Fit.WRONG


def brazilian(value: str) -> Fit:
    """CPF with its two check digits."""
    digits = bare(value)
    if len(digits) != _CPF:
        return Fit.NO
    return Fit.YES if cpf(digits) else Fit.WRONG


def polish(value: str) -> Fit:
    """PESEL with its check digit."""
    return Fit.NO if len(value) != _PESEL else Fit.YES if pesel(value) else Fit.WRONG


_RULES_OF_SSN = "area, group and serial that are given out"
SSN = Rule("us_ssn", _RULES_OF_SSN, 0.0, 0.93, 0.0, ssn, "ssn", published_ssn)
CPF = Rule("br_cpf", "check digits", 0.0, 0.95, 0.3, brazilian, "cpf", examples.digits)
PESEL = Rule("pl_pesel", "check digit", 0.0, 0.95, 0.3, polish, "pesel", examples.digits)
RESIDENT = Rule("cn_resident_id", "date of birth and check character", 0.95, 0.99, 0.3, chinese, "resident")

SHAPES = (
    Shape("ssn", rb"\b\d{3}-\d{2}-\d{4}\b",
          (Rule("us_ssn", f"{_RULES_OF_SSN}, in groups", 0.9, 0.98, 0.0, ssn, "ssn", published_ssn),
           Rule("us_itin", "range and groups that are given out", 0.8, 0.95, 0.0, itin, "ssn"))),
    Shape("ssn otherwise", rb"\b\d{3}[ .]\d{2}[ .]\d{4}\b", (SSN,)),
    Shape("nino", rb"(?i)\b[A-Z]{2}(?:\d{6}| ?\d{2} \d{2} \d{2} ?|-?\d{2}-\d{2}-\d{2}-?)[A-D]\b",
          (Rule("uk_nino", "letters and prefixes in use", 0.85, 0.98, 0.0, nino, "nino"),
           Rule("uk_nino", "letters and prefixes in use, not in upper case", 0.0, 0.9, 0.0, nino_small, "nino"))),
    Shape("chinese", rb"\b[1-9]\d{16}[Xx]\b", (RESIDENT,)),
    Shape("dni", rb"\b(?:\d{8}|[XYZ]\d{7})[A-HJ-NP-TV-Z]\b",
          (Rule("es_dni", "check letter", 0.0, 0.96, 0.3, spanish, "dni"),)),
    Shape("codice fiscale", rb"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b",
          (Rule("it_codice_fiscale", "its shape", 0.9, 0.9),)),
    Shape("cpf", rb"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b",
          (Rule("br_cpf", "check digits, in groups", 0.95, 0.99, 0.3, brazilian, "cpf", examples.digits),)),
    Shape("passport", rb"\b[A-Z]{1,2}\d{6,9}[A-Z]?\b", (Rule("passport", "its shape", 0.0, 0.85, words="passport"),)),
)  # fmt: skip
