"""Salesforce: agents and bots, generative AI requests, callouts to AI, connected applications and who uses them.

`feed.py` signs in and fetches, `eventlog.py` reads rows of event log files, `setup.py` what an administrator changed,
`standing.py` agents and OAuth tokens, `genai.py` the Trust Layer's log. Documentation (read 2026-11-21):
https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_eventlogfile.htm.
Records somebody else captured: hashicorp-forge/grove (tests/fixtures/sf), elastic/integrations (packages/salesforce),
panther-labs/panther-analysis. Not verified: which event types carry AI by their name, `CreatedBy.Username` of what was
set up, and the fields of agents, tokens and the Trust Layer's log (read in public programs that query them).
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.salesforce import eventlog, genai, setup, standing
from connectors.salesforce.feed import STREAMS, fetch
from connectors.shared.graph.values import text, under
from schemas.observation import Kind, Observation
from schemas.secretref import SecretRef

_EVENTS = ("ApexCallout", "ExternalCustomApexCallout", "ApiTotalUsage")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`domain` is My Domain, `acme.my.salesforce.com`; `client_id` and `client_secret` (a reference, env: or file:) are
    those of a connected app with the client-credentials flow.

    `streams` are what is pulled: event_log, setup, agents, tokens, genai (needs Data 360 and the audit of generative
    AI). `event_types` are the event log files wanted besides those named after AI, `interval` is Daily or, with Event
    Monitoring, Hourly. `base_url` overrides the address made of the domain.
    """

    domain: str
    client_id: str
    client_secret: str
    streams: tuple[str, ...] = ("event_log", "setup", "agents", "tokens")
    event_types: tuple[str, ...] = _EVENTS
    interval: str = "Daily"
    snapshot_hours: int = 24
    version: str = "v62.0"
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)
        if unknown := [stream for stream in self.streams if stream not in STREAMS]:
            raise ValueError(f"streams: {', '.join(unknown)} not known; there are {', '.join(STREAMS)}")
        if self.interval not in {"Daily", "Hourly"}:
            raise ValueError("interval: Daily or Hourly")
        if not 1 <= self.snapshot_hours <= 24 * 30:
            raise ValueError("snapshot_hours: 1 to 720")


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """A row of an event log file, or one object of the API. Raises Rejected for what is neither."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object and no row")
    if "EVENT_TYPE" in record:
        return eventlog.row(record)
    if "LoginType" in record and "EventDate" in record:
        return eventlog.login(record)
    kind = text(under(record, "attributes").get("type")) or ""
    if kind == "SetupAuditTrail" or {"Action", "Section", "CreatedDate"} <= record.keys():
        return setup.changed(record)
    if read := standing.READERS.get(kind):
        return read(record)
    if "gatewayRequestId__c" in record:
        return genai.asked(record)
    if kind == "EventLogFile":
        return Ignored("list of event log files")
    raise Rejected("no record of Salesforce that is read here")


def action_of(record: Any) -> str | None:
    """Salesforce's own name of what happened: an event type, or the action of a change."""
    return (text(record.get("EVENT_TYPE")) or text(record.get("Action"))) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a record looks like Salesforce's."""
    if not isinstance(record, dict):
        return 0.0
    if "EVENT_TYPE" in record:
        keys = ("TIMESTAMP", "REQUEST_ID", "ORGANIZATION_ID", "USER_ID", "RUN_TIME")
        return round(0.18 + 0.16 * sum(key in record for key in keys), 2)
    kind = text(under(record, "attributes").get("type")) or ""
    if kind in {"SetupAuditTrail", "EventLogFile", *standing.READERS} or "gatewayRequestId__c" in record:
        return 0.95
    return 0.9 if {"LoginType", "EventDate", "LoginHistoryId"} <= record.keys() else 0.0


CONNECTOR = Connector(
    name="salesforce",
    title="Salesforce (event logs, setup, Agentforce, connected apps)",
    kinds=(Kind.AUDIT, Kind.BUILD, Kind.GRANT, Kind.SIGNIN),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs=(
        "https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/"
        "sforce_api_objects_eventlogfile.htm"
    ),
    permissions=(
        "API Enabled",
        "View Event Log Files",
        "View Setup and Configuration",
        "Manage Users, for OAuth tokens",
    ),
    granted_in=(
        "Setup > Apps > App Manager > the connected app > Edit Policies > Client Credentials Flow > Run As; the user's "
        "permissions in Setup > Users > Permission Sets"
    ),
    plan="Event Monitoring for hourly files and all types; Data 360 for generative AI",
    cursor="creation of files and changes; agents and tokens once a day",
    lateness=timedelta(days=1),
    lookback=timedelta(hours=2),
    max_back=timedelta(days=30),
    every=timedelta(minutes=30),
    rate=2.0,
    evidence="real sample",
    samples=("salesforce/event_log.csv", "salesforce/api.json"),
    wrapped_in=("records",),
    secrets=("client_secret",),
)
