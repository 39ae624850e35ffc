"""Windows events of devices: programs that started, names that were looked up, connections; from Sysmon, or without it.

Sysmon's events 1 (process create), 3 (network connection) and 22 (DNS query):
https://learn.microsoft.com/sysinternals/downloads/sysmon (read 2026-11-21). Without Sysmon, 4688 of the Security log
(https://learn.microsoft.com/windows/security/threat-protection/auditing/event-4688) and 3008 of
Microsoft-Windows-DNS-Client/Operational, whose fields could not be verified. `event.py` has the shapes they come in.
Parsed against elastic/integrations,
packages/windows/data_stream/sysmon_operational/_dev/test/pipeline/test-events.json.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.devices import lookups, people, programs
from connectors.sysmon.event import Event, opened
from schemas.observation import Actor, App, Kind, Observation

_SYSMON, _SECURITY, _DNS_CLIENT = "microsoft-windows-sysmon", "security", "microsoft-windows-dns-client"
_AROUND = (b"<?xml", b"<Events", b"</Events")
_SYSMON_EVENTS = frozenset({*range(1, 30), 255})


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none."""
    event = opened(record)
    if event is None:
        return _no_event(record)
    log = _log(event)
    read = _READ.get((log, event.number))
    if read is None:
        known = log == _SYSMON and event.number in _SYSMON_EVENTS
        return Ignored(f"event {event.number}" if known else "another event")
    found = read(event)
    return found if isinstance(found, Ignored) else iter((found,))


def _no_event(record: Any) -> Ignored:
    if isinstance(record, bytes) and record.lstrip().startswith(_AROUND):
        return Ignored("text around events")
    if isinstance(record, bytes) and b"<Event" in record:
        raise Rejected("an event that does not end on its line")
    raise Rejected("neither a Windows event in XML nor in one of the JSON forms")


def _log(event: Event) -> str:
    return event.channel.lower().partition("/")[0]


def _process(event: Event) -> Observation | Ignored:
    """Sysmon 1: the program that started, with the maker its file names."""
    started = programs.process(event.data("Image"), event.data("CommandLine"))
    if started is None:
        return Ignored("process without a file")
    maker = event.data("Company")
    product = event.data("Product") if maker else ""
    app = App(name=product or None, client_id=started.client_id, publisher=maker or None)
    return _observed(event, Kind.ENDPOINT, "running", app=app, key=event.data("ProcessGuid").strip("{}"))


def _audited_process(event: Event) -> Observation | Ignored:
    """Security 4688: the program that started; who it runs as, where that is not who started it."""
    started = programs.process(event.data("NewProcessName"), event.data("CommandLine"))
    if started is None:
        return Ignored("process without a file")
    runs_as = people.login(event.data("TargetUserName")) or people.login(event.data("SubjectUserName"))
    return _observed(event, Kind.ENDPOINT, "running", app=started, user=runs_as)


def _lookup(event: Event) -> Observation | Ignored:
    """Sysmon 22 and DNS-Client 3008: a name that was looked up, and the program that did."""
    host = lookups.outside(event.data("QueryName"))
    if host is None:
        return Ignored("local name")
    if event.data("QueryStatus") not in ("0", ""):
        return Ignored("lookup that failed")
    return _observed(event, Kind.WEB, "allowed", host=host)


def _connection(event: Event) -> Observation | Ignored:
    """Sysmon 3: an outgoing connection, to a name where Sysmon resolved it; near by, the port may say what listens."""
    if event.data("Initiated").lower() != "true":
        return Ignored("incoming connection")
    if host := lookups.outside(event.data("DestinationHostname")):
        return _observed(event, Kind.WEB, "allowed", host=host)
    port = event.data("DestinationPort")
    if lookups.is_near(event.data("DestinationIp")) and port.isdecimal() and len(port) < 6:  # noqa: PLR2004 - 65535 is the last
        return _observed(event, Kind.ENDPOINT, "connected", app=programs.listening(int(port)))
    return Ignored("connection to an address without a name")


def _observed(
    event: Event, kind: Kind, action: str, *, app: App | None = None, host: str | None = None, key: str = "",
    user: str | None = None,
) -> Observation:  # fmt: skip
    image = programs.file_name(event.data("Image")) if app is None or action == "connected" else ""
    return Observation(
        source="sysmon", kind=kind, at=_at(event), id=f"sysmon:{key.lower()}" if key else "", host=host, app=app,
        actor=_who(event.computer, user or event.data("User")), action=action,
        attributes={"process": image} if image else {},
    )  # fmt: skip


@lru_cache(1 << 14)
def _who(computer: str, user: str) -> Actor | None:
    return people.actor(computer or None, people.login(user))


def _at(event: Event) -> datetime:
    """`UtcTime` is when it happened; the event's own time when it was logged."""
    return _moment(event.data("UtcTime") or event.time)


@lru_cache(1 << 12)
def _moment(text: str) -> datetime:
    whole, dot, rest = text.partition(".")
    digits = rest.rstrip("Zz").partition("+")[0][:6] if dot else ""
    try:
        found = datetime.fromisoformat(f"{whole.rstrip('Zz')}.{digits:0<6}" if digits.isdecimal() else text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Rejected("the event's time is not one") from None


_READ: dict[tuple[str, int], Callable[[Event], Observation | Ignored]] = {
    (_SYSMON, 1): _process,
    (_SYSMON, 3): _connection,
    (_SYSMON, 22): _lookup,
    (_SECURITY, 4688): _audited_process,
    (_DNS_CLIENT, 3008): _lookup,
}


def recognise(record: Any) -> float:
    """How much a line or JSON object looks like an event of these logs."""
    event = opened(record)
    if event is None:
        return 0.5 if isinstance(record, bytes) and record.lstrip().startswith(_AROUND[1:]) else 0.0
    log = _log(event)
    if log == _SYSMON:
        return 0.97
    return 0.9 if (log, event.number) in _READ else 0.3


def action_of(record: Any) -> str | None:
    """The log and the event's number."""
    event = opened(record)
    return f"{_log(event)} {event.number}" if event is not None else None


CONNECTOR = Connector(
    name="sysmon",
    title="Sysmon and Windows events",
    kinds=(Kind.ENDPOINT, Kind.WEB),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="lines",
    docs="https://learn.microsoft.com/sysinternals/downloads/sysmon",
    permissions=("read the forwarded events, or push them here",),
    granted_in="Sysmon's configuration: event filtering with ProcessCreate, NetworkConnect and DnsQuery",
    plan="Sysmon, or the audit policy Process Creation and the log Microsoft-Windows-DNS-Client/Operational",
    cursor="file position",
    evidence="real sample",
    samples=("sysmon/events.xml", "sysmon/forwarded.ndjson"),
    action_of=action_of,
)
