"""Microsoft Purview data loss prevention: alerts of Microsoft Graph, and the exports of Purview's own tools.

`feed` fetches, `alerts` reads alerts_v2, `exports` reads activity explorer, DSPM for AI and audit records that met a
policy. What was matched, titles, subjects and paths are never read.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from connectors.base import Connector, Ignored, Rejected
from connectors.purview import exports
from connectors.purview.alerts import alert
from connectors.purview.feed import LOOKBACK, MAX_BACK, Config, fetch
from connectors.shared.graph import DLP, of_tenant, text
from schemas.observation import Kind, Observation


class _Shape(NamedTuple):
    """What a record of one kind has, how surely that names it, and what reads it."""

    keys: frozenset[str]
    sure: float
    read: Callable[[Mapping[str, Any]], Iterator[Observation] | Ignored]


_SHAPES = (
    _Shape(frozenset({"serviceSource", "createdDateTime", "severity"}), 0.95, alert),
    _Shape(frozenset({"auditData", "createdDateTime", "operation"}), 0.9, exports.audited),
    _Shape(frozenset({"Activity", "Happened", "User"}), 0.9, exports.activity),
    _Shape(frozenset({"timestamp", "user", "app", "direction", "sit"}), 0.9, exports.dspm),
)


def _shape(record: Any) -> _Shape | None:
    if not isinstance(record, dict):
        return None
    return next((shape for shape in _SHAPES if shape.keys <= record.keys()), None)


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One alert or exported row. Raises Rejected for what is none, or has no time."""
    shape = _shape(record)
    if shape is None:
        raise Rejected("neither an alert nor an exported match of Purview")
    return shape.read(record)


def recognise(record: Any) -> float:
    """How much a JSON object or a row looks like one of Purview's."""
    shape = _shape(record)
    return shape.sure if shape else 0.0


def action_of(record: Any) -> str | None:
    """An export's own word for what was done; for an alert that it is one, as its title names a policy."""
    shape = _shape(record)
    if shape is None:
        return None
    return text(record.get("operation")) or text(record.get("Activity")) or shape.read.__name__


def _also_told(config: Config) -> Iterator[str]:
    yield of_tenant(DLP, config.tenant_id)


CONNECTOR = Connector(
    also_told=_also_told,
    name="purview",
    title="Microsoft Purview DLP",
    kinds=(Kind.DLP,),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://learn.microsoft.com/graph/api/security-list-alerts_v2",
    permissions=("SecurityAlert.Read.All",),
    granted_in=(
        "Microsoft Entra admin center > App registrations > the application > API permissions > Microsoft Graph, "
        "application permissions; then Grant admin consent"
    ),
    plan="Microsoft 365 E5 or E5 Compliance; a DLP policy whose rules raise alerts",
    cursor="window on lastUpdateDateTime with look-back and next link",
    lateness=timedelta(hours=1),
    lookback=LOOKBACK,
    max_back=MAX_BACK,
    rate=2.0,
    evidence="vendor example",
    samples=("purview/alerts.json", "purview/exports.ndjson"),
    secrets=("client_secret",),
)
