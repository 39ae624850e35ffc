"""Zoom: AI Companion switched on and off, meetings it summarised, applications let in; from the API, webhooks or files.

Operation logs: https://developers.zoom.us/docs/api/meetings/#tag/reports (`/report/operationlogs`), webhooks:
https://developers.zoom.us/docs/api/meetings/events/ (read 2026-11-21 in public copies). `feed.py` fetches, `record.py`
reads. Records somebody else captured: hashicorp-forge/grove (tests/fixtures/zoom), panther-labs/panther-analysis
(rules/zoom_operation_rules), elastic/integrations (packages/zoom). Not verified: the list of summaries
(`/meetings/meeting_summaries`) and its fields, and the webhooks by which applications are let in.
"""

from datetime import timedelta

import msgspec

from connectors.base import Connector
from connectors.zoom.feed import STREAMS, fetch
from connectors.zoom.record import action_of, parse, recognise
from schemas.observation import Kind
from schemas.secretref import SecretRef


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`account_id`, `client_id` and `client_secret` (a reference, env: or file:) of a server-to-server OAuth app.

    `streams` are what is pulled: operations and summaries. `base_url` and `login_url` override Zoom's addresses.
    """

    account_id: str
    client_id: str
    client_secret: str
    streams: tuple[str, ...] = STREAMS
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)
        if unknown := [stream for stream in self.streams if stream not in STREAMS]:
            raise ValueError(f"streams: {', '.join(unknown)} not known; there are {', '.join(STREAMS)}")


CONNECTOR = Connector(
    name="zoom",
    title="Zoom (AI Companion, operation logs, webhooks)",
    kinds=(Kind.AUDIT, Kind.GRANT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developers.zoom.us/docs/api/meetings/#tag/reports",
    permissions=("report:read:operation_logs:admin", "meeting:read:list_summaries:admin, for summaries"),
    granted_in="marketplace.zoom.us > Develop > Build App > Server-to-Server OAuth > Scopes; then Activate",
    plan="Pro or higher; AI Companion comes with paid plans",
    cursor="day",
    lateness=timedelta(days=1),
    lookback=timedelta(days=2),
    max_back=timedelta(days=180),
    every=timedelta(hours=1),
    rate=0.5,
    evidence="real sample",
    samples=("zoom/operations.json", "zoom/webhooks.ndjson"),
    wrapped_in=("operation_logs", "summaries"),
    secrets=("client_secret",),
)
