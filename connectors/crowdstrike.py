"""CrowdStrike Falcon Data Replicator: programs that ran, names that were looked up, applications and extensions.

Events as FDR writes them to S3 (gzip, one JSON object a line, `event_simpleName`, all values strings): DnsRequest,
ProcessRollup2 and SyntheticProcessRollup2, InstalledApplication, InstalledBrowserExtension; and the folder of hosts
(`aidmaster`), which is ignored. Fields: the Events Data Dictionary of Falcon's documentation (behind a sign-in, read as
others quote it), elastic/integrations, packages/crowdstrike/data_stream/fdr/_dev/test/pipeline, whose test-fdr.log and
test-fdr-new-events.log this was run over in part, and panther-labs/panther-analysis, rules/crowdstrike_rules (its
wrapped form, `event`, too); all read 2026-11-21. No record of InstalledApplication and InstalledBrowserExtension was at
hand: the fields of the latter are those of public queries (`BrowserName` is a number there), those of the former
(`AppName`, `AppVendor`, `AppVersion`) are unverified.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.devices import lookups, people, programs
from schemas.observation import Actor, App, Kind, Observation

_BROWSERS = {"1": "firefox", "2": "safari", "3": "chrome", "4": "edge", "5": "edge"}
_NO_EXTENSION = "no-extension-available"
_MILLISECONDS = 1e11
"""A number of seconds this large would be the year 5138: it counts milliseconds."""
Event = Mapping[str, Any]


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    event = record["event"] if isinstance(record.get("event"), dict) else record
    name = event.get("event_simpleName")
    if not isinstance(name, str):
        return _no_event(event)
    read = _READ.get(name)
    if read is None:
        return Ignored(name if name.isidentifier() else "another event")
    found = read(event)
    return found if isinstance(found, Ignored) else iter((found,))


def _no_event(event: Event) -> Ignored:
    if "aid" in event and ("ComputerName" in event or "HostHiddenStatus" in event or "MAC" in event):
        return Ignored("folder of hosts and users")
    if "metadata" in event or "ExternalApiType" in event:
        return Ignored("event of the streaming API")
    raise Rejected("no event_simpleName: not an event of FDR")


def _lookup(event: Event) -> Observation | Ignored:
    host = lookups.outside(_text(event, "DomainName"))
    if host is None:
        return Ignored("local name")
    by = programs.file_name(_text(event, "ContextBaseFileName"))
    return _observed(event, Kind.WEB, "allowed", host=host, facts={"process": by} if by else {})


def _process(event: Event) -> Observation | Ignored:
    app = programs.process(_text(event, "ImageFileName"), _text(event, "CommandLine") or None)
    if app is None:
        return Ignored("process without a file")
    return _observed(event, Kind.ENDPOINT, "running", app=app)


def _application(event: Event) -> Observation | Ignored:
    app = programs.app(None, _text(event, "AppName"), _text(event, "AppVendor") or None)
    if app is None:
        return Ignored("application without a name")
    version = _text(event, "AppVersion")
    return _observed(event, Kind.ENDPOINT, "present", app=app, facts={"version": version} if version else {})


def _extension(event: Event) -> Observation | Ignored:
    key, browser = _text(event, "BrowserExtensionId"), _text(event, "BrowserName")
    if not key or key == _NO_EXTENSION:
        return Ignored("browser without extensions")
    store = _BROWSERS.get(browser, browser.lower())
    app = programs.extension(
        "chrome" if store in {"chrome", "edge", ""} else store, key, _text(event, "BrowserExtensionName")
    )
    enabled, version = _text(event, "BrowserExtensionStatusEnabled"), _text(event, "BrowserExtensionVersion")
    told = {"version": version, "browser": store, "enabled": {"1": "true", "0": "false"}.get(enabled, "")}
    return _observed(
        event, Kind.ENDPOINT, "present", app=app, facts={name: value for name, value in told.items() if value}
    )


_READ: dict[str, Callable[[Event], Observation | Ignored]] = {
    "DnsRequest": _lookup,
    "ProcessRollup2": _process,
    "SyntheticProcessRollup2": _process,
    "InstalledApplication": _application,
    "InstalledBrowserExtension": _extension,
}


def _observed(
    event: Event, kind: Kind, action: str, *, app: App | None = None, host: str | None = None,
    facts: dict[str, str] | None = None,
) -> Observation:  # fmt: skip
    """`id` is the event's own, unique for a sensor; `aip` is the office's address, no device's."""
    key, sensor = _text(event, "id"), _text(event, "aid")
    who = _who(
        _text(event, "ComputerName") or sensor, _text(event, "UserName"), _text(event, "UserPrincipal"),
        _text(event, "LocalAddressIP4"),
    )  # fmt: skip
    return Observation(
        source="crowdstrike", kind=kind, at=_at(event), id=f"crowdstrike:{sensor}:{key}" if key and sensor else "",
        host=host, app=app, actor=who, action=action, attributes=facts or {},
    )  # fmt: skip


@lru_cache(1 << 14)
def _who(device: str, user: str, principal: str, ip: str) -> Actor | None:
    email = principal if "@" in principal and people.login(user or "x") else None
    return people.actor(device or None, people.login(user), email=email, ip=ip or None)


def _at(event: Event) -> datetime:
    """When it happened, else when it was received: seconds, milliseconds since the epoch, or a time as text."""
    return _moment(_text(event, "ContextTimeStamp") or _text(event, "ProcessStartTime") or _text(event, "timestamp"))


@lru_cache(1 << 12)
def _moment(text: str) -> datetime:
    try:
        if text.replace(".", "", 1).isdecimal():
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS else seconds, UTC)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise Rejected("neither ContextTimeStamp nor timestamp is a time") from None


def _text(event: Event, key: str) -> str:
    value = event.get(key)
    return value.strip() if isinstance(value, str) else str(value) if value.__class__ is int else ""


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of FDR."""
    if not isinstance(record, dict):
        return 0.0
    named = isinstance(record.get("event_simpleName"), str)
    others = ("aid", "cid", "aip", "id", "name", "timestamp", "event_platform", "ConfigBuild")
    if not named:
        return 0.6 if {"aid", "cid", "ComputerName"} <= record.keys() else 0.0
    return round(min(0.97, 0.5 + 0.08 * sum(key in record for key in others)), 2)


def action_of(record: Any) -> str | None:
    """The event's simple name."""
    name = record.get("event_simpleName") if isinstance(record, dict) else None
    return name if isinstance(name, str) else None


CONNECTOR = Connector(
    name="crowdstrike",
    title="CrowdStrike Falcon Data Replicator",
    kinds=(Kind.ENDPOINT, Kind.WEB),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="json",
    docs="https://www.crowdstrike.com/en-us/resources/data-sheets/falcon-data-replicator/",
    permissions=("read the bucket FDR writes to, synchronised into a watched folder",),
    granted_in="Falcon console > Support and resources > Falcon data replicator > Create feed",
    plan="Falcon Insight with Falcon Data Replicator; installed applications need Falcon Discover",
    cursor="file position",
    evidence="real sample",
    samples=("crowdstrike/fdr.ndjson",),
    action_of=action_of,
)
