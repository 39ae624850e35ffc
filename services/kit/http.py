"""The HTTP client connectors fetch with (`connectors.base.Http`): bounded, patient, and silent about secrets.

Each request: rate limit of its credential, then up to `ATTEMPTS` attempts within one deadline; what an answer means is
the table in `http_answers`. Short waits happen here, long ones become `Transient(retry_after)` so that the scheduler
waits and not a worker. POSTs are retried like GETs: sources' POSTs are queries, tokens and idempotent switches.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec
import structlog
from aiolimiter import AsyncLimiter

from services.kit import http_answers as answers
from services.kit import http_redaction as redaction
from services.kit.clock import Clock
from services.kit.errors import Misconfigured, Transient
from services.kit.http_answers import Action

log = structlog.get_logger(__name__)
ATTEMPTS = 5
PATIENCE = 20.0
ATTEMPT_SECONDS = 120.0
LARGEST_BODY = 64 * 1024 * 1024
REDIRECTS = 3
LAST_PORT = 65_535
FORBIDDEN = 403
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class SourceTrouble(Misconfigured):
    """The source answered that somebody must act there; `state` is the SourceHealth state it leads to."""

    state = "failing"


class Reconnect(SourceTrouble):
    """The credential is not, or no longer, accepted (401)."""


class NoPermission(SourceTrouble):
    """The credential is good and lacks the permission (403)."""

    state = "no_permission"


class NotLicensed(SourceTrouble):
    """The vendor's plan does not include this (402)."""

    state = "not_licensed"


TROUBLES: dict[Action, tuple[type[SourceTrouble], str]] = {
    Action.RECONNECT: (Reconnect, "the credential is not accepted; renew it"),
    Action.NO_PERMISSION: (NoPermission, "the credential lacks a permission; grant those the connector lists"),
    Action.NOT_LICENSED: (NotLicensed, "the vendor's plan does not include this"),
    Action.MISCONFIGURED: (SourceTrouble, "the request is not accepted; check the source's settings"),
}


class Answer:
    """One answer, read whole. `headers` have lower-case names and are found whatever case is asked for."""

    def __init__(self, status: int, headers: httpx.Headers, content: bytes, url: str) -> None:
        self.status = status
        self.headers: Mapping[str, str] = headers
        self.content = content
        self.url = url

    def json(self) -> Any:
        """The body decoded; raises Transient naming the address where it is no JSON."""
        try:
            return msgspec.json.decode(self.content)
        except msgspec.DecodeError:
            what = "an HTML page" if answers.is_page("", self.content) else "a body that is no JSON"
            raise Transient(f"{redaction.place(self.url)} answered {self.status} with {what}") from None


class Limits:
    """One rate limit for each credential of this process, shared by all that use it."""

    def __init__(self, requests: float = 10.0, seconds: float = 1.0) -> None:
        self._rate = (requests, seconds)
        self._known: dict[str, AsyncLimiter] = {}

    def of(self, credential: str, rate: float | None = None) -> AsyncLimiter:
        """The limiter of a credential, named by vendor and secret reference (never by the secret).

        `rate` is the vendor's own, in requests a second, where one is published.
        """
        requests, seconds = self._rate if rate is None else (max(rate, 1.0), max(1.0, 1.0 / rate))
        return self._known.setdefault(credential, AsyncLimiter(requests, seconds))


