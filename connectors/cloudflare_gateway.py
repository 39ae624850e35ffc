"""Cloudflare One's logs by Logpush: Gateway HTTP, DNS and network, sign-ins to Access applications, the audit log.

Fields: https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/ (gateway_http, gateway_dns,
gateway_network, access_requests, audit_logs; read 2026-11-21). Records of others it was run over:
legoguy1000/integrations:packages/cloudflare_logpush (each data set). `CategoryNames` and `ApplicationNames` of
gateway_http were not met in a record. Data sets are told apart by their fields; times are RFC 3339 or a Unix time in
seconds to nanoseconds, as the job was told to write them.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.graph import items, moment, text
from connectors.shared.hostnames import ADDRESS, asked_for, authority, host, nothing, path_of
from schemas.observation import Actor, App, Kind, Observation

SOURCE = "cloudflare_gateway"
_AI = frozenset({"ai", "aig", "autorag", "vectorize", "workersai", "workers_ai", "ai_gateway", "ai_search"})
_UNITS = (1, 1000, 1_000_000, 1_000_000_000)
_LATEST = 32_503_680_000
"""Seconds of the year 3000: a Unix time beyond it counts in smaller units."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`local` are the organisation's own suffixes: lookups of them are not reported."""

    local: tuple[str, ...] = ()


_DEFAULTS = Config()


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One record of a data set. Raises Rejected for what is of none, or has no time."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    for sign, read in _SETS:
        if sign in record:
            found = read(record, config or _DEFAULTS)
            return found if isinstance(found, Ignored) else iter((found,))
    if record.keys() <= {"content"}:
        return Ignored("test of the destination")
    raise Rejected("a record of no data set of Logpush that is known")


def _http(record: Mapping[str, Any], _config: Config) -> Observation | Ignored:
    url = text(record.get("URL")) or ""
    to, port = authority(text(record.get("HTTPHost")) or url.partition("://")[2].partition("/")[0])
    if not to:
        return Ignored("request without a host")
    files = record.get("UploadedFileNames")
    told = {"port": port} if port else {}
    if isinstance(files, list) and files:
        told["uploaded_files"] = str(len(files))
    return _observation(
        record, "Datetime", Kind.WEB, text(record.get("RequestID")),
        host=to,
        path=path_of(url),
        method=text(record.get("HTTPMethod")),
        status=record.get("HTTPStatusCode"),
        action=_decided(record.get("Action")),
        user_agent=text(record.get("UserAgent")),
        labels=_names(record.get("CategoryNames")),
        attributes=told,
    )  # fmt: skip


def _dns(record: Mapping[str, Any], config: Config) -> Observation | Ignored:
    name = host(text(record.get("QueryName")) or "")
    kind = asked_for(text(record.get("QueryTypeName")) or str(record.get("QueryType") or ""))
    reason = nothing(name, kind, config.local)
    if reason is not None:
        return Ignored(reason)
    return _observation(
        record, "Datetime", Kind.WEB, text(record.get("QueryID")),
        host=name,
        action=_decided(record.get("ResolverDecision")),
        labels=_names(record.get("QueryCategoryNames")),
        attributes={"query_type": kind},
    )  # fmt: skip


def _network(record: Mapping[str, Any], _config: Config) -> Observation | Ignored:
    to = host(text(record.get("SNI")) or "")
    if not to:
        return Ignored("session without a server name")
    port = record.get("DestinationPort")
    return _observation(
        record, "Datetime", Kind.WEB, text(record.get("SessionID")),
        host=to,
        action=_decided(record.get("Action")),
        attributes={} if port.__class__ is not int or port in (80, 443) else {"port": str(port)},
    )  # fmt: skip


def _access(record: Mapping[str, Any], _config: Config) -> Observation | Ignored:
    """A sign-in to an application behind Access, by the application's address."""
    if record.get("Allowed") is not True:
        return Ignored("sign-in that was not allowed")
    to, _ = authority((text(record.get("AppDomain")) or "").partition("/")[0])
    if not to:
        return Ignored("sign-in to no application")
    return _observation(record, "CreatedAt", Kind.SIGNIN, text(record.get("RayID")), host=to, action="signin")


def _audit(record: Mapping[str, Any], _config: Config) -> Observation | Ignored:
    """Changes of the account; of these only what is about Cloudflare's own AI is reported."""
    kind, action = text(record.get("ResourceType")) or "", text(record.get("ActionType")) or ""
    words = {*kind.lower().replace(".", "_").split("_"), *action.lower().replace(".", "_").split("_"), kind.lower()}
    if not words & _AI:
        return Ignored("change of the account")
    if record.get("ActionResult") is False:
        return Ignored("change that did not succeed")
    return _observation(
        record, "When", Kind.AUDIT, text(record.get("ID")),
        app=App(name="Cloudflare AI Gateway", publisher="Cloudflare"),
        action=action or None,
        attributes={"resource_type": kind},
    )  # fmt: skip


