"""Google Cloud Audit Logs: who uses Vertex AI, AutoML, Gemini, Dialogflow, Document AI, and what is built there.

Entry: https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry; audit payload:
https://docs.cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog; long operations:
https://docs.cloud.google.com/logging/docs/audit/understanding-audit-logs (read 2026-11-21). Records of others it was
run over: elastic/integrations:packages/gcp_vertexai/data_stream/auditlogs (Vertex AI),
panther-labs/panther-analysis:rules/gcp_audit_rules and legoguy1000/integrations:packages/gcp (no AI in them).
`services` says which are, `built` what came of a call. Requests and answers are read for names.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.gcp_audit.built import solution
from connectors.gcp_audit.feed import LOOKBACK, Config, fetch
from connectors.gcp_audit.services import Call, call, product
from connectors.shared.graph import moment, text, under
from schemas.observation import Actor, App, Kind, Observation

SOURCE = "gcp_audit"
_OTHER = Ignored("entry of another service")
_LOOKED_AT = Ignored("AI service looked at")
_FAILED = Ignored("call that did not succeed")
_ENDED = Ignored("end of a long operation")
_NO_AUDIT = Ignored("log entry that is no audit entry")
_ENABLED = ("EnableService", "BatchEnableServices")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+")
_SERVICE = re.compile(r"([a-z0-9-]+\.googleapis\.com)$")
_CANONICAL = {"protopayload": "protoPayload", "insertid": "insertId", "logname": "logName"}


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One log entry. Raises Rejected for what is none, or has no time."""
    entry = _opened(record)
    payload = entry.get("protoPayload")
    if not isinstance(payload, dict):
        return _NO_AUDIT
    service = text(payload.get("serviceName")) or ""
    made = call(service, text(payload.get("methodName")) or "")
    found = made.product or _enabled(payload, service, made.method)
    if found is None:
        return _OTHER
    return _reason(entry, payload, made) or iter((_told(entry, payload, made, found),))


def _opened(record: Any) -> Mapping[str, Any]:
    """The entry, out of Pub/Sub's or a router's envelope; keys in Logging's own case. Raises Rejected for none."""
    if not isinstance(record, dict):
        raise Rejected("not a log entry")
    if "protopayload" in record or "insertid" in record:
        record = {_CANONICAL.get(key, key): value for key, value in record.items()}
    found: Mapping[str, Any] = record
    if "protoPayload" in found or "logName" in found or "insertId" in found:
        return found
    raise Rejected("no protoPayload, logName or insertId: not an entry of Cloud Logging")


def _enabled(payload: Mapping[str, Any], service: str, method: str) -> str | None:
    """The AI product that a call of Service Usage switches on."""
    if service != "serviceusage.googleapis.com" or method not in _ENABLED:
        return None
    told = under(payload, "request").get("serviceIds")
    names = [payload.get("resourceName"), *(told if isinstance(told, list) else ())]
    services = (_SERVICE.search(name) for name in names if isinstance(name, str))
    return next((found for one in services if one and (found := product(one[1]))), None)


def _reason(entry: Mapping[str, Any], payload: Mapping[str, Any], made: Call) -> Ignored | None:
    """Why an entry of an AI service is not reported."""
    if made.looks:
        return _LOOKED_AT
    if under(payload, "status").get("code") not in (None, 0):
        return _FAILED
    operation = under(entry, "operation")
    return _ENDED if operation.get("last") is True and operation.get("first") is not True else None


def _told(entry: Mapping[str, Any], payload: Mapping[str, Any], made: Call, found: str) -> Observation:
    at = moment(entry.get("timestamp"), "timestamp")
    service = text(payload.get("serviceName")) or ""
    caller = under(payload, "requestMetadata")
    person, workload = _who(payload, text(caller.get("callerIp")))
    return Observation(
        source=SOURCE,
        kind=Kind.BUILD if made.builds else Kind.AUDIT,
        at=at,
        id=_id(entry),
        actor=person,
        app=App(name=found, publisher="Google"),
        action=text(payload.get("methodName")),
        solution=solution(service.partition(".")[0], made, entry, payload, at),
        user_agent=text(caller.get("callerSuppliedUserAgent")),
        tenant=text(under(under(entry, "resource"), "labels").get("project_id")),
        attributes=_attributes(payload, service, workload),
    )


def _id(entry: Mapping[str, Any]) -> str:
    """Logging takes entries of one insertId, timestamp and log for the same one."""
    parts = (text(entry.get("insertId")), text(entry.get("timestamp")), text(entry.get("logName")))
    return f"{SOURCE}:{'/'.join(part or '-' for part in parts)}" if parts[0] else ""


def _who(payload: Mapping[str, Any], address: str | None) -> tuple[Actor | None, str | None]:
    """(person, workload): a service account is nobody, unless the entry says on whose behalf it acts."""
    told = under(payload, "authenticationInfo")
    email = text(told.get("principalEmail"))
    subject = (text(told.get("principalSubject")) or "").rpartition("/subject/")[2]
    if email is None and subject and not subject.startswith(("serviceAccount:", "principal:", "principalSet:")):
        email = subject.removeprefix("user:")
    if email is None or email.endswith("gserviceaccount.com"):
        return None, email
    at = address if address and _ADDRESS.fullmatch(address) else None
    if "@" in email:
        return Actor(email=email.lower(), ip=at), None
    return Actor(id=email, ip=at), None


def _attributes(payload: Mapping[str, Any], service: str, workload: str | None) -> dict[str, str]:
    parts = (text(payload.get("resourceName")) or "").split("/")
    model = None
    if "publishers" in parts and "models" in parts:
        model = "/".join((*parts[parts.index("publishers") + 1 :][:1], parts[-1]))
    places = under(payload, "resourceLocation").get("currentLocations")
    told = {
        "service": service,
        "model": model,
        "location": text(places[0]) if isinstance(places, list) and places else None,
        "principal": workload,
    }
    return {name: value for name, value in told.items() if value}


def action_of(record: Any) -> str | None:
    """The method for AI, the service alone for others: a new one shows itself so."""
    try:
        payload = under(_opened(record), "protoPayload")
    except Rejected:
        return None
    service = text(payload.get("serviceName"))
    return text(payload.get("methodName")) if service and product(service) else service


def recognise(record: Any) -> float:
    """How much a JSON object looks like an audit entry."""
    try:
        entry = _opened(record)
    except Rejected:
        return 0.0
    payload = entry.get("protoPayload")
    if not isinstance(payload, dict):
        return 0.3 if "jsonPayload" not in entry else 0.1
    signs = ("serviceName", "methodName", "resourceName", "authenticationInfo")
    return round(0.58 + 0.1 * sum(sign in payload for sign in signs), 2)


CONNECTOR = Connector(
    name=SOURCE,
    title="Google Cloud Audit Logs",
    kinds=(Kind.AUDIT, Kind.BUILD),
    how=("pull", "file", "push"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    wrapped_in=("entries",),
    config=Config,
    fetch=fetch,
    docs="https://docs.cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog",
    permissions=("logging.logEntries.list and logging.privateLogEntries.list: Private Logs Viewer",),
    granted_in="Google Cloud console > IAM & Admin > IAM > Grant access; data access: IAM & Admin > Audit Logs",
    plan="any; predictions and prompts are Data Access logs, off until switched on and billed by volume",
    cursor="window with look-back and the page's token",
    lateness=timedelta(minutes=10),
    lookback=LOOKBACK,
    max_back=timedelta(days=400),
    rate=1.0,
    evidence="real sample",
    samples=("gcp_audit/entries.ndjson",),
    secrets=("credentials",),
)
