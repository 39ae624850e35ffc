"""Pulling: DLP alerts of Microsoft Graph, by the time they were last updated.

API: microsoftgraph/microsoft-graph-docs-contrib, api-reference/v1.0/api/security-list-alerts_v2.md (newest first;
`$filter` on lastUpdateDateTime and serviceSource). An alert changes after it was made, so it comes again; its id stays.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec

from connectors.base import Fetch, Page, Trouble
from connectors.shared.graph import Cloud, Graph, Log, Needs, Progress, windows
from connectors.shared.walks import gravest
from schemas.secretref import SecretRef

LOOKBACK = timedelta(hours=2)
MAX_BACK = timedelta(days=30)
ALERTS = Log(
    "alerts",
    "/v1.0/security/alerts_v2",
    "lastUpdateDateTime",
    Needs("SecurityAlert.Read.All", "Microsoft Defender XDR with Purview DLP (Microsoft 365 E5 or E5 Compliance)"),
    "serviceSource eq 'dataLossPrevention'",
    100,
)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`client_secret` is a reference (env: or file:). `base_url` and `login_url` override the cloud's addresses."""

    tenant_id: str
    client_id: str
    client_secret: str
    cloud: Cloud = "commercial"
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of alerts, window by window; the cursor is the Progress as JSON."""
    progress = msgspec.json.decode(ctx.cursor, type=Progress) if ctx.cursor else Progress()
    troubles: list[Trouble] = []

    def save() -> str:
        return msgspec.json.encode(progress).decode()

    async for page in windows(Graph(ctx), ALERTS, progress, MAX_BACK, save, troubles):
        yield page
    if ctx.until is None and not progress.seen:
        troubles.append(Trouble("empty", "no DLP alert yet; a DLP policy raises them where its rules say so"))
    if found := gravest(troubles):
        raise found
