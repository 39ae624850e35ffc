"""A receiver that verifies signatures, an outbox to fill, and a relay between them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import text

from deploy.receiver import Receiver
from schemas.alert import Alert, AlertState, Standing
from schemas.topics import ALERT
from services.inventory.delivery.endpoints import Endpoint, Endpoints
from services.inventory.delivery.queue import Queue
from services.inventory.delivery.relay import Relay
from services.kit import egress
from services.kit.clock import ManualClock
from services.kit.runtime import Runtime

Put = Callable[..., Awaitable[str]]


@pytest.fixture
def clock() -> ManualClock:
    """The receiver compares the signature's time with the machine's own, so this clock starts there."""
    return ManualClock(datetime.now(UTC))


@pytest.fixture
async def house(runtime: Runtime) -> Runtime:
    """The runtime with loopback allowed as a private network, and the alert topic made."""
    settings = runtime.settings.model_copy(update={"allow_private": ("127.0.0.0/8",)})
    await runtime.log.ensure({ALERT.name: ALERT.retention.total_seconds()}, 1)
    return replace(runtime, settings=settings)


@pytest.fixture
def endpoints(house) -> Endpoints:
    return Endpoints(house)


@pytest.fixture
def put(house) -> Put:
    """Writes a revision of an alert into the outbox as the judge does, and returns its id."""

    async def write(alert: str, revision: int, state: AlertState = AlertState.OPEN, **more: object) -> str:
        at = house.clock.now() + timedelta(seconds=revision)
        said = {"standing": Standing.UNREGISTERED, "severity": "high", "unit": "Sales", "tool": alert} | more
        made = Alert(
            id=alert, grain=f"tool:{alert}|Sales", kind="tool", state=state, opened_at=house.clock.now(),
            title=f"{alert} is used and not registered", changed_at=at, revision=revision, **said,
        )  # fmt: skip
        message = f"out-{alert}-{revision}"
        async with house.engine.begin() as connection:
            await connection.execute(
                text("""insert into inventory.outbox (id, alert, revision, payload, created_at)
                        values (:id, :alert, :revision, :payload, :at)"""),
                {
                    "id": message,
                    "alert": alert,
                    "revision": revision,
                    "payload": msgspec.json.encode(made).decode(),
                    "at": at,
                },
            )
        return message

    return write


@dataclass
class Stage:
    """The parts of a story: one endpoint at a receiver, a relay, and an outbox to fill."""

    house: Runtime
    receiver: Receiver
    secrets: list[str]
    endpoints: Endpoints
    endpoint: Endpoint
    relay: Relay
    queue: Queue
    put: Put
    clock: ManualClock


@pytest.fixture
async def stage(house, put, clock) -> AsyncIterator[Stage]:
    secrets: list[str] = []
    endpoints = Endpoints(house)
    with Receiver(lambda: secrets) as receiver:
        endpoint, secret = await endpoints.add(receiver.url, "ines")
        secrets.append(secret)
        async with egress.client(house.settings) as client:
            queue = Queue(house.engine, clock)
            yield Stage(house, receiver, secrets, endpoints, endpoint, Relay(house, client), queue, put, clock)
