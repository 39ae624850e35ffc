"""What one record of Netskope says: a page, an activity, a policy that fired, a DLP hit; all else is counted by name.

Fields: elastic/integrations (packages/netskope, data stream events_v2), SEKOIA-IO/intake-formats (Netskope). Any may be
missing, and a user need not be an address. `client_bytes` is what the client sent. `hostname` is the device's own name.
What DLP matched (`dlp_match_info` … `dlp_match_value`), titles, referrers and queries are never read. That an alert's
`_id` differs from that of the event it was raised for could not be verified: where it is the same, both are one.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.netskope.exchange import as_api, is_exchange
from schemas.observation import Actor, App, Kind, Object, Observation

_NOTHING = {"", "null", "none", "unknown", "-", "n/a", "unavailable"}
_SAID = ("dlp", "policy", "nspolicy", "")
"""Types of alert that are read."""
_OTHERS = {
    "malware", "malsite", "uba", "watchlist", "ctep", "quarantine", "remediation", "device", "content", "anomaly",
    "legal hold", "breach", "bypass", "c2",
    "compromised credential", "compromisedcredential", "security assessment", "securityassessment",
}  # fmt: skip
_LOGS = {"network": "network event", "infrastructure": "infrastructure event", "endpoint": "endpoint event"}
_BLOCKED = re.compile(r"block|quarantine|deny|drop", re.IGNORECASE)
_QUERY = re.compile(r"[?#;]|%3f|%23", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:[0-9a-fA-F]*:[0-9a-fA-F:.]*|\d{1,3}(?:\.\d{1,3}){3})(?:%\S*)?")
_HOST = re.compile(r"[^\s/\\?#@\[\]<>\"'%:]+")
_NAME = re.compile(r"(?:[\w-]+\.)+[A-Za-z][\w-]+")
_FACTS = ("activity", "access_method", "managed_app", "ccl", "traffic_type", "device_classification")


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One record. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    flat = as_api(record) if is_exchange(record) else record
    if "timestamp" not in flat or not ({"_id", "type", "record_type", "user"} & flat.keys()):
        raise Rejected("neither a timestamp nor an id or type: not a record of Netskope's export")
    nothing = _nothing(flat)
    return nothing or iter((_observation(flat),))


def _nothing(record: Mapping[str, Any]) -> Ignored | None:
    kind, log = _text(record.get("type")), (_text(record.get("record_type")) or "").lower()
    if "audit_log_event" in record or kind == "admin_audit_logs" or log == "audit":
        return Ignored("audit log of administrators")
    alert = (_text(record.get("alert_type")) or "").lower()
    if alert not in _SAID and not _dlp(record):
        return Ignored(f"{alert} alert" if alert in _OTHERS else "another kind of alert")
    if (name := log or (kind or "").lower()) in _LOGS:
        return Ignored(_LOGS[name])
    if not _host(record)[0] and not _text(record.get("app")):
        return Ignored("names neither application nor address")
    return None


def _dlp(record: Mapping[str, Any]) -> bool:
    """Whether a DLP rule fired."""
    alert = (_text(record.get("alert_type")) or "").lower()
    return alert == "dlp" or any(_text(record.get(name)) for name in ("dlp_rule", "dlp_profile", "dlp_incident_id"))


def _kind(record: Mapping[str, Any]) -> Kind:
    """A DLP hit; what a SaaS reported over its API; else traffic that was seen."""
    if _dlp(record):
        return Kind.DLP
    return Kind.AUDIT if (_text(record.get("access_method")) or "").lower().startswith("api") else Kind.WEB


def _observation(record: Mapping[str, Any]) -> Observation:
    kind, vendor_id = _kind(record), _text(record.get("_id"))
    host, path = _host(record)
    name, thing = _text(record.get("object")), _text(record.get("object_type"))
    action = "blocked" if _BLOCKED.search(_text(record.get("action")) or "") else "allowed"
    activity = _text(record.get("activity"))
    app = _text(record.get("app"))
    return Observation(
        source="netskope",
        kind=kind,
        at=_at(record.get("timestamp")),
        id=f"netskope:{vendor_id}" if vendor_id else "",
        host=host or None,
        path=path,
        method=_text(record.get("http_method") or record.get("method")),
        status=_size(record.get("http_status") or record.get("resp_code")) or None,
        actor=_actor(record),
        app=App(name=app) if app and app.lower() not in _NOTHING else None,
        action=activity or "used" if kind is Kind.AUDIT else action,
        object=Object(type=(thing or "object").lower(), id=_text(record.get("object_id")), name=name) if name else None,
        bytes_out=_size(record.get("client_bytes")),
        bytes_in=_size(record.get("server_bytes")),
        user_agent=_text(record.get("useragent")),
        content_type=_text(record.get("file_type") or record.get("mime_type")),
        labels=tuple(dict.fromkeys(_labels(record, kind))),
        tenant=_text(record.get("instance_id")),
        attributes={fact: value for fact in _FACTS if (value := _text(record.get(fact)))},
    )


def _host(record: Mapping[str, Any]) -> tuple[str, str | None]:
    """Host and path (without its query) of the address, which has a scheme or none; else the domain or the site."""
    for field in ("url", "page", "domain", "dst_host", "site"):
        text = (_text(record.get(field)) or "").replace("\\", "")  # some exports escape the slashes twice
        bare = _QUERY.split(text.partition("://")[2] or text, maxsplit=1)[0]
        authority, slash, rest = bare.rpartition("@")[2].partition("/")
        host = authority.partition(":")[0] if authority.count(":") < 2 else authority.strip("[]")  # noqa: PLR2004 - an IPv6 address has more
        host = host.lower().rstrip(".")
        plain = _NAME if field in {"site", "page"} else _HOST
        if (plain.fullmatch(host) or _ADDRESS.fullmatch(host)) and host not in _NOTHING:
            return host, (slash + rest or None) if field in {"url", "page"} else None
    return "", None


def _actor(record: Mapping[str, Any]) -> Actor:
    """Who: the internal address where the client told it, the device by its own name."""
    user = next((name for field in ("ur_normalized", "user", "userkey") if (name := _text(record.get(field)))), None)
    ip = next((one for field in ("userip", "srcip") if _ADDRESS.fullmatch(one := _text(record.get(field)) or "")), None)
    return Actor(
        id=user,
        email=user.lower() if user and "@" in user else None,
        ip=ip,
        device=_text(record.get("hostname")),
        unit=_text(record.get("organization_unit")),
    )


def _labels(record: Mapping[str, Any], kind: Kind) -> Iterator[str]:
    """Of a DLP hit what fired, of traffic the categories of the site; of an audit event none, for they'd be data's."""
    if kind is Kind.DLP:
        yield from _rules(record)
    for field in ("appcategory", "category") if kind is Kind.WEB else ():
        if name := _text(record.get(field)):
            yield name


def _rules(record: Mapping[str, Any]) -> Iterator[str]:
    """Names of profiles and rules that fired, never what they matched."""
    for field in ("dlp_profile", "dlp_profile_name", "dlp_rule", "dlp_rule_name"):
        if name := _text(record.get(field)):
            yield name
    for match in _objects(record.get("dlp_match_info")):
        if name := _text(match.get("dlp_profile_name")):
            yield name
        for rule in _objects(match.get("dlp_rules")):
            if name := _text(rule.get("dlp_rule_name")):
                yield name


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def _text(value: Any) -> str | None:
    plain = value.strip() if isinstance(value, str) else ""
    return plain if plain.lower() not in _NOTHING else None


def _size(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) < 20:  # noqa: PLR2004 - beyond 64 bits it is damage
        value = int(value)
    return int(value) if isinstance(value, int | float) and 0 <= value < 1 << 63 else None


def _at(value: Any) -> datetime:
    """Seconds since the epoch, or a time as text (UTC where it names no zone)."""
    try:
        if isinstance(value, str) and not value.isdecimal():
            given = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value))
            return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise Rejected("timestamp is not a time") from None
