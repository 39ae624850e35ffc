"""An incident of Forcepoint DLP: who sent which kind of data where, never what was found in it."""

from datetime import datetime

from connectors.base import Ignored
from connectors.forcepoint.transaction import Config
from connectors.shared.textlog import moments
from connectors.shared.textlog.cef import Event
from connectors.shared.textlog.event import observation
from connectors.shared.textlog.roles import Named, Roles
from connectors.shared.textlog.visit import actor, host_of, is_address, listed, requested
from schemas.observation import Kind, Observation

ROLES = Roles({
    "time": ("timestamp", "rt"), "login": ("loginname",), "user": ("suser",), "ip": ("sourceip", "src"),
    "device": ("sourcehost", "shost"), "to": ("destinationhosts", "duser", "dhost"), "action": ("act",),
    "file": ("fname",), "policies": ("cat",), "channel": ("sourceservicename",), "sequence": ("eventid",),
})  # fmt: skip
_NO_HOST = Ignored("incident that went to no host")
_NOT_AN_INCIDENT = Ignored("audit or system log of DLP")


def of_event(event: Event, before: str, config: Config, arrived: datetime | None) -> Observation | Ignored:
    """The incident in an event. Raises Rejected."""
    if {event.event.lower(), event.name.lower()} & {"dlp audit log", "dlp system log"}:
        return _NOT_AN_INCIDENT
    given = Named(event.values, ROLES)
    host, path = _host(given.said("to"))
    if not host:
        return _NO_HOST
    time, name = given.said("time"), given.said("file").partition(" - ")[0]
    number, channel = given.said("sequence"), given.said("channel")
    return observation(
        "forcepoint",
        Named(event.values | {"fname": name}, ROLES),
        moments.moment(time, config.zone) if time else moments.header(before, config.zone, arrived),
        (host, "", path),
        kind=Kind.DLP,
        id=f"forcepoint:dlp:{number}" if number else "",
        actor=actor(
            given.said("login") or given.said("user"), given.said("ip"), given.said("device").partition(".")[0]
        ),
        labels=listed(given.said("policies"), ",;"),
        attributes={"channel": channel} if channel else {},
    )


def _host(destinations: str) -> tuple[str, str | None]:
    """The first destination that is a host's name or a page; mailboxes are none."""
    for one in destinations.replace(";", ",").split(","):
        if "@" in one:
            continue
        host, _, path = requested(one.strip())
        if "." in host and not is_address(host_of(host)[0]):
            return host, path
    return "", None
