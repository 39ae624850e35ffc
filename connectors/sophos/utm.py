"""Sophos UTM: the web proxy's lines (`sys="SecureWeb" sub="http"`); its times are local and begin the line."""

import re
from datetime import datetime

from connectors.base import Ignored, Rejected
from connectors.shared.textlog import moments
from connectors.shared.textlog.event import destination, observation
from connectors.shared.textlog.roles import Named, Roles
from connectors.shared.textlog.standard import Config
from connectors.shared.textlog.visit import app, listed
from schemas.observation import Observation

ROLES = Roles({
    "user": ("user",), "ip": ("srcip",), "url": ("url",), "method": ("method",), "status": ("statuscode",),
    "agent": ("ua",), "content": ("content-type",), "received": ("size",), "app": ("application",),
    "categories": ("categoryname",), "action": ("action",),
})  # fmt: skip
_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d)-(\d\d:\d\d:\d\d)")
_OTHER = Ignored("log of no session and no request")
_OWN = Ignored("message of the proxy itself")


def read(values: dict[str, str], line: str, config: Config, _arrived: datetime | None) -> Observation | Ignored:
    """What a line says. Raises Rejected naming what is wrong."""
    if values.get("sub") != "http":
        return _OTHER
    given = Named(values, ROLES)
    to = destination(given)
    if not to[0]:
        return _OWN
    found = _TIME.search(line)
    if found is None:
        raise Rejected("the line has no time")
    year, month, day, clock = found.groups()
    return observation(
        "sophos", given, moments.moment(f"{year}-{month}-{day} {clock}", config.zone), to,
        app=app(given.said("app")),
        action="blocked" if given.said("action") == "block" else "allowed",
        labels=listed(given.said("categories"), ","),
    )  # fmt: skip
