"""What else is known of a tool or a solution: entries that name it, open alerts about it."""

from datetime import datetime

import msgspec
from sqlalchemy import text

from schemas.alert import Alert
from services.inventory import registry
from services.inventory.api.estate import Estate
from services.inventory.api.views import View
from services.inventory.registry_search import standing
from services.kit.access import Caller
from services.kit.runtime import Runtime

SHOWN = 50
ALERTS = text("""
    select payload from inventory.alert
    where state <> 'closed' and (grain = :whole or starts_with(grain, :units))
    order by opened_at desc, id limit :limit""")

_decode = msgspec.json.Decoder(Alert).decode


class EntryLine(View, frozen=True, kw_only=True):
    """An entry in short, as it stands by itself."""

    id: str
    name: str
    standing: str
    owner: str | None
    units: tuple[str, ...]


class AlertLine(View, frozen=True, kw_only=True):
    """An alert in short."""

    id: str
    title: str
    severity: str
    standing: str
    state: str
    unit: str | None
    people: int
    changed_at: datetime


class Related(View, frozen=True, kw_only=True):
    """Entries and alerts; `alerts` is empty for who may not read them."""

    entries: tuple[EntryLine, ...]
    alerts: tuple[AlertLine, ...]


async def related(runtime: Runtime, estate: Estate, caller: Caller, name: str, grain: str) -> Related:
    """What names this tool or solution; `grain` is `tool:<id>` or `solution:<id>`."""
    now = runtime.clock.now()
    async with runtime.engine.connect() as connection:
        about = await registry.about(connection, [name]) if caller.may("registry:read") else []
        owners = {entry.owner for entry in about if entry.owner}
        left = await registry.owners_left(connection, owners, runtime.keys, now)
        given = {"whole": grain, "units": f"{grain}|", "limit": SHOWN if caller.may("alerts:read") else 0}
        alerts = [_decode(row) for row in (await connection.execute(ALERTS, given)).scalars()]
    entries = tuple(
        EntryLine(
            id=each.id, name=each.name, standing=standing(each, now.date(), left, estate.policy), owner=each.owner,
            units=each.units,
        )
        for each in about[:SHOWN]
    )  # fmt: skip
    return Related(entries=entries, alerts=tuple(map(_line, alerts)))


def _line(alert: Alert) -> AlertLine:
    return AlertLine(
        id=alert.id, title=alert.title, severity=alert.severity, standing=alert.standing, state=alert.state,
        unit=alert.unit, people=alert.people, changed_at=alert.changed_at,
    )  # fmt: skip
