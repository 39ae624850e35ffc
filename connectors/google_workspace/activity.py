"""An activity of the Reports API: its time, actor, and the events in it with their parameters. Pure.

Shape: https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities/list#Activity. `events` is a
list; collectors that split activities write one object. Numbers come as text. `uniqueQualifier` repeats, so an id is
made of the time, the application, the qualifier, the event's name and its place.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.base import Rejected
from schemas.observation import Actor, App, Kind, Object, Observation

SOURCE = "google_workspace"
KIND = "admin#reports#activity"
_VALUES = ("value", "intValue", "boolValue", "multiValue", "multiIntValue")
_LONGEST = 200


class Event(msgspec.Struct, frozen=True):
    """One event with the activity it belongs to; `parameters` by name, as texts or lists of texts."""

    activity: Mapping[str, Any]
    application: str
    name: str
    place: int
    parameters: Mapping[str, Any]
    messages: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """A parameter as text; numbers and booleans in JSON's words, nothing for a list."""
        return text(self.parameters.get(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """A parameter's texts, each once, in order."""
        value = self.parameters.get(name)
        values = value if isinstance(value, list) else [value]
        return tuple(dict.fromkeys(found for one in values if (found := text(one))))


def opened(record: Any) -> tuple[str, list[Event]]:
    """(application, events) of an activity. Raises Rejected for what is none."""
    if not isinstance(record, dict) or not isinstance(record.get("id"), dict):
        raise Rejected("no id: not an activity of the Reports API")
    application = text(record["id"].get("applicationName"))
    if application is None:
        raise Rejected("no id.applicationName: not an activity of the Reports API")
    given = record.get("events")
    events = given if isinstance(given, list) else [given]
    return application, [
        _event(record, application, place, one) for place, one in enumerate(events) if isinstance(one, dict)
    ]


def _event(record: Mapping[str, Any], application: str, place: int, event: Mapping[str, Any]) -> Event:
    plain: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for parameter in items(event.get("parameters")):
        name = text(parameter.get("name"))
        value = next((parameter[key] for key in _VALUES if parameter.get(key) is not None), None)
        if name and value is not None:
            plain[name] = value
        elif name:
            messages[name] = parameter.get("multiMessageValue") or parameter.get("messageValue")
    return Event(record, application, text(event.get("name")) or "", place, plain, messages)


def observation(
    event: Event, kind: Kind, action: str, *, app: App | None = None, thing: Object | None = None,
    scopes: tuple[str, ...] = (), labels: tuple[str, ...] = (), host: str | None = None, bytes_out: int | None = None,
    unit: str | None = None, attributes: Mapping[str, str | None] | None = None,
) -> Observation:  # fmt: skip
    """An observation of an event with what every activity says filled in."""
    told = {name: value for name, value in (attributes or {}).items() if value}
    return Observation(
        source=SOURCE,
        kind=kind,
        at=_at(event),
        id=_id(event),
        actor=_actor(event, unit),
        app=app,
        action=action,
        object=thing,
        scopes=scopes,
        labels=labels,
        host=host,
        bytes_out=bytes_out,
        tenant=text(event.activity["id"].get("customerId")),
        attributes={"application": event.application[:_LONGEST], "event": event.name[:_LONGEST], **told},
    )


def _id(event: Event) -> str:
    found = event.activity["id"]
    parts = (text(found.get("time")), event.application, text(found.get("uniqueQualifier")))
    if not all(parts):
        return ""
    return ":".join((SOURCE, *(str(part) for part in parts), event.name, str(event.place)))


def _at(event: Event) -> datetime:
    try:
        found = datetime.fromisoformat(event.activity["id"]["time"])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Rejected("id.time is not a time") from None


def _actor(event: Event, unit: str | None) -> Actor | None:
    """The person; `key` names a service account or robot where nobody acted."""
    who = event.activity.get("actor")
    who = who if isinstance(who, dict) else {}
    email = text(who.get("email")) or ""
    made = Actor(
        id=text(who.get("key")) if not email else None,
        email=email.lower() if "@" in email else None,
        idp_id=text(who.get("profileId")),
        ip=text(event.activity.get("ipAddress")),
        unit=unit,
    )
    return made if made != Actor() else None


def text(value: Any) -> str | None:
    """A text without its margins, or a number or boolean in JSON's words; None for anything else and for nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    plain = str(value) if isinstance(value, int) else value.strip() if isinstance(value, str) else ""
    return plain or None


def items(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a list."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))
