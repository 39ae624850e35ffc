"""What a stored match key alone says under this catalog and these models: for relabelling what was seen before. Pure.

A key keeps what was seen, not the record: of its path, user agent, publisher or content type nothing is left but what
the key itself holds. Where a key alone does not tell, nothing is said.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec

from schemas.observation import App, Kind, Observation
from schemas.usage import Label
from services.labelling.hosts import fault, normalise
from services.labelling.index import CatalogIndex
from services.labelling.match import NO_OVERRIDES, agent_of, by_agent, is_open, named, weighed
from services.labelling.signals import Named
from services.labelling.tail.tail import NAME_ALONE
from services.labelling.tail.verdict import PRIOR_WORD

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_HOST = re.compile(r"[a-z0-9._-]+")


def label_of_key(key: str, index: CatalogIndex) -> Label | None:
    """The label of a key such as `host:chatgpt.com`, under that key; None where the key alone does not tell.

    Verdict `none` where nothing names a host or an application any more. A client id, event or user agent that nothing
    names tells nothing: its record may have been named by something else.
    """
    kind, _, value = key.partition(":")
    step = _STEPS.get(kind)
    found = step(value, index) if step is not None and value else None
    return msgspec.structs.replace(found, key=key, action=None, account=None) if found is not None else None


def told_by_record(key: str, basis: tuple[str, ...]) -> bool:
    """Whether a label of this basis rests on more than its key: path, user agent, publisher, a source's own word."""
    if not basis:
        return False
    first = basis[0]
    if basis[-1].startswith(PRIOR_WORD):
        return not first.endswith(f"{NAME_ALONE})")
    return (
        (first.startswith("path ") and _HOST.fullmatch(key.removeprefix("host:")) is not None)
        or first.startswith("AI user agent ")
        or (key.startswith("app:") and (first.startswith("event ") or any("is the vendor's" in one for one in basis)))
    )


def _host(value: str, index: CatalogIndex) -> Label | None:
    host = normalise(value)
    if host != value or fault(host):
        return _path(value, index)
    seen = Observation(source="", kind=Kind.WEB, at=_AT, host=host)
    found = named(seen, index, NO_OVERRIDES)
    by_name = weighed(seen, found, index)
    # By its name a domain is labelled, not each host below it: these would be as many tools of their own.
    return by_name if by_name.key == f"host:{host}" else found


def _path(value: str, index: CatalogIndex) -> Label | None:
    """A path rule that has a key of its own, as long as the catalog has it."""
    host = _HOST.match(value)
    rules = index.paths.get(host.group(), ()) if host is not None else ()
    return next((_label(rule.key, rule.named) for rule in rules if rule.key == f"host:{value}"), None)


def _client(value: str, index: CatalogIndex) -> Label | None:
    return _unless_open(Observation(source="", kind=Kind.WEB, at=_AT, app=App(client_id=value)), index)


def _app(value: str, index: CatalogIndex) -> Label | None:
    seen = Observation(source="", kind=Kind.WEB, at=_AT, app=App(name=value))
    return weighed(seen, named(seen, index, NO_OVERRIDES), index)


def _event(value: str, index: CatalogIndex) -> Label | None:
    source, _, action = value.partition("/")
    for event in index.events.get(source, ()):
        narrowed = f"@{event.app}" if event.app else ""
        if action == f"{event.event}{'*' if event.prefix else ''}{narrowed}":
            return _label(value, event.named)
    return _unless_open(Observation(source=source, kind=Kind.AUDIT, at=_AT, action=action), index)


def _agent(value: str, index: CatalogIndex) -> Label | None:
    seen = Observation(source="", kind=Kind.WEB, at=_AT, user_agent=f"{value}/1")
    agent = agent_of(f"{value}/1", index)
    found = by_agent(seen, agent, NO_OVERRIDES) if agent is not None else None
    return found if found is not None and found.key == f"agent:{value}" else None


def _unless_open(seen: Observation, index: CatalogIndex) -> Label | None:
    found = named(seen, index, NO_OVERRIDES)
    return None if is_open(found) else found


def _label(key: str, found: Named) -> Label:
    return Label(key=key, verdict=found.verdict, tool=found.tool, confidence=found.confidence, basis=found.basis)


_STEPS: Mapping[str, Callable[[str, CatalogIndex], Label | None]] = {
    "host": _host, "client": _client, "app": _app, "event": _event, "agent": _agent,
}  # fmt: skip
