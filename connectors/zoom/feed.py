"""Reports by days: the last two days are read again at every run, since a report takes days and rows have no id.

`/v2/report/operationlogs?from=&to=&page_size=300` pages by `next_page_token`, which lives a quarter of an hour. The
token of sign-in (`/oauth/token?grant_type=account_credentials`) lives an hour: it is asked for again where refused.
"""

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta

from connectors.base import Fetch, Page, Trouble
from connectors.shared.auditlog import Session, Signed, access_token
from connectors.shared.graph.values import text
from connectors.shared.walks import Listed, Listing, Places, Window, several, windows

STREAMS = ("operations", "summaries")
BASE, LOGIN = "https://api.zoom.us", "https://zoom.us"
_DAY = timedelta(days=1)
_PATHS = {
    "operations": ("/v2/report/operationlogs", "operation_logs"),
    "summaries": ("/v2/meetings/meeting_summaries", "summaries"),
}
_REFUSALS = {
    400: Trouble("no_permission", "the app lacks the scope, or the account has no such report"),
    401: Trouble("failing", "the access token is not accepted; check that the app is active"),
    403: Trouble("no_permission", "the app's owner may not read reports of the account"),
    404: Trouble("not_enabled", "there is no such list in this account: AI Companion is not switched on"),
}


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of every stream, each with its own progress."""
    config, places = ctx.config, Places(ctx)

    async def sign_in() -> Signed:
        pair = f"{config.client_id}:{ctx.secret(config.client_secret)}".encode()
        body = await access_token(
            ctx, f"{(config.login_url or LOGIN).rstrip('/')}/oauth/token",
            params={"grant_type": "account_credentials", "account_id": config.account_id},
            headers={"Authorization": f"Basic {b64encode(pair).decode()}"},
        )  # fmt: skip
        return Signed(config.base_url or BASE, {"Authorization": f"Bearer {body['access_token']}"})

    session = Session(ctx, sign_in, refusals=_REFUSALS, gone=(400,))

    def listing(stream: str) -> Listing:
        path, key = _PATHS[stream]

        async def ask(window: Window, token: str | None) -> Listed:
            day = window.begin.date().isoformat()
            params = {"from": day, "to": day, "page_size": "300"} | ({"next_page_token": token} if token else {})
            answer = await session.get(path, params, resumed=bool(token))
            found = answer.body.get(key) if isinstance(answer.body, dict) else None
            if not isinstance(found, list):
                raise Trouble("failing", f"{path}: answered something else than {key}")
            return Listed(tuple(found), text(answer.body.get("next_page_token")))

        return ask

    streams = {name: windows(ctx, name, places, listing(name), _DAY, whole_days=True) for name in config.streams}
    async for page in several(ctx, streams):
        yield page
