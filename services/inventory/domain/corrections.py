"""Corrections: what analysts said of match keys, folded to what holds now. Pure.

A correction is numbered in the order it was made and may be taken back. The fold is a join: the same corrections in any
order, any of them any number of times, told before or after they were taken back, come to the same.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from schemas.usage import LabelOverride, Verdict
from services.labelling.hosts import normalise
from services.labelling.products import Tool

KINDS = ("host", "client", "app", "agent", "event")
LONGEST_KEY = 512
SAYABLE = (Verdict.AI, Verdict.EMBEDDED, Verdict.RELATED, Verdict.NONE)
"""What an analyst may say; the rest is what a model says while nobody has."""


class Correcting(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says of some match keys. `tool` is a catalog id, None for AI of no known product."""

    keys: tuple[str, ...]
    verdict: Verdict
    tool: str | None = None


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """One correction of one key. `decision` is the alert's decision it came with, where it came with one."""

    number: int
    key: str
    verdict: Verdict
    author: str
    reason: str
    at: datetime
    tool: str | None = None
    decision: int | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None


def in_force(corrections: Iterable[Correction]) -> dict[str, Correction]:
    """The correction that holds of each key: the last made of those nobody took back; keys without one are left out."""
    latest: dict[str, Correction] = {}
    gone: set[int] = set()
    made: dict[int, Correction] = {}
    for each in corrections:
        made[each.number] = each
        if each.undone_at is not None:
            gone.add(each.number)
    for number in sorted(made.keys() - gone):
        latest[made[number].key] = made[number]
    return latest


def override(correction: Correction) -> LabelOverride:
    """What the classifiers are told."""
    return LabelOverride(
        key=correction.key, verdict=correction.verdict, tool=correction.tool, author=correction.author,
        reason=correction.reason, at=correction.at,
    )  # fmt: skip


def basis(correction: Correction) -> str:
    """Why a corrected key is taken for what it is, as the classifier words it too."""
    return f"decided {correction.at:%Y-%m-%d}: {correction.reason}"


class Unfit(ValueError):
    """A correction that can't be; `faults` are all of them, each with its field and the next step."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def checked(said: Correcting, tools: Mapping[str, Tool]) -> Correcting:
    """The same with its keys as they are stored; raises Unfit with every fault.

    `tools` are the catalog's products. What is an AI feature of a wider product becomes `embedded` by itself.
    """
    keys: list[str] = []
    faults: list[str] = []
    for key in said.keys:
        try:
            keys.append(stored(key))
        except Unfit as fault:
            faults += fault.faults
    if not said.keys:
        faults.append("keys: name at least one match key, such as host:chat.example.com")
    if said.verdict not in SAYABLE:
        faults.append(f"verdict: {said.verdict.value!r} can't be said; choose ai, embedded, related or none")
    if said.tool is not None and said.verdict is Verdict.NONE:
        faults.append("tool: what is not AI has no tool; leave it out")
    elif said.tool is not None and said.tool not in tools:
        faults.append(f"tool: the catalog has no {said.tool!r}; `penumbra catalog list` names all")
    if faults:
        raise Unfit(*faults)
    return Correcting(keys=tuple(dict.fromkeys(keys)), verdict=_fitting(said, tools), tool=said.tool)


def _fitting(said: Correcting, tools: Mapping[str, Tool]) -> Verdict:
    if said.verdict is Verdict.AI and said.tool is not None and tools[said.tool].embedded:
        return Verdict.EMBEDDED
    return said.verdict


def stored(key: str) -> str:
    """A key as the classifier writes it: hosts normalised, names in lower case. Raises Unfit for no key."""
    kind, colon, rest = key.strip().partition(":")
    rest = rest.strip()
    if kind not in KINDS or not colon or not rest:
        raise Unfit(f"key: {key[:80]!r} is no match key; write {', '.join(KINDS)} and what was seen after ':'")
    if len(key) > LONGEST_KEY or "\0" in key:
        raise Unfit(f"key: longer than {LONGEST_KEY} characters, or with a NUL character")
    if kind == "host":
        host, slash, path = rest.partition("/")
        return f"host:{normalise(host)}{slash}{path}"
    return f"{kind}:{' '.join(rest.casefold().split())}"
