"""`/api/v1/access`, `/sessions` and `/tokens`: who may do what, who is signed in, and what machines hold."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit
from services.inventory.api.views import Page
from services.kit.access import PERMISSIONS, Access, Caller, SessionRecord, TokenRecord, require
from services.kit.errors import NotAllowed, NotFound

router = APIRouter(tags=["access"])
Anybody = Annotated[Caller, Depends(require("overview:read"))]
Overseer = Annotated[Caller, Depends(require("access:read"))]
Ender = Annotated[Caller, Depends(require("access:write"))]
TokenReader = Annotated[Caller, Depends(require("tokens:read"))]
TokenWriter = Annotated[Caller, Depends(require("tokens:write"))]


class NewToken(BaseModel):
    """A token to make; a scope is a permission or a role."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=200)
    scopes: list[str] = Field(max_length=50)
    days: int = 365


class Made(msgspec.Struct, frozen=True):
    """A new token with its text, shown this once."""

    record: TokenRecord
    token: str


class Mapping(msgspec.Struct, frozen=True):
    """The role map as it is now: where it is kept, group → roles, and what of it can't be read."""

    place: str
    pairs: dict[str, tuple[str, ...]]
    faults: tuple[str, ...]


class AccessView(msgspec.Struct, frozen=True):
    """Who asks and what they may do; the sessions they may see, and tokens and the role map where they may."""

    user: str
    may: dict[str, str]
    provider: str | None
    sessions: tuple[SessionRecord, ...]
    tokens: tuple[TokenRecord, ...] | None
    role_map: Mapping | None


def access_of(request: Request) -> Access:
    """What the gate asks."""
    found: Access = request.app.state.access
    return found


async def view(access: Access, caller: Caller) -> AccessView:
    """The page's struct: everybody's sessions for who may see them, else one's own."""
    sessions = await access.sessions.all(caller.reference)
    rules = access.sessions.rules
    shown = None
    if caller.may("access:read") and rules.role_map is not None:
        pairs = {group: tuple(sorted(roles)) for group, roles in sorted(rules.role_map.pairs().items())}
        shown = Mapping(rules.role_map.place, pairs, rules.role_map.faults())
    return AccessView(
        caller.name,
        {name: PERMISSIONS[name] for name in PERMISSIONS if caller.may(name)},
        rules.issuer,
        tuple(one for one in sessions if one.own or caller.may("access:read")),
        tuple(await access.tokens.all()) if caller.may("tokens:read") else None,
        shown,
    )


async def end(access: Access, caller: Caller, session: str) -> None:
    """Ends a session of one's own, or anybody's with the permission; raises NotFound or NotAllowed."""
    found = next((one for one in await access.sessions.all(caller.reference) if one.id == session), None)
    if found is None or not (found.own or caller.may("access:read") or caller.may("access:write")):
        raise NotFound(f"session {session}: none of that id is open")
    if not (found.own or caller.may("access:write")):
        raise NotAllowed("ending other people's sessions takes the permission access:write")
    await access.sessions.revoke(session, caller.name)


@router.get("/access")
async def asked(request: Request, caller: Anybody) -> Response:
    """Who asks, and what they may do and see here."""
    return answer(await view(access_of(request), caller))


@router.get("/sessions")
async def sessions(request: Request, caller: Overseer, limit: Limit = USUAL, cursor: Cursor = None) -> Response:
    """Sessions that are open, newest first."""
    before = cursors.decode(cursor, tuple[datetime, str])
    known = sorted(await access_of(request).sessions.all(caller.reference), key=_begun, reverse=True)
    found = [one for one in known if before is None or _begun(one) < before]
    following = cursors.encode(_begun(found[limit - 1])) if len(found) > limit else None
    return answer(Page(items=tuple(found[:limit]), next=following))


@router.delete("/sessions/{session}", status_code=204)
async def end_session(request: Request, session: str, caller: Ender) -> Response:
    """Ends a session at once."""
    await access_of(request).sessions.revoke(session, caller.name)
    return Response(status_code=204)


@router.get("/tokens")
async def tokens(request: Request, _: TokenReader, limit: Limit = USUAL, cursor: Cursor = None) -> Response:
    """Tokens, oldest first, revoked and ended ones too."""
    after = cursors.decode(cursor, tuple[datetime, str])
    known = await access_of(request).tokens.all()
    found = [one for one in known if after is None or (one.created_at, one.id) > after]
    following = cursors.encode((found[limit - 1].created_at, found[limit - 1].id)) if len(found) > limit else None
    return answer(Page(items=tuple(found[:limit]), next=following))


@router.post("/tokens", status_code=201)
async def make_token(request: Request, body: NewToken, caller: TokenWriter) -> Response:
    """Makes a token that may do no more than who makes it."""
    lasts = timedelta(days=min(max(body.days, 0), 100_000))
    made = await access_of(request).tokens.create(
        body.name, tuple(body.scopes), lasts, caller.name, caller.permissions
    )  # fmt: skip
    return answer(Made(*made), 201)


@router.delete("/tokens/{token}", status_code=204)
async def revoke_token(request: Request, token: str, caller: TokenWriter) -> Response:
    """Ends a token at once."""
    await access_of(request).tokens.revoke(token, caller.name)
    return Response(status_code=204)


def _begun(one: SessionRecord) -> tuple[datetime, str]:
    return one.created_at, one.id
