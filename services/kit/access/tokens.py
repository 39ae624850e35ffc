"""Tokens for machines: shown once, kept as a digest, with scopes and an end."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.access import audit, reference
from services.kit.access.audit import Act
from services.kit.access.caller import Caller
from services.kit.access.permissions import granted, unknown
from services.kit.clock import Clock
from services.kit.errors import Misconfigured, NotAllowed, NotFound

TOUCH = timedelta(minutes=1)
LONGEST = timedelta(days=366 * 2)

INSERT = text("""
    insert into control.token (id, name, digest, scopes, created_by, created_at, expires_at)
    values (:id, :name, :digest, :scopes, :created_by, :created_at, :expires_at)""")
LIST = text("select * from control.token order by created_at, id")
ONE = text("select * from control.token where id = :id")
USED = text("update control.token set last_used_at = :now where id = :id")
REVOKE = text("update control.token set revoked_at = coalesce(revoked_at, :now) where id = :id returning id")


@dataclass(frozen=True)
class TokenRecord:
    """What is known of a token; its secret is not."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class Tokens:
    """The tokens of a deployment."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def create(
        self, name: str, scopes: tuple[str, ...], lasts: timedelta, by: str, within: frozenset[str] | None = None
    ) -> tuple[TokenRecord, str]:
        """Makes a token and returns its record and its text, which can't be had again; raises Misconfigured.

        `within` are the permissions of whoever asks: raises NotAllowed where the token would have more. Unset: the
        machine's own command, which may all.
        """
        _check(name, scopes, lasts)
        beyond = granted(scopes) - within if within is not None else ()
        if beyond:
            raise NotAllowed(f"a token may do no more than who makes it; you lack {', '.join(sorted(beyond))}")
        now = self._clock.now()
        token_id, token = reference.make_token()
        record = TokenRecord(token_id, name, scopes, by, now, now + lasts, None, None)
        given = {
            "id": token_id, "name": name, "digest": reference.digest(token), "scopes": list(scopes),
            "created_by": by, "created_at": now, "expires_at": record.expires_at,
        }  # fmt: skip
        async with self._engine.begin() as connection:
            await connection.execute(INSERT, given)
            detail = {"name": name, "scopes": list(scopes)}
            await audit.record(connection, Act(now, by, "token.create", f"token:{token_id}", detail))
        return record, token

    async def all(self) -> list[TokenRecord]:
        """Every token, oldest first, revoked and expired ones too."""
        async with self._engine.connect() as connection:
            return [_record(row) for row in await connection.execute(LIST)]

    async def revoke(self, token_id: str, by: str) -> None:
        """Ends a token at once; raises NotFound."""
        now = self._clock.now()
        async with self._engine.begin() as connection:
            if (await connection.execute(REVOKE, {"id": token_id, "now": now})).first() is None:
                raise NotFound(f"token {token_id}: there is none; `penumbra token list` shows all")
            await audit.record(connection, Act(now, by, "token.revoke", f"token:{token_id}"))

    async def caller(self, token: str) -> Caller | None:
        """Who presents this token; None where it is unknown, altered, expired or revoked."""
        token_id = reference.token_id(token)
        if token_id is None:
            return None
        async with self._engine.connect() as connection:
            row = (await connection.execute(ONE, {"id": token_id})).first()
        now = self._clock.now()
        if row is None or not hmac.compare_digest(row.digest, reference.digest(token)):
            return None
        if row.revoked_at is not None or row.expires_at <= now:
            return None
        if row.last_used_at is None or row.last_used_at < now - TOUCH:
            async with self._engine.begin() as connection:
                await connection.execute(USED, {"id": token_id, "now": now})
        return Caller(row.name, "token", granted(row.scopes), token_id)


def _check(name: str, scopes: tuple[str, ...], lasts: timedelta) -> None:
    faults = [f"scope {scope!r}: no permission or role of that name" for scope in unknown(scopes)]
    if not scopes:
        faults.append("scopes: give at least one; a token without any may do nothing")
    if not name.strip():
        faults.append("name: say what the token is for")
    if not timedelta(0) < lasts <= LONGEST:
        faults.append(f"days: give 1 to {LONGEST.days}")
    if faults:
        raise Misconfigured(*faults)


def _record(row: Row[tuple[object, ...]]) -> TokenRecord:
    return TokenRecord(
        row.id, row.name, tuple(row.scopes), row.created_by, row.created_at, row.expires_at,
        row.last_used_at, row.revoked_at,
    )  # fmt: skip
