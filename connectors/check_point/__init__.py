"""Check Point Log Exporter: Application Control, URL Filtering, HTTPS Inspection, DLP and other logs that name a visit.

All of its formats: syslog (`[action:"Accept"; src:"192.0.2.1"]`), structured data (`Fields@… key="value"`), CEF, LEEF,
Splunk (`key=value|key=value`), generic pairs and JSON; one log has the same fields in each. Formats: Check Point,
"Log Exporter" (sk122323, and https://sc1.checkpoint.com/documents/R81/WebAdminGuides/EN/
CP_R81_LoggingAndMonitoring_AdminGuide/Topics-LMG/Log-Exporter-Appendix.htm, which says what `loguid` is);
fields: "Description of Fields in Check Point Logs" (sk144192). Their names here are those of logs that somebody else
captured: github.com/elastic/integrations, packages/checkpoint/data_stream/firewall/_dev/test/pipeline/{test-checkpoint,
test-r81x}.log and packages/cef/…/test-checkpoint.json, over which this was run on 2026-11-21. Queries, referrers,
subjects of mails and matched words are dropped here.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.check_point.formats import fields
from connectors.shared.textlog import moments
from connectors.shared.textlog.event import destination, observation
from connectors.shared.textlog.roles import Named, Roles
from connectors.shared.textlog.standard import Config
from connectors.shared.textlog.visit import actor, app, listed, vocabulary
from schemas.observation import Actor, Kind, Observation

_LONGEST = 1 << 17
ROLES = Roles({
    "time": ("time", "rt", "devtime", "start_time"), "url": ("resource", "request", "url"),
    "host": ("http_host", "dhost", "sni", "http_server_name"), "port": ("service", "dpt", "dstport", "svc"),
    "method": ("method", "requestmethod"), "agent": ("user_agent", "requestclientapplication", "useragent"),
    "content": ("content_type",), "action": ("action", "act"), "user": ("src_user_name", "user", "suser", "usrname"),
    "ip": ("proxy_src_ip", "src"), "device": ("src_machine_name", "shost", "identhostname"),
    "app": ("appi_name", "app_name", "application name"), "sent": ("sent_bytes", "out"),
    "received": ("received_bytes", "in"), "file": ("file_name", "fname", "filename"),
    "categories": ("app_category", "matched_category", "matched category", "categories"),
    "product": ("product", "productname"),
    "rules": ("dlp_data_type_name", "data_type_name", "dlp_rule_name"),
})  # fmt: skip
_LOGIN = re.compile(r"(?P<name>.*?)\s*\((?P<login>[^()\s]+)\)\s*")
_PRODUCT = re.compile(r'[ \[]product:"([^"]+)"|\|product=([^|]+)')
_UPDATE = Ignored("update of a session's counters")
_NO_NAME = Ignored("log that names no host and no application")
_NO_ID = re.compile(r"[{}0x,\s]*")


def parse(
    record: Any, config: Config | None, arrived: datetime | None = None
) -> Iterator[Observation] | Ignored:  # fmt: skip
    """One line (bytes) or JSON object; `arrived` dates syslog's times without a year. Raises Rejected."""
    if isinstance(record, bytes) and len(record) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    before, values = fields(record)
    given = Named(values, ROLES)
    product = given.said("product")
    if product == "Log Update":
        return _UPDATE
    to = destination(given)
    if not to[0] and not given.said("app"):
        return _NO_NAME
    zone = (config or _DEFAULTS).zone
    time, dlp = given.said("time"), product.lower() == "dlp"
    seen = observation(
        "check_point",
        given,
        moments.moment(time, zone) if time else moments.header(before, zone, arrived),
        to,
        id=_identity(values),
        kind=Kind.DLP if dlp else Kind.WEB,
        actor=_actor(given),
        app=app(given.said("app")),
        labels=listed(given.said("rules"), ",;") if dlp else listed(given.said("categories"), ",;"),
    )
    return iter((seen,))


def _actor(given: Named) -> Actor:
    """`Alice Example (alice)` is alice; a machine comes as `name@domain`."""
    user = given.said("user")
    named = _LOGIN.fullmatch(user)
    return actor(named["login"] if named else user, given.said("ip"), given.said("device").partition("@")[0])


def _identity(values: Mapping[str, str]) -> str:
    """The log's own id, which its later updates carry too: they are the same event."""
    uid = values.get("loguid", "")
    return "" if _NO_ID.fullmatch(uid) else f"check_point:{uid.strip('{}')}"


def action_of(record: Any) -> str | None:
    """The blade that wrote a log (`product`), in the syslog, Splunk and JSON formats."""
    if isinstance(record, dict):
        product = record.get("product")
        return vocabulary(product) if isinstance(product, str) else None
    found = _PRODUCT.search(record.decode("utf-8", "replace")) if isinstance(record, bytes) else None
    return vocabulary(found[1] or found[2]) if found else None


def recognise(record: Any) -> float:
    """How much a line or object looks like Log Exporter's: by its structure's name or by fields only it has."""
    if isinstance(record, bytes) and len(record) > _LONGEST:
        return 0.0
    try:
        values = fields(record)[1]
    except Rejected:
        return 0.0
    if "loguid" in values or "originsicname" in values or "nat_addtnl_rulenum" in values:
        return 0.95
    return 0.95 if isinstance(record, bytes) and (b"|Check Point|" in record or b"1.3.6.1.4.1.2620" in record) else 0.0


_DEFAULTS = Config()
CONNECTOR = Connector(
    name="check_point",
    title="Check Point (Log Exporter)",
    kinds=(Kind.WEB, Kind.DLP),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="lines",
    action_of=action_of,
    config=Config,
    dates_by_arrival=True,
    docs="https://support.checkpoint.com/results/sk/sk122323",
    permissions=("a Log Exporter target on the management or log server; no API permission",),
    granted_in="SmartConsole > Objects > More object types > Server > Log Exporter/SIEM, then Export on the log server",
    plan="any; Application Control, URL Filtering and DLP need their blades",
    cursor="offset in the file; what Log Exporter sends has none",
    lateness=timedelta(minutes=15),
    evidence="real sample",
    samples=("check_point/syslog.log", "check_point/cef.log", "check_point/splunk.log"),
)
