"""The audit log by windows, a category at a time.

`GET /auditlog/v2/auditlogrecords?category=audit.…&time_from=…&time_to=…` (UTC) answers a list of at most 500; the
header `Paging: handle=…` holds the next page's handle, which is sent back as it is, alone. No records are answered 204.
The token lives twelve hours.
"""

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from connectors.base import Fetch, Page, Trouble
from connectors.shared.auditlog import Session, Signed, access_token
from connectors.shared.graph.values import text
from connectors.shared.walks import Listed, Listing, Places, Window, several, windows

STREAMS = ("configuration", "security-events")
_PATH = "/auditlog/v2/auditlogrecords"
_SPAN = timedelta(hours=4)
_REFUSALS = {
    400: Trouble("failing", "the audit log does not take the request"),
    401: Trouble("failing", "the access token is not accepted; make a new service key"),
    403: Trouble("no_permission", "the service key may not read this audit log; see its plan"),
    404: Trouble("failing", "there is no audit log at this address; it is the url of the service key"),
}


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of every category, each with its own progress."""
    config, places = ctx.config, Places(ctx)

    async def sign_in() -> Signed:
        pair = f"{config.client_id}:{ctx.secret(config.client_secret)}".encode()
        body = await access_token(
            ctx, f"{config.login_url.rstrip('/')}/oauth/token", params={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {b64encode(pair).decode()}"},
        )  # fmt: skip
        return Signed(config.url, {"Authorization": f"Bearer {body['access_token']}"})

    session = Session(ctx, sign_in, refusals=_REFUSALS, gone=(400, 404))

    def listing(stream: str) -> Listing:
        async def ask(window: Window, token: str | None) -> Listed:
            first = {
                "category": f"audit.{stream}", "time_from": _written(window.begin), "time_to": _written(window.end),
            }  # fmt: skip
            answer = await session.get(_PATH, {"handle": token} if token else first, resumed=bool(token))
            if answer.body is None:
                return Listed(())
            if not isinstance(answer.body, list):
                raise Trouble("failing", "the audit log answered something else than records")
            handle = (text(answer.headers.get("paging")) or "").partition("handle=")[2].strip()
            return Listed(tuple(answer.body), handle or None)

        return ask

    async for page in several(
        ctx, {stream: windows(ctx, stream, places, listing(stream), _SPAN) for stream in config.streams}
    ):
        yield page


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")
