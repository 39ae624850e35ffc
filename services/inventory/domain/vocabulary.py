"""Families of new names: a vendor that switches something on shows it first in names its log never used before. Pure.

A name is parted into words; its stem is the shortest beginning that no older name has. So of `user.ai.ask` and
`user.ai.enable` beside an old `user.login` the stem is `user.ai`; a name that only ends differently shares none.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from services.inventory.domain.policy import DEFAULT, Policy

HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
Parts = tuple[str, ...]


class Family(NamedTuple):
    """New names with one stem; `ai` where a word that is new in one of them betrays AI."""

    stem: str
    names: tuple[str, ...]
    ai: bool


def families(new: Iterable[str], old: Iterable[str], policy: Policy = DEFAULT) -> list[Family]:
    """The families among new names, by stem: large enough ones, and those that betray AI."""
    known = {parts[:length] for name in old for parts in [split(name, policy)] for length in range(1, len(parts) + 1)}
    grouped: dict[Parts, list[str]] = defaultdict(list)
    betrayed: set[Parts] = set()
    for name in sorted(new):
        parts = split(name, policy)
        told = next((length for length in range(len(parts)) if parts[: length + 1] not in known), None)
        if told is None:
            continue
        stem = parts[: told + 1]
        grouped[stem].append(name)
        if not policy.ai_words.isdisjoint(parts[told:]):
            betrayed.add(stem)
    return [
        Family(".".join(stem), tuple(names), stem in betrayed)
        for stem, names in sorted(grouped.items()) if len(names) >= policy.capability_family or stem in betrayed
    ]  # fmt: skip


def split(name: str, policy: Policy = DEFAULT) -> Parts:
    """Its words in small letters."""
    apart = re.escape(policy.capability_signs)
    pieces = re.split(f"[{apart}]+", name) if apart else [name]
    return tuple(part.lower() for piece in pieces for part in HUMPS.split(piece) if part)
