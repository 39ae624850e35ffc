"""Electronic mail addresses and telephone numbers.

Calling codes: ITU-T E.164 list of assigned codes (https://www.itu.int/pub/T-SP-E.164D), from memory. A number in its
national form is one only where a word says so.
"""

import re

from services.labelling.detect import examples
from services.labelling.detect.finding import Fit, Rule, Shape

_CODES = frozenset(
    ("1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84"
     " 86 90 91 92 93 94 95 98 211 212 213 216 218 " + " ".join(map(str, (*range(220, 259), *range(260, 270))))
     + " 290 291 297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 380 381 382"
     " 383 385 386 387 389 420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599"
     " 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 800 850 852 853 855 856 880"
     " 886 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 979 992 993 994 995 996 998").split()
)  # fmt: skip
_NOT_DIGITS = re.compile(r"\D")
_SHORTEST, _LONGEST, _LOCAL = 8, 15, 63
_IN_LOCAL = "._%+-'"
_NATIONAL = re.compile(
    r"0\d{7,11}|[3689]\d{7}|[2-9]\d{2}[2-9]\d{6}|1[2-9]\d{2}[2-9]\d{6}|[679]\d{8}|[4-8]\d{8}|1[3-9]\d{9}|3\d{9}"
    r"|[1-9]\d9\d{8}|62\d{8,11}|60\d{8,10}|65\d{8}|66\d{8,9}|84\d{9,10}|63\d{9,10}"
)
_DECIMAL = re.compile(r"\+\d+\.\d+")
_SEVEN_OR_MORE = rb"(?:[ .\-()]{0,2}\d){7,13}"


def international(value: str) -> Fit:
    """A calling code that is given out, and 8 to 15 digits."""
    digits = _NOT_DIGITS.sub("", value)
    known = any(digits[:length] in _CODES for length in (1, 2, 3))
    right = known and _SHORTEST <= len(digits) <= _LONGEST and _DECIMAL.fullmatch(value) is None
    return Fit.YES if right else Fit.NO


def national(value: str) -> Fit:
    """A length and first digits that numbers have in one of the countries served."""
    digits = value if value.isdigit() else _NOT_DIGITS.sub("", value)
    return Fit.YES if _NATIONAL.fullmatch(digits) else Fit.NO


def whole(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The address from its first character, at most 64 before the sign (RFC 5321 §4.5.3.1.1)."""
    first = start
    while (
        first
        and start - first < _LOCAL
        and (text[first - 1] in _IN_LOCAL or text[first - 1].isalnum())
        and text[first - 1].isascii()
    ):
        first -= 1
    while first < start and not text[first].isalnum():
        first += 1
    if first and text[first - 1] in "@/:" and text[max(0, first - 2)] != " ":
        return None if text[first - 1] == "@" else (first, end)
    return first, end


def not_within(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The number, unless letters or digits go on without a break."""
    before = text[start - 1] if start else " "
    return None if before.isalnum() or before in "=&%_" else (start, end)


SHAPES = (
    Shape("mail", rb"[A-Za-z0-9_%+\-]@[A-Za-z0-9][A-Za-z0-9.\-]*\.[A-Za-z]{2,}\b",
          (Rule("email", "its shape", 0.97, 0.97, example=examples.mail),), (b"@",), whole),
    Shape("international number", rb"\+\d{1,3}(?:[ .\-]{0,2}\(?\d{1,4}\)?)?(?:[ .\-]{0,2}\d){5,13}",
          (Rule("phone", "calling code and length", 0.9, 0.97, 0.0, international, "phone"),), (b"+",), not_within),
    Shape("north american number", rb"\([2-9]\d{2}\) ?[2-9]\d{2}[\-. ]\d{4}\b",
          (Rule("phone", "North American groups", 0.8, 0.95, words="phone"),), (b"(",)),
    Shape("national number", rb"\(?\b\d" + _SEVEN_OR_MORE + rb"\b",
          (Rule("phone", "length and first digits of a national number", 0.0, 0.88, 0.0, national, "phone"),),
          edges=not_within),
)  # fmt: skip
