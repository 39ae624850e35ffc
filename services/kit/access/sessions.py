"""Sessions of people, kept on the server; and the one-time links that start them.

A session ends after `IDLE` without a request, after `LONGEST` in any case, and at once when it is revoked. A link
works once and for `LINK` only; using it makes a fresh session reference.
"""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.access import audit, reference
from services.kit.access.audit import Act
from services.kit.access.caller import Caller
from services.kit.access.permissions import ROLES, granted
from services.kit.clock import Clock
from services.kit.errors import Misconfigured

IDLE = timedelta(hours=8)
LONGEST = timedelta(days=3)
LINK = timedelta(minutes=30)
TOUCH = timedelta(minutes=1)

ADD_LINK = text("""
    insert into control.sign_in (digest, subject, roles, created_at, expires_at)
    values (:digest, :subject, :roles, :now, :expires_at)""")
USE_LINK = text("""
    update control.sign_in set used_at = :now
    where digest = :digest and used_at is null and expires_at > :now returning subject, roles""")
ADD_SESSION = text("""
    insert into control.session (digest, subject, roles, created_at, seen_at, expires_at)
    values (:digest, :subject, :roles, :now, :now, :expires_at)""")
FIND = text("""
    select subject, roles, seen_at from control.session
    where digest = :digest and revoked_at is null and expires_at > :now and seen_at > :idle""")
SEEN = text("update control.session set seen_at = :now where digest = :digest")
REVOKE = text("update control.session set revoked_at = :now where digest = :digest and revoked_at is null")
FORGET = text("delete from control.session where expires_at < :before")
FORGET_LINKS = text("delete from control.sign_in where expires_at < :before")


class Sessions:
    """The sessions and sign-in links of a deployment."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def link(self, subject: str = "operator", role: str = "admin", lasts: timedelta = LINK) -> str:
        """Makes a one-time sign-in token for `/login?token=…`; raises Misconfigured for an unknown role."""
        if role not in ROLES:
            raise Misconfigured(f"role {role!r}: give one of {', '.join(ROLES)}")
        token, now = reference.plain(), self._clock.now()
        given = {
            "digest": reference.digest(token), "subject": subject, "roles": [role], "now": now,
            "expires_at": now + lasts,
        }  # fmt: skip
        async with self._engine.begin() as connection:
            await connection.execute(FORGET, {"before": now - LONGEST})
            await connection.execute(FORGET_LINKS, {"before": now - LONGEST})
            await connection.execute(ADD_LINK, given)
        return token

    async def start(self, link_token: str) -> str | None:
        """Uses up a link and returns a new session's reference; None where the link is unknown, used or too old."""
        session, now = reference.plain(), self._clock.now()
        async with self._engine.begin() as connection:
            used = {"digest": reference.digest(link_token), "now": now}
            row = (await connection.execute(USE_LINK, used)).first()
            if row is None:
                return None
            given = {
                "digest": reference.digest(session), "subject": row.subject, "roles": row.roles, "now": now,
                "expires_at": now + LONGEST,
            }  # fmt: skip
            await connection.execute(ADD_SESSION, given)
            await audit.record(connection, Act(now, row.subject, "session.start", f"person:{row.subject}"))
        return session

    async def caller(self, session: str) -> Caller | None:
        """Who holds this session; None where it is unknown, ended or idle too long."""
        now, key = self._clock.now(), reference.digest(session)
        async with self._engine.connect() as connection:
            found = await connection.execute(FIND, {"digest": key, "now": now, "idle": now - IDLE})
            row = found.first()
        if row is None:
            return None
        if row.seen_at < now - TOUCH:
            async with self._engine.begin() as connection:
                await connection.execute(SEEN, {"digest": key, "now": now})
        return Caller(row.subject, "session", granted(row.roles), key)

    async def end(self, session: str) -> None:
        """Revokes a session; one that has ended stays as it was."""
        async with self._engine.begin() as connection:
            await connection.execute(REVOKE, {"digest": reference.digest(session), "now": self._clock.now()})
