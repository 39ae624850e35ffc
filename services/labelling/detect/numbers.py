"""Bare runs of digits, and groups of four: one shape each, which may be a dozen kinds.

Most of them are nothing without a word of their own nearby, because a random number fits too often: that is the
ceiling of what patterns can find here.
"""

from collections.abc import Mapping

from services.labelling.detect import cards, southeast, western
from services.labelling.detect.finding import Rule, Shape

_HEX = frozenset("0123456789abcdefABCDEF")
_GROUP = 4


def apart(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The match as it is, unless it is a part of something longer: an amount, a decimal, a UUID, a chain of groups."""
    if start and not _starts(text, start):
        return None
    if end + 1 < len(text) and (
        (text[end] == "-" and text[end + 1].isalnum()) or (text[end] in ".,:" and text[end + 1].isdigit())
    ):
        return None
    return start, end


def _starts(text: str, start: int) -> bool:
    before = text[start - 1]
    if before in "$€£¥":
        return False
    if start == 1 or before not in "-.,":
        return True
    if text[start - 2].isdigit():
        return False
    group = text[start - 1 - _GROUP : start - 1] if before == "-" else ""
    return len(group) < _GROUP or not _HEX.issuperset(group)


_COMMON_CARD, _RARE_CARD = cards.BARE
_BY_LENGTH: Mapping[int, tuple[Rule, ...]] = {
    9: (southeast.TIN, western.SSN), 11: (western.CPF, western.PESEL),
    12: (southeast.PCN, southeast.CCCD, southeast.MYKAD, southeast.TIN, _RARE_CARD),
    13: (southeast.THAI, southeast.THAI_ALONE, _RARE_CARD), 14: (southeast.TIN, _RARE_CARD), 15: (_COMMON_CARD,),
    16: (_COMMON_CARD, southeast.NIK, southeast.PCN), 17: (_RARE_CARD,), 18: (western.RESIDENT, _RARE_CARD),
    19: (_RARE_CARD,),
}  # fmt: skip


def by_length(value: str) -> tuple[Rule, ...]:
    """The kinds that have so many digits."""
    return _BY_LENGTH.get(len(value), ())


SHAPES = (
    Shape("digits", rb"\b\d{9,19}\b", tuple(dict.fromkeys(rule for rules in _BY_LENGTH.values() for rule in rules)),
          edges=apart, choose=by_length),
    Shape("four times four", rb"\b\d{4}[- .]\d{4}[- .]\d{4}[- .]\d{4}\b", (cards.GROUPED, southeast.PCN, southeast.NIK),
          edges=apart),
)  # fmt: skip
