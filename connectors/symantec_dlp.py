"""Symantec (Broadcom) DLP: incidents that a response rule logs to a syslog server, in the message the rule was given.

A message is made of variables (`$INCIDENT_ID$`, `$POLICY$`, `$RECIPIENTS$` …); which there are:
https://knowledge.broadcom.com/external/article/160621/what-variables-can-be-used-within-respon.html. Read are messages
in CEF with the variables' names as keys (as in the sample of Microsoft Sentinel, github.com/Azure/Azure-Sentinel,
Sample Data/CEF/SymantecDLP.json), in LEEF as IBM's guide sets it up (https://www.ibm.com/docs/en/dsm?topic=
dlp-creating-none-smtp-response-rule), and text of `NAME=value` or `NAME: value` by those names. All read 2026-11-21.
The subject, the snapshot's address, queries and paths of files are dropped here; no variable holds what was matched.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.textlog import cef, leef, moments
from connectors.shared.textlog.roles import Named, Roles
from connectors.shared.textlog.standard import Config
from connectors.shared.textlog.visit import actor, app, is_address, listed, requested
from schemas.observation import Actor, Kind, Object, Observation

_LONGEST = 1 << 16
ROLES = Roles({
    "incident": ("incident_id", "incidentid", "id"), "policy": ("policy", "policy violated"),
    "rules": ("policy_rules", "rules"), "to": ("url", "recipients", "recipient", "duser", "dst", "dhost"),
    "from": ("sender", "endpoint_user_name", "usrname", "suser", "src"), "blocked": ("blocked",),
    "app": ("application_name",), "file": ("attachment_filename", "file_name", "filename"),
    "device": ("endpoint_machine", "machine_name"), "ip": ("machine_ip", "endpoint_ip"),
    "login": ("endpoint_device_id",),
    "time": ("occurred_on", "occured_on", "occurred on"), "protocol": ("protocol",), "severity": ("severity",),
})  # fmt: skip
_NAMES = (
    "INCIDENT_ID", "POLICY_RULES", "POLICY Violated", "POLICY", "RULES", "RECIPIENTS", "RECIPIENT", "SENDER", "BLOCKED",
    "APPLICATION_NAME", "ATTACHMENT_FILENAME", "FILE_NAME", "FILENAME", "ENDPOINT_MACHINE", "ENDPOINT_USER_NAME",
    "ENDPOINT_DEVICE_ID", "MACHINE_NAME", "MACHINE_IP", "OCCURRED_ON", "OCCURED_ON", "REPORTED_ON", "PROTOCOL",
    "SEVERITY", "SUBJECT", "MATCH_COUNT", "INCIDENT_SNAPSHOT", "URL", "DESTINATION_IP", "QUARANTINE_PARENT_PATH",
    "QUARANTINE_PATH", "PARENT_PATH", "PATH", "SCAN", "TARGET", "ID",
)  # fmt: skip
"""A longer name before one that it begins with."""
_TEXT = re.compile(rf"(?:^|(?<=[\s,;|\"\[(]))\"?({'|'.join(_NAMES)})\"?\s*[:=]\s*", re.IGNORECASE)
_SPOKEN = re.compile(r"([A-Z][a-z]{2})[a-z]* (\d{1,2}), (\d{4}) (\d{1,2}):(\d\d):(\d\d) ([AP])M")
_PRODUCTS = {"dlp", "data loss prevention", "symantec dlp"}
_OWN = {"incident_id", "incidentid", "match_count", "matchcount", "incident_snapshot", "incidentsnapshot", "blocked"}
_LEAST = 3
_NOON = 12
_NO_HOST = Ignored("incident that went to no host and names no program")
_NO_INCIDENT = Ignored("message of no incident")


def parse(
    record: Any, config: Config | None, arrived: datetime | None = None
) -> Iterator[Observation] | Ignored:  # fmt: skip
    """One message (bytes); `arrived` dates syslog's times without a year. Raises Rejected naming what is wrong."""
    if not isinstance(record, bytes):
        raise Rejected("a JSON object where a message of a response rule was expected")
    if len(record) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    before, values = _values(record.decode("utf-8", "replace"))
    if not _OWN & values.keys():
        return _NO_INCIDENT
    given = Named(values, ROLES)
    host, path = _destination(given.said("to"))
    if not host and not given.said("app"):
        return _NO_HOST
    number, name, protocol = given.said("incident"), given.said("file"), given.said("protocol")
    at = _at(given.said("time"), before, config or _DEFAULTS, arrived)
    seen = Observation(
        source="symantec_dlp",
        kind=Kind.DLP,
        at=at,
        id=f"symantec_dlp:{number}" if number else "",
        host=host or None,
        path=path,
        actor=_actor(given),
        app=app(given.said("app")),
        action="allowed" if given.said("blocked").lower() in {"", "no", "false", "passed"} else "blocked",
        object=Object(type="file", name=name) if name else None,
        labels=tuple(dict.fromkeys((*listed(given.said("policy"), ";"), *listed(given.said("rules"), ",;")))),
        attributes={"channel": protocol} if protocol else {},
    )
    return iter((seen,))


