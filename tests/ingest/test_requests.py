"""What pages ask of ingest: a source is tried, a dead letter is read again, and the answer is in the row."""

from connectors.base import Connector, Trouble
from schemas.topics import DEAD_LETTER, OBSERVATION, SOURCE
from services.ingest import requests as answering
from services.ingest.intake import Intake, Origin
from services.ingest.telling import tell_changes
from services.kit import deadletters
from services.kit.control import requests, sources
from services.kit.control.requests import Request
from services.kit.deadletters import INSERT
from services.kit.runtime import Runtime
from tests.ingest.conftest import Add, Read, Source
from tests.ingest.test_collect import LINE, no_network


async def asked(runtime: Runtime, kind: str, subject: str) -> int:
    async with runtime.engine.begin() as connection:
        return await requests.ask(connection, kind, subject, "ines.example", runtime.clock.now())


async def answered(runtime: Runtime, connector: Connector, kind: str, subject: str, number: int) -> Request:
    assert await answering.once(runtime, {"lines": connector}, no_network)
    async with runtime.engine.connect() as connection:
        return await requests.get(connection, number, kind, subject)


async def test_a_source_is_tried_and_nothing_published(
    logged: Runtime, connector: Connector, source: Source, add: Add, read: Read
) -> None:
    await add()
    source.add(LINE, "skip", "broken")
    number = await asked(logged, "test", "one")
    assert await asked(logged, "test", "one") == number, "what waits is not asked for twice"
    done = await answered(logged, connector, "test", "one", number)
    assert (done.state, done.outcome) == ("done", "healthy")
    counts = dict(done.result)
    assert counts.pop("ignored") == {"told to skip": 1}
    assert counts == {"records": 3, "observed": 1, "rejected": 1, "observations": 1}
    assert await read(OBSERVATION.name) == []
    assert not await answering.once(logged, {"lines": connector}, no_network), "nothing is left"


async def test_each_trouble_is_told_apart(logged: Runtime, connector: Connector, source: Source, add: Add) -> None:
    await add()
    source.pages.append(Trouble("x", "y"))
    for state in ("no_permission", "not_licensed", "not_enabled", "failing"):
        source.pages[0] = Trouble(state, f"it is {state}")
        number = await asked(logged, "test", "one")
        done = await answered(logged, connector, "test", "one", number)
        assert (done.outcome, done.message) == (state, f"it is {state}")
    source.pages.clear()
    done = await answered(logged, connector, "test", "one", await asked(logged, "test", "one"))
    assert done.outcome == "empty"
    done = await answered(logged, connector, "test", "gone", await asked(logged, "test", "gone"))
    assert done.outcome == "failing"
    assert "no source" in str(done.message)


async def test_what_a_killed_process_took_is_taken_again_and_given_up_in_the_end(
    logged: Runtime, connector: Connector, add: Add
) -> None:
    await add()
    number = await asked(logged, "test", "one")
    for _ in range(requests.MOST_ATTEMPTS):
        async with logged.engine.begin() as connection:
            taken = await requests.take(connection, seconds=0)
        assert taken is not None
        assert taken.state == "taken"
    done = await answered(logged, connector, "test", "one", number)
    assert done.outcome == "failing"
    async with logged.engine.begin() as connection:
        await requests.finish(connection, taken, at=logged.clock.now(), outcome="healthy")
        assert (await requests.get(connection, number, "test", "one")).outcome == "failing", (
            "a stale taker says nothing"
        )


async def letter(runtime: Runtime, connector: Connector, line: bytes) -> str:
    """The dead letter that ingest makes of a line, in the table."""
    import msgspec

    from connectors.records import Broken
    from schemas.deadletter import DeadLetter

    taken = Intake(Origin(instance="one", connector=connector), runtime.keys).take(
        [Broken(line, "x.log#3", "it could not be read")], runtime.clock.now()
    )
    made = msgspec.json.decode(taken.appended[DEAD_LETTER.name][0].value or b"", type=DeadLetter)
    async with runtime.engine.begin() as connection:
        await connection.execute(INSERT, [msgspec.structs.asdict(made)])
    return made.id


async def test_a_dead_letter_is_read_again_by_its_connector(
    logged: Runtime, connector: Connector, add: Add, read: Read
) -> None:
    await add()
    good, bad = await letter(logged, connector, LINE.encode()), await letter(logged, connector, b"still broken")
    done = await answered(logged, connector, "replay", good, await asked(logged, "replay", good))
    assert (done.outcome, done.result) == ("replayed", {"published": 1})
    assert len(await read(OBSERVATION.name)) == 1
    done = await answered(logged, connector, "replay", bad, await asked(logged, "replay", bad))
    assert (done.outcome, done.message) == ("waiting", "2 fields in place of 3")
    states = {row.id: row.state for row in await deadletters.listed(logged.engine, state=None)}
    assert states == {good: "replayed", bad: "waiting"}


async def test_that_a_source_is_gone_is_told_once(logged: Runtime, add: Add, read: Read) -> None:
    await add()
    async with logged.engine.begin() as connection:
        assert await sources.remove(connection, "one") == "one"
    await tell_changes(logged)
    await tell_changes(logged)
    assert [(record.key, record.value) for record in await read(SOURCE.name)] == [(b"one", None)]


async def test_a_source_that_is_back_at_once_is_not_told_gone(logged: Runtime, add: Add, read: Read) -> None:
    await add()
    async with logged.engine.begin() as connection:
        await sources.remove(connection, "one")
    await add()
    await tell_changes(logged)
    assert [record.value is None for record in await read(SOURCE.name)] == [False]
