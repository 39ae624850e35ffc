"""`/scim/v2`: Users to create, read, list, replace, change and delete; what the endpoint is; no groups.

For tokens only: who is pushed can be read back in the clear, as the protocol asks, and a person's session has no
business there. A 2xx to a change says that the log has the person.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse

from services.ingest.bodies import TooLarge, body
from services.ingest.scim import about, fault
from services.ingest.scim.fault import ScimFault
from services.ingest.scim.filters import wanted
from services.ingest.scim.patch import patched
from services.ingest.scim.provision import Provisioning
from services.ingest.scim.resource import chosen, presented, read
from services.ingest.scim.store import UserRow, Users
from services.kit.access import require
from services.kit.access.caller import Caller
from services.kit.access.problems import STATUS
from services.kit.errors import Conflict, NotAllowed, PenumbraError, Transient

PREFIX = "/scim/v2"
MEDIA = "application/scim+json"
LARGEST = 1 << 20
DEFAULT_COUNT = 100
AGAIN_SECONDS = 30
Handler = Callable[[Request], Awaitable[Response]]


class ScimRoute(APIRoute):
    """A route whose errors are SCIM's; who is not let in is answered by the gate."""

    def get_route_handler(self) -> Any:
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except ScimFault as found:
                return _refused(found.status, found.detail, found.kind)
            except TooLarge as found:
                return _refused(413, str(found))
            except PenumbraError as found:
                response = _unable(found)
                if response is None:
                    raise
                return response

        return answered


def _unable(found: PenumbraError) -> Response | None:
    """A trouble of ours as the provider is to take it: a paused source is asked again later, not a doubled person."""
    if isinstance(found, Conflict | Transient):
        response = _refused(503, str(found))
        wait = found.retry_after if isinstance(found, Transient) else None
        response.headers["Retry-After"] = str(round(wait or AGAIN_SECONDS))
        return response
    status = next((code for kind, code in STATUS if isinstance(found, kind)), None)
    return _refused(500 if status == 422 else status, str(found)) if status else None  # noqa: PLR2004 - our settings, not their request


def _refused(status: int, detail: str, kind: str | None = None) -> JSONResponse:
    return JSONResponse(fault.body(status, detail, kind), status_code=status, media_type=MEDIA)


async def pushing(caller: Annotated[Caller, Depends(require("people:write"))]) -> Caller:
    """Lets tokens with people:write through, sessions not."""
    if caller.kind != "token":
        raise NotAllowed("people are pushed with a token; make one with `penumbra token create --scope people:write`")
    return caller


def router(provisioning: Provisioning) -> APIRouter:
    """The routes."""
    made = APIRouter(prefix=PREFIX, route_class=ScimRoute, dependencies=[Depends(pushing)])
    _users(made, provisioning)
    _changes(made, provisioning)
    _about(made)
    return made


def _users(made: APIRouter, provisioning: Provisioning) -> None:
    runtime = provisioning.runtime

    @made.get("/Users")
    async def find(request: Request) -> JSONResponse:
        """Users in the order they came, or those with one userName, externalId, id or address."""
        query = request.query_params
        by = wanted(query["filter"]) if query.get("filter") else None
        start = max(1, _number(query.get("startIndex"), 1))
        count = min(about.MOST_RESULTS, max(0, _number(query.get("count"), DEFAULT_COUNT)))
        origin = await provisioning.origin()
        async with runtime.engine.connect() as connection:
            total, rows = await Users(connection, runtime.keys, origin.instance).page(by, start, count)
        return _answer(about.listed([_shown(request, row) for row in rows], total, start))

    @made.get("/Users/{key}")
    async def one(request: Request, key: str) -> JSONResponse:
        """One User."""
        origin = await provisioning.origin()
        async with runtime.engine.connect() as connection:
            row = await Users(connection, runtime.keys, origin.instance).get(key)
        if row is None:
            raise ScimFault(404, "no such User")
        return _answer(_shown(request, row))


