"""Texts with labelled identifiers and look-alikes, the same from the same seed.

Checksums are valid where there is one. `named` says whether a word of its own stands before the identifier; without,
the ceiling of patterns shows. The sentences and numbers are made here; nobody has them.
"""

# ruff: noqa: E501 - an expression or a sentence reads best on one line

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

from services.classifier.corpora import text_numbers as numbers
from services.classifier.corpora.text_prose import FILLERS, LEADS, OTHER_LEADS


class Span(NamedTuple):
    """One identifier in a text: characters, and whether its name stands before it."""

    kind: str
    start: int
    end: int
    named: bool


class Written(NamedTuple):
    """A text and the truth about it; `alike` are spans that look like identifiers and are none."""

    text: str
    spans: tuple[Span, ...]
    alike: tuple[Span, ...]


Make = Callable[[random.Random], str]
NAMED_SHARE, HOLDING_SHARE = 0.7, 0.45
_PARAGRAPHS = (1, 1, 2, 3, 4, 6, 9)


def corpus(texts: int, seed: int = 6, named: float = NAMED_SHARE) -> Iterator[Written]:
    """So many texts of 110 to some 4,700 characters; `named` is the share of identifiers with their name before them."""
    chance = random.Random(seed)  # noqa: S311 - a corpus must be reproducible, not secret
    for _ in range(texts):
        yield _text(chance, named)


def _text(chance: random.Random, named: float) -> Written:
    parts: list[str] = []
    spans: list[Span] = []
    alike: list[Span] = []
    length = 0

    def add(part: str) -> None:
        nonlocal length
        parts.append(part)
        length += len(part)

    holds = chance.random() < HOLDING_SHARE
    for _ in range(chance.choice(_PARAGRAPHS)):
        for _ in range(chance.randint(2, 6)):
            add(chance.choice(FILLERS) + " ")
        if holds and chance.random() < 0.5:  # noqa: PLR2004 - half of the paragraphs of such a text
            for _ in range(chance.randint(1, 2)):
                kind = chance.choice(tuple(numbers.MAKERS))
                said = chance.random() < named
                add(chance.choice(LEADS[kind]) if said else chance.choice(OTHER_LEADS))
                value = chance.choice(numbers.MAKERS[kind])(chance)
                spans.append(Span(kind, length, length + len(value), said))
                add(value + chance.choice((". ", ", ", " \n", "; ")))
        if chance.random() < 0.5:  # noqa: PLR2004 - half of the paragraphs
            kind = chance.choice(tuple(numbers.LOOK_ALIKES))
            lead, make = numbers.LOOK_ALIKES[kind]
            add(chance.choice(lead))
            value = make(chance)
            alike.append(Span(kind, length, length + len(value), named=False))
            add(value + ". ")
        add("\n\n")
    return Written("".join(parts), tuple(spans), tuple(alike))
