"""Which data classes an observation speaks of, from names alone: rules, labels, scopes, file and unit names.

Detectors over a text stand in `detect` and `contextual`. Names say what a source concluded, so the confidence is the
source's kind of evidence, not a measured probability: a DLP hit outranks a label, a label a scope, a scope a name.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from schemas.observation import ClassLabel, Kind, Observation, ProtectedObservation
from services.labelling import vocabularies as words
from services.labelling.scopes import risk

DLP, LABELLED, SCOPED, NAMED, UNIT = 0.9, 0.85, 0.7, 0.5, 0.2
_FILES = frozenset({"file", "document", "attachment", "item", "spreadsheet"})
_SEPARATORS = re.compile(r"[\W_]+")
_SEPARATORS_AND_DIGITS = re.compile(r"[\W_\d]+")
_SHOWN = 80
_REMEMBERED = 20_000


def classes(observation: Observation | ProtectedObservation) -> tuple[ClassLabel, ...]:
    """The classes it speaks of, one entry each with its best evidence, sorted by name; classes it carries are kept."""
    evidence = [*getattr(observation, "classes", ()), *_evidence(observation)]
    return surest(evidence) if evidence else ()


def surest(evidence: Iterable[ClassLabel]) -> tuple[ClassLabel, ...]:
    """One entry a class, the first of those with most confidence, sorted by name."""
    best: dict[str, ClassLabel] = {}
    for found in evidence:
        known = best.get(found.name)
        if known is None or found.confidence > known.confidence:
            best[found.name] = found
    return tuple(best[name] for name in sorted(best))


def unknown_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes whose meaning is not known here: they raise no class, and a label says so."""
    return tuple(scope for scope in scopes if not of_scope(scope))


def _evidence(observation: Observation | ProtectedObservation) -> Iterator[ClassLabel]:
    dlp = observation.kind is Kind.DLP
    if observation.kind is not Kind.WEB:  # a proxy's labels are categories of sites, not of data
        for name in observation.labels:
            yield from of_name(name, dlp=dlp)
    for scope in observation.scopes:
        yield from of_scope(scope)
    thing = observation.object
    if thing is not None and thing.name and thing.type.lower() in _FILES:
        yield from of_file(thing.name)
    unit = observation.unit if isinstance(observation, ProtectedObservation) else _unit(observation)
    if unit:
        yield from of_unit(unit)


def _unit(observation: Observation) -> str | None:
    return observation.actor.unit if observation.actor else None


@lru_cache(_REMEMBERED)
def of_name(name: str, *, dlp: bool = False) -> tuple[ClassLabel, ...]:
    """Classes of one name a source attached: a DLP rule or info type (`dlp`), or a sensitivity label."""
    text = _SEPARATORS.sub(" ", name.lower())
    what, confidence = ("DLP rule or info type", DLP) if dlp else ("label", LABELLED)
    found = [
        ClassLabel(kind, confidence, f"{what} {shown(name)}")
        for pattern, kinds in _compiled("INFO_TYPES")
        if pattern.search(text) or pattern.search(name.lower())
        for kind in kinds
    ]
    for pattern, (level,) in _compiled("SENSITIVITY_LABELS"):
        if pattern.search(text):
            found.append(ClassLabel(level, LABELLED, f"sensitivity label {shown(name)}"))
            break
    return tuple(found)


@lru_cache(_REMEMBERED)
def of_scope(scope: str) -> tuple[ClassLabel, ...]:
    """Classes an OAuth scope opens: of its last path part, in lower case (`https://…/auth/gmail.readonly`)."""
    name = scope.strip().lower().rstrip("/")
    name = "gmail" if name == "https://mail.google.com" else name.rpartition("/")[2]
    for pattern, kinds in _compiled("SCOPES"):
        if pattern.fullmatch(name):
            return tuple(ClassLabel(kind, SCOPED, f"scope {shown(scope)}") for kind in kinds)
    tier = risk(scope).tier
    if tier == "unknown":
        return ()
    kind = "internal" if tier in {"identity", "limited"} else "confidential"
    return (ClassLabel(kind, SCOPED, f"scope {shown(scope)}: {tier}"),)


@lru_cache(_REMEMBERED)
def of_file(name: str) -> tuple[ClassLabel, ...]:
    """Classes a file's name betrays: its ending (code, keys) and its words."""
    base = name.replace("\\", "/").rpartition("/")[2].lower()
    ending = base.rpartition(".")[2]
    basis = f"file name ending .{ending}"
    found: list[ClassLabel] = []
    if ending in words.CODE_SUFFIXES:
        found += [ClassLabel("source_code", NAMED, basis), ClassLabel("confidential", NAMED, basis)]
    if ending in words.KEY_SUFFIXES:
        found += [ClassLabel("credentials", NAMED, basis), ClassLabel("confidential", NAMED, basis)]
    stem = base.removesuffix(f".{ending}")
    text = _SEPARATORS_AND_DIGITS.sub(" ", stem)
    for pattern, kinds in _compiled("FILE_WORDS"):
        hit = pattern.search(text) or pattern.search(stem)
        if hit:
            found += [ClassLabel(kind, NAMED, f"file name has the word {hit.group().strip()!r}") for kind in kinds]
    return tuple(found)


@lru_cache(_REMEMBERED)
def of_unit(unit: str) -> tuple[ClassLabel, ...]:
    """What people of a unit usually handle: weak evidence."""
    text = _SEPARATORS.sub(" ", unit.lower())
    return tuple(
        ClassLabel(kind, UNIT, f"unit {shown(unit)}")
        for pattern, (kind,) in _compiled("UNIT_WORDS")
        if pattern.search(text) or pattern.search(unit.lower())
    )


@cache
def _compiled(table: str) -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """A table of `vocabularies`, compiled on first use (a command that meets no scope compiles none)."""
    rows: Iterable[tuple[str, str | tuple[str, ...]]] = getattr(words, table)
    return tuple(
        (re.compile(rf"(?<![\w.])(?:{pattern})(?![\w])"), (kinds,) if isinstance(kinds, str) else kinds)
        for pattern, kinds in rows
    )


def shown(text: str) -> str:
    """A source's word as evidence: printable, quoted, at most 80 characters."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")
