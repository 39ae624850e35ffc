"""CEF and LEEF of any product, by the names that the two standards and most products give what a visit has.

CEF's names: the standard's dictionary; LEEF's: IBM's predefined attributes (cef.py and leef.py beside it say
where). A custom field counts by its label.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from connectors.base import Ignored, Rejected
from connectors.shared.textlog import moments
from connectors.shared.textlog.cef import Event
from connectors.shared.textlog.event import destination, observation
from connectors.shared.textlog.roles import Named, Roles
from connectors.shared.textlog.visit import app, decided, port_of, size
from schemas.observation import Kind, Observation

ROLES = Roles({
    "time": ("start", "rt", "devtime", "end", "devicereceipttime", "art"),
    "user": ("suser", "usrname", "duser", "identusrname", "accountname", "sourceusername"),
    "ip": ("src", "identsrc", "sourceaddress", "srcip"), "device": ("shost", "identhostname", "sourcehostname"),
    "unit": ("department", "dept"), "url": ("request", "url", "requesturl", "resource", "uri"),
    "host": ("dhost", "destinationdnsdomain", "destinationhostname", "hostname", "domain", "host", "dsthost"),
    "port": ("dpt", "dstport", "destinationport"), "method": ("requestmethod", "method", "httpmethod"),
    "status": ("responsecode", "statuscode", "httpstatus", "status"), "refused": ("blockreason",),
    "agent": ("requestclientapplication", "useragent", "user-agent"), "content": ("contenttype", "content-type"),
    "action": ("act", "action", "deviceaction", "disposition", "outcome"),
    "service": ("destinationservicename", "application", "appname"), "protocol": ("app", "applicationprotocol"),
    "categories": ("url category", "url categories", "urlcategory", "urlcat", "category", "matched category",
        "urlcategories"),
    "file": ("fname", "filename"),
})  # fmt: skip
_PROTOCOLS = {
    "http", "https", "http/1.1", "http/2", "ssl", "tls", "tcp", "udp", "dns", "ftp", "ftps", "smtp", "imap", "pop3",
    "ssh", "sshv2", "telnet", "icmp", "quic", "web", "rdp", "smb", "ntp", "snmp", "ldap",
}  # fmt: skip
NO_DESTINATION = Ignored("event that names no host and no application")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one instance.

    `zone` is hours east of UTC for times without one. `sent` names the field of what the client sent: by CEF's
    standard `in`, bytes from source to destination; many products mean `out`.
    """

    zone: float = 0.0
    sent: Literal["in", "out"] = "in"


def parse(
    source: str, event: Event, before: str, config: Config, arrived: datetime | None
) -> Iterator[Observation] | Ignored:  # fmt: skip
    """What an event says; `before` are syslog's words before it. Raises Rejected naming what is wrong."""
    given = Named(event.values, ROLES)
    to, application = destination(given), _application(given)
    if not to[0] and not application:
        return NO_DESTINATION
    data = f" {event.product} {event.name} ".lower()
    sent, received = _sizes(event.values, config.sent)
    product = {"product": f"{event.vendor} {event.product}".strip()}
    seen = observation(
        source,
        given,
        _at(given, before, config.zone, arrived),
        to,
        app=app(application),
        action="blocked" if given.said("refused") else decided(given.said("action")),
        kind=Kind.DLP if " dlp" in data or "data loss" in data else Kind.WEB,
        bytes_out=sent,
        bytes_in=received,
        attributes=product | port_of(to[1]),
    )
    return iter((seen,))


def _application(given: Named) -> str:
    """The service an event names; the field for the protocol where it holds an application."""
    protocol = given.said("protocol")
    return given.said("service") or ("" if protocol.lower() in _PROTOCOLS or "(" in protocol else protocol)


def _sizes(values: dict[str, str], sent: str) -> tuple[int | None, int | None]:
    """Bytes that the client sent and got: LEEF says whose they are, of CEF's two the settings say which is which."""
    inward, outward = size(values.get("in", values.get("bytesin"))), size(values.get("out", values.get("bytesout")))
    first, second = (inward, outward) if sent == "in" else (outward, inward)
    return (
        size(values["srcbytes"]) if "srcbytes" in values else first,
        size(values["dstbytes"]) if "dstbytes" in values else second,
    )


def _at(given: Named, before: str, zone: float, arrived: datetime | None) -> datetime:
    """The event's own time, else that of syslog's words."""
    said = given.said("time")
    try:
        return moments.moment(said, zone) if said else moments.header(before, zone, arrived)
    except Rejected:
        if not said:
            raise
        return moments.header(before, zone, arrived)
