"""Atlassian: Rovo used and agents built, applications let in; from the organisation's log, and product audits as files.

Organisation: https://developer.atlassian.com/cloud/admin/organization/rest/api-group-events/ and
https://developer.atlassian.com/cloud/admin/organization/poll-events-migration/ (pollers are to use `events-stream`;
read 2026-11-21). `feed.py` fetches, `organisation.py` and `product.py` read. Records somebody else captured:
hashicorp-forge/grove (tests/fixtures/atlassian), elastic/integrations (packages/atlassian_jira, atlassian_confluence).
Not verified: the context of Rovo's events, and the names of actions by which applications are let in.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from connectors.atlassian import organisation, product
from connectors.atlassian.feed import fetch
from connectors.base import Connector, Ignored, Rejected
from connectors.shared.graph.values import text, under
from schemas.observation import Kind, Observation
from schemas.secretref import SecretRef


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`organisation` is the organisation's id; `token` a reference (env: or file:) to an organisation API key.

    `base_url` overrides Atlassian's address.
    """

    organisation: str
    token: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """An event of the organisation, or a record of a product's audit. Raises Rejected for what is neither."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    if isinstance(record.get("attributes"), dict) and "action" in record["attributes"]:
        return organisation.event(record)
    if product.is_record(record):
        return product.changed(record)
    raise Rejected("neither an event of the organisation nor a record of a product's audit")


def action_of(record: Any) -> str | None:
    """Atlassian's own name of what happened in the organisation; products tell sentences."""
    return text(under(record, "attributes").get("action")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like Atlassian's."""
    if not isinstance(record, dict):
        return 0.0
    attributes = under(record, "attributes")
    if record.get("type") == "events" and {"action", "time"} <= attributes.keys():
        return 0.97
    return 0.85 if product.is_record(record) else 0.0


CONNECTOR = Connector(
    name="atlassian",
    title="Atlassian (organisation log, Rovo, product audits)",
    kinds=(Kind.AUDIT, Kind.BUILD, Kind.GRANT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developer.atlassian.com/cloud/admin/organization/rest/api-group-events/",
    permissions=("organisation API key, made by an organisation admin",),
    granted_in="admin.atlassian.com > Settings > API keys > Create API key (it lives a year at most)",
    plan="Atlassian Guard Standard; some events Guard Premium",
    cursor="time, cursor of the next page",
    lateness=timedelta(minutes=15),
    lookback=timedelta(minutes=30),
    max_back=timedelta(days=180),
    every=timedelta(minutes=5),
    rate=1.0,
    evidence="real sample",
    samples=("atlassian/events.json", "atlassian/product.ndjson"),
    secrets=("token",),
)
