"""A run against a real log and database: nothing is lost, what is read twice has one id, counts add up."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from connectors.base import Connector, Http, Trouble
from schemas.deadletter import DeadLetter
from schemas.observation import ProtectedObservation
from schemas.topics import DEAD_LETTER, OBSERVATION
from services.ingest import collect
from services.ingest.collect import BrokenOff, Job, Window, pull, since
from services.ingest.intake import Origin, Taken
from services.kit.clock import ManualClock
from services.kit.control import leases, progress
from services.kit.control.leases import Lease
from services.kit.errors import StalePosition, Transient
from services.kit.eventlog import Record
from services.kit.http import NoPermission
from services.kit.runtime import Runtime
from tests.ingest.conftest import Add, Read, Settings, Source

LINE = "2026-11-16T11:00:00+00:00 jane example.com"
WINDOW = Window(since=datetime(2026, 11, 16, tzinfo=UTC))


@contextlib.asynccontextmanager
async def no_network(_: Origin) -> AsyncIterator[Http]:
    yield None  # type: ignore[misc] # the test connector asks nobody


@pytest.fixture
async def job(add: Add, logged: Runtime, connector: Connector) -> Job:
    await add()
    return Job(
        runtime=logged, origin=Origin(instance="one", connector=connector, config=Settings()), lease=await held(logged)
    )


async def held(runtime: Runtime, seconds: float = 60) -> Lease:
    async with runtime.engine.begin() as connection:
        lease = await leases.take(connection, "one", owner="test", seconds=seconds)
    assert lease is not None
    return lease


async def cursor(runtime: Runtime) -> str | None:
    async with runtime.engine.connect() as connection:
        return await progress.cursor(connection, "one", 0)


async def observed(read: Read) -> list[ProtectedObservation]:
    return [msgspec.json.decode(r.value or b"", type=ProtectedObservation) for r in await read(OBSERVATION.name)]


async def test_pages_are_published_and_counted(job: Job, source: Source, read: Read) -> None:
    source.add(LINE, LINE, "skip", "broken line of too many fields")
    source.add(LINE.replace("jane", "joe"))
    report = await pull(job, WINDOW, no_network)
    counts = report.counts
    assert (counts.pages, counts.records, counts.observed, counts.rejected) == (2, 5, 3, 1)
    assert counts.ignored == {"told to skip": 1}
    assert counts.records == counts.observed + sum(counts.ignored.values()) + counts.rejected
    assert report.outcome == "healthy"
    assert report.lateness() == (3600.0, 3600.0)
    assert await cursor(job.runtime) == "2"
    made = await observed(read)
    assert len({one.id for one in made}) == 3
    assert {one.instance for one in made} == {"one"}


async def test_record_is_keyed_by_its_actor(job: Job, source: Source, read: Read) -> None:
    source.add(LINE)
    await pull(job, WINDOW, no_network)
    (record,) = await read(OBSERVATION.name)
    assert record.key.decode() == job.runtime.keys.identifier("login", "jane").hmac
    assert b"jane" not in (record.value or b"")


async def test_unreadable_record_is_sealed_with_place_and_reason(job: Job, source: Source, read: Read) -> None:
    source.add(LINE, "canary a b c")
    await pull(job, WINDOW, no_network)
    (record,) = await read(DEAD_LETTER.name)
    letter = msgspec.json.decode(record.value or b"", type=DeadLetter)
    assert (letter.origin, letter.position, letter.reason) == ("one", "page 1#2", "4 fields in place of 3")
    assert b"canary" not in (record.value or b"")
    assert job.runtime.keys.open(letter.sealed) == b"canary a b c"


def test_reasons_are_bounded_and_still_add_up() -> None:
    taken, more = Taken(), Taken()
    for number in range(1000):
        taken.ignore(f"reason {number}")
    more.merge(taken)
    assert len(more.ignored) <= 201
    assert sum(more.ignored.values()) == 1000


async def test_event_from_the_future_is_a_dead_letter(job: Job, source: Source, read: Read) -> None:
    source.add(LINE.replace("2026", "2027"), LINE.replace("16T11", "17T11"))
    report = await pull(job, WINDOW, no_network)
    assert (report.counts.observed, report.counts.rejected) == (1, 1)
    (record,) = await read(DEAD_LETTER.name)
    assert "ahead of the clock" in msgspec.json.decode(record.value or b"", type=DeadLetter).reason


class Killed(BaseException):
    """The process ends here."""


async def test_killed_between_publishing_and_saving_loses_nothing_and_repeats_ids(
    job: Job, source: Source, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.add(LINE, LINE)
    source.add(LINE.replace("jane", "joe"), "broken line here too")

    async def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(progress, "save_cursor", killed)
        await pull(job, WINDOW, no_network)
    assert await cursor(job.runtime) is None
    before = {one.id for one in await observed(read)}
    assert len(before) == 2
    report = await pull(job, WINDOW, no_network)
    assert report.counts.pages == 2
    after = await observed(read)
    assert len(after) == 5
    assert len({one.id for one in after}) == 3
    assert before < {one.id for one in after}


async def test_log_that_takes_nothing_leaves_the_cursor_and_is_no_trouble_of_the_source(
    job: Job, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.add(LINE)

    async def away(topic: str, records: Sequence[Record]) -> None:
        raise Transient("the broker is away")

    monkeypatch.setattr(job.runtime.log, "append", away)
    with pytest.raises(BrokenOff, match="the broker is away"):
        await pull(job, WINDOW, no_network)
    assert await cursor(job.runtime) is None


async def test_stale_lease_ends_the_run_without_moving_the_cursor(job: Job, source: Source) -> None:
    source.add(LINE)
    async with job.runtime.engine.begin() as connection:
        await leases.release(connection, job.lease)
    fresh = await held(job.runtime)
    with pytest.raises(StalePosition):
        await pull(job, WINDOW, no_network)
    assert await cursor(job.runtime) is None
    assert (
        await pull(Job(runtime=job.runtime, origin=job.origin, lease=fresh), WINDOW, no_network)
    ).outcome == "healthy"


@pytest.mark.parametrize(
    ("error", "outcome", "message"),
    [
        (Trouble("not_enabled", "audit is off"), "not_enabled", "audit is off"),
        (NoPermission("answered 403"), "no_permission", "answered 403"),
        (Transient("later", retry_after=14_400), "failing", "later"),
        (PermissionError(13, "Permission denied", "/var/log/x"), "failing", "/var/log/x: Permission denied"),
        (KeyError("canary"), "failing", "KeyError in the connector"),
    ],
)
async def test_trouble_ends_the_run_and_keeps_what_was_read(
    job: Job, source: Source, error: Exception, outcome: str, message: str
) -> None:
    source.add(LINE)
    source.pages.append(error)
    report = await pull(job, WINDOW, no_network)
    assert (report.outcome, report.counts.observed) == (outcome, 1)
    assert message in (report.message or "")
    assert "canary" not in (report.message or "")
    assert await cursor(job.runtime) == "1"


async def test_stopped_run_is_not_taken_for_a_whole_one(job: Job, source: Source) -> None:
    source.add(LINE)
    source.add(LINE)
    job.stop.set()
    report = await pull(job, WINDOW, no_network)
    assert not report.finished
    assert await cursor(job.runtime) == "1"


def test_window_looks_back_but_no_further_than_the_vendor_keeps() -> None:
    now, hour, day = datetime(2026, 11, 16, 12, tzinfo=UTC), timedelta(hours=1), timedelta(days=1)
    assert since(now, None, hour, 30 * day) == now - 30 * day
    assert since(now, None, hour, None) == now - collect.FIRST_BACK
    assert since(now, now - hour, 2 * hour, 7 * day) == now - 3 * hour
    assert since(now, now - 20 * day, hour, 7 * day) == now - 7 * day
    assert since(now, now - 20 * day, hour, None) == now - 20 * day - hour


async def test_context_gives_cursor_window_and_secrets(
    job: Job, source: Source, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PNB_TEST_TOKEN", "s3cret")
    source.add(LINE)
    await pull(job, WINDOW, no_network)
    await pull(job, WINDOW, no_network)
    first, second = source.asked
    assert (first.cursor, second.cursor) == (None, "1")
    assert (first.since, first.until, first.now()) == (WINDOW.since, None, clock.now())
    assert first.secret("env:PNB_TEST_TOKEN") == "s3cret"
