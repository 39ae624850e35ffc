"""IBAN: length and structure of each country's account number, and mod 97.

Structures: the registry of SWIFT (https://www.swift.com/standards/data-standards/iban-international-bank-account-number),
all 89 held against the table of python-stdnum 2.2 (https://pypi.org/project/python-stdnum/, `iban.dat`, registry 101).
`4a6n` is four letters and six digits; `c` is either.
"""

import re
from functools import cache

from services.labelling.detect.checksums import mod97
from services.labelling.detect.finding import Fit, Rule, Shape

STRUCTURES = """
AD 8n12c|AE 19n|AL 8n16c|AT 16n|AZ 4a20c|BA 16n|BE 12n|BG 4a6n8c|BH 4a14c|BI 23n|BR 23n1a1c|BY 4c4n16c|CH 5n12c|CR 18n
|CY 8n16c|CZ 20n|DE 18n|DJ 23n|DK 14n|DO 4c20n|EE 16n|EG 25n|ES 20n|FI 14n|FK 2a12n|FO 14n|FR 10n11c2n|GB 4a14n
|GE 2a16n|GI 4a15c|GL 14n|GR 7n16c|GT 4c20c|HN 4a20n|HR 17n|HU 24n|IE 4a14n|IL 19n|IQ 4a15n|IS 22n|IT 1a10n12c
|JO 4a4n18c|KW 4a22c|KZ 3n13c|LB 4n20c|LC 4a24c|LI 5n12c|LT 16n|LU 3n13c|LV 4a13c|LY 21n|MC 10n11c2n|MD 2c18c|ME 18n
|MK 3n10c2n|MN 16n|MR 23n|MT 4a5n18c|MU 4a19n3a|NI 4a20n|NL 4a10n|NO 11n|OM 3n16c|PK 4a16c|PL 24n|PS 4a21c|PT 21n
|QA 4a21c|RO 4a16c|RS 18n|RU 14n15c|SA 2n18c|SC 4a20n3a|SD 14n|SE 20n|SI 15n|SK 20n|SM 1a10n12c|SO 19n|ST 21n|SV 4a20n
|TL 19n|TN 20n|TR 5n1n16c|UA 6n19c|VA 18n|VG 4a16n|XK 16n|YE 4a4n18c
"""
_SETS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
_BARE = re.compile(r"[ -]")


@cache
def _structures() -> dict[str, tuple[int, re.Pattern[str]]]:
    """Length of the whole, and the expression of what follows the check digits, by country."""
    found = {}
    for entry in STRUCTURES.replace("\n", "").split("|"):
        country, structure = entry.split()
        parts = [(int(count), kind) for count, kind in re.findall(r"(\d+)([nac])", structure)]
        expression = re.compile("".join(f"{_SETS[kind]}{{{count}}}" for count, kind in parts))
        found[country] = (4 + sum(count for count, _ in parts), expression)
    return found


def iban(value: str) -> Fit:
    """Whether the country has such numbers, and whether mod 97 is right."""
    bare = _BARE.sub("", value).upper()
    known = _structures().get(bare[:2])
    if known is None or len(bare) != known[0] or not known[1].fullmatch(bare[4:]):
        return Fit.NO
    return Fit.YES if mod97(bare) else Fit.WRONG


def edges(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The match cut to the length of its country: behind a spaced number the next words look like more of it."""
    known = _structures().get(text[start : start + 2].upper())
    if known is None:
        return None
    left = known[0]
    value = text[start:end]
    if " " not in value and "-" not in value:
        return _unless_it_goes_on(text, start, start + left) if left <= len(value) else None
    for place in range(start, end):
        left -= text[place] not in " -"
        if not left:
            return _unless_it_goes_on(text, start, place + 1)
    return None


def _unless_it_goes_on(text: str, start: int, end: int) -> tuple[int, int] | None:
    return None if end < len(text) and text[end].isalnum() else (start, end)


SHAPES = (
    Shape("iban", rb"(?i)\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?",
          (Rule("iban", "country's structure and mod 97", 0.98, 0.99, 0.3, iban, "iban"),), edges=edges),
)  # fmt: skip
