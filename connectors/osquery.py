"""osquery: applications, extensions, packages, containers, processes and listening ports of devices, from result lines.

Result lines as osqueryd, Fleet and other managers hand them on: one changed row (`columns`, `action`), many at once
(`diffResults`), or all that stands (`snapshot`): https://osquery.readthedocs.io/en/stable/deployment/logging/ and
osquery/osquery, docs/wiki/deployment/logging.md (read 2026-11-21). All values of a row are strings. A `counter` of 0
marks a query's first run, and the run after its `epoch` changed: everything is sent again then, so what comes so was
there before. Parsed against panther-labs/panther-analysis and elastic/integrations (packages/osquery).
`connectors/shared/devices/tables.py` says which table a row is of.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.devices import mcp, people
from connectors.shared.devices.tables import Program, program
from schemas.observation import Actor, Kind, Observation

_NOTHING = Ignored("table that says nothing of programs")
_REMOVED = Ignored("no longer on the device")
_STATUS = Ignored("status log")
_CALENDAR = ("%a %b %d %H:%M:%S %Y UTC", "%a %b %d %H:%M:%S %Y")
_NO_COUNTER = ("0", 0)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`user_column` is a column or decoration that names the device's person, where it is not `username` or `email`."""

    user_column: str = ""


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One result line. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    rows, first, gone = _rows(record)
    if rows is None:
        return _no_result(record)
    query = record.get("name")
    query = query if isinstance(query, str) else ""
    found = [(row, named) for row in rows if isinstance(row, dict) and (named := _named(row, query)) is not None]
    if not found:
        return _REMOVED if gone and not rows else _NOTHING
    return iter(_observations(record, found, first=first, user_column=config.user_column if config else ""))


def _named(row: Mapping[str, Any], query: str) -> Program | mcp.Server | None:
    return mcp.row(row) if "fullkey" in row else program(row, query)


def _rows(record: Mapping[str, Any]) -> tuple[list[Any] | None, bool, bool]:
    """The rows that are there, whether they merely stand, and whether others were removed."""
    action, resent = record.get("action"), record.get("counter") in _NO_COUNTER
    if isinstance(record.get("snapshot"), list):
        return record["snapshot"], True, False
    if isinstance(columns := record.get("columns"), dict):
        return ([], False, True) if action == "removed" else ([columns], resent or action == "snapshot", False)
    if isinstance(changed := record.get("diffResults"), dict):
        added = changed.get("added")
        return added if isinstance(added, list) else [], resent, bool(changed.get("removed"))
    return None, False, False


def _no_result(record: Mapping[str, Any]) -> Ignored:
    if "severity" in record and "message" in record:
        return _STATUS
    raise Rejected("neither columns, snapshot nor diffResults: not a result of osquery")


def _observations(
    record: Mapping[str, Any], found: Sequence[tuple[Mapping[str, Any], Program | mcp.Server]], *, first: bool,
    user_column: str,
) -> list[Observation]:  # fmt: skip
    at, device, known = _at(record), _text(record, "hostIdentifier") or _text(record, "hostname"), _decorations(record)
    told = []
    for row, named in found:
        who = _who(device, row, known, user_column)
        if isinstance(named, mcp.Server):
            told.append(mcp.observation("osquery", at, named, who))
            continue
        facts, action = named.facts, named.action
        if named.stands and first:
            facts["standing"] = "true"
        elif named.stands and action == "present":
            action = "installed"
        told.append(
            Observation(
                source="osquery", kind=Kind.ENDPOINT, at=at, actor=who, app=named.app, action=action, attributes=facts
            )
        )  # fmt: skip
    return told


def _who(device: str | None, row: Mapping[str, Any], known: Mapping[str, Any], user_column: str) -> Actor | None:
    """The person of a row: its own column, else in whose folder its path lies, else what decorates the line."""
    if user_column:
        chosen = people.login(row.get(user_column)) or people.login(known.get(user_column))
        if chosen:
            return people.actor(device, chosen)
    own = people.login(row.get("username")) or people.login(row.get("user")) or people.of_path(row.get("path"))
    email = known.get("email")
    email = email if isinstance(email, str) and "@" in email else None
    return people.actor(device, own or people.login(known.get("username")), email=email)


def _decorations(record: Mapping[str, Any]) -> Mapping[str, Any]:
    found = record.get("decorations")
    return found if isinstance(found, dict) else {}


def _text(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _at(record: Mapping[str, Any]) -> datetime:
    seconds, calendar = record.get("unixTime"), record.get("calendarTime")
    try:
        if seconds.__class__ is str or seconds.__class__ is int:
            return _second(seconds)
        if isinstance(calendar, str):
            return _calendar(" ".join(calendar.split()))
    except (ValueError, OverflowError, OSError):
        pass
    raise Rejected("neither unixTime nor calendarTime is a time")


@lru_cache(1 << 10)
def _second(seconds: str | int) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


@lru_cache(1 << 10)
def _calendar(text: str) -> datetime:
    for form in _CALENDAR:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(text)


def recognise(record: Any) -> float:
    """How much a JSON object looks like a result line."""
    if not isinstance(record, dict):
        return 0.0
    body = isinstance(record.get("columns") or record.get("snapshot") or record.get("diffResults"), dict | list)
    if not body or not isinstance(record.get("name"), str):
        return 0.0
    others = ("hostIdentifier", "calendarTime", "unixTime", "epoch", "counter", "action", "decorations")
    return round(min(0.97, 0.6 + 0.08 * sum(key in record for key in others)), 2)


CONNECTOR = Connector(
    name="osquery",
    title="osquery",
    kinds=(Kind.ENDPOINT, Kind.BUILD),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    docs="https://osquery.readthedocs.io/en/stable/deployment/logging/",
    permissions=("read the results log, or push it here",),
    granted_in="Fleet > Settings > Advanced > Log destination; without Fleet the flag logger_plugin of osqueryd",
    plan="any",
    cursor="file position",
    evidence="real sample",
    samples=("osquery/results.ndjson", "osquery/batch.json"),
)
