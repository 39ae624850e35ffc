"""Webhook endpoints: where alerts are sent, with secrets sealed by the deployment's keys."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.inventory.delivery import address, signature
from services.inventory.delivery.lineup import OFF
from services.inventory.delivery.wanted import Wanted
from services.kit.access import audit
from services.kit.access.audit import Act
from services.kit.errors import Misconfigured, NotFound
from services.kit.http_redaction import place
from services.kit.runtime import Runtime
from services.kit.settings import Settings

ROTATION = timedelta(hours=24)
EVERYTHING = Wanted()

INSERT = text("""
    insert into inventory.webhook
        (id, url, description, format, types, severities, standings, units, tools, secret, created_by, created_at)
    values (:id, :url, :description, :format, :types, :severities, :standings, :units, :tools, :secret, :by, :now)""")
CHANGE = text("""
    update inventory.webhook set description = :description, format = :format, types = :types,
        severities = :severities, standings = :standings, units = :units, tools = :tools
    where id = :id and removed_at is null returning id""")
DISABLE = text("""
    update inventory.webhook set disabled_at = coalesce(disabled_at, :now), disabled_reason = :why
    where id = :id and removed_at is null returning id""")
LIST = text("select * from inventory.webhook where removed_at is null order by created_at, id")
ONE = text("select * from inventory.webhook where id = :id and removed_at is null")
ROTATE = text("""
    update inventory.webhook set former_secret = secret, former_until = :until, secret = :secret
    where id = :id and removed_at is null returning id""")
REMOVE = text("update inventory.webhook set removed_at = :now where id = :id and removed_at is null returning id")
DROP_WAITING = text("""
    update inventory.delivery set state = 'dead', ended_at = :now, reason = :why
    where webhook = :id and state = 'waiting'""")
ENABLE = text("""
    update inventory.webhook set disabled_at = null, disabled_reason = null, failing_since = null
    where id = :id and removed_at is null returning id""")


@dataclass(frozen=True)
class Endpoint:
    """One endpoint and what it wants. `address` is without the query, which may hold a secret."""

    id: str
    address: str
    description: str
    format: str
    types: tuple[str, ...]
    severities: tuple[str, ...]
    standings: tuple[str, ...]
    units: tuple[str, ...]
    tools: tuple[str, ...]
    state: str
    created_by: str
    created_at: datetime
    failing_since: datetime | None
    last_success_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    former_until: datetime | None

    @property
    def wanted(self) -> Wanted:
        """What it wants, as one value."""
        return Wanted(
            format=self.format, types=self.types, severities=self.severities, standings=self.standings,
            units=self.units, tools=self.tools,
        )  # fmt: skip


class Endpoints:
    """The endpoints of a deployment; each change is in the audit trail."""

    def __init__(self, runtime: Runtime) -> None:
        self._engine = runtime.engine
        self._keys = runtime.keys
        self._clock = runtime.clock
        self._settings = runtime.settings

    async def add(self, url: str, by: str, description: str = "", wanted: Wanted = EVERYTHING) -> tuple[Endpoint, str]:
        """Adds an endpoint and returns it with its secret, which is shown this once; raises Misconfigured."""
        _check(wanted, url, self._settings)
        endpoint, secret = "wh_" + secrets.token_hex(6), signature.make_secret()
        given = {
            "id": endpoint, "url": url, "secret": self._keys.seal(secret.encode()), "by": by,
            "now": self._clock.now(),
        } | _columns(description, wanted)  # fmt: skip
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

    async def change(self, endpoint: str, by: str, description: str, wanted: Wanted) -> None:
        """Gives it another description, format and filters, from the next event on; raises NotFound, Misconfigured."""
        _check(wanted)
        async with self._engine.begin() as connection:
            given = {"id": endpoint} | _columns(description, wanted)
            _found((await connection.execute(CHANGE, given)).first(), endpoint)
            await self._note(connection, by, "webhook.change", endpoint, msgspec.to_builtins(wanted))

    async def rotate(self, endpoint: str, by: str, period: timedelta = ROTATION) -> str:
        """Makes a new secret, returned this once; the former one signs beside it for `period`. Raises NotFound."""
        secret, now = signature.make_secret(), self._clock.now()
        given = {"id": endpoint, "secret": self._keys.seal(secret.encode()), "until": now + period}
        async with self._engine.begin() as connection:
            _found((await connection.execute(ROTATE, given)).first(), endpoint)
            await self._note(connection, by, "webhook.rotate", endpoint, {"hours": period / timedelta(hours=1)})
        return secret

    async def disable(self, endpoint: str, by: str) -> None:
        """Switches it off: what waits and what comes becomes dead letters, to be replayed later. Raises NotFound."""
        given = {"id": endpoint, "now": self._clock.now(), "why": f"switched off by {by}"}
        async with self._engine.begin() as connection:
            _found((await connection.execute(DISABLE, given)).first(), endpoint)
            await connection.execute(DROP_WAITING, given | {"why": OFF})
            await self._note(connection, by, "webhook.disable", endpoint, {"reason": given["why"]})

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
            await connection.execute(DROP_WAITING, given | {"why": "the endpoint was removed"})
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
        row.id, place(row.url), row.description, row.format, tuple(row.types), tuple(row.severities),
        tuple(row.standings), tuple(row.units), tuple(row.tools), state, row.created_by, row.created_at,
        row.failing_since, row.last_success_at, row.disabled_at, row.disabled_reason, row.former_until,
    )  # fmt: skip


def _columns(description: str, wanted: Wanted) -> dict[str, object]:
    lists = {name: list(getattr(wanted, name)) for name in ("types", "severities", "standings", "units", "tools")}
    return {"description": description, "format": wanted.format, **lists}


def _check(wanted: Wanted, url: str | None = None, settings: Settings | None = None) -> None:
    faults = wanted.faults()
    if url is not None and settings is not None and (fault := address.fault(url, settings)):
        faults.append(f"url: {fault}")
    if faults:
        raise Misconfigured(*faults)
