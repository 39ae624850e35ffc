"""Make: scenarios with their makers and the applications they use, agents, connections; from its API or files.

Audit log: https://developers.make.com/api-documentation/api-reference/audit-logs (`feed.py`, `record.py`); scenarios:
https://developers.make.com/api-documentation/api-reference/scenarios (their example is scenario 925); both read
2026-11-21 in public copies. An entry has `uuid`, `createdAt`, `triggeredAt`, `organizationId`, `organization`,
`eventName`, `team`, `actor`, `targetId`; names of events are listed by the API itself (`…/filters`), three stand in the
documentation: `key_created`, `connection_created`, `webhook_disabled`. Not verified: the fields inside `actor` (`id`,
`name`, `email` as in a scenario's `createdByUser`) and `team`, and event names of agents.
"""

from datetime import timedelta

import msgspec

from connectors.base import Connector
from connectors.make.feed import fetch
from connectors.make.record import action_of, parse, recognise
from schemas.observation import Kind
from schemas.secretref import SecretRef

_ZONES = (
    "eu1.make.com",
    "eu2.make.com",
    "us1.make.com",
    "us2.make.com",
    "eu1.make.celonis.com",
    "us1.make.celonis.com",
)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`zone` is the host where the organisation lives, `eu1.make.com`; `organization` its number.

    `token` is a reference (env: or file:) to an API token of an owner or admin. `audit_log` is off for plans without
    one. `snapshot_hours` is how often scenarios are listed. `base_url` overrides the address made of the zone.
    """

    organization: int
    token: str
    zone: str = "eu1.make.com"
    audit_log: bool = True
    snapshot_hours: int = 24
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)
        if self.zone not in _ZONES and self.base_url is None:
            raise ValueError(f"zone: one of {', '.join(_ZONES)}")
        if not 1 <= self.snapshot_hours <= 24 * 30:
            raise ValueError("snapshot_hours: 1 to 720")


CONNECTOR = Connector(
    name="make",
    title="Make (scenarios, audit log)",
    kinds=(Kind.BUILD, Kind.GRANT, Kind.AUDIT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developers.make.com/api-documentation/api-reference/audit-logs",
    permissions=("organization:read", "scenarios:read", "role Admin or Owner of the organisation"),
    granted_in="Make > profile > API access > API tokens > Add token, with these scopes",
    plan="Enterprise for the audit log; any paid plan for the list of scenarios",
    cursor="newest entry known, and the walk in the middle; scenarios once a day",
    lateness=timedelta(minutes=10),
    lookback=timedelta(hours=1),
    max_back=timedelta(days=365),
    every=timedelta(minutes=15),
    rate=1.0,
    evidence="vendor example",
    samples=("make/scenarios.json", "make/audit_log.json"),
    wrapped_in=("auditLogs", "scenarios"),
    secrets=("token",),
)
