"""Splunk's HTTP Event Collector: what sends to Splunk sends here; 2xx only once the log has the records.

`POST /services/collector[/event|/raw][/1.0]`, `/services/collector/ack`, `/services/collector/health`. The token is one
of ours with `push:write`, as `Authorization: Splunk pnb_…` (or as the password of Basic). Which source an event is of,
`control/hec.py` decides. A request that names a channel is given an `ackId` (hec_channels.py).
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from connectors.records.bytestream import Cut
from services.ingest import bodies, hec_channels, pushed, senders, trials
from services.ingest import hec_codes as codes
from services.ingest.bodies import Unfit
from services.ingest.hec_channels import Channels
from services.ingest.hec_codes import Code, Refused
from services.ingest.hec_events import Event, Named, events, records
from services.ingest.intake import Intake, Origin, Taken
from services.ingest.pushed import Closing, Intakes
from services.kit.access import Access, Caller, Require
from services.kit.access.gate import OWN_HEADER
from services.kit.control import hec as routes
from services.kit.errors import Conflict, Misconfigured, NotFound, Transient
from services.kit.loop import PASSING

log = structlog.get_logger(__name__)
PATHS = ("/services/collector", "/services/collector/event")
CHANNEL = "x-splunk-request-channel"
UNFIT = {413: codes.TOO_LARGE, 408: codes.TOO_SLOW, 415: codes.STRANGE_ENCODING}
Name = Annotated[str | None, Query(max_length=routes.LONGEST)]


class HecToken(Require):
    """Lets tokens with the permission through; answers others with HEC's codes."""

    async def __call__(self, request: Request) -> Caller:
        access: Access = request.app.state.access
        caller = await senders.known(access.tokens, _credential(request))
        if caller is None:
            raise Refused(codes.INVALID_TOKEN)
        if not caller.may(self.permission):
            raise Refused(codes.TOKEN_DISABLED, detail=f"this takes the permission {self.permission}")
        return caller


class CodedRoute(APIRoute):
    """A route whose refusals are HEC's answers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def coded(request: Request) -> Response:
            try:
                return await handle(request)
            except HTTPException:
                raise
            except Exception as fault:  # noqa: BLE001 - each has its code; what is none is logged
                return _refusal(_coded(fault))

        return coded


def _coded(fault: Exception) -> Refused:
    """A fault as HEC's answer."""
    if isinstance(fault, Refused):
        return fault
    if isinstance(fault, Unfit):
        return Refused(UNFIT[fault.status], detail=str(fault))
    if isinstance(fault, RequestValidationError):
        return Refused(codes.INVALID_FORMAT, detail="sourcetype, source and channel are short texts")
    if isinstance(fault, PASSING):
        away = str(fault) if isinstance(fault, Transient) else f"the database is away ({type(fault).__name__})"
        return Refused(codes.SHUTTING_DOWN if isinstance(fault, Closing) else codes.BUSY, detail=away)
    log.error("an HEC request failed", exc_info=fault)
    return Refused(codes.INTERNAL_ERROR)


async def _asked(sourcetype: Name = None, source: Name = None) -> Named:
    return Named(sourcetype, source)


async def _channel(request: Request, channel: Annotated[str | None, Query(max_length=64)] = None) -> str | None:
    return hec_channels.channel(request.headers.get(CHANNEL), channel)


# Both are coroutines for nothing but speed: a plain function is sent to a thread, and waits for those that read.
Asked = Annotated[Named, Depends(_asked)]
Sent = Annotated[Caller, Depends(HecToken("push:write"))]
Channel = Annotated[str | None, Depends(_channel)]


