"""Requests under an OAuth token that is asked for at the beginning, and once more where it is refused in the middle."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from connectors.base import Fetch, Response, Trouble
from connectors.shared.walks import Answer, Api

_OK, _UNAUTHORISED = 300, 401
_READ_HERE = (400, 401, 403, 404)


class Signed(NamedTuple):
    """Where to ask, and the headers that prove who asks; the headers go to that host only."""

    base: str
    headers: Mapping[str, str]


class Session:
    """One API for one run. `sign_in` asks for a token; `refusals` and `gone` are those of `walks.Api`."""

    def __init__(
        self, ctx: Fetch, sign_in: Callable[[], Awaitable[Signed]], *, refusals: Mapping[int, Trouble],
        gone: tuple[int, ...] = (),
    ) -> None:  # fmt: skip
        self._ctx, self._sign_in, self._refusals, self._gone = ctx, sign_in, refusals, gone
        self._signed: Signed | None = None

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, *, accept: tuple[int, ...] = (), resumed: bool = False
    ) -> Answer:
        """One GET, as of `Api`: under a new token where the first is refused."""
        answer = await (await self._api()).get(path, params, accept=(*accept, _UNAUTHORISED), resumed=resumed)
        if answer.status != _UNAUTHORISED:
            return answer
        self._signed = None
        return await (await self._api()).get(path, params, accept=accept, resumed=resumed)

    async def file(self, path: str, media: str) -> bytes:
        """A file that is no JSON. Raises Trouble where it is refused twice."""
        answer = await self._file(path, media)
        if answer.status == _UNAUTHORISED:
            self._signed = None
            answer = await self._file(path, media)
        if answer.status >= _OK:
            raise self._refusals.get(answer.status) or Trouble("failing", f"a file was answered {answer.status}")
        return answer.content

    async def _file(self, path: str, media: str) -> Response:
        signed = await self._now()
        url = f"{signed.base.rstrip('/')}{path}"
        return await self._ctx.http.get(url, headers={**signed.headers, "Accept": media}, accept=_READ_HERE)

    async def _api(self) -> Api:
        signed = await self._now()
        return Api(self._ctx, signed.base, headers=signed.headers, refusals=self._refusals, gone=self._gone)

    async def _now(self) -> Signed:
        if self._signed is None:
            self._signed = await self._sign_in()
        return self._signed


async def access_token(
    ctx: Fetch, url: str, *, data: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:  # fmt: skip
    """The answer of an OAuth token endpoint (RFC 6749 §4.4). Raises Trouble where the client is not accepted."""
    answer = await ctx.http.post(url, data=data, params=params, headers=headers, accept=_READ_HERE)
    body = _object(answer)
    if answer.status >= _OK or not isinstance(body.get("access_token"), str):
        raise Trouble("failing", "the client id or its secret is not accepted; check both, and that the app is active")
    return body


def _object(answer: Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
