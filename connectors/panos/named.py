"""PAN-OS logs with their fields named: CEF and LEEF, as the vendor's guides set up the custom log formats.

CEF of a firewall (`|PAN-OS|`) has `$subtype|$type` in its header and, against CEF's own meaning, `in` for the bytes the
client sent (docs.paloaltonetworks.com/resources/cef); Strata Logging Service (`|LF|`) has `type|subtype` and `out` for
them, which a log published by others bears out. LEEF: `cat`, `SubType`, `srcBytes`, `URL` and others, pairs parted by
bars or tabs (docs.paloaltonetworks.com/strata-logging-service/log-reference/network-logs/network-url-log/
network-url-leef-fields, and …/network-url-https-fields for JSON; snare's and dnif's guides for the firewall's own).
Read 2026-11-21.
"""

from collections.abc import Mapping
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.panos.applications import categories, is_ai, known, names_nothing
from connectors.panos.logs import NO_DATA, NO_NAME, START, Config, decided, identity
from connectors.shared.textlog import cef, leef
from connectors.shared.textlog.cef import Event
from connectors.shared.textlog.moments import moment
from connectors.shared.textlog.roles import Named, Roles
from connectors.shared.textlog.visit import ADDRESS, actor, host_of, requested, size
from schemas.observation import Kind, Object, Observation

ROLES = Roles({
    "log": ("logtype", "cat", "type"), "subtype": ("subtype",),
    "serial": ("deviceexternalid", "devicesn", "serialnumber"), "sequence": ("externalid", "sequenceno", "sequence"),
    "time": ("start", "rt", "timegeneratedhighresolution", "timegenerated", "devtime", "timereceived", "receivetime"),
    "source": (
        "identsrc", "x-forwarded-forip", "x-forwarded-for", "src", "srcip", "sourceaddress", "sourceip",
    ),
    "user": ("suser", "usrname", "sourceuser"), "destination": ("dst", "dstip", "destinationaddress"),
    "port": ("dpt", "dstport", "destinationport"), "app": ("app", "application", "applicationprotocol"),
    "action": ("act", "action", "simplifieddeviceaction"), "address": ("request", "url", "filename"),
    "host": ("dhost", "urldomain", "panosurldomain"), "sni": ("panosservernameindication", "servernameindication"),
    "method": ("requestmethod", "httpmethod", "panoshttpmethod"), "agent": ("requestclientapplication", "useragent"),
    "content": ("requestcontext", "contenttype", "panoscontenttype"),
    "category": ("url category", "urlcategory", "urlcat"),
    "categories": ("urlcategorylist", "panosurlcategorylist", "panosurlcatlist"),
    "file": ("fname", "filename", "request"), "direction": ("direction", "directionofattack", "flexstring2"),
    "threat": ("threatid", "panosthreatid", "cat"),
})  # fmt: skip
_LOGS = {"TRAFFIC", "THREAT", "URL", "FILE", "DATA", "DLP", "DECRYPTION"}
VENDOR = "palo alto networks"
_SENT_IS_IN = "pan-os"


def read(line: str) -> Event:
    """The event in a line. Raises Rejected for a line that is none of PAN-OS."""
    if cef.begins(line) >= 0:
        event = cef.read(line)
    elif leef.begins(line) >= 0:
        event = leef.read(line)
    else:
        raise Rejected("no log of PAN-OS: neither its CSV with the type in the fourth field, nor CEF, nor LEEF")
    if event.vendor.lower() != VENDOR:
        raise Rejected("an event of another vendor")
    return event


def of_object(record: Mapping[str, Any]) -> Event:
    """The event in a JSON object, as Strata Logging Service sends it over HTTPS. Raises Rejected."""
    if not looks_like(record):
        raise Rejected("a JSON object that is no log of Strata Logging Service: it has no LogType and DeviceSN")
    values = {
        name.lower(): value if isinstance(value, str) else str(value)
        for name, value in record.items()
        if isinstance(value, str | int | float)
    }
    return Event(VENDOR, "Strata Logging Service", "", "", "", values)


def looks_like(record: Mapping[str, Any]) -> bool:
    """Whether an object has the fields that every log of Strata Logging Service has."""
    return "LogType" in record and ("DeviceSN" in record or "LogSourceID" in record)


