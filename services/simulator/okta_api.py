"""Okta's System Log: polled in the order events were kept, or bounded in the order they were published.

https://developer.okta.com/docs/reference/system-log-query/ (polling never ends: an empty page has a next link too);
limits: X-Rate-Limit-Limit, -Remaining, -Reset (epoch seconds), 429 with E0000047; a wrong token is E0000011.
"""

import hmac
from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from services.kit.clock import Clock
from services.simulator.arrivals import Arrival
from services.simulator.faults import Throttle
from services.simulator.okta_records import record
from services.simulator.world import World, ms

_MOST, _MINUTE = 1000, 60
_MESSAGES = {
    400: ("E0000001", "Api validation failed: query"),
    401: ("E0000011", "Invalid token provided"),
    429: ("E0000047", "API call exceeded rate limit due to too many requests."),
}
_BAD, _UNAUTHORISED, _LIMITED = _MESSAGES


class SystemLog:
    """Serves events that the clock has passed. `arrivals` are in the order the log keeps them."""

    def __init__(
        self, world: World, clock: Clock, arrivals: list[Arrival], *, token: str, throttle: Throttle,
        limit: "Limit",
    ) -> None:  # fmt: skip
        self._world, self._clock, self._arrivals = world, clock, arrivals
        self._kept_at = [arrival.at for arrival in arrivals]
        self._token, self._throttle, self._limit = token, throttle, limit
        self.router = APIRouter()
        self.router.add_api_route("/api/v1/logs", self._logs, methods=["GET"], response_model=None)

    def keep(self, arrivals: Iterable[Arrival]) -> None:
        """Adds events kept after all there are."""
        for arrival in arrivals:
            self._arrivals.append(arrival)
            self._kept_at.append(arrival.at)

    async def _logs(
        self, request: Request, *, since: str = "", until: str = "", after: str = "", limit: str = "100",
        sortOrder: str = "ASCENDING",  # noqa: N803 - the API's own name
    ) -> JSONResponse:  # fmt: skip
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "SSWS" or not hmac.compare_digest(token.encode(), self._token.encode()):
            return _error(_UNAUTHORISED)
        headers, wait = self._limit.spend(), self._throttle.refused()
        if headers["X-Rate-Limit-Remaining"] == "-1" or wait is not None:
            headers = {**headers, "X-Rate-Limit-Remaining": "0", **({"Retry-After": wait} if wait else {})}
            return _error(_LIMITED, headers)
        bounded = bool(until) or sortOrder == "DESCENDING"
        try:
            size, begin, end = int(limit), _time(since), _time(until)
            kept = _place(after)
        except ValueError:
            return _error(_BAD, headers)
        if not 0 < size <= _MOST or "filter" in request.query_params or "q" in request.query_params:
            return _error(_BAD, headers)
        page, following = (
            self._bounded(begin, end, kept or 0, size, newest_first=sortOrder == "DESCENDING")
            if bounded
            else self._polled(begin, kept, size)
        )
        answer = JSONResponse([record(self._world, arrival.event) for arrival in page], headers=headers)
        for relation, place in (("self", after), ("next", following)):
            if relation == "self" or place:
                asked = {**dict(request.query_params), **({"after": place} if place else {})}
                link = f'<{request.base_url}api/v1/logs?{urlencode(asked)}>; rel="{relation}"'
                answer.raw_headers.append((b"link", link.encode()))
        return answer

    def _polled(self, begin: datetime | None, place: int | None, size: int) -> tuple[list[Arrival], str]:
        """Events kept since `begin`, from `place` on; there always is a next."""
        visible = bisect_left(self._kept_at, ms(self._clock.now()) + 1)
        first = place if place is not None else bisect_left(self._kept_at, ms(begin)) if begin else 0
        page = self._arrivals[first : min(first + size, visible)]
        return page, _after(first + len(page))

    def _bounded(
        self, begin: datetime | None, end: datetime | None, place: int, size: int, *, newest_first: bool
    ) -> tuple[list[Arrival], str]:
        """Events published in [begin, end), in order of publication; the last page has no next."""
        now = ms(self._clock.now())
        low, high = ms(begin) if begin else 0, ms(end) if end else now + 1
        found = [arrival for arrival in self._arrivals if arrival.at <= now and low <= arrival.event.at < high]
        found.sort(key=lambda arrival: (arrival.event.at, arrival.event.serial), reverse=newest_first)
        page = found[place : place + size]
        return page, _after(place + size) if place + size < len(found) else ""


class Limit:
    """Okta's limit: so many requests in each minute of the wall clock."""

    def __init__(self, per_minute: int, wall: Clock) -> None:
        self._most, self._wall = per_minute, wall
        self._minute, self._spent = 0, 0

    def spend(self) -> dict[str, str]:
        """The headers after one more request; a remainder of -1 is one too many."""
        minute = int(self._wall.now().timestamp()) // _MINUTE
        self._spent = self._spent + 1 if minute == self._minute else 1
        self._minute = minute
        return {
            "X-Rate-Limit-Limit": str(self._most),
            "X-Rate-Limit-Remaining": str(max(self._most - self._spent, -1)),
            "X-Rate-Limit-Reset": str((minute + 1) * _MINUTE),
        }


def _after(place: int) -> str:
    """Opaque to clients: a place in the log."""
    return f"{place:x}_{place % 97:02d}"


def _place(after: str) -> int | None:
    place, _, check = after.partition("_")
    if not after:
        return None
    found = int(place, 16)
    if check != f"{found % 97:02d}":
        raise ValueError(after)
    return found


def _time(text: str) -> datetime | None:
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _error(status: int, headers: dict[str, str] | None = None) -> JSONResponse:
    code, message = _MESSAGES[status]
    body = {"errorCode": code, "errorSummary": message, "errorLink": code, "errorId": f"oae{status}", "errorCauses": []}
    return JSONResponse(body, status, headers)
