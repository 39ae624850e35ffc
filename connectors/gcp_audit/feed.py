"""Cloud Logging's API: entries of AI services by windows of time, each window again for what came late.

API: https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list; filter:
https://docs.cloud.google.com/logging/docs/view/logging-query-language; quota 60 requests a minute and project:
https://docs.cloud.google.com/logging/quotas (read 2026-11-21). Only entries of AI services are asked for.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec

from connectors.base import Fetch, Page, Trouble
from connectors.gcp_audit.services import BY_SERVICE
from connectors.shared.google import GoogleApi, listed
from connectors.shared.walks import Listed, Places, Window, rfc3339, windows
from schemas.secretref import SecretRef

BASE = "https://logging.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/logging.read"
LOOKBACK = timedelta(hours=1)
_SPAN = timedelta(days=1)
_PAGE = 1000
_ROLE = "a Private Logs Viewer (roles/logging.privateLogViewer) of each of `resources`"
_LOGS = '(log_id("cloudaudit.googleapis.com/activity") OR log_id("cloudaudit.googleapis.com/data_access"))'
_SERVICES = " OR ".join(f'"{name}"' for name in (*sorted(BY_SERVICE), "serviceusage.googleapis.com"))
_FAMILIES = 'protoPayload.serviceName=~"^(aiplatform|gemini|genai)"'
FILTER = f"{_LOGS} AND (protoPayload.serviceName=({_SERVICES}) OR {_FAMILIES})"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """To read by the API: `credentials` refers (env: or file:) to a service account's key, or the file of somebody who
    signed in (gcloud auth application-default login), and `resources` are projects/ID, folders/ID or organizations/ID.

    `subject` is whom the account acts for where it acts for somebody. `base_url` and `login_url` override addresses.
    """

    credentials: str | None = None
    resources: tuple[str, ...] = ()
    subject: str = ""
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        if self.credentials is not None:
            SecretRef(self.credentials)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of entries, oldest first, of the windows since the last run and the look-back. Raises Trouble."""
    if ctx.config.credentials is None or not ctx.config.resources:
        raise Trouble("failing", "to read by the API set `credentials` and `resources`")
    api = GoogleApi(ctx, ctx.config.base_url or BASE, SCOPE, api="Cloud Logging API", role=_ROLE)

    async def ask(window: Window, token: str | None) -> Listed:
        begin, end = (rfc3339(moment, "microseconds") for moment in (window.begin, window.end))
        bounds = f'timestamp>="{begin}" AND timestamp<"{end}"'
        asked = {
            "resourceNames": list(ctx.config.resources), "filter": f"{FILTER} AND {bounds}",
            "orderBy": "timestamp asc", "pageSize": _PAGE, **({"pageToken": token} if token else {}),
        }  # fmt: skip
        answer = await api.post("/v2/entries:list", asked, resumed=token is not None)
        return listed(answer.body, "entries", window, lambda entry, _: entry)

    async for page in windows(ctx, "entries", Places(ctx), ask, _SPAN):
        yield page
