"""Splunk's HTTP Event Collector: what sends to Splunk sends here; 2xx only once the log has the records.

`POST /services/collector[/event|/raw][/1.0]`, `/services/collector/health`. The token is one of ours with `push:write`,
as `Authorization: Splunk pnb_…` (or as the password of Basic). Which source an event is of, `control/hec.py` decides.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from connectors.records.bytestream import Cut
from services.ingest import hec_codes as codes
from services.ingest import push
from services.ingest.hec_codes import Code, Refused
from services.ingest.hec_events import Event, Named, events, records
from services.ingest.intake import Intake, Origin, Taken
from services.kit.access import Access, Caller, Require
from services.kit.control import hec as routes
from services.kit.control.hec import HecRoute
from services.kit.errors import Conflict, Misconfigured, NotFound, Transient

KNOWN_SECONDS = 5.0
PATHS = ("/services/collector", "/services/collector/event")
Name = Annotated[str | None, Query(max_length=routes.LONGEST)]


class HecToken(Require):
    """Lets tokens with the permission through; answers others with HEC's codes."""

    async def __call__(self, request: Request) -> Caller:
        access: Access = request.app.state.access
        caller = await access.tokens.caller(_credential(request))
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
            except Refused as refused:
                return _refusal(refused)

        return coded


def _asked(sourcetype: Name = None, source: Name = None) -> Named:
    return Named(sourcetype, source)


Asked = Annotated[Named, Depends(_asked)]
Sender = Annotated[Caller, Depends(HecToken("push:write"))]


@dataclass
class Collector:
    """What the routes share: the push intake of the process, and who gets what, remembered for seconds."""

    intakes: push.Intakes
    _routes: tuple[float, Sequence[HecRoute]] = field(default=(0.0, ()))

    async def take(self, request: Request, read: Callable[[bytes], list[Event]], caller: Caller) -> Response:
        """Reads a whole request, finds the source of each event, takes all, and answers when the log has them."""
        if self.intakes.working >= push.AT_ONCE:
            raise Refused(codes.BUSY)
        self.intakes.working += 1
        try:
            found = await asyncio.to_thread(read, await _body(request))
            first = {each.named: each.number for each in reversed(found)}
            origins = {named: await self._origin(named, caller, number) for named, number in first.items()}
            await self._keep(found, origins)
        except Transient as error:
            raise Refused(codes.BUSY, detail=str(error)) from error
        finally:
            self.intakes.working -= 1
        return _answer(codes.SUCCESS)

    async def _origin(self, named: Named, caller: Caller, first: int) -> Origin:
        """The source by a route, else by a sourcetype that names one. A paused one is busy: the sender keeps it."""
        name = routes.chosen(await self._known(), caller.reference, named.sourcetype, named.source)
        try:
            return await self.intakes.origin(name or named.sourcetype or "")
        except Conflict as paused:
            raise Refused(codes.BUSY, first, str(paused)) from paused
        except (NotFound, Misconfigured) as error:
            given = {"sourcetype": named.sourcetype, "source": named.source}
            told = " and ".join(f"{field} {text!r}" for field, text in given.items() if text)
            said = f"no source takes {told or 'events that name no sourcetype'}; `penumbra hec add`"
            raise Refused(codes.INCORRECT_INDEX, first, said) from error

    async def _known(self) -> Sequence[HecRoute]:
        now = asyncio.get_running_loop().time()
        if self._routes[0] <= now:
            async with self.intakes.runtime.engine.connect() as connection:
                self._routes = (now + KNOWN_SECONDS, await routes.list_all(connection))
        return self._routes[1]

    async def _keep(self, found: list[Event], origins: dict[Named, Origin]) -> None:
        instances = {origin.instance: origin for origin in origins.values()}
        for instance, origin in instances.items():
            own = [each for each in found if origins[each.named].instance == instance]
            taken = await push.keep(self.intakes.runtime, partial(self._read, own, origin))
            self.intakes.count(instance, taken)

    def _read(self, own: list[Event], origin: Origin) -> Taken:
        runtime = self.intakes.runtime
        return Intake(origin, runtime.keys).take(records(own, origin.connector), runtime.clock.now())


def router(intakes: push.Intakes) -> APIRouter:
    """The routes."""
    made = APIRouter(route_class=CodedRoute)
    collector = Collector(intakes)

    async def event(request: Request, caller: Sender, asked: Asked) -> Response:
        """Takes events, each in its envelope."""
        return await collector.take(request, lambda body: events(body, asked), caller)

    async def raw(request: Request, caller: Sender, asked: Asked) -> Response:
        """Takes a body as the source wrote it."""
        return await collector.take(request, lambda body: _raw(body, asked), caller)

    async def acknowledged(_: Sender) -> Response:
        """Says that indexer acknowledgement is off: an answer of 200 is the acknowledgement."""
        raise Refused(codes.ACK_DISABLED)

    async def health() -> Response:
        """Whether a request would be taken now."""
        why = await intakes.runtime.log.ready()
        return _answer(codes.HEALTHY if why is None and intakes.working < push.AT_ONCE else codes.UNHEALTHY)

    for version in ("", "/1.0"):
        for path in PATHS:
            made.add_api_route(path + version, event, methods=["POST"])
        made.add_api_route(f"/services/collector/raw{version}", raw, methods=["POST"])
        made.add_api_route(f"/services/collector/ack{version}", acknowledged, methods=["POST"])
        made.add_api_route(f"/services/collector/health{version}", health, methods=["GET"])
    return made


def _raw(body: bytes, asked: Named) -> list[Event]:
    if not body.strip():
        raise Refused(codes.NO_DATA)
    return [Event(0, asked, body)]


def _credential(request: Request) -> str:
    """The token a request presents; raises Refused as Splunk would."""
    header = request.headers.get("authorization", "").strip()
    if not header:
        raise Refused(codes.QUERY_STRING_OFF if "token" in request.query_params else codes.TOKEN_REQUIRED)
    scheme, _, credential = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            credential = base64.b64decode(credential, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            raise Refused(codes.INVALID_AUTHORIZATION) from None
    elif scheme.lower() not in {"splunk", "bearer"}:
        raise Refused(codes.INVALID_AUTHORIZATION)
    if not credential.strip():
        raise Refused(codes.TOKEN_REQUIRED)
    return credential.strip()


async def _body(request: Request) -> bytes:
    """The body, unpacked; raises Refused where it is too large, or packed in a way that can't be read whole."""
    if request.headers.get("content-encoding", "").strip().lower() not in push.ENCODINGS:
        raise Refused(codes.STRANGE_ENCODING, detail="content-encoding: send gzip, zstd or none")
    try:
        sent = await push.body(request)
        return await asyncio.to_thread(push.unpack_whole, sent)
    except push.TooLarge as error:
        raise Refused(codes.TOO_LARGE, detail=str(error)) from None
    except Cut as cut:
        raise Refused(codes.INVALID_FORMAT, detail=str(cut)) from None


def _answer(code: Code) -> JSONResponse:
    return JSONResponse({"text": code.text, "code": code.code}, status_code=code.status)


def _refusal(refused: Refused) -> JSONResponse:
    response = JSONResponse(refused.body(), status_code=refused.code.status)
    if refused.code is codes.BUSY:
        response.headers["Retry-After"] = str(push.AGAIN_SECONDS)
    return response
