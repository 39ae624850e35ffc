"""Dead letters: once in the table whatever happens, sealed, replayed to where they came from, tidied when settled."""

from datetime import timedelta

import msgspec
import pytest

from schemas.deadletter import DeadLetter
from schemas.topics import USAGE
from services.kit import deadletters
from services.kit.errors import NotFound
from services.kit.eventlog import Batch, Received


def received(*values: bytes | None) -> Batch:
    records = [Received(number, b"key", value, 0) for number, value in enumerate(values)]
    return Batch(USAGE.dead_letters, 0, 0, len(records), records)


def made(runtime, offset: int = 7, reason: str = "not a Usage") -> DeadLetter:
    record = Received(offset, b"key", b"what was written", 0)
    return deadletters.letter(USAGE, received(), record, reason, runtime.keys, runtime.clock)


async def curate(runtime, *letters: DeadLetter | bytes | None):
    values = [msgspec.json.encode(each) if isinstance(each, DeadLetter) else each for each in letters]
    return await deadletters.curators(runtime)[USAGE.dead_letters].handle(received(*values))


async def test_a_letter_is_in_the_table_once_however_often_it_is_read(runtime):
    letter = made(runtime)
    assert "what was written" not in msgspec.json.encode(letter).decode()
    await curate(runtime, letter, made(runtime, 8))
    await curate(runtime, letter)
    rows = await deadletters.listed(runtime.engine)
    assert {(row.origin, row.position, row.attempts) for row in rows} == {(USAGE.name, f"0/{n}", 1) for n in (7, 8)}
    assert len(rows) == 2
    assert await deadletters.waiting(runtime.engine) == {USAGE.name: 2}


async def test_what_is_no_letter_keeps_no_other_out(runtime):
    handled = await curate(runtime, b"{", None, made(runtime, reason="a NUL \0 in a name"))
    assert handled == (1, 2)
    (row,) = await deadletters.listed(runtime.engine)
    assert row.reason == "a NUL \ufffd in a name"
    assert await curate(runtime, None) == (0, 1)


async def test_a_replay_returns_key_and_value_to_the_topic(runtime):
    await runtime.log.ensure(deadletters.retentions(), 1)
    letter = made(runtime)
    await curate(runtime, letter)
    await deadletters.replay(runtime.engine, runtime.log, runtime.keys, letter.id)
    async with runtime.log.subscribe(USAGE.name, "test") as subscription:
        (batch,) = await subscription.fetch(10, 1)
    assert [(record.key, record.value) for record in batch.records] == [(b"key", b"what was written")]
    assert (await deadletters.one(runtime.engine, letter.id)).state == "replayed"
    await curate(runtime, letter)
    again = await deadletters.one(runtime.engine, letter.id)
    assert (again.state, again.attempts) == ("waiting", 2)


async def test_only_settled_letters_are_tidied(runtime):
    await curate(runtime, made(runtime, 1), made(runtime, 2))
    dropped = made(runtime, 1).id
    await deadletters.drop(runtime.engine, dropped)
    runtime.clock.advance(timedelta(days=3650))
    assert await deadletters.tidy(runtime.engine, runtime.clock) == 1
    assert [row.id for row in await deadletters.listed(runtime.engine, state=None)] == [made(runtime, 2).id]
    for act in (deadletters.drop, deadletters.settled, deadletters.one):
        with pytest.raises(NotFound):
            await act(runtime.engine, dropped)