def _changes(made: APIRouter, provisioning: Provisioning) -> None:
    @made.post("/Users", status_code=201)
    async def create(request: Request) -> JSONResponse:
        """A joiner."""
        row = await provisioning.create(read(await _sent(request)))
        shown = _shown(request, row)
        return _answer(shown, 201, {"Location": f"{_base(request)}/Users/{row.id}"})

    @made.put("/Users/{key}")
    async def replace(request: Request, key: str) -> JSONResponse:
        """All attributes anew; where it says nothing of `active`, that stays as it is."""
        sent = read(await _sent(request))
        row = await provisioning.change(key, lambda held: {**_kept(held, "active"), **sent})
        return _answer(_shown(request, row))

    @made.patch("/Users/{key}")
    async def patch(request: Request, key: str) -> JSONResponse:
        """Some attributes."""
        sent = await _sent(request)
        return _answer(_shown(request, await provisioning.change(key, lambda held: patched(held, sent))))

    @made.delete("/Users/{key}", status_code=204)
    async def delete(key: str) -> Response:
        """A leaver whose account is no more."""
        await provisioning.delete(key)
        return Response(status_code=204)


def _about(made: APIRouter) -> None:
    @made.get("/ServiceProviderConfig")
    async def config(request: Request) -> JSONResponse:
        """What is supported."""
        return _answer(about.config(_base(request)))

    @made.get("/ResourceTypes")
    @made.get("/ResourceTypes/{name}")
    async def types(request: Request, name: str | None = None) -> JSONResponse:
        """What there is."""
        return _named(about.types(_base(request)), name)

    @made.get("/Schemas")
    @made.get("/Schemas/{name}")
    async def schemas(request: Request, name: str | None = None) -> JSONResponse:
        """Which attributes are kept."""
        return _named(about.schemas(_base(request)), name)

    @made.get("/Groups")
    async def groups() -> JSONResponse:
        """None: units come with people."""
        return _answer(about.listed([], 0))

    @made.get("/Groups/{_key}")
    async def group(_key: str) -> JSONResponse:
        """None."""
        raise ScimFault(404, "no such Group")

    @made.post("/Groups")
    async def no_group() -> JSONResponse:
        """Refused: provision users only."""
        raise ScimFault(501, "groups are not kept; provision users only")


def _named(resources: list[dict[str, Any]], name: str | None) -> JSONResponse:
    if name is None:
        return _answer(about.listed(resources, len(resources)))
    found = next((each for each in resources if each["id"].lower() == name.lower()), None)
    if found is None:
        raise ScimFault(404, "no such thing")
    return _answer(found)


async def _sent(request: Request) -> Any:
    """The body as JSON, at most LARGEST bytes; raises ScimFault or TooLarge."""
    sent = await body(request)
    if len(sent) > LARGEST:
        raise ScimFault(413, f"a body may have {LARGEST} bytes")
    try:
        return msgspec.json.decode(sent)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ScimFault(400, "the body is not JSON", "invalidSyntax") from None


def _number(given: str | None, default: int) -> int:
    if given is None or given == "":
        return default
    try:
        return min(int(given), 2**31)
    except ValueError:
        raise ScimFault(400, "startIndex and count are numbers", "invalidValue") from None


def _kept(held: dict[str, Any], name: str) -> dict[str, Any]:
    return {name: held[name]} if name in held else {}


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{PREFIX}"


def _shown(request: Request, row: UserRow) -> dict[str, Any]:
    shown = presented(row.kept.resource, row.id, _time(row.created_at), _time(row.changed_at), _base(request))
    asked, left = (request.query_params.get(name, "") for name in ("attributes", "excludedAttributes"))
    return chosen(shown, filter(str.strip, asked.split(",")), filter(str.strip, left.split(",")))


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _answer(content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(content, status_code=status, media_type=MEDIA, headers=headers)
