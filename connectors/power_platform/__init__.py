"""Power Platform's inventory: every app, flow, agent and connection that somebody built, with its owner.

Schema: https://learn.microsoft.com/power-platform/admin/inventory-schema and
https://learn.microsoft.com/microsoft-copilot-studio/admin-agent-inventory (read 2026-11-21 in
MicrosoftDocs/power-platform:power-platform/admin/inventory-schema.md). Rows of a live tenant, and fields those pages
lack (`lastUsed`, `status`, `trigger` as an object, `connectors` of App Builder), were read in public notes on the
table. Objects of the older administration APIs were recorded from a tenant in pnp/cli-microsoft365,
src/m365/{flow,pa}/commands/**/*.spec.ts.

`feed` pulls the inventory API, `inventory` reads its rows, `administration` objects that scripts of administrators
export. What an agent is told (its instructions) and what a flow does (its definition) are not read.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.power_platform import administration, inventory
from connectors.power_platform.feed import Config, fetch
from connectors.shared.graph import text
from schemas.observation import Kind, Observation

_SURE = 0.98


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One row of the inventory, or one exported object. Raises Rejected for what is neither, or has no time."""
    entry, taken = _opened(record)
    kind = (text(entry.get("type")) or "").lower()
    if kind in administration.READ and (kind not in inventory.KINDS or administration.exported(entry)):
        return administration.READ[kind](entry, taken)
    if kind in inventory.KINDS:
        return inventory.resource(entry, inventory.KINDS[kind], taken)
    if kind in inventory.ABOUT:
        return Ignored(inventory.ABOUT[kind])
    if kind.startswith(inventory.FAMILIES):
        return Ignored("resource of a kind not known yet")
    raise Rejected("no type of Power Platform: neither its inventory's row nor an exported object")


def _opened(record: Any) -> tuple[dict[str, Any], str | None]:
    """The row itself, and when it was taken where the record says so."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    entry = record.get("entry")
    if isinstance(entry, dict) and "takenAt" in record:
        return entry, text(record.get("takenAt"))
    return record, None


def recognise(record: Any) -> float:
    """How much a JSON object looks like a row of the inventory or an exported object."""
    try:
        entry, _ = _opened(record)
    except Rejected:
        return 0.0
    kind = (text(entry.get("type")) or "").lower()
    known = kind in inventory.KINDS or kind in administration.READ or kind in inventory.ABOUT
    return _SURE if known or kind.startswith(inventory.FAMILIES) else 0.0


def action_of(record: Any) -> str | None:
    """The type of the resource: a new one is a new thing that can be built."""
    try:
        return text(_opened(record)[0].get("type"))
    except Rejected:
        return None


CONNECTOR = Connector(
    name="power_platform",
    title="Power Platform inventory",
    kinds=(Kind.BUILD, Kind.GRANT),
    how=("pull", "file", "push"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://learn.microsoft.com/power-platform/admin/inventory-api",
    permissions=(
        "ResourceQuery.Resources.Read of the Power Platform API, delegated",
        "a signed-in Power Platform Administrator or Global Reader (AI Reader sees agents and agent flows)",
    ),
    granted_in=(
        "Microsoft Entra admin center > App registrations > the application > API permissions > APIs my organization "
        "uses > Power Platform API, delegated permissions; Roles & admins > Global Reader > Add assignments"
    ),
    plan="any with Power Platform; connectors of resources are a preview and not in GCC",
    cursor="time of the last whole snapshot",
    lateness=timedelta(minutes=20),
    every=timedelta(hours=1),
    rate=1.0,
    evidence="real sample",
    samples=("power_platform/inventory.json", "power_platform/administration.json"),
    secrets=("refresh_token", "client_secret"),
    wrapped_in=("data",),
)