class Http:
    """The client of one source instance; `sleep` is a parameter so that tests need not wait."""

    def __init__(
        self, client: httpx.AsyncClient, clock: Clock, limiter: AsyncLimiter | None = None, *,
        patience: float = PATIENCE, largest_body: int = LARGEST_BODY,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._client = client
        self._clock = clock
        self._limiter = limiter or AsyncLimiter(10, 1)
        self._patience = patience
        self._largest = largest_body
        self._sleep = sleep

    async def get(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (), once: bool = False,
    ) -> Answer:  # fmt: skip
        """GET; raises SourceTrouble, Transient or EgressRefused. `once`: not again where it may have worked."""
        return await self._ask(self._request("GET", url, params=params, headers=headers), accept, once=once)

    async def post(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None, json: Any = None, accept: tuple[int, ...] = (),
    ) -> Answer:  # fmt: skip
        """POST a form or JSON; raises like `get`."""
        return await self._ask(self._request("POST", url, params=params, headers=headers, data=data, json=json), accept)

    def _request(self, method: str, url: str, *, headers: Mapping[str, str] | None, **rest: Any) -> httpx.Request:
        wanted = httpx.Headers(headers)
        wanted.setdefault("accept", "application/json")
        try:
            request = self._client.build_request(method, url, headers=wanted, **rest)
        except (httpx.InvalidURL, ValueError):
            raise Misconfigured(f"{redaction.place(url)}: no address that can be asked") from None
        known_scheme = request.url.scheme in {"http", "https"}
        if not known_scheme or not request.url.host or (request.url.port or 0) > LAST_PORT:
            raise Misconfigured(f"{redaction.place(url)}: no http or https address")
        return request

    async def _ask(self, request: httpx.Request, accept: tuple[int, ...], *, once: bool = False) -> Answer:
        """Attempts until an answer is one to hand on; sleeps at most `patience` seconds in all."""
        waited = 0.0
        for attempt in range(ATTEMPTS):
            failure, pause, refused = await self._attempt(request, accept)
            if isinstance(failure, Answer):
                return failure
            seconds = _pause(attempt) if pause is None else max(pause, FIRST_PAUSE / 10)
            if attempt + 1 == ATTEMPTS or waited + seconds > self._patience or (once and not refused):
                raise Transient(failure, retry_after=pause)
            waited += seconds
            await self._sleep(seconds)
        raise AssertionError("the loop returns or raises")

    async def _attempt(
        self, request: httpx.Request, accept: tuple[int, ...]
    ) -> tuple[Answer | str, float | None, bool]:
        """One attempt: the answer, or what went wrong, how long the source wants us to wait, and whether it refused."""
        where = redaction.place(str(request.url))
        try:
            async with self._limiter, asyncio.timeout(ATTEMPT_SECONDS):
                answer = await self._follow(request, accept)
        except (httpx.TransportError, httpx.DecodingError, TimeoutError) as error:
            return f"{where}: {type(error).__name__}", None, False
        asked = answers.action(answer.status, answer.headers)
        log.debug(
            "asked", method=request.method, url=where, status=answer.status, action=asked.value,
            headers=redaction.headers(answer.headers),
        )  # fmt: skip
        spent = answer.status == FORBIDDEN and asked is Action.WAIT  # a rate limit, though the connector reads 403s
        if (answer.status in accept and not spent) or asked in {Action.OK, Action.IGNORE}:
            self._refuse_page(request, answer)
            return answer, None, False
        if asked in TROUBLES:
            kind, advice = TROUBLES[asked]
            raise kind(f"{where} answered {answer.status}: {advice}")
        waiting = answers.delay(answer.headers, self._clock.now())
        return f"{where} answered {answer.status}", waiting, answers.refused(answer.status, answer.headers)

    def _refuse_page(self, request: httpx.Request, answer: Answer) -> None:
        if "json" in request.headers["accept"] and answers.action(answer.status, {}) is Action.OK:
            content_type = answer.headers.get("content-type", "")
            if answers.is_page(content_type, answer.content):
                where = redaction.place(answer.url)
                raise Transient(
                    f"{where} answered {answer.status} with an HTML page where JSON was asked for: "
                    "a sign-in page or a proxy's notice stands before the source"
                )

    async def _follow(self, request: httpx.Request, accept: tuple[int, ...]) -> Answer:
        """The answer after redirects on the same host; one to another host would carry the credential there.

        A redirect whose status is in `accept` is handed back: the connector asks the other host without a credential.
        """
        for _ in range(REDIRECTS + 1):
            answer = await self._read(request)
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or target is None or answer.status in accept:
                return answer
            address = urljoin(str(request.url), target)
            if _origin(address) != _origin(str(request.url)):
                raise SourceTrouble(
                    f"{redaction.place(str(request.url))} redirects to another host ({urlsplit(address).hostname}); "
                    "give the source's own address"
                )
            if request.method != "GET":
                return answer
            request = self._client.build_request("GET", address, headers=_without_host(request.headers))
        raise SourceTrouble(f"{redaction.place(str(request.url))} redirects in a circle")

    async def _read(self, request: httpx.Request) -> Answer:
        """Sends, and reads at most the largest body: after decompression, so that a bomb stops early."""
        response = await self._client.send(request, stream=True)
        body = bytearray()
        try:
            async for chunk in response.aiter_bytes(64 * 1024):
                body += chunk
                if len(body) > self._largest:
                    where = redaction.place(str(request.url))
                    raise SourceTrouble(
                        f"{where}: the answer is larger than {self._largest} bytes; ask for less a page"
                    )
        finally:
            await response.aclose()
        return Answer(response.status_code, response.headers, bytes(body), str(request.url))


def _pause(attempt: int) -> float:
    """Exponential back-off with jitter over its upper half, in seconds."""
    longest = min(FIRST_PAUSE * float(1 << attempt), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, keeps no secret


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port


def _without_host(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in {"host", "content-length"}}
