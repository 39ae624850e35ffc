"""The company: its name, units, sites and sources. Nobody in it exists."""

from typing import NamedTuple

NAME = "Kestrel Harbour Group (a sample company)"
DOMAIN = "kestrel-harbour.example"
OKTA_ORG = "kestrel-harbour"
TENANT = "6f1c1a52-2b0e-4a57-9c35-0d9a51c7e001"
CLIENT = "0b6c1f0e-93d4-4c0a-8a0e-77d1a6b5e002"


class Unit(NamedTuple):
    """An organisational unit with its share of the company's people."""

    name: str
    share: float


UNITS = (
    Unit("Engineering", 0.22),
    Unit("Sales", 0.16),
    Unit("Operations", 0.16),
    Unit("Customer Support", 0.14),
    Unit("Marketing", 0.11),
    Unit("Finance", 0.09),
    Unit("HR", 0.07),
    Unit("Legal", 0.05),
)

SQUID_OFFICE, SQUID_BRANCH = "squid-office", "squid-branch"
M365, OKTA = "m365", "okta"
SOURCE_TYPES = {SQUID_OFFICE: "squid", SQUID_BRANCH: "squid", M365: "m365_management", OKTA: "okta"}
"""Source instances of the company, each with its connector's name."""

BRANCH_FORMAT = '%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %>st %rm %ru %un %Sh/%<a %mt "%{User-Agent}>h"'
"""The branch's squid `logformat`: native with `%>st`, the bytes of the request, and the browser.

Codes: http://www.squid-cache.org/Doc/config/logformat/ (from memory, not re-read).
"""
