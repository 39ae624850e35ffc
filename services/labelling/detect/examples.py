"""Placeholders and documented examples: what people write where a real value would stand."""

import re
from collections.abc import Callable
from functools import cache

from services.labelling.detect.presence import fits_anywhere

_SAID = (
    r"(?i)example|sample|placeholder|dummy|redacted|your[_-]?|change[_-]?me|insert|replace|<[^>]*>|\*{3}|\.\.\.|…|x{4}|0{8}"
    r"|1234567890|abcdefgh|123456789012|deadbeef|foobar"
)
_FEWEST = 8
_RESERVED = re.compile(
    r"(?:^|[.@])(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost|local|yourdomain\.[a-z]+)$", re.IGNORECASE
)
_TOKENS = frozenset(
    ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
     "sk_test_4eC39HqLyjWDarjtT1zdp7dc"]  # AWS's, jwt.io's and Stripe's own documentation
)  # fmt: skip


@cache
def _said() -> Callable[[bytes], object]:
    return fits_anywhere(_SAID)


def token(value: str) -> bool:
    """Whether a key says that it is none, is published, or repeats too few characters to be random."""
    body = value.rpartition(".")[2] if value.startswith("eyJ") else value
    if body in _TOKENS or _said()(value.encode("utf-8", "replace")):
        return True
    longest = max(value.replace("-", "_").replace(".", "_").split("_"), key=len)
    return len(set(longest)) < min(_FEWEST, len(longest))


def mail(value: str) -> bool:
    """Whether the domain is one that RFC 2606 and RFC 6761 keep for examples."""
    return _RESERVED.search(value.rpartition("@")[2]) is not None


def digits(value: str) -> bool:
    """Whether a number is one digit over and over, or counts up or down."""
    bare = value if value.isdigit() else "".join(filter(str.isdigit, value))
    return len(set(bare)) == 1 or bare in "01234567890123456789" or bare in "98765432109876543210"
