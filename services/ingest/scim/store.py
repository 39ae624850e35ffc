"""Users that were pushed: sealed as a whole, found by HMACs of their names; nothing clear is in the database."""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.scim.filters import Comparison
from services.ingest.scim.resource import Resource
from services.kit.keys import Keys

_COLUMNS = "id, sealed, created_at, changed_at"
_GET = text(f"select {_COLUMNS} from control.scim_user where instance = :instance and id = :id")
_LOCK = text(f"select {_COLUMNS} from control.scim_user where instance = :instance and id = :id for update")
_ADD = text("""
    insert into control.scim_user
        (id, instance, user_name, external_id, emails, sealed, created_at, changed_at)
    values (:id, :instance, :user_name, :external_id, :emails, :sealed, :now, :now)
    on conflict (instance, user_name) do nothing
    returning id""")
_SAVE = text("""
    update control.scim_user set user_name = :user_name, external_id = :external_id, emails = :emails,
        sealed = :sealed, changed_at = :now
    where instance = :instance and id = :id""")
_TAKEN = text("""
    select id from control.scim_user where instance = :instance and user_name = :user_name and id <> :id""")
_REMOVE = text("delete from control.scim_user where instance = :instance and id = :id")
_WHERE = {
    "username": "and user_name = :value", "externalid": "and external_id = :value", "id": "and id = :value",
    "emails.value": "and emails @> array[:value]", "": "",
}  # fmt: skip


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept of a User: the resource, the key its pseudonym is made of, its former identifiers, when it left."""

    resource: dict[str, Any]
    key: str
    formerly: tuple[tuple[str, str], ...] = ()
    left_on: date | None = None


class UserRow(NamedTuple):
    """One row, opened."""

    id: str
    kept: Kept
    created_at: datetime
    changed_at: datetime


class Users:
    """The users of one source instance, within a transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys, instance: str) -> None:
        self._connection, self._keys, self._instance = connection, keys, instance

    async def get(self, key: str, *, lock: bool = False) -> UserRow | None:
        """One user; with `lock` nobody else changes it until the transaction ends."""
        found = await self._connection.execute(_LOCK if lock else _GET, {"instance": self._instance, "id": key})
        row = found.one_or_none()
        return self._opened(row) if row is not None else None

    async def add(self, key: str, kept: Kept, now: datetime) -> bool:
        """Adds a user; False where the userName is taken."""
        found = await self._connection.execute(_ADD, {**self._columns(key, kept), "now": now})
        return found.scalar_one_or_none() is not None

    async def save(self, key: str, kept: Kept, now: datetime) -> bool:
        """Changes a user; False where another has the userName."""
        columns = self._columns(key, kept)
        if (await self._connection.execute(_TAKEN, columns)).first() is not None:
            return False
        try:
            await self._connection.execute(_SAVE, {**columns, "now": now})
        except IntegrityError:  # taken by another request in this moment; the transaction is over
            return False
        return True

    async def remove(self, key: str) -> None:
        """Forgets a user."""
        await self._connection.execute(_REMOVE, {"instance": self._instance, "id": key})

    async def page(self, by: Comparison | None, start: int, count: int) -> tuple[int, Sequence[UserRow]]:
        """How many there are, and those from `start` (1 is the first), in the order they came."""
        where = _WHERE[by.attribute if by else ""]
        given = {"instance": self._instance, "value": self._sought(by) if by else ""}
        total = await self._connection.execute(
            text(f"select count(*) from control.scim_user where instance = :instance {where}"), given
        )
        rows = await self._connection.execute(
            text(f"""select {_COLUMNS} from control.scim_user where instance = :instance {where}
                 order by number limit :count offset :before"""),
            {**given, "count": count, "before": start - 1},
        )
        return total.scalar_one(), [self._opened(row) for row in rows]

    def _sought(self, by: Comparison) -> str:
        value = str(by.value)
        return value if by.attribute == "id" else self._hashed(by.attribute, value)

    def _hashed(self, kind: str, value: str) -> str:
        """An HMAC to find it by; userName and addresses are matched without regard to case, externalId is not."""
        plain = value.strip() if kind == "externalid" else unicodedata.normalize("NFKC", value).strip().lower()
        return self._keys.identifier(f"scim {kind}", plain).hmac

    def _columns(self, key: str, kept: Kept) -> dict[str, Any]:
        resource: Resource = kept.resource
        external = resource.get("externalId")
        return {
            "id": key,
            "instance": self._instance,
            "user_name": self._hashed("username", resource["userName"]),
            "external_id": self._hashed("externalid", external) if external else None,
            "emails": [self._hashed("emails.value", mail["value"]) for mail in resource.get("emails", ())],
            "sealed": self._keys.seal(msgspec.json.encode(kept)),
        }

    def _opened(self, row: Row[Any]) -> UserRow:
        kept = msgspec.json.decode(self._keys.open(row.sealed), type=Kept)
        return UserRow(row.id, kept, row.created_at, row.changed_at)
