"""Sessions of people, kept on the server; the one-time links that start them, or a provider's word.

A session ends after `Rules.idle` without a request, after `Rules.longest` in any case, and at once when it is revoked.
Its roles are looked up at each request: a link's stand in its row, a provider's follow from the groups through the role
map as it is then. A link works once and for `LINK` only; using it makes a fresh session reference.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.kit.access import audit, reference
from services.kit.access.audit import Act
from services.kit.access.caller import Caller
from services.kit.access.permissions import ROLES, granted
from services.kit.access.rolemap import RoleMap
from services.kit.clock import Clock
from services.kit.errors import Misconfigured, NotFound

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
    insert into control.session (digest, subject, roles, created_at, seen_at, expires_at, issuer, person,
        provider_session, groups, id_token)
    values (:digest, :subject, :roles, :now, :now, :expires_at, :issuer, :person, :provider_session, :groups,
        :id_token)""")
LIVES = "revoked_at is null and expires_at > :now and seen_at > :idle"
FIND = text(f"select subject, roles, seen_at, issuer, groups from control.session where digest = :digest and {LIVES}")
SEEN = text("update control.session set seen_at = :now where digest = :digest")
END = text("""
    update control.session set revoked_at = :now where digest = :digest and revoked_at is null
    returning subject, issuer, id_token""")
LIST = text(f"select * from control.session where {LIVES} order by seen_at desc, id")
REVOKE = text(f"update control.session set revoked_at = :now where id = :id and {LIVES} returning subject")
REVOKE_PERSON = text(f"update control.session set revoked_at = :now where subject = :subject and {LIVES} returning id")
REVOKE_PROVIDED = text("""
    update control.session set revoked_at = :now
    where issuer = :issuer and revoked_at is null
        and (cast(:provider_session as text) is null or provider_session = :provider_session)
        and (cast(:person as text) is null or person = :person)
    returning id""")
FORGET = text("delete from control.session where expires_at < :before")
FORGET_LINKS = text("delete from control.sign_in where expires_at < :before")


@dataclass(frozen=True)
class Rules:
    """How long sessions last, and what a provider's groups give."""

    idle: timedelta = IDLE
    longest: timedelta = LONGEST
    issuer: str | None = None
    role_map: RoleMap | None = None

    def roles(self, row: Row[tuple[object, ...]]) -> frozenset[str] | None:
        """A session's roles now; None where its provider is not, or no longer, the one that is trusted."""
        if row.issuer is None:
            return frozenset(row.roles)
        if row.issuer != self.issuer or self.role_map is None:
            return None
        return self.role_map.roles(row.groups)


@dataclass(frozen=True)
class Identified:
    """Somebody a provider vouches for: `issuer` and `person` are who, `name` is how they are called here."""

    issuer: str
    person: str
    name: str
    groups: tuple[str, ...]
    provider_session: str | None
    id_token: str
    """Sealed; only to be handed back when they sign out at the provider."""


@dataclass(frozen=True)
class SessionRecord:
    """What is known of a session that lives. `by` is the issuer or `link`.

    `current` marks the one that asks, `own` all of the same person: by the same issuer's id, or by links to one name.
    """

    id: str
    subject: str
    by: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    current: bool
    own: bool


@dataclass(frozen=True)
class Ended:
    """A session that was signed out: at which provider it may be ended too, and the sealed token that names it."""

    issuer: str | None
    id_token: str | None