@dataclass
class Collector:
    """What the routes share: the process's push intake, and its channels."""

    intakes: Intakes
    channels: Channels = field(default_factory=Channels)

    async def take(
        self, request: Request, read: Callable[[bytes], list[Event]], caller: Caller, channel: str | None
    ) -> Response:
        """Reads a whole request, finds the source of each event, takes all, and answers when the log has them."""
        key = (caller.reference, channel) if channel is not None else None
        if key is not None:
            self.channels.open(key, _now())
        async with self.intakes.room.body(request) as sent, self.intakes.work():
            if not trials.is_trial(sent):
                made = await self.intakes.read(partial(self._at_once, sent, read, caller, _now()))
                if isinstance(made, list):
                    await self._take(made, caller)
                else:
                    await self.intakes.put(*made)
        return _answer(codes.SUCCESS, **({} if key is None else {"ackId": self.channels.number(key, _now())}))

    async def acknowledged(self, request: Request, caller: Caller, channel: str | None) -> Response:
        """Which of the numbers asked for are done."""
        async with self.intakes.room.body(request) as sent:
            asked = hec_channels.question(sent, channel)
        return JSONResponse({"acks": self.channels.done((caller.reference, channel or ""), asked, _now())})

    def _at_once(
        self, sent: bytes, read: Callable[[bytes], list[Event]], caller: Caller, now: float
    ) -> list[Event] | tuple[Origin, Taken]:
        """A body's events; where all are of one source that is remembered, what is taken of them, in the same turn."""
        found = _events(sent, read)
        named, known = found[0].named, self.intakes.routes_known(now)
        if known is None or any(each.named is not named for each in found):
            return found
        name = routes.chosen(known, caller.reference, named.sourcetype, named.source)
        origin = self.intakes.origin_known(name or named.sourcetype or "", now)
        return found if origin is None else (origin, self._read(found, origin))

    async def _take(self, found: list[Event], caller: Caller) -> None:
        first: dict[Named, int] = {}
        for each in found:
            if each.named not in first:
                first[each.named] = each.number
        origins = {named: await self._origin(named, caller, number) for named, number in first.items()}
        for instance, origin in {origin.instance: origin for origin in origins.values()}.items():
            own = found if len(origins) == 1 else [one for one in found if origins[one.named].instance == instance]
            await self.intakes.keep(origin, partial(self._read, own, origin))

    async def _origin(self, named: Named, caller: Caller, first: int) -> Origin:
        """The source by a route, else by a sourcetype that names one. A paused one is busy: the sender keeps it."""
        name = routes.chosen(await self.intakes.routes(), caller.reference, named.sourcetype, named.source)
        try:
            return await self.intakes.origin(name or named.sourcetype or "")
        except Conflict as paused:
            raise Refused(codes.BUSY, first, str(paused)) from paused
        except (NotFound, Misconfigured) as error:
            given = {"sourcetype": named.sourcetype, "source": named.source}
            told = " and ".join(f"{field} {text!r}" for field, text in given.items() if text)
            said = f"no source takes {told or 'events that name no sourcetype'}; `penumbra hec add`"
            raise Refused(codes.INCORRECT_INDEX, first, said) from error

    def _read(self, own: list[Event], origin: Origin) -> Taken:
        runtime = self.intakes.runtime
        return Intake(origin, runtime.keys).take(records(own, origin.connector), runtime.clock.now())


def router(intakes: Intakes) -> APIRouter:
    """The routes."""
    made = APIRouter(route_class=CodedRoute)
    collector = Collector(intakes)

    async def event(request: Request, caller: Sent, asked: Asked, channel: Channel) -> Response:
        """Takes events, each in its envelope."""
        return await collector.take(request, lambda body: events(body, asked), caller, channel)

    async def raw(request: Request, caller: Sent, asked: Asked, channel: Channel) -> Response:
        """Takes a body as the source wrote it."""
        return await collector.take(request, lambda body: _raw(body, asked), caller, channel)

    async def acknowledged(request: Request, caller: Sent, channel: Channel) -> Response:
        """Which of a channel's requests the log has."""
        return await collector.acknowledged(request, caller, channel)

    async def health() -> Response:
        """Whether a request would be taken now."""
        if intakes.closing:
            return _answer(codes.SHUTTING_DOWN)
        why = await intakes.runtime.log.ready()
        return _answer(codes.HEALTHY if why is None and intakes.working < pushed.AT_ONCE else codes.UNHEALTHY)

    for version in ("", "/1.0"):
        for path in PATHS:
            made.add_api_route(path + version, event, methods=["POST"])
        made.add_api_route(f"/services/collector/raw{version}", raw, methods=["POST"])
        made.add_api_route(f"/services/collector/ack{version}", acknowledged, methods=["POST"])
        made.add_api_route(f"/services/collector/health{version}", health, methods=["GET"])
    return made


def _events(sent: bytes, read: Callable[[bytes], list[Event]]) -> list[Event]:
    """The events of a body as it was sent; raises Refused where it can't be read whole, TooLarge."""
    try:
        return read(bodies.whole(sent))
    except Cut as cut:
        raise Refused(codes.INVALID_FORMAT, detail=str(cut)) from None


def _raw(body: bytes, asked: Named) -> list[Event]:
    if not body.strip():
        raise Refused(codes.NO_DATA)
    return [Event(0, asked, body)]


def _now() -> float:
    return asyncio.get_running_loop().time()


def _credential(request: Request) -> str:
    """The token a request presents; raises Refused as Splunk would."""
    header = request.headers.get("authorization", "").strip()
    if not header:
        if OWN_HEADER in request.headers:
            return senders.presented(request) or ""
        raise Refused(codes.QUERY_STRING_OFF if "token" in request.query_params else codes.TOKEN_REQUIRED)
    scheme, _, credential = header.partition(" ")
    known = scheme.lower() in {"basic", *senders.SCHEMES}
    if not known or (scheme.lower() == "basic" and senders.password(credential) is None):
        raise Refused(codes.INVALID_AUTHORIZATION)
    found = senders.presented(request)
    if found is None:
        raise Refused(codes.TOKEN_REQUIRED)
    return found


def _answer(code: Code, **more: object) -> JSONResponse:
    return JSONResponse({"text": code.text, "code": code.code, **more}, status_code=code.status)


def _refusal(refused: Refused) -> JSONResponse:
    response = JSONResponse(refused.body(), status_code=refused.code.status)
    if refused.code in codes.AGAIN:
        response.headers["Retry-After"] = str(pushed.AGAIN_SECONDS)
    return response
