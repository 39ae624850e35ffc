"""`penumbra dlq`: a source's record that could not be read is listed, replayed under its own id, or dropped."""

import json

import msgspec
import pytest
from sqlalchemy import text

from connectors.base import discover
from connectors.records import natives
from schemas.deadletter import DeadLetter
from schemas.observation import ProtectedObservation
from schemas.topics import DEAD_LETTER, OBSERVATION, USAGE
from services.ingest.intake import Intake, Origin
from services.kit import deadletters
from services.kit import keys as kit_keys
from services.kit.clock import SystemClock
from services.kit.control import sources
from services.kit.runtime import Runtime
from tests.commands import penumbra

LINE = b"{at:.3f} 145 192.0.2.10 TCP_TUNNEL/200 5120 CONNECT chatgpt.com:443 jane HIER_DIRECT/198.51.100.4 -"


@pytest.fixture
def keys(tmp_path) -> kit_keys.Keys:
    """The keys the commands find in the data folder."""
    return kit_keys.load(None, tmp_path)


@pytest.fixture
def clock() -> SystemClock:
    """The commands take the machine's time."""
    return SystemClock()


@pytest.fixture
def place(database_url, tmp_path) -> dict[str, str]:
    return {"PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_DATA": str(tmp_path)}


@pytest.fixture
async def logged(runtime: Runtime) -> Runtime:
    await runtime.log.ensure(deadletters.retentions(), 2)
    async with runtime.engine.begin() as connection:
        await sources.add(connection, connector="squid", name="proxy", config={})
    return runtime


async def put(runtime: Runtime, record: bytes, name: str, origin: str = "proxy") -> None:
    letter = DeadLetter(
        id=name, origin=origin, position="access.log:3", reason="a fault", first_failed_at=runtime.clock.now(),
        sealed=runtime.keys.seal(record),
    )  # fmt: skip
    async with runtime.engine.begin() as connection:
        await connection.execute(deadletters.INSERT, [msgspec.structs.asdict(letter)])


async def topic(runtime: Runtime, name: str) -> list[bytes]:
    found: list[bytes] = []
    async with runtime.log.subscribe(name, "test") as subscription:
        while batches := await subscription.fetch(100, 0.2):
            found += [record.value or b"" for batch in batches for record in batch.records]
    return found


def line(runtime: Runtime) -> bytes:
    return LINE.replace(b"{at:.3f}", f"{runtime.clock.now().timestamp():.3f}".encode())


async def test_a_record_that_can_be_read_now_goes_the_ordinary_way_under_its_own_id(logged, place):
    record = line(logged)
    await put(logged, record, "proxy:abc.2")
    await put(logged, b"still no line of it", "proxy:def.1")
    listed = await penumbra("dlq", "list", "--json", **place)
    assert {row["id"]: row["state"] for row in json.loads(listed.out)} == {
        "proxy:abc.2": "waiting", "proxy:def.1": "waiting",
    }  # fmt: skip
    assert "chatgpt" not in listed.out
    ran = await penumbra("dlq", "replay", "proxy:abc.2", "proxy:def.1", "nothing", **place)
    assert ran.code == 1
    assert ran.out.splitlines() == ["proxy:abc.2\treplayed", "proxy:def.1\twaiting", "nothing\twaiting"]
    assert "no dead letter nothing" in ran.err
    (value,) = await topic(logged, OBSERVATION.name)
    connector = discover()["squid"]
    twice = natives(record + b"\n" + record + b"\n", connector, "access.log")
    expected = Intake(Origin(instance="proxy", connector=connector, config=connector.config()), logged.keys).take(
        twice, logged.clock.now()
    )
    second = msgspec.json.decode(expected.appended[OBSERVATION.name][1].value, type=ProtectedObservation)
    assert msgspec.json.decode(value, type=ProtectedObservation).id == second.id
    rows = {row.id: row for row in await deadletters.listed(logged.engine, state=None)}
    assert (rows["proxy:abc.2"].state, rows["proxy:abc.2"].attempts) == ("replayed", 1)
    assert (rows["proxy:def.1"].state, rows["proxy:def.1"].attempts) == ("waiting", 2)
    assert await topic(logged, DEAD_LETTER.name) == []


async def test_a_topics_record_goes_back_to_its_topic(logged, place):
    await put(logged, b"YQ==\n{}", "f00", origin=USAGE.name)
    assert (await penumbra("dlq", "replay", "f00", **place)).code == 0
    assert await topic(logged, USAGE.name) == [b"{}"]


async def test_the_record_itself_is_shown_only_for_a_reason_that_is_kept(logged, place):
    await put(logged, b"what somebody wrote", "x.1")
    plain = await penumbra("dlq", "show", "x.1", **place)
    assert json.loads(plain.out)["position"] == "access.log:3"
    assert "somebody" not in plain.out
    clear = await penumbra("dlq", "show", "x.1", "--reason", "the vendor asks for a sample", **place)
    assert json.loads(clear.out)["record"] == "what somebody wrote"
    async with logged.engine.connect() as connection:
        (act,) = (await connection.execute(text("select action, detail ->> 'reason' from control.audit"))).all()
    assert tuple(act) == ("deadletter.show", "the vendor asks for a sample")


async def test_dropped_ones_wait_no_longer(logged, place):
    await put(logged, b"x", "x.1")
    assert (await penumbra("dlq", "drop", "x.1", **place)).code == 0
    assert json.loads((await penumbra("dlq", "list", "--json", **place)).out) == []
    assert json.loads((await penumbra("dlq", "list", "--all", "--json", **place)).out)[0]["state"] == "dropped"
    assert (await penumbra("dlq", "drop", "nothing", **place)).code == 1
