"""One comparable form of a text, and the way back to its own offsets.

Full-width forms become ASCII, other scripts' digits become 0-9, unusual dashes and spaces become `-` and a space:
all character for character. Characters that show nothing (zero-width, joiners, direction marks, soft hyphen)
go; the original offsets are kept for those texts only.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from services.labelling.detect.presence import fits_anywhere

_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
_GOES = re.compile(f"[{_HIDDEN}]")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\ufe63\uff0d"
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"

_COMMON = "\uff0c\uff1b\uff01\uff1f\uff08\uff09\uff5e"  # marks of Chinese and Japanese sentences: in no identifier
# Arabic, Persian, Devanagari, Bengali, Gurmukhi, Gujarati, Tamil, Telugu, Kannada, Malayalam, Thai, Lao, Myanmar,
# Khmer, Javanese, and mathematical bold and monospace, which people paste from styled text.
_ZEROS = (
    "\u0660\u06f0\u0966\u09e6\u0a66\u0ae6\u0be6\u0c66\u0ce6\u0d66\u0e50\u0ed0\u1040\u17e0\ua9d0\U0001d7ce\U0001d7f6"
)


class Folded(NamedTuple):
    """The folded text; `gone` are the original places of what is missing from it, in order, `kept` the folded ones."""

    text: str
    kept: Sequence[int] = ()

    def origin(self, place: int) -> int:
        """The offset in the original text of the character at `place`."""
        return place + bisect_right(self.kept, place) if self.kept else place

    def origin_end(self, place: int) -> int:
        """The offset in the original text where a span ends that ends before `place`."""
        return self.origin(place - 1) + 1


def fold(text: str, data: bytes) -> Folded:
    """The comparable form of a text; `data` is the same in UTF-8. Most texts are returned as they are."""
    if len(data) == len(text) or not _odd()(data):
        return Folded(text)
    folded = _ODD.sub(_plain, text)
    # The n-th character that goes stood, in the folded text, before the place (its own offset - n).
    kept = [found.start() - order for order, found in enumerate(_GOES.finditer(folded))]
    return Folded(_GOES.sub("", folded), kept) if kept else Folded(folded)


@cache
def _odd() -> Callable[[bytes], object]:
    """Whether anything in UTF-8 would be folded."""
    letters = f"[{_HIDDEN}{''.join(chr(each) for each in _TABLE if chr(each) not in _COMMON)}]"
    return fits_anywhere(letters)


def _plain(found: re.Match[str]) -> str:
    """Characters of another form, each as its ASCII one."""
    return found.group().translate(_TABLE)


def _table() -> dict[int, str]:
    """Every full-width form and the decimal digits of scripts in use today, by code point."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table |= {ord(each): "-" for each in _DASHES} | {ord(each): " " for each in _SPACES}
    for zero in _ZEROS:
        table |= {ord(zero) + value: str(value) for value in range(10)}
    return table


_TABLE = _table()
_ODD = re.compile(f"[{''.join(chr(each) for each in _TABLE if chr(each) not in _COMMON)}]+")
