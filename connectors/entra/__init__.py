"""Microsoft Entra ID by Microsoft Graph: sign-ins, directory audits, standing grants and applications.

`feed` fetches, `record` tells the shapes apart (Graph's own objects and the export of Azure Monitor), `signins`,
`audits` and `standing` read one family each. An agent identity is a solution.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.entra import standing
from connectors.entra.audits import audit
from connectors.entra.feed import LOGS, LOOKBACK, MAX_BACK, Config, fetch
from connectors.entra.record import Opened, Shape, opened
from connectors.entra.signins import sign_in
from connectors.shared.graph import SIGN_INS_AND_CHANGES, of_tenant, text
from schemas.observation import Kind, Observation

_READ: Mapping[Shape, Callable[[Opened], Iterator[Observation] | Ignored]] = {
    "sign_in": sign_in,
    "audit": audit,
    "grant": standing.grant,
    "role": standing.role,
    "application": standing.application,
    "agent": standing.agent,
}
_SURE, _ENVELOPE, _BARE = 0.98, 0.95, 0.9


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One record of any stream. Raises Rejected for what is none, or has no time."""
    found = opened(record)
    return _READ[found.shape](found)


def recognise(record: Any) -> float:
    """How much a JSON object looks like one of Entra's."""
    try:
        found = opened(record)
    except Rejected:
        return 0.0
    if "takenAt" in found.around:
        return _SURE
    return _ENVELOPE if found.around else _BARE


def action_of(record: Any) -> str | None:
    """An audit's activity as Entra names it; for all else what sort of record it is."""
    try:
        found = opened(record)
    except Rejected:
        return None
    return text(found.body.get("activityDisplayName")) if found.shape == "audit" else found.shape


def _also_told(config: Config) -> Iterator[str]:
    if set(config.streams) & set(LOGS):
        yield of_tenant(SIGN_INS_AND_CHANGES, config.tenant_id)


CONNECTOR = Connector(
    also_told=_also_told,
    name="entra",
    title="Microsoft Entra ID",
    kinds=(Kind.SIGNIN, Kind.GRANT, Kind.AUDIT, Kind.BUILD),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://learn.microsoft.com/graph/api/resources/azure-ad-auditlog-overview",
    permissions=(
        "AuditLog.Read.All", "Directory.Read.All for sign-ins and permission grants",
        "Application.Read.All for applications and their roles",
    ),
    granted_in=(
        "Microsoft Entra admin center > App registrations > the application > API permissions > Microsoft Graph, "
        "application permissions; then Grant admin consent"
    ),
    plan="Entra ID P1 or P2 for sign-ins; audits and grants with any",
    cursor="per stream: window with look-back and next link; time of the last snapshot",
    lateness=timedelta(hours=2),
    lookback=LOOKBACK,
    max_back=MAX_BACK,
    rate=0.5,
    evidence="real sample",
    samples=("entra/graph.json", "entra/azure_monitor.ndjson", "entra/snapshot.json"),
    secrets=("client_secret",),
    wrapped_in=("identities",),
)  # fmt: skip
