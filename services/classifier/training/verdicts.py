"""Analysts' verdicts as labelled examples: lines of `label.v1`, or what `/corrections.json` answers."""

from pathlib import Path

import msgspec

from schemas.usage import Verdict
from services.classifier.corpora.names import Kind, Name
from services.kit.errors import Misconfigured
from services.labelling.tail.registered import registered


class Told(msgspec.Struct, frozen=True):
    """A verdict on a match key, as both forms have it; `undone_at` where it was taken back."""

    key: str
    verdict: Verdict
    undone_at: str | None = None


class _Page(msgspec.Struct, frozen=True):
    items: list[Told]


_SAID = {Verdict.AI: True, Verdict.EMBEDDED: True, Verdict.NONE: False}
"""What a verdict says of a name; *related* says nothing: a vendor's help page may be called after its product."""


def read(path: Path) -> dict[Kind, list[Name]]:
    """The examples of a file, the last word on each key; raises Misconfigured naming the line that is neither
    form.
    """
    data = path.read_bytes()
    told: dict[str, Told] = {}
    try:
        for one in msgspec.json.decode(data, type=_Page).items[::-1]:  # newest first: the last taken is the newest
            told[one.key] = one
    except msgspec.MsgspecError:
        for number, line in enumerate(data.splitlines(), 1):
            if line.strip():
                one = _line(line, path, number)
                told[one.key] = one
    found: dict[Kind, list[Name]] = {"domains": [], "apps": []}
    for one in told.values():
        named = _name(one)
        if named is not None:
            found[named[0]].append(named[1])
    return found


def _line(line: bytes, path: Path, number: int) -> Told:
    try:
        return msgspec.json.decode(line, type=Told)
    except msgspec.MsgspecError as fault:
        raise Misconfigured(f"{path}: line {number} is no verdict (key, verdict …): {fault}") from None


def _name(told: Told) -> tuple[Kind, Name] | None:
    """A key as an example; None of what was taken back, of *related*, and of keys that are no name."""
    if told.undone_at is not None or told.verdict not in _SAID:
        return None
    kind, _, rest = told.key.partition(":")
    ai = _SAID[told.verdict]
    if kind == "app":
        return "apps", Name(rest, ai=ai, origin="verdict", stem=f"verdict:{rest}", held=False)
    domain = registered(rest.partition("/")[0]) if kind == "host" else None
    if domain is None:
        return None
    return "domains", Name(domain.name, ai=ai, origin="verdict", stem=f"verdict:{domain.name}", held=False)
