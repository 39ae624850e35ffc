"""Microsoft Defender: agents, OAuth applications, cloud discovery, and what devices did and have (advanced hunting).

A record is a row of a hunting table as the streaming API writes it (`category` AdvancedHunting-…, `properties`), as the
portal or Graph exports it (columns alone: the table is told by them), or an application of cloud discovery. `agents`,
`events` and `discovery` read, `hunting` pulls. Tables that say nothing of AI are ignored by name.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.defender import agents, events
from connectors.defender.discovery import discovered, is_discovered
from connectors.defender.hunting import Config, fetch
from connectors.defender.row import SOURCE, Row
from connectors.shared.graph import maybe_moment, text, under
from schemas.observation import Kind, Observation

_PREFIX = "AdvancedHunting-"
_READ: Mapping[str, Callable[[Row], Iterator[Observation] | Ignored]] = {
    "AIAgentsInfo": agents.agent,
    "AgentsInfo": agents.agent,
    "OAuthAppInfo": agents.application,
    "DeviceNetworkEvents": events.connection,
    "DeviceProcessEvents": events.process,
    "DeviceTvmBrowserExtensions": events.extension,
    "DeviceTvmSoftwareInventory": events.software,
    "CloudAppEvents": events.cloud,
}
_TELL: tuple[tuple[str, set[str]], ...] = (
    ("AIAgentsInfo", {"AIAgentId"}),
    ("AgentsInfo", {"AgentId", "AgentName"}),
    ("OAuthAppInfo", {"OAuthAppId", "AppStatus"}),
    ("OAuthAppInfo", {"OAuthAppId", "Permissions"}),
    ("DeviceTvmBrowserExtensions", {"ExtensionId", "BrowserName"}),
    ("DeviceTvmSoftwareInventory", {"SoftwareName", "SoftwareVendor"}),
    ("DeviceNetworkEvents", {"RemoteUrl", "InitiatingProcessFileName"}),
    ("DeviceProcessEvents", {"ProcessCommandLine", "InitiatingProcessFileName", "DeviceName"}),
    ("CloudAppEvents", {"ActionType", "Application", "RawEventData"}),
)
"""By which columns a row without its table's name tells which one it is of."""


def _opened(record: Any) -> Row:
    """A row with its table. Raises Rejected."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    category = text(record.get("category")) or ""
    if category.startswith(_PREFIX):
        taken = maybe_moment(record.get("time"))
        return Row(category.removeprefix(_PREFIX), under(record, "properties"), taken)
    table = next((name for name, columns in _TELL if columns <= record.keys()), None)
    if table is None:
        raise Rejected("neither a row of a hunting table nor an application of cloud discovery")
    return Row(table, record, None)


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One row, or one record of cloud discovery. Raises Rejected for what is neither."""
    if isinstance(record, dict) and is_discovered(record):
        return discovered(record)
    row = _opened(record)
    read = _READ.get(row.table)
    if read is None:
        return Ignored(f"table {row.table[:40]}" if row.table.isidentifier() else "another table")
    return read(row)


def action_of(record: Any) -> str | None:
    """The table, and the row's own word for what happened."""
    try:
        row = _opened(record)
    except Rejected:
        return None
    action = row.said("ActionType")
    return f"{row.table}:{action}" if action else row.table


def recognise(record: Any) -> float:
    """How much a JSON object looks like a row of a hunting table or an application of cloud discovery."""
    if not isinstance(record, dict):
        return 0.0
    category = text(record.get("category")) or ""
    if category.startswith(_PREFIX) and isinstance(record.get("properties"), dict):
        return 0.98
    if "apps_by_stream" in record or ("cloudApp" in record and "takenAt" in record):
        return 0.95
    if {"displayName", "riskScore", "userCount", "category"} <= record.keys():
        return 0.85
    return 0.9 if any(columns <= record.keys() for _, columns in _TELL) and "Timestamp" in record else 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="Microsoft Defender",
    kinds=(Kind.BUILD, Kind.GRANT, Kind.WEB, Kind.ENDPOINT, Kind.AUDIT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://learn.microsoft.com/graph/api/security-security-runhuntingquery",
    permissions=("ThreatHunting.Read.All", "CloudApp-Discovery.Read.All for cloud discovery"),
    granted_in=(
        "Microsoft Entra admin center > App registrations > the application > API permissions > Microsoft Graph, "
        "application permissions; then Grant admin consent"
    ),
    plan="Defender XDR; cloud discovery and OAuthAppInfo need Defender for Cloud Apps, agents their protection on",
    cursor="per stream: time of the last whole snapshot and its part; window of connections",
    lateness=timedelta(hours=6),
    every=timedelta(hours=1),
    rate=0.7,
    max_back=timedelta(days=30),
    evidence="real sample",
    samples=("defender/rows.ndjson", "defender/discovery.json"),
    secrets=("client_secret",),
    wrapped_in=("records", "results"),
)
