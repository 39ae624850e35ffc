"""What an operation, a summary in a list, or a webhook says.

An operation: `time`, `operator`, `category_type`, `action`, `operation_detail`; settings of AI Companion appear only as
words of the detail, which is looked at for them and goes no further. A webhook: `event`, `event_ts` (milliseconds),
`payload.object`. Topics, summaries and transcripts are never read.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.shared.auditlog import maybe, moment, names_ai, person
from connectors.shared.graph.values import text, under
from schemas.observation import Actor, App, Kind, Observation

COMPANION = App(name="Zoom AI Companion", publisher="Zoom")
_WORDS = (
    "ai companion",
    "zoom iq",
    "meeting summary",
    "smart recording",
    "smart compose",
    "generative ai",
    "ai avatar",
)
_INSTALLED = {"app_installed": "grant", "app.installed": "grant", "app_authorized": "grant"}
_REMOVED = {"app_deauthorized": "revoke", "app.deauthorized": "revoke", "app_uninstalled": "revoke"}


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One record. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    if isinstance(record.get("event"), str) and isinstance(record.get("payload"), dict):
        return _webhook(record, record["event"])
    if "operation_detail" in record and "category_type" in record:
        return _operation(record)
    if "summary_created_time" in record:
        return iter((_summary(record),))
    raise Rejected("neither an operation, a summary nor a webhook of Zoom")


def _operation(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    detail, category = (text(record.get("operation_detail")) or "").lower(), text(record.get("category_type"))
    if not any(words in detail for words in _WORDS):
        return Ignored(f"operation: {(category or 'no category')[:60]}")
    state = "on" if detail.endswith("to on") else "off" if detail.endswith("to off") else None
    seen = Observation(
        source="zoom",
        kind=Kind.AUDIT,
        at=moment(record.get("time"), "time"),
        actor=person(email=record.get("operator")),
        app=COMPANION,
        action="setting_changed",
        attributes={
            name: value
            for name, value in {"category": category, "operation": text(record.get("action")), "state": state}.items()
            if value
        },
    )
    return iter((seen,))


def _summary(record: Mapping[str, Any]) -> Observation:
    """A meeting AI Companion summarised, for its host."""
    at = moment(record.get("summary_created_time"), "summary_created_time")
    who = person(email=record.get("meeting_host_email"), account=record.get("meeting_host_id"))
    key = text(record.get("meeting_uuid"))
    return Observation(
        source="zoom", kind=Kind.AUDIT, at=at, id=f"zoom:summary/{key}" if key else "", actor=who, app=COMPANION,
        action="meeting.summary_created",
    )  # fmt: skip


def _webhook(record: Mapping[str, Any], event: str) -> Iterator[Observation] | Ignored:
    """A webhook: AI's own events, applications let in or put out; all else by its name."""
    payload = record["payload"]
    done = _INSTALLED.get(event) or _REMOVED.get(event)
    if done:
        app = App(name=text(payload.get("app_name")), client_id=text(payload.get("client_id")))
        if app == App():
            return Ignored("application that is not named")
        return iter((_told(record, payload, Kind.GRANT, done, app, {"event_type": event}),))
    if names_ai(event):
        return iter((_told(record, payload, Kind.AUDIT, event, COMPANION, {}),))
    return Ignored(event[:60])


def _told(
    record: Mapping[str, Any], payload: Mapping[str, Any], kind: Kind, action: str, app: App, told: Mapping[str, str]
) -> Observation:
    thing = under(payload, "object")
    return Observation(
        source="zoom", kind=kind, at=_at(record, payload, thing), actor=_actor(payload, thing), app=app, action=action,
        tenant=text(payload.get("account_id")) or text(record.get("account_id")), attributes=dict(told),
    )  # fmt: skip


def _actor(payload: Mapping[str, Any], thing: Mapping[str, Any]) -> Actor | None:
    email = text(thing.get("host_email")) or text(thing.get("meeting_host_email")) or text(payload.get("operator"))
    account = text(thing.get("host_id")) or text(thing.get("meeting_host_id")) or text(payload.get("user_id"))
    return person(email=email, account=account)


def _at(record: Mapping[str, Any], payload: Mapping[str, Any], thing: Mapping[str, Any]) -> datetime:
    for value in (record.get("event_ts"), payload.get("time_stamp"), payload.get("deauthorization_time")):
        if (found := maybe(value)) is not None:
            return found
    return moment(thing.get("summary_created_time") or thing.get("start_time"), "event_ts")


def action_of(record: Any) -> str | None:
    """Zoom's own name of what happened: a webhook's event, or an operation's category."""
    return (text(record.get("event")) or text(record.get("category_type"))) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like Zoom's."""
    if not isinstance(record, dict):
        return 0.0
    if {"operation_detail", "category_type", "operator"} <= record.keys():
        return 0.97
    if {"summary_created_time", "meeting_uuid"} <= record.keys():
        return 0.9
    event, payload = record.get("event"), record.get("payload")
    if not isinstance(event, str) or not isinstance(payload, dict):
        return 0.0
    return 0.9 if "account_id" in payload or "account_id" in record else 0.3