def _ignored(reason: str) -> Callable[[Mapping[str, Any], Config], Ignored]:
    return lambda _record, _config: Ignored(reason)


_SETS: tuple[tuple[str, Callable[[Mapping[str, Any], Config], Observation | Ignored]], ...] = (
    ("HTTPHost", _http),
    ("ResolverDecision", _dns),
    ("ClientRequestHost", _ignored("request to the organisation's own site")),
    ("AppDomain", _access),
    ("ActionType", _audit),
    ("FindingTypeID", _ignored("finding of CASB")),
    ("SNI", _network),
    ("Transport", _network),
    ("URL", _http),
    ("ColoCode", _ignored("query to the organisation's own zone")),
)
"""A field each data set has and none before it."""
_BESIDE = {
    "HTTPHost": "Datetime", "ResolverDecision": "QueryName", "ClientRequestHost": "RayID", "AppDomain": "Allowed",
    "ActionType": "When", "FindingTypeID": "DetectedTimestamp", "SNI": "Datetime", "Transport": "Datetime",
    "URL": "HTTPMethod", "ColoCode": "QueryName",
}  # fmt: skip
"""Another field of the same data set, for recognising alone."""


def _observation(
    record: Mapping[str, Any], time: str, kind: Kind, vendor_id: str | None, *,
    attributes: dict[str, str] | None = None, status: Any = None, labels: tuple[str, ...] = (),
    host: str | None = None, path: str | None = None, method: str | None = None, app: App | None = None,
    action: str | None = None, user_agent: str | None = None,
) -> Observation:  # fmt: skip
    """An Observation with what all data sets share filled in."""
    return Observation(
        source=SOURCE,
        kind=kind,
        at=_at(record.get(time), time),
        id=f"{SOURCE}:{vendor_id}" if vendor_id else "",
        host=host,
        path=path,
        method=method,
        status=status if isinstance(status, int) and 0 < status < 1000 and status is not True else None,  # noqa: PLR2004 - HTTP has three digits
        actor=_actor(record),
        app=app,
        action=action,
        labels=labels,
        user_agent=user_agent,
        tenant=text(record.get("AccountID")),
        attributes=attributes or {},
    )


def _actor(record: Mapping[str, Any]) -> Actor | None:
    address = None
    for key in ("SourceInternalIP", "SourceIP", "SrcIP", "IPAddress", "ActorIP"):
        address = record.get(key)
        if address:
            break
    email = record.get("Email") or record.get("ActorEmail")
    return _named(*(one if isinstance(one, str) else "" for one in (email, address, _device(record))))


@lru_cache(maxsize=1 << 14)
def _named(email: str, address: str, device: str) -> Actor | None:
    """The person, address and device a record names; the same come again and again."""
    login, at = email.strip().lower(), address.strip()
    made = Actor(
        email=login if "@" in login else None, ip=at if ADDRESS.fullmatch(at) else None, device=device.strip() or None
    )
    return made if made != Actor() else None


def _device(record: Mapping[str, Any]) -> Any:
    return record.get("DeviceName") or record.get("DeviceID")


def _decided(value: Any) -> str:
    """Both `block` of a rule and `blockedByCategory` of the resolver are a refusal."""
    return "blocked" if (text(value) or "").lower().startswith("block") else "allowed"


def _names(value: Any) -> tuple[str, ...]:
    """Categories, which are text or objects with a name."""
    if not value:
        return ()
    words = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    named = (text(one.get("name")) for one in items(value))
    return tuple(dict.fromkeys(name for name in (*words, *named) if name))


def _at(value: Any, field: str) -> datetime:
    if isinstance(value, bool) or (isinstance(value, str) and not value.isdecimal()):
        return moment(value, field)
    try:
        seconds = int(value)
        unit = next(unit for unit in _UNITS if seconds // unit <= _LATEST)
        return datetime.fromtimestamp(seconds // unit, UTC) + timedelta(microseconds=seconds % unit * 1_000_000 // unit)
    except (TypeError, ValueError, OverflowError, OSError, StopIteration):
        raise Rejected(f"{field} is not a time") from None


def action_of(record: Any) -> str | None:
    """The audit log's own word for a change; requests have none."""
    return text(record.get("ActionType")) if isinstance(record, dict) and "When" in record else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like a record of Logpush."""
    if not isinstance(record, dict):
        return 0.0
    for sign, _ in _SETS:
        if sign in record:
            return 0.9 if _BESIDE[sign] in record else 0.2
    return 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="Cloudflare One: Gateway, Access and audit by Logpush",
    kinds=(Kind.WEB, Kind.SIGNIN, Kind.AUDIT),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    docs="https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/",
    permissions=("Logs Edit on the account, to make the Logpush job",),
    granted_in="Cloudflare dashboard > Zero Trust > Logs > Logpush > Add Logpush job; or the account's API tokens",
    plan="Zero Trust Enterprise for Logpush of Gateway",
    cursor="none: pushed",
    lateness=timedelta(minutes=10),
    evidence="real sample",
    samples=("cloudflare_gateway/records.ndjson",),
)