class Sessions:
    """The sessions and sign-in links of a deployment."""

    def __init__(self, engine: AsyncEngine, clock: Clock, rules: Rules | None = None) -> None:
        self._engine = engine
        self._clock = clock
        self.rules = rules or Rules()

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
        now = self._clock.now()
        async with self._engine.begin() as connection:
            used = {"digest": reference.digest(link_token), "now": now}
            row = (await connection.execute(USE_LINK, used)).first()
            if row is None:
                return None
            session = await self._add(connection, row.subject, row.roles, None)
            await audit.record(connection, Act(now, row.subject, "session.start", f"person:{row.subject}"))
        return session

    async def begin(self, who: Identified) -> str:
        """Starts the session of somebody a provider vouches for and returns its reference."""
        now = self._clock.now()
        detail = {"issuer": who.issuer, "subject": who.person}
        async with self._engine.begin() as connection:
            await connection.execute(FORGET, {"before": now - LONGEST})
            session = await self._add(connection, who.name, (), who)
            await audit.record(connection, Act(now, who.name, "session.start", f"person:{who.name}", detail))
        return session

    async def _add(
        self, connection: AsyncConnection, subject: str, roles: Collection[str], who: Identified | None
    ) -> str:
        session, now = reference.plain(), self._clock.now()
        given = {
            "digest": reference.digest(session), "subject": subject, "roles": list(roles), "now": now,
            "expires_at": now + self.rules.longest, "issuer": who and who.issuer, "person": who and who.person,
            "provider_session": who and who.provider_session, "groups": list(who.groups) if who else [],
            "id_token": who and who.id_token,
        }  # fmt: skip
        await connection.execute(ADD_SESSION, given)
        return session

    async def caller(self, session: str) -> Caller | None:
        """Who holds this session; None where it is unknown, ended or idle too long."""
        now, key = self._clock.now(), reference.digest(session)
        async with self._engine.connect() as connection:
            found = await connection.execute(FIND, {"digest": key, "now": now, "idle": now - self.rules.idle})
            row = found.first()
        roles = self.rules.roles(row) if row is not None else None
        if row is None or roles is None:
            return None
        if row.seen_at < now - TOUCH:
            async with self._engine.begin() as connection:
                await connection.execute(SEEN, {"digest": key, "now": now})
        return Caller(row.subject, "session", granted(roles), key)

    async def end(self, session: str) -> Ended:
        """Signs a session out; one that has ended stays as it was."""
        now = self._clock.now()
        async with self._engine.begin() as connection:
            row = (await connection.execute(END, {"digest": reference.digest(session), "now": now})).first()
            if row is None:
                return Ended(None, None)
            await audit.record(connection, Act(now, row.subject, "session.end", f"person:{row.subject}"))
        return Ended(row.issuer, row.id_token)

    async def all(self, asker: str = "") -> list[SessionRecord]:
        """Every session that lives, the one used last first; `asker` is the key of the one that asks."""
        now = self._clock.now()
        async with self._engine.connect() as connection:
            rows = (await connection.execute(LIST, {"now": now, "idle": now - self.rules.idle})).all()
        who = next((_person(row) for row in rows if row.digest == asker), None)
        roles = [(row, self.rules.roles(row)) for row in rows]
        return [self._record(row, given, asker, who) for row, given in roles if given is not None]

    def _record(
        self, row: Row[tuple[object, ...]], roles: frozenset[str], asker: str, who: tuple[object, ...] | None
    ) -> SessionRecord:
        return SessionRecord(
            row.id, row.subject, row.issuer or "link", tuple(sorted(roles)), tuple(row.groups), row.created_at,
            row.seen_at, min(row.expires_at, row.seen_at + self.rules.idle), row.digest == asker, _person(row) == who,
        )  # fmt: skip

    async def revoke(self, session_id: str, by: str) -> None:
        """Ends a session at once; raises NotFound where none of that id lives."""
        now = self._clock.now()
        async with self._engine.begin() as connection:
            row = (await connection.execute(REVOKE, self._at(id=session_id))).first()
            if row is None:
                raise NotFound(f"session {session_id}: none of that id is open; `penumbra session list` shows all")
            detail = {"subject": row.subject}
            await audit.record(connection, Act(now, by, "session.revoke", f"session:{session_id}", detail))

    async def revoke_person(self, subject: str, by: str) -> int:
        """Ends all sessions of a person at once and returns how many there were."""
        async with self._engine.begin() as connection:
            rows = (await connection.execute(REVOKE_PERSON, self._at(subject=subject))).all()
            detail = {"sessions": [row.id for row in rows]}
            await audit.record(
                connection, Act(self._clock.now(), by, "session.revoke", f"person:{subject}", detail)
            )  # fmt: skip
        return len(rows)

    async def revoke_provided(self, issuer: str, person: str | None, provider_session: str | None) -> int:
        """Ends what a provider says is over: one session of theirs, or all of a person; returns how many."""
        if person is None and provider_session is None:
            return 0
        given = {"issuer": issuer, "person": person, "provider_session": provider_session, "now": self._clock.now()}
        async with self._engine.begin() as connection:
            rows = (await connection.execute(REVOKE_PROVIDED, given)).all()
            detail = {"issuer": issuer, "sessions": [row.id for row in rows]}
            act = Act(self._clock.now(), "identity provider", "session.revoke", f"person:{person or ''}", detail)
            await audit.record(connection, act)
        return len(rows)

    def _at(self, **given: object) -> dict[str, object]:
        now = self._clock.now()
        return {"now": now, "idle": now - self.rules.idle, **given}


def _person(row: Row[tuple[object, ...]]) -> tuple[object, ...]:
    """Whose a session is."""
    return (row.issuer, row.person) if row.issuer is not None else (None, row.subject)
