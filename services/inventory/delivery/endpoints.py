"""Webhook endpoints: where alerts are sent, with secrets sealed by the deployment's keys."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.inventory.delivery import address, signature
from services.inventory.delivery.message import TYPES
from services.kit.access import audit
from services.kit.access.audit import Act
from services.kit.errors import Misconfigured, NotFound
from services.kit.http_redaction import place
from services.kit.runtime import Runtime
from services.kit.settings import Settings

ROTATION = timedelta(hours=24)

INSERT = text("""
    insert into inventory.webhook (id, url, description, types, secret, created_by, created_at)
    values (:id, :url, :description, :types, :secret, :by, :now)""")
LIST = text("select * from inventory.webhook where removed_at is null order by created_at, id")
ONE = text("select * from inventory.webhook where id = :id and removed_at is null")
ROTATE = text("""
    update inventory.webhook set former_secret = secret, former_until = :until, secret = :secret
    where id = :id and removed_at is null returning id""")
REMOVE = text("update inventory.webhook set removed_at = :now where id = :id and removed_at is null returning id")
DROP_WAITING = text("""
    update inventory.delivery set state = 'dead', ended_at = :now, reason = 'the endpoint was removed'
    where webhook = :id and state = 'waiting'""")
ENABLE = text("""
    update inventory.webhook set disabled_at = null, disabled_reason = null, failing_since = null
    where id = :id and removed_at is null returning id""")


@dataclass(frozen=True)
class Endpoint:
    """One endpoint; `types` empty means every type. `address` is without the query, which may hold a secret."""

    id: str
    address: str
    description: str
    types: tuple[str, ...]
    state: str
    created_by: str
    created_at: datetime
    failing_since: datetime | None
    last_success_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    former_until: datetime | None


class Endpoints:
    """The endpoints of a deployment; each change is in the audit trail."""

    def __init__(self, runtime: Runtime) -> None:
        self._engine = runtime.engine
        self._keys = runtime.keys
        self._clock = runtime.clock
        self._settings = runtime.settings

    async def add(self, url: str, by: str, description: str = "", types: Sequence[str] = ()) -> tuple[Endpoint, str]:
        """Adds an endpoint and returns it with its secret, which is shown this once; raises Misconfigured."""
        _check(url, types, self._settings)
        endpoint, secret = "wh_" + secrets.token_hex(6), signature.make_secret()
        given = {
            "id": endpoint, "url": url, "description": description, "types": list(types),
            "secret": self._keys.seal(secret.encode()), "by": by, "now": self._clock.now(),
        }  # fmt: skip
        async with self._engine.begin() as connection:
            await connection.execute(INSERT, given)
            await self._note(connection, by, "webhook.add", endpoint, {"address": place(url)})
        return await self.one(endpoint), secret

    async def all(self) -> list[Endpoint]:
        """Every endpoint that was not removed, oldest first."""
        async with self._engine.connect() as connection:
            return [_endpoint(row) for row in await connection.execute(LIST)]

    async def one(self, endpoint: str) -> Endpoint:
        """An endpoint by id; raises NotFound."""
        return _endpoint(await self._row(endpoint))

    async def target(self, endpoint: str) -> tuple[str, list[str]]:
        """The whole address and the secrets that sign now: the new one, in a rotation the former one too."""
        row = await self._row(endpoint)
        return str(row.url), open_secrets(self._keys.open, row, self._clock.now())

    async def rotate(self, endpoint: str, by: str, period: timedelta = ROTATION) -> str:
        """Makes a new secret, returned this once; the former one signs beside it for `period`. Raises NotFound."""
        secret, now = signature.make_secret(), self._clock.now()
        given = {"id": endpoint, "secret": self._keys.seal(secret.encode()), "until": now + period}
        async with self._engine.begin() as connection:
            _found((await connection.execute(ROTATE, given)).first(), endpoint)
            await self._note(connection, by, "webhook.rotate", endpoint, {"hours": period / timedelta(hours=1)})
        return secret

    async def enable(self, endpoint: str, by: str) -> None:
        """Switches an endpoint on again; raises NotFound."""
        async with self._engine.begin() as connection:
            _found((await connection.execute(ENABLE, {"id": endpoint})).first(), endpoint)
            await self._note(connection, by, "webhook.enable", endpoint, {})

    async def remove(self, endpoint: str, by: str) -> None:
        """Removes an endpoint; what still waits for it becomes a dead letter. Raises NotFound."""
        given = {"id": endpoint, "now": self._clock.now()}
        async with self._engine.begin() as connection:
            _found((await connection.execute(REMOVE, given)).first(), endpoint)
            await connection.execute(DROP_WAITING, given)
            await self._note(connection, by, "webhook.remove", endpoint, {})

    async def _row(self, endpoint: str) -> Row[tuple[object, ...]]:
        async with self._engine.connect() as connection:
            return _found((await connection.execute(ONE, {"id": endpoint})).first(), endpoint)

    async def _note(
        self, connection: AsyncConnection, by: str, action: str, endpoint: str, detail: dict[str, object]
    ) -> None:
        await audit.record(connection, Act(self._clock.now(), by, action, f"webhook:{endpoint}", detail))


def open_secrets(unseal: Callable[[str], bytes], row: Row[tuple[object, ...]], now: datetime) -> list[str]:
    """The secrets of a row in clear: the current one, then the former one while its period lasts."""
    in_force = row.former_secret is not None and row.former_until is not None and now < row.former_until
    sealed = [row.secret, row.former_secret] if in_force else [row.secret]
    return [unseal(one).decode() for one in sealed]


def _found(row: Row[tuple[object, ...]] | None, endpoint: str) -> Row[tuple[object, ...]]:
    if row is None:
        raise NotFound(f"webhook {endpoint}: there is none; `penumbra webhook list` shows all")
    return row


def _endpoint(row: Row[tuple[object, ...]]) -> Endpoint:
    state = "disabled" if row.disabled_at else "failing" if row.failing_since else "active"
    return Endpoint(
        row.id, place(row.url), row.description, tuple(row.types), state, row.created_by, row.created_at,
        row.failing_since, row.last_success_at, row.disabled_at, row.disabled_reason, row.former_until,
    )  # fmt: skip


def _check(url: str, types: Sequence[str], settings: Settings) -> None:
    faults = [f"type {name!r}: give {', '.join(TYPES)}, or none for all" for name in types if name not in TYPES]
    fault = address.fault(url, settings)
    if fault:
        faults.append(f"url: {fault}")
    if faults:
        raise Misconfigured(*faults)
