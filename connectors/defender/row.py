"""One row of a hunting table: its table, columns and the time it counts from. Pure."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from connectors.base import Rejected
from connectors.shared.graph import maybe_moment, text
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

SOURCE = "defender"
_MOST = 2000


class Row(msgspec.Struct, frozen=True):
    """A row with the table it is of; `taken` is when it was read or published, where that was said."""

    table: str
    columns: Mapping[str, Any]
    taken: datetime | None

    def said(self, column: str) -> str | None:
        """A column as text; booleans and numbers in JSON's words."""
        value = self.columns.get(column)
        if isinstance(value, bool):
            return "true" if value else "false"
        return text(str(value)) if isinstance(value, int | float) else text(value)

    @property
    def at(self) -> datetime:
        """When it happened. Raises Rejected where the row has no time."""
        found = maybe_moment(self.columns.get("Timestamp")) or self.taken
        if found is None:
            raise Rejected("Timestamp is not a time")
        return found


def listed(value: Any) -> list[Any]:
    """A dynamic column that is a list, or one written as JSON text."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return value[:_MOST] if isinstance(value, list) else []


def facts(told: Mapping[str, str | None]) -> dict[str, str]:
    """Those that were said."""
    return {name: value for name, value in told.items() if value}


def seen(
    row: Row, kind: Kind, action: str, *, key: str | None = None, app: App | None = None, actor: Actor | None = None,
    host: str | None = None, told: Mapping[str, str | None] | None = None,
) -> Iterator[Observation]:  # fmt: skip
    """One event. Most rows have no id of their own: `ReportId` repeats after a restart of the device's sensor."""
    made = Observation(
        source=SOURCE, kind=kind, at=row.at, id=f"{SOURCE}:{row.table}:{key}" if key else "", app=app, actor=actor,
        host=host, action=action, tenant=row.said("TenantId"), attributes=facts(told or {}),
    )  # fmt: skip
    return iter((made,))


def standing(
    row: Row, kind: Kind, action: str, key: str, *, app: App | None = None, actor: Actor | None = None,
    solution: Solution | None = None, thing: Object | None = None, scopes: tuple[str, ...] = (),
    told: Mapping[str, str | None] | None = None,
) -> Iterator[Observation]:  # fmt: skip
    """What stands; it counts once a day, on the day it was read. Without a `key` its content is its id."""
    at = row.taken or row.at
    name = f"{SOURCE}:{row.table}:{key.lower()}:{at:%Y-%m-%d}" if key else ""
    made = Observation(
        source=SOURCE, kind=kind, at=at, id=name, app=app, actor=actor,
        action=action, object=thing, solution=solution, scopes=scopes,
        attributes={"standing": "true", **facts(told or {})},
    )  # fmt: skip
    return iter((made,))
