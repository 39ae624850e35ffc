"""The Management Activity API: subscriptions, content lists and blobs, with the vendor's limits and error codes.

Reference: MicrosoftDocs/office-365-management-api, office-365-management-activity-api-reference.md ("Errors" table).
From live use rather than the page: windows wider than 24 hours or older than 7 days give AF20055 (an hour beyond the
seven days is still let through), and the next page's header is written in several cases.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.kit.clock import Clock
from services.simulator.blobs import CONTENT_TYPES, Blob
from services.simulator.company import TENANT
from services.simulator.faults import Faults, Throttle
from services.simulator.m365_records import record
from services.simulator.tokens import Tokens
from services.simulator.world import World, moment, ms, zulu

_WINDOW, _BACK, _LENIENT, _LIFE = timedelta(hours=24), timedelta(days=7), timedelta(hours=1), timedelta(days=7)
_FEED = "/api/v1.0/{tenant}/activity/feed"
_HEADERS = (b"NextPageUri", b"Nextpageuri", b"nextpageuri")
_BAD, _UNAUTHORISED, _MISSING, _LIMITED, _BROKEN = 400, 401, 404, 429, 500


class Refused(Exception):
    """A request that is answered with an error of the API's table."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.answer = JSONResponse({"error": {"code": code, "message": message}}, status, headers)


