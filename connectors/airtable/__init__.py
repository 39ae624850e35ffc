"""Airtable audit log: bases, interfaces and apps people built, AI switched on, integrations that were let in.

API: https://airtable.com/developers/web/api/audit-log-events; event types and their payloads:
https://airtable.com/developers/web/api/audit-log-event-types; an example event:
https://airtable.com/developers/web/api/audit-logs-overview (read 2026-11-21). `feed.py` fetches, `record.py` reads an
event. The API tells neither records nor what AI fields hold; automations show only where AI answered with an error or
where their subscribers changed.
"""

from datetime import timedelta

import msgspec

from connectors.airtable.feed import fetch
from connectors.airtable.record import action_of, parse, recognise
from connectors.base import Connector
from schemas.observation import Kind
from schemas.secretref import SecretRef


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`enterprise` is the enterprise account's id (`ent…`); `token` a reference (env: or file:) to an access token.

    `base_url` overrides Airtable's address.
    """

    enterprise: str
    token: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)


CONNECTOR = Connector(
    name="airtable",
    title="Airtable audit log",
    kinds=(Kind.BUILD, Kind.GRANT, Kind.AUDIT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://airtable.com/developers/web/api/audit-log-events",
    permissions=("enterprise.auditLogs:read, of an enterprise admin",),
    granted_in="airtable.com/create/tokens > Create token > Add a scope: enterprise.auditLogs:read",
    plan="Enterprise Scale (or the Enterprise plan of before August 2023)",
    cursor="time, token of the next page",
    lateness=timedelta(minutes=10),
    lookback=timedelta(minutes=30),
    max_back=timedelta(days=180),
    every=timedelta(minutes=10),
    rate=4.0,
    evidence="vendor example",
    samples=("airtable/events.json",),
    secrets=("token",),
)
