"""Runs the examples that catalog products carry: what each says must come out as written. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from schemas.observation import App, Kind, Observation
from schemas.usage import Label, Verdict
from schemas.vendor import Example, Vendor
from services.labelling.index import CatalogIndex
from services.labelling.match import NO_OVERRIDES, agent_of, by_agent, is_open, named

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_USES = (Verdict.AI, Verdict.EMBEDDED)


class Wrong(NamedTuple):
    """An example that comes out otherwise than written: product and target, and what came out."""

    place: str
    message: str


def wrong_examples(vendor: Vendor, index: CatalogIndex) -> Iterator[Wrong]:
    """The examples of a vendor's products that this index does not decide as written."""
    for product in vendor.products:
        for example in product.examples:
            fault = fault_of(example, product.id, index)
            if fault:
                yield Wrong(f"{product.id}: example {example.target!r}", fault)


def fault_of(example: Example, product: str, index: CatalogIndex) -> str | None:
    """Why the example is not decided as written; None where it is."""
    try:
        seen = observation(example.target)
    except ValueError as error:
        return str(error)
    found = by_catalog(seen, index)
    if example.match != (found.tool == product and found.verdict in _USES):
        return f"{'should' if example.match else 'should not'} name {product}; {_told(found)}"
    if example.verdict is not None and example.verdict != found.verdict.value:
        return f"should be {example.verdict}; {_told(found)}"
    return None


def by_catalog(seen: Observation, index: CatalogIndex) -> Label:
    """The label by what the catalog says alone: what it lacks is *none* here, whatever its name weighs."""
    found = named(seen, index, NO_OVERRIDES)
    agent = agent_of(seen.user_agent, index) if is_open(found) and seen.user_agent else None
    return by_agent(seen, agent, NO_OVERRIDES) if agent is not None else found


def observation(target: str) -> Observation:
    """The smallest observation an example's target stands for (its forms: `schemas.vendor.Example`).

    Raises ValueError for a form that is none of them.
    """
    scheme, _, rest = target.partition(":")
    if scheme in {"http", "https"} and rest.startswith("//"):
        parts = urlsplit(target)
        return Observation(source="example", kind=Kind.WEB, at=_AT, host=parts.hostname, path=parts.path or "/")
    if scheme == "app" and rest:
        name, _, publisher = rest.partition("\t")
        return Observation(source="example", kind=Kind.GRANT, at=_AT, app=App(name=name, publisher=publisher or None))
    if scheme == "client" and rest:
        return Observation(source="example", kind=Kind.GRANT, at=_AT, app=App(client_id=rest))
    if scheme == "agent" and rest:
        return Observation(source="example", kind=Kind.WEB, at=_AT, host="unnamed.example", user_agent=rest)
    if scheme == "event" and "/" in rest:
        source, _, event = rest.partition("/")
        action, _, app = event.partition("@")
        return Observation(
            source=source, kind=Kind.AUDIT, at=_AT, action=action, app=App(client_id=app) if app else None
        )
    raise ValueError("not a target: https://host/path, app:NAME, client:ID, agent:UA or event:SRC/EVENT")


def _told(found: Label) -> str:
    return f"came out as {found.verdict.value} {found.tool or ''} by {found.key}".replace("  ", " ")
