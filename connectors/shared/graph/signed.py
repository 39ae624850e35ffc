"""A JSON API of Microsoft's for the walks: its requests under a token that is renewed before it ends, and once where it
is refused in the middle of a list.
"""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.base import Fetch, Trouble
from connectors.shared.graph.bearer import Bearer
from connectors.shared.graph.client import ROOTS, Needs, refusal
from connectors.shared.walks import Answer, Api, Listed, Listing, Window

_UNAUTHORISED = 401
_GONE = (400, 404, 410)


class Signed:
    """One API for one run. `said` makes Trouble of a refusal by its status and body, `gone` are a link's last words."""

    def __init__(
        self, ctx: Fetch, base: str, bearer: Bearer, *, said: Callable[[Answer], Trouble | None],
        gone: tuple[int, ...] = _GONE,
    ) -> None:  # fmt: skip
        self.base = base.rstrip("/")
        self._ctx, self._bearer, self._said, self._gone = ctx, bearer, said, gone

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, *, accept: tuple[int, ...] = (), resumed: bool = False
    ) -> Answer:
        """One GET, as of `Api`."""
        answer = await (await self._api()).get(path, params, accept=(*accept, _UNAUTHORISED), resumed=resumed)
        if answer.status != _UNAUTHORISED:
            return answer
        return await (await self._api(renew=True)).get(path, params, accept=accept, resumed=resumed)

    async def post(
        self, path: str, json: Any, params: Mapping[str, str] | None = None, *, accept: tuple[int, ...] = (),
        resumed: bool = False,
    ) -> Answer:  # fmt: skip
        """One POST that asks for a page, as of `Api`."""
        answer = await (await self._api()).post(path, json, params, accept=(*accept, _UNAUTHORISED), resumed=resumed)
        if answer.status != _UNAUTHORISED:
            return answer
        return await (await self._api(renew=True)).post(path, json, params, accept=accept, resumed=resumed)

    async def _api(self, *, renew: bool = False) -> Api:
        headers = {"Authorization": f"Bearer {await self._bearer.token(renew=renew)}"}
        return Api(self._ctx, self.base, headers=headers, refusals={}, gone=self._gone, said=self._said)

    def listing(
        self, path: str, params: Mapping[str, str], made: Callable[[Mapping[str, Any], Window], Any] | None = None
    ) -> Listing:
        """A list that Microsoft pages by `@odata.nextLink`; `made` makes records of its entries."""

        async def ask(window: Window, token: str | None) -> Listed:
            resumed = token is not None
            answer = await self.get(token or path, None if resumed else params, resumed=resumed)
            return odata(answer.body, window, made)

        return ask


def odata(body: Any, window: Window, made: Callable[[Mapping[str, Any], Window], Any] | None) -> Listed:
    """A page of `value` and `@odata.nextLink` (`nextLink` in older APIs); raises Trouble for a 200 without a list."""
    entries = body.get("value") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        raise Trouble("failing", "Microsoft answered 200 without a list")
    records = [made(each, window) for each in entries if isinstance(each, dict)] if made else entries
    following = body.get("@odata.nextLink") or body.get("nextLink")
    return Listed(tuple(records), following if isinstance(following, str) and following else None)


def on_graph(ctx: Fetch, needs: Needs) -> Signed:
    """Microsoft Graph for one kind of data; `config` has what `Graph` needs."""
    base, login = ROOTS[ctx.config.cloud]
    bearer = Bearer(ctx, login=ctx.config.login_url or login, scope=f"{base}/.default")
    return Signed(
        ctx, ctx.config.base_url or base, bearer, said=lambda answer: refusal(answer.status, answer.body, needs)
    )
