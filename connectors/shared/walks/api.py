"""The requests to a vendor's JSON API: its own host only, and what an answer that is none means."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from connectors.base import Fetch, Response, Trouble
from connectors.shared.walks.listing import Expired

_OK, _SERVER = 300, 500
IN_BETWEEN = "a sign-in page, a proxy or another program answers there; check base_url and the way out"
_READ_HERE = (400, 401, 402, 403, 404, 406, 409, 410, 412, 422)


class Answer(NamedTuple):
    """What an API said: the decoded JSON, the headers by lower-case name, and the status."""

    body: Any
    headers: Mapping[str, str]
    status: int


class Api:
    """One vendor's API for one run. `headers` carry the credentials: they are sent to the base's own host only.

    `refusals` says what a status means; a status not in it is told as *failing* with its number. `gone` are the
    statuses by which the vendor takes a page's token back. A 200 that holds HTML, or an `error` and nothing else, is
    no answer. `said` makes Trouble of a refusal whose body tells more than its status; None leaves it to the status.
    """

    def __init__(
        self, ctx: Fetch, base: str, *, headers: Mapping[str, str], refusals: Mapping[int, Trouble],
        gone: tuple[int, ...] = (), said: Callable[[Answer], Trouble | None] | None = None,
    ) -> None:  # fmt: skip
        self.base = base.rstrip("/")
        self._ctx, self._refusals, self._gone, self._said = ctx, refusals, gone, said
        self._headers = {"Accept": "application/json", **headers}

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, *, accept: tuple[int, ...] = (), resumed: bool = False
    ) -> Answer:
        """One GET of a path, or of a link the vendor gave. Raises Trouble; Expired where a `resumed` token is gone.

        `accept` are refusals the caller reads itself.
        """
        url = self._url(path)
        answer = await self._ctx.http.get(
            url, params=params, headers=self._headers, accept=tuple({*_READ_HERE, *self._refusals})
        )
        return self._read(answer, accept, resumed=resumed)

    async def post(
        self, path: str, json: Any, params: Mapping[str, str] | None = None, *, accept: tuple[int, ...] = (),
        resumed: bool = False,
    ) -> Answer:  # fmt: skip
        """One POST that asks for a page. Raises as `get` does."""
        url = self._url(path)
        answer = await self._ctx.http.post(
            url, params=params, headers=self._headers, json=json, accept=tuple({*_READ_HERE, *self._refusals})
        )
        return self._read(answer, accept, resumed=resumed)

    def _url(self, path: str) -> str:
        if path.startswith(("https://", "http://")):
            if urlsplit(path)[:2] != urlsplit(self.base)[:2]:
                raise Trouble("failing", "the vendor names another host as its next page; nothing is sent there")
            return path
        return f"{self.base}{path}"

    def _read(self, answer: Response, accept: tuple[int, ...], *, resumed: bool) -> Answer:
        where = urlsplit(answer.url).path
        headers = {name.lower(): value for name, value in answer.headers.items()}
        told = Answer(_json(answer), headers, answer.status)
        if answer.status >= _OK and answer.status not in accept:
            if resumed and answer.status in self._gone:
                raise Expired
            raise self._refusal(told) or Trouble("failing", f"{where}: answered {answer.status}")
        if told.body is _NOT_JSON:
            raise Trouble("failing", f"{where}: answered {answer.status} without JSON: {IN_BETWEEN}")
        if answer.status < _OK and _is_error(told.body):
            raise Trouble("failing", f"{where}: answered {answer.status} with an error in place of data")
        return told

    def _refusal(self, told: Answer) -> Trouble | None:
        read = told._replace(body=None) if told.body is _NOT_JSON else told
        found = self._said(read) if self._said else None
        return found or self._refusals.get(told.status)


def _is_error(body: Any) -> bool:
    """An object that holds an error and no data, as gateways and some vendors answer with 200."""
    if not isinstance(body, dict) or not set(body) <= {"error", "errors", "message", "status"}:
        return False
    return bool(body.get("error") or body.get("errors"))


_NOT_JSON = object()


def _json(answer: Response) -> Any:
    if not answer.content.strip():
        return None
    try:
        return answer.json()
    except ValueError:
        return _NOT_JSON
