"""Sophos Firewall: content filtering (HTTP, applications, web content policy) and firewall sessions by application.

The older names (`sent_bytes`, `category`, `contenttype`, date and time apart) are those before SFOS 18.5.
"""

from datetime import datetime

from connectors.base import Ignored
from connectors.shared.textlog import moments
from connectors.shared.textlog.event import destination, observation
from connectors.shared.textlog.roles import Named, Roles
from connectors.shared.textlog.standard import Config
from connectors.shared.textlog.visit import app, decided, listed
from schemas.observation import Kind, Observation

ROLES = Roles({
    "log": ("log_type",), "part": ("log_component",), "decision": ("log_subtype",), "event": ("con_event", "connevent"),
    "time": ("timestamp",), "date": ("date",), "clock": ("time",), "zone": ("timezone",),
    "user": ("user_name", "user"), "ip": ("src_ip",), "url": ("url", "website"), "host": ("domain",),
    "port": ("dst_port",), "status": ("http_status", "status_code"), "agent": ("http_user_agent", "user_agent"),
    "content": ("content_type", "contenttype"), "sent": ("bytes_sent", "sent_bytes"),
    "received": ("bytes_received", "recv_bytes"), "app": ("app_name", "application", "application_name"),
    "categories": ("http_category", "category", "app_category", "site_category"),
    "file": ("file_name",), "dictionary": ("dictionary_name",), "action": ("action",),
})  # fmt: skip
_NO_NAME = Ignored("session that names no application")
_START = Ignored("start of a session; its end is reported")
_OTHER = Ignored("log of no session and no request")
_READ = ("Content Filtering", "Firewall", "SSL")
_NAMED = ("app_name=", "application=", "application_name=")


def nothing(line: str) -> Ignored | None:
    """What is seen without reading a line's values: logs of another type, and sessions without an application."""
    if not any(f'log_type="{name}"' in line for name in _READ):
        return _OTHER
    if 'log_type="Firewall"' in line and not any(name in line for name in _NAMED):
        return _NO_NAME
    return None


def read(values: dict[str, str], line: str, config: Config, arrived: datetime | None) -> Observation | Ignored:
    """What a line says. Raises Rejected naming what is wrong."""
    given = Named(values, ROLES)
    to, name = destination(given), given.said("app")
    if not to[0] and not name:
        return _NO_NAME if given.said("log") == "Firewall" else _OTHER
    if given.said("event").lower() == "start":
        return _START
    hit = given.said("part") == "Web Content Policy"
    return observation(
        "sophos",
        given,
        _at(given, line, config, arrived),
        to,
        kind=Kind.DLP if hit else Kind.WEB,
        app=app(name),
        action=decided(given.said("decision"), given.said("action")),
        labels=listed(given.said("dictionary") if hit else given.said("categories"), ",;"),
    )


def _at(given: Named, line: str, config: Config, arrived: datetime | None) -> datetime:
    if given.said("time"):
        return moments.moment(given.said("time"), config.zone)
    if given.said("date"):
        zone = given.said("zone").upper()
        hours = 0.0 if zone in {"GMT", "UTC"} else moments.offset(zone, config.zone)
        return moments.moment(f"{given.said('date')} {given.said('clock')}", hours)
    return moments.header(line.partition("=")[0], config.zone, arrived)