def _kind(event: Event, given: Named) -> tuple[str, str]:
    """Log type and subtype: in the header in one order or the other, or in fields of their own."""
    words = [given.values.get("logtype", ""), event.event, event.name, given.said("log"), given.said("subtype")]
    log = next((word.upper() for word in words if word.upper() in _LOGS), "")
    others = (given.said("subtype"), event.name, event.event)
    return log, next((word.lower() for word in others if word.upper() not in {log, ""}), "")


def parse(event: Event, how: Config) -> Observation | Ignored:
    """What an event says. Raises Rejected naming what is wrong."""
    given = Named(event.values, ROLES)
    log, subtype = _kind(event, given)
    if not log:
        return Ignored("log of no session, request or hit")
    if log == "TRAFFIC":
        return _traffic(given, subtype, how, event)
    if log == "URL" or subtype == "url":
        return _url(given, how)
    if log in {"FILE", "DATA", "DLP"} or subtype in {"file", "data"}:
        return _held(given, how, data=log in {"DATA", "DLP"} or subtype == "data")
    if log == "DECRYPTION":
        return _decryption(given, how)
    return Ignored("threat log of no request")


def _traffic(given: Named, subtype: str, how: Config, event: Event) -> Observation | Ignored:
    app, category = given.said("app"), given.said("category")
    if names_nothing(app) and not is_ai(category):
        return NO_NAME
    if not how.starts and subtype == "start":
        return START
    values = event.values
    inward, outward = size(values.get("in", values.get("bytesin"))), size(values.get("out", values.get("bytesout")))
    sent, received = (inward, outward) if event.product.lower() == _SENT_IS_IN else (outward, inward)
    destination = given.said("destination")
    return _with(
        given, how, "TRAFFIC", app,
        host=destination if names_nothing(app) and ADDRESS.fullmatch(destination) else None,
        bytes_out=_first(values, "srcbytes", "bytessent", otherwise=sent),
        bytes_in=_first(values, "dstbytes", "bytesreceived", otherwise=received),
        labels=categories(category, ""),
    )  # fmt: skip


def _first(values: Mapping[str, str], *names: str, otherwise: int | None) -> int | None:
    return next((size(values[name]) for name in names if name in values), otherwise)


def _url(given: Named, how: Config) -> Observation:
    host, port, path = requested(given.said("address").strip('"'))
    host = host or host_of(given.said("host"))[0]
    if not host:
        raise Rejected("the request has no host")
    method = given.said("method").upper()
    return _with(
        given, how, "THREAT", given.said("app"), port=port,
        host=host, path=path,
        method=method if method.isalpha() and method != "UNKNOWN" else None,
        user_agent=given.said("agent").strip('"') or None,
        content_type=given.said("content") or None,
        labels=categories(given.said("category"), given.said("categories")),
    )  # fmt: skip


def _held(given: Named, how: Config, *, data: bool) -> Observation | Ignored:
    app = given.said("app")
    if names_nothing(app):
        return NO_DATA
    name, rule = given.said("file").strip('"'), given.said("threat").rpartition("(")[0]
    found = _with(
        given, how, "THREAT", app,
        object=Object(type="file", name=name) if name else None,
        labels=(rule,) if data and rule else categories(given.said("category"), ""),
        kind=Kind.DLP if data else Kind.WEB,
    )  # fmt: skip
    upload = "client" in given.said("direction").lower().partition("to")[0]
    found.attributes["direction"] = "upload" if upload else "download"
    return found


def _decryption(given: Named, how: Config) -> Observation | Ignored:
    app, host = given.said("app"), host_of(given.said("sni"))[0]
    if not host and names_nothing(app):
        return NO_NAME
    return _with(given, how, "DECRYPTION", app, host=host or None)


def _with(given: Named, how: Config, log: str, app: str, *, port: str = "", **told: object) -> Observation:
    """An observation of what all logs have, and what this one told."""
    at = moment(given.said("time"), 0.0 if given.values.get("dtz", "").upper() == "UTC" else how.zone)
    application, facts = known(app, port or given.said("port"))
    return Observation(
        source="panos",
        at=at,
        id=identity(given.said("serial"), log, given.said("sequence"), f"{at:%Y/%m/%d %H:%M:%S}"),
        actor=actor(given.said("user"), given.said("source")),
        app=application,
        action=decided(given.said("action")),
        attributes=dict(facts),
        **({"kind": Kind.WEB} | told),  # type: ignore[arg-type] # fields of Observation, by their names
    )
