"""What a detector says, and what it is told to look for."""

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import msgspec

ACTED_ON = 0.5
"""From this confidence on a finding counts; below it is told so that a reader sees what was met and why not taken."""

EXAMPLE = 0.1
"""Confidence of a published example or a placeholder: recognised, not taken for real."""


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One identifier: `start` and `end` are characters of the original text; the text itself is not kept."""

    kind: str
    start: int
    end: int
    confidence: float
    basis: str


class Fit(IntEnum):
    """What a check says of a candidate."""

    NO = 0
    """It can't be this kind."""
    WRONG = 1
    """Its shape is right, its checksum is not."""
    YES = 2


Check = Callable[[str], Fit]
Edges = Callable[[str, int, int], tuple[int, int] | None]


def fits(_: str) -> Fit:
    """For a shape that says all by itself."""
    return Fit.YES


def never(_: str) -> bool:
    """For a kind without known examples."""
    return False


class Rule(NamedTuple):
    """One kind that a shape may be, and how sure one can be of it.

    `alone` is the confidence without a word of its own nearby (0: then it is nothing), `said` the one with, `failed`
    the one where the check fails and such a word stands right before it (0: then it is nothing).
    """

    kind: str
    basis: str
    alone: float
    said: float = 0.0
    failed: float = 0.0
    check: Check = fits
    words: str = ""
    example: Callable[[str], bool] = never


class Shape(NamedTuple):
    """An expression over bytes, in what RE2, Hyperscan and `re` read alike (no look-around), and what it may be.

    `needs` are literals of which a text with the shape has one (lower case where the expression ignores case),
    `opening` is what every match begins with, for an engine to which the whole is too much; `choose` narrows the rules;
    `edges` moves the ends of a match, over characters, or refuses it.
    """

    name: str
    expression: bytes
    rules: tuple[Rule, ...]
    needs: tuple[bytes, ...] = ()
    edges: Edges | None = None
    opening: bytes = b""
    choose: Callable[[str], tuple[Rule, ...]] | None = None