def _values(line: str) -> tuple[str, dict[str, str]]:
    """Syslog's words before a message and its variables by name in lower case. Raises Rejected."""
    for form in (cef, leef):
        start = form.begins(line)
        if start < 0:
            continue
        event = form.read(line)
        if event.vendor.lower() not in {"symantec", "broadcom"} or event.product.lower() not in _PRODUCTS:
            raise Rejected("an event of another product")
        policy = {"policy": event.name} if event.name else {}
        return line[:start], policy | event.values
    pieces = _TEXT.split(line)
    found: dict[str, str] = {}
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        found.setdefault(name.lower(), value.strip().strip("\"',;|").strip())
    if len(found) < _LEAST:
        raise Rejected("no message of a response rule: fewer than three of its variables are named")
    return pieces[0], found


def _destination(text: str) -> tuple[str, str | None]:
    """The first page or host among recipients; mailboxes and addresses are none."""
    for one in re.split(r"[,;\s]+", text):
        host, _, path = requested(one) if "@" not in one.partition("/")[0] else ("", "", None)
        if "." in host and not is_address(host):
            return host, path
    return "", None


def _actor(given: Named) -> Actor:
    """A sender is an address, a mailbox, or a login; an endpoint names the login in the place of its id too."""
    sender, other = given.said("from"), given.said("login")
    login = sender.partition("://")[2].replace("/", "\\") if "://" in sender else sender
    login = other if is_address(login) and "\\" in other else login
    ip = given.said("ip") or (sender if is_address(sender) else "")
    return actor(login, ip, given.said("device"))


def _at(text: str, before: str, config: Config, arrived: datetime | None) -> datetime:
    """`November 20, 2026 3:52:00 PM` in the Enforce server's zone, else syslog's time."""
    found = _SPOKEN.search(text)
    if found is None:
        return moments.moment(text, config.zone) if text else moments.header(before, config.zone, arrived)
    month, day, year, hour, minute, second, half = found.groups()
    clock = int(hour) % _NOON + (_NOON if half == "P" else 0)
    return moments.moment(f"{month} {day} {year} {clock:02d}:{minute}:{second}", config.zone)


def recognise(record: Any) -> float:
    """How much a line looks like a message of a response rule."""
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    try:
        values = _values(record.decode("utf-8", "replace"))[1]
    except Rejected:
        return 0.0
    return 0.95 if _OWN & values.keys() else 0.3


_DEFAULTS = Config()
CONNECTOR = Connector(
    name="symantec_dlp",
    title="Symantec DLP (response rule to syslog)",
    kinds=(Kind.DLP,),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="lines",
    config=Config,
    dates_by_arrival=True,
    docs="https://knowledge.broadcom.com/external/article/160621/what-variables-can-be-used-within-respon.html",
    permissions=("an automated response rule with the action Log to a Syslog Server; no API permission",),
    granted_in="Enforce console: Manage > Policies > Response Rules > Add Response Rule > All: Log to a Syslog Server",
    plan="any",
    cursor="offset in the file; what syslog sends has none",
    lateness=timedelta(hours=1),
    evidence="vendor example",
    samples=("symantec_dlp/incidents.log",),
)
