"""Rows of event log files, and sign-ins as they are streamed.

Columns are in capitals; `TIMESTAMP_DERIVED` is ISO, `TIMESTAMP` `20230101170000.885` in UTC. A callout's `URL` says
which service Salesforce asked for a person: its query is cut off. Filters, messages and queries are never read.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.base import Ignored, Rejected
from connectors.shared.auditlog import maybe, moment, names_ai, person
from connectors.shared.graph.values import text
from schemas.observation import Actor, App, Kind, Observation

AGENTFORCE = App(name="Agentforce", publisher="Salesforce")
_SUCCESS = "Success"
_REMOTE = "Remote Access"


def row(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """One row: a callout, a call of the API by a connected application, or an event named after AI."""
    event = text(record.get("EVENT_TYPE"))
    if event is None:
        raise Rejected("EVENT_TYPE is empty")
    if url := text(record.get("URL")):
        return _callout(record, event, url)
    name = text(record.get("CONNECTED_APP_NAME"))
    if name or text(record.get("CONNECTED_APP_ID")):
        app = App(name=name, client_id=text(record.get("CONNECTED_APP_ID")))
        return iter((_observation(record, "api", app, {"event_type": event}),))
    if names_ai(event):
        return iter((_observation(record, event, AGENTFORCE, {}),))
    return Ignored(f"event type {event[:60]}")


def _callout(record: Mapping[str, Any], event: str, url: str) -> Iterator[Observation] | Ignored:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        host = ""
    if not host:
        return Ignored(f"{event[:60]} without a host")
    seen = _observation(record, "callout", None, {"event_type": event}, host, parts.path.partition(";")[0] or None)
    return iter((seen,))


def _observation(
    record: Mapping[str, Any], action: str, app: App | None, told: Mapping[str, str], host: str | None = None,
    path: str | None = None,
) -> Observation:  # fmt: skip
    return Observation(
        source="salesforce",
        kind=Kind.AUDIT,
        at=_at(record),
        host=host,
        path=path,
        method=text(record.get("METHOD")),
        actor=_actor(record),
        app=app,
        action=action,
        bytes_out=_size(record.get("REQUEST_SIZE")),
        bytes_in=_size(record.get("RESPONSE_SIZE")),
        tenant=text(record.get("ORGANIZATION_ID")),
        attributes={**told, **({"request": request} if (request := text(record.get("REQUEST_ID"))) else {})},
    )


def login(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A sign-in of LoginEventStream: one by an application for a person names the application."""
    if (text(record.get("Status")) or "") != _SUCCESS:
        return Ignored("sign-in that did not succeed")
    name = text(record.get("Application"))
    if not (text(record.get("LoginType")) or "").startswith(_REMOTE) or not name:
        return Ignored("sign-in of a person")
    vendor_id = text(record.get("EventIdentifier"))
    who = person(email=record.get("Username"), account=record.get("UserId"), ip=record.get("SourceIp"))
    seen = Observation(
        source="salesforce", kind=Kind.SIGNIN, at=moment(record.get("EventDate"), "EventDate"),
        id=f"salesforce:{vendor_id}" if vendor_id else "", actor=who, app=App(name=name), action="signin",
    )  # fmt: skip
    return iter((seen,))


def _actor(record: Mapping[str, Any]) -> Actor | None:
    account = text(record.get("USER_ID_DERIVED")) or text(record.get("USER_ID"))
    ip = text(record.get("CLIENT_IP")) or text(record.get("SOURCE_IP"))
    return person(email=text(record.get("USER_NAME")), account=account, ip=ip)


def _at(record: Mapping[str, Any]) -> datetime:
    found = maybe(record.get("TIMESTAMP_DERIVED"))
    if found is not None:
        return found
    written = text(record.get("TIMESTAMP")) or ""
    try:
        return datetime.strptime(written.partition(".")[0], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return moment(written, "TIMESTAMP")


def _size(value: Any) -> int | None:
    given = text(value)
    return int(given) if given and given.isascii() and given.isdecimal() and len(given) < 16 else None  # noqa: PLR2004 - beyond it is damage
