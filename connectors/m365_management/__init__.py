"""Microsoft 365 Management Activity API: the unified audit log as content blobs, pulled per content type.

API: MicrosoftDocs/office-365-management-api:office-365-management-api/office-365-management-activity-api-reference.md.
`feed` fetches, `record` reads the common schema, the other modules one family of records each. Records that say
nothing about AI, applications, grants or data loss are ignored by their RecordType.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.m365_management import copilot, directory, dlp, power_platform
from connectors.m365_management.api import Config
from connectors.m365_management.feed import LOOKBACK, MAX_BACK, fetch
from connectors.m365_management.record import opened, record_type, text
from connectors.shared.graph import DLP, SIGN_INS_AND_CHANGES, of_tenant
from schemas.observation import Kind, Observation

Read = Callable[[dict[str, Any]], Iterator[Observation] | Ignored]
_BY_TYPE: Mapping[int | str, Read] = {
    8: directory.change,
    **dict.fromkeys(directory.SIGN_INS, directory.sign_in),
    power_platform.UNIFIED: power_platform.unified,
    power_platform.FLOW: power_platform.flow,
    **dict.fromkeys(power_platform.APPS, power_platform.app),
    power_platform.DATA_POLICY: power_platform.data_policy,
}
_REQUIRED = ("RecordType", "Operation", "CreationTime", "Workload", "Id", "OrganizationId")


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One audit record. Raises Rejected for what is none, or has no time."""
    found = opened(record)
    kind, operation = record_type(found), text(found.get("Operation")) or ""
    read = _family(found, kind, operation) or _BY_TYPE.get(kind)
    if read is not None:
        return read(found)
    if copilot.speaks_of_ai(found, kind, operation):
        return copilot.spoken_of(found, kind, operation)
    return Ignored(f"RecordType {kind}")


def _family(found: dict[str, Any], kind: int | str, operation: str) -> Read | None:
    """Who reads it, where that shows by more than its type alone."""
    if kind in dlp.RECORD_TYPES or operation.lower() in dlp.OPERATIONS:
        return dlp.matched
    if kind in copilot.RECORD_TYPES or operation == "CopilotInteraction":
        return copilot.used
    if kind in copilot.ADMINISTRATION or copilot.is_agent_administration(operation):
        return copilot.administered
    if power_platform.is_agent(found, operation):
        return power_platform.agent
    return None


def action_of(record: Any) -> str | None:
    """The operation: what the service calls what was done."""
    try:
        return text(opened(record).get("Operation"))
    except Rejected:
        return None


def recognise(record: Any) -> float:
    """How much a JSON object looks like a record of the audit feed."""
    try:
        found = opened(record)
    except Rejected:
        return 0.0
    return round(0.98 * sum(key in found for key in _REQUIRED) / len(_REQUIRED), 2)


def _also_told(config: Config) -> Iterator[str]:
    if "Audit.AzureActiveDirectory" in config.content_types:
        yield of_tenant(SIGN_INS_AND_CHANGES, config.tenant_id)
    if "DLP.All" in config.content_types:
        yield of_tenant(DLP, config.tenant_id)


CONNECTOR = Connector(
    also_told=_also_told,
    name="m365_management",
    title="Microsoft 365 Management Activity API",
    kinds=(Kind.AUDIT, Kind.BUILD, Kind.GRANT, Kind.SIGNIN, Kind.DLP),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference",
    permissions=("ActivityFeed.Read", "ActivityFeed.ReadDlp for DLP.All"),
    granted_in=(
        "Microsoft Entra admin center > App registrations > the application > API permissions > "
        "Office 365 Management APIs, application permissions; then Grant admin consent"
    ),
    plan="unified audit on; AI applications of others (RecordType 284, 328) need pay-as-you-go billing",
    cursor="window on contentCreated with look-back, pending blobs, read blobs",
    lateness=timedelta(days=1),
    lookback=LOOKBACK,
    rate=30.0,
    max_back=MAX_BACK,
    evidence="real sample",
    samples=("m365_management/records.json",),
    secrets=("client_secret",),
)