class ManagementApi:
    """Serves blobs that the clock has passed. `blobs` are in order of creation."""

    def __init__(
        self, world: World, clock: Clock, blobs: list[Blob], *, tokens: Tokens, throttle: Throttle, faults: Faults
    ) -> None:
        self._world, self._clock, self._tokens, self._throttle, self._faults = world, clock, tokens, throttle, faults
        self._by_type: dict[str, list[Blob]] = {kind: [] for kind in CONTENT_TYPES}
        self._by_id: dict[str, tuple[int, Blob]] = {}
        self.publish(blobs)
        self._on = set(CONTENT_TYPES) if faults.subscribed else set()
        self._asked: set[str] = set()
        self.router = APIRouter(prefix=_FEED)
        for method, path, answer in (
            ("POST", "/subscriptions/start", self._start), ("POST", "/subscriptions/stop", self._stop),
            ("GET", "/subscriptions/list", self._list), ("GET", "/subscriptions/content", self._content),
            ("GET", "/audit/{content_id}", self._blob),
        ):  # fmt: skip
            self.router.add_api_route(path, answer, methods=[method], response_model=None)

    def publish(self, blobs: Iterable[Blob]) -> None:
        """Adds blobs created after all there are."""
        for number, blob in enumerate(blobs, len(self._by_id) + 1):
            self._by_type[blob.content_type].append(blob)
            self._by_id[blob.id] = number, blob

    def _check(self, tenant: str, request: Request) -> None:
        """What every request must pass: a token, the tenant it is for, and the limit."""
        if not self._tokens.good(request.headers.get("authorization")):
            raise Refused(_UNAUTHORISED, "AF10001", "Authorization has been denied for this request.")
        if tenant != TENANT:
            raise Refused(_BAD, "AF20010", "The tenant ID passed in the URL does not match the access token.")
        wait = self._throttle.refused()
        if wait is not None:
            raise Refused(_LIMITED, "AF429", f"Too many requests. Method={request.method}", {"Retry-After": wait})

    async def _start(self, tenant: str, request: Request, contentType: str = "") -> JSONResponse:  # noqa: N803 - the API's own name
        self._check(tenant, request)
        kind = self._kind(contentType)
        if kind in self._on:
            raise Refused(_BAD, "AF20024", "The subscription is already enabled. No property change.")
        self._on.add(kind)
        return JSONResponse({"contentType": kind, "status": "enabled", "webhook": None})

    async def _stop(self, tenant: str, request: Request, contentType: str = "") -> Response:  # noqa: N803 - the API's own name
        self._check(tenant, request)
        if self._kind(contentType) not in self._on:
            raise Refused(_BAD, "AF20022", "No subscription found for the specified content type.")
        self._on.discard(contentType)
        return Response(status_code=204)

    async def _list(self, tenant: str, request: Request) -> JSONResponse:
        self._check(tenant, request)
        return JSONResponse([{"contentType": kind, "status": "enabled", "webhook": None} for kind in sorted(self._on)])

    def _kind(self, content_type: str) -> str:
        found = next((kind for kind in CONTENT_TYPES if kind.lower() == content_type.lower()), None)
        if found is None:
            raise Refused(_BAD, "AF20020", "The specified content type is not valid.")
        return found

    async def _content(
        self, tenant: str, request: Request, *, contentType: str = "", startTime: str = "", endTime: str = "",  # noqa: N803 - the API's own names
        nextPage: str = "",  # noqa: N803 - the same
    ) -> JSONResponse:  # fmt: skip
        self._check(tenant, request)
        kind = self._kind(contentType)
        if kind not in self._on:
            raise Refused(_BAD, "AF20022", "No subscription found for the specified content type.")
        begin, end = self._window(startTime, endTime)
        created = [blob.created for blob in self._by_type[kind]]
        now = ms(self._clock.now())
        there = self._by_type[kind][bisect_left(created, ms(begin)) : bisect_left(created, min(ms(end), now + 1))]
        listed = [blob for blob in there if blob.created + blob.late <= now]
        place, size = _page(nextPage), self._faults.list_page
        root = str(request.base_url).rstrip("/") + _FEED.format(tenant=tenant)
        answer = JSONResponse([_entry(root, blob) for blob in listed[place : place + size]])
        if place + size < len(listed):
            asked = {"contentType": kind, "startTime": _text(begin), "endTime": _text(end), "nextPage": place + size}
            header = _HEADERS[place // size % len(_HEADERS)]
            answer.raw_headers.append((header, f"{root}/subscriptions/content?{urlencode(asked)}".encode()))
        return answer

    def _window(self, start: str, end: str) -> tuple[datetime, datetime]:
        """Start (inclusive) and end (exclusive), the last day where neither is given."""
        rule = (
            "Start time and end time must both be specified (or both omitted), at most 24 hours apart, with the start"
            " no more than 7 days in the past."
        )
        now = self._clock.now()
        if not start and not end:
            return now - _WINDOW, now
        if not start or not end:
            raise Refused(_BAD, "AF20030", rule)
        begin, until = _time(start), _time(end)
        if not begin < until or until - begin > _WINDOW or begin < now - _BACK - _LENIENT:
            raise Refused(_BAD, "AF20055", rule)
        return begin, until

    async def _blob(self, tenant: str, content_id: str, request: Request) -> JSONResponse:
        self._check(tenant, request)
        number, blob = self._by_id.get(content_id, (0, None))
        if blob is None or moment(blob.created) > self._clock.now():
            raise Refused(_MISSING, "AF20050", "The specified content does not exist.")
        if moment(blob.created) + _LIFE + _LENIENT < self._clock.now():
            raise Refused(_BAD, "AF20051", "Content requested has already expired. Older than 7 days.")
        if self._faults.fail_every and number % self._faults.fail_every == 0 and content_id not in self._asked:
            self._asked.add(content_id)
            raise Refused(_BROKEN, "AF50000", "An internal error occurred. Retry the request.")
        return JSONResponse([record(self._world, event) for event in blob.events])


def _entry(root: str, blob: Blob) -> dict[str, str]:
    expires = zulu(blob.created + int(_LIFE.total_seconds()) * 1000)
    return {
        "contentType": blob.content_type, "contentId": blob.id, "contentUri": f"{root}/audit/{blob.id}",
        "contentCreated": zulu(blob.created), "contentExpiration": expires,
    }  # fmt: skip


def _page(text: str) -> int:
    if text and not text.isdecimal():
        raise Refused(_BAD, "AF20031", "Invalid nextPage Input.")
    return int(text or 0)


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(_BAD, "AF20002", "Invalid parameter type: startTime or endTime.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
