"""Usage becomes cells: each counted once, in any order, however often and in whatever pieces it comes."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from schemas.observation import ClassLabel, Identifier, Kind, ProtectedSolution
from schemas.topics import USAGE
from schemas.usage import Label, Usage, Verdict
from services.inventory.record import GROUP, Recorder, consumer, log_name
from services.inventory.seen import Partitions
from services.kit import positions
from services.kit.errors import StalePosition
from services.kit.eventlog import Batch, Received, Record
from services.kit.loop import TooManyRejected
from services.kit.runtime import Runtime
from services.kit.settings import Settings

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
CELLS = """select arrival_day, instance, generation, actor, key, action, event_day, count, bytes_out, bytes_in,
    first_at, last_at, classes from inventory.cell order by 1, 2, 3, 4, 5, 6, 7"""


class Appended:
    """A log that only keeps what is appended to it."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}

    async def append(self, topic: str, records: Sequence[Record]) -> None:
        self.records |= {f"{topic} {record.key.decode()}": record for record in records}


@pytest.fixture
def letters() -> Appended:
    return Appended()


@pytest.fixture
def runtime(engine, keys, clock, letters, tmp_path) -> Runtime:
    return Runtime(Settings(_env_file=None, data=tmp_path), engine, letters, keys, clock)


def usage(number: int, **changed: object) -> Usage:
    """One use of a tool by one of three people, over two days."""
    at = NOON - timedelta(days=number % 2, minutes=number)
    given = {
        "id": f"squid:{number}", "source": "squid", "instance": "proxy-1", "kind": Kind.WEB, "at": at,
        "arrived_at": NOON, "label": Label(key="host:chatgpt.com", verdict=Verdict.AI, tool="openai.chatgpt"),
        "identifiers": (Identifier("login", "k1", f"{number % 3:032x}"),), "bytes_out": 100 + number, "catalog": "1",
        "classes": (ClassLabel(("pii", "hr", "legal")[number % 3], 0.9, "rule"),),
    }  # fmt: skip
    return Usage(**{**given, **changed})


def batch(usages: Sequence[Usage | bytes | None], start: int = 0, partition: int = 0) -> Batch:
    values = [msgspec.json.encode(each) if isinstance(each, Usage) else each for each in usages]
    records = [Received(start + place, b"k", value, 0) for place, value in enumerate(values)]
    return Batch(USAGE.name, partition, start, start + len(records), records)


async def table(engine, query: str) -> list[tuple]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def grains(engine) -> list[str]:
    return [row[0] for row in await table(engine, "select grain from inventory.dirty_grain order by grain")]


def expected(usages: Sequence[Usage]) -> list[tuple]:
    """The cells as a plain loop over distinct ids would have them."""
    cells: dict[tuple, list[Usage]] = {}
    for each in {each.id: each for each in usages}.values():
        who = f"login:{each.identifiers[0].hmac}"
        day = each.arrived_at.date()
        cells.setdefault((day, each.instance, 0, who, each.label.key, each.action, each.at.date()), []).append(each)
    return sorted(
        (*key, len(of), sum(u.bytes_out for u in of), 0, min(u.at for u in of), max(u.at for u in of),
         sorted({c.name for u in of for c in u.classes}))
        for key, of in cells.items()
    )  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.lists(st.integers(1, 20), min_size=1, max_size=5))
async def test_any_order_repetition_and_split_gives_the_same_cells(runtime, engine, numbers, sizes):
    async with engine.begin() as connection:
        await connection.execute(text("truncate inventory.cell, inventory.seen_id, control.position"))
    usages = [usage(number) for number in numbers]
    recorder, place, turn = Recorder(runtime), 0, 0
    while place < len(usages):
        part = usages[place : place + sizes[turn % len(sizes)]]
        await recorder.handle(batch(part, place))
        place, turn = place + len(part), turn + 1
    assert await table(engine, CELLS) == expected(usages)


async def test_an_id_counts_again_in_another_instance_or_generation_only(runtime, engine):
    again = [usage(1), usage(1), usage(1, instance="proxy-2"), usage(1, generation=1)]
    handle = Recorder(runtime).handle
    await handle(batch(again))
    await handle(batch(again, 4))
    assert await table(engine, "select instance, generation, count from inventory.cell order by 1, 2") == [
        ("proxy-1", 0, 1), ("proxy-1", 1, 1), ("proxy-2", 0, 1),
    ]  # fmt: skip


async def test_a_stale_position_writes_nothing(runtime, engine):
    handle = Recorder(runtime).handle
    await handle(batch([usage(1)]))
    with pytest.raises(StalePosition):
        await handle(batch([usage(2), usage(3)]))
    assert await table(engine, "select sum(count) from inventory.cell") == [(1,)]
    assert await table(engine, "select count(*) from inventory.seen_id") == [(1,)]
    assert await positions.reader(engine, GROUP, log_name(runtime.settings))(USAGE.name, [0]) == {0: 1}


async def test_a_fault_after_the_copy_leaves_nothing(runtime, engine):
    handle = Recorder(runtime).handle
    async with engine.begin() as connection:
        await connection.execute(text("alter table inventory.dirty_grain rename to elsewhere"))
    with pytest.raises(Exception, match="dirty_grain"):
        await handle(batch([usage(1)]))
    async with engine.begin() as connection:
        await connection.execute(text("alter table inventory.elsewhere rename to dirty_grain"))
    assert await table(engine, "select * from inventory.seen_id") == []
    assert await table(engine, "select * from control.position") == []
    await handle(batch([usage(1)]))
    assert await table(engine, "select count from inventory.cell") == [(1,)]


async def test_unreadable_records_become_dead_letters_with_the_same_ids_when_repeated(runtime, engine, letters):
    bad = [
        b"{", None, usage(2, bytes_out=1 << 60), usage(3, at=NOON + timedelta(days=3)), usage(4, action="x\0"),
        usage(5, generation=-1), usage(6, label=Label(key="host:" + "x" * 600, verdict=Verdict.AI)),
        usage(7, at=datetime(2026, 11, 16, 12, 0)),  # noqa: DTZ001 - the missing offset is the fault
    ]  # fmt: skip
    whole = batch([usage(1), *bad])
    assert await Recorder(runtime).handle(whole) == (1, 8)
    with pytest.raises(StalePosition):
        await Recorder(runtime).handle(whole)
    assert len(letters.records) == 8
    assert await table(engine, "select sum(count) from inventory.cell") == [(1,)]


async def test_where_nearly_all_is_unreadable_it_stops_and_saves_nothing(runtime, engine, letters):
    with pytest.raises(TooManyRejected):
        await Recorder(runtime).handle(batch([b"?"] * 200))
    assert letters.records == {}
    assert await table(engine, "select * from control.position") == []


async def test_what_is_beyond_the_horizon_is_not_added(runtime, engine):
    old = [usage(1, at=NOON - timedelta(days=days), id=f"squid:{days}") for days in (60, 61, 400)]
    assert await Recorder(runtime).handle(batch(old)) == (3, 0)
    assert await table(engine, "select event_day from inventory.cell") == [((NOON - timedelta(days=60)).date(),)]


async def test_days_beyond_the_horizon_are_dropped_and_others_kept(runtime, engine, clock):
    recorder = Recorder(runtime)
    await recorder.handle(batch([usage(1), usage(2, at=NOON - timedelta(days=30))]))
    clock.advance(timedelta(days=40))
    assert await Partitions(engine).tidy(clock) == 1
    assert await table(engine, "select event_day from inventory.seen_id") == [(usage(1).at.date(),)]


async def test_times_of_another_offset_fall_on_the_day_of_utc(runtime, engine):
    at = datetime.fromisoformat("2026-11-16T01:00:00+08:00")
    await Recorder(runtime).handle(batch([usage(1, at=at)]))
    assert await table(engine, "select event_day::text from inventory.cell") == [("2026-11-15",)]


def flow(number: int, minutes: int, who: str | None, kind: Kind = Kind.BUILD, **described: object) -> Usage:
    """A record about one flow."""
    people = (Identifier("login", "k1", who),) if who else ()
    made = ProtectedSolution(**{"id": "power_automate_flow:1", "type": "power_automate_flow", **described})
    return usage(number, kind=kind, at=NOON + timedelta(minutes=minutes), identifiers=people, solution=made)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 4, 1, 3)])
@pytest.mark.parametrize("together", [True, False])
async def test_a_solution_belongs_to_who_built_it_first(runtime, engine, order, together):
    told = [
        flow(0, 0, "zoe", Kind.AUDIT), flow(1, 5, None), flow(2, 10, "ann", name="draft"),
        flow(3, 20, "ben", name="Invoices", connectors=("openai",)), flow(4, 30, "eve", Kind.AUDIT),
    ]  # fmt: skip
    arranged, handle = [told[place] for place in order], Recorder(runtime).handle
    for place, part in enumerate([arranged] if together else [[each] for each in arranged]):
        await handle(batch(part, place))
    assert await table(engine, "select owner, name, connectors, deleted_at from inventory.solution") == [
        ("login:ann", "Invoices", ["openai"], None)
    ]
    assert await table(engine, "select sum(count) from inventory.solution_use") == [(5,)]
    assert "solution:power_automate_flow:1" in await grains(engine)


RECORD = """select owner, owner_told, makers, touches, created_at, first_run_at, last_run_at, connectors
    from inventory.solution"""


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 4, 0, 3, 1)])
@pytest.mark.parametrize("together", [True, False])
async def test_a_solutions_record_says_whose_it_is_who_made_it_and_when_it_ran(runtime, engine, order, together):
    """An owner a listing names holds before who built it first, and of two the one named last."""

    def named(who):
        return Identifier("email", "k1", who)

    told = [
        flow(0, 0, "ann", connectors=("mail",)), flow(1, 5, "ben", created_at=NOON, touches=("crm.accounts",)),
        flow(2, 10, None, owner=named("cid"), makers=(named("dan"),), last_run_at=NOON + timedelta(hours=9)),
        flow(3, 20, None, owner=named("eva"), connectors=("mail", "openai")), flow(4, 30, "eve", Kind.AUDIT),
    ]  # fmt: skip
    arranged, handle = [told[place] for place in order], Recorder(runtime).handle
    for place, part in enumerate([arranged] if together else [[each] for each in arranged]):
        await handle(batch(part, place))
    assert await table(engine, RECORD) == [
        ("email:eva", True, ["email:dan", "login:ann", "login:ben"], ["crm.accounts"], NOON,
         NOON + timedelta(minutes=30), NOON + timedelta(hours=9), ["mail", "openai"])
    ]  # fmt: skip


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("together", [True, False])
async def test_of_each_part_of_a_description_the_latest_word_holds(runtime, engine, order, together):
    """A later record that says less hides no name an earlier one told, and no older name comes back."""
    told = [
        flow(0, 0, "ann", name="Intake", connectors=("mail",)), flow(1, 5, "ben", name="Onboarding"),
        flow(2, 10, "cid", sharing="link"),
    ]  # fmt: skip
    arranged, handle = [told[place] for place in order], Recorder(runtime).handle
    for place, part in enumerate([arranged] if together else [[each] for each in arranged]):
        await handle(batch(part, place))
    assert await table(engine, "select name, connectors, sharing from inventory.solution") == [
        ("Onboarding", ["mail"], "link")
    ]


async def test_deleting_is_noted_and_makes_nobody_its_owner(runtime, engine):
    await Recorder(runtime).handle(batch([flow(1, 10, "eve", deleted=True), flow(2, 5, "ann", name="Invoices")]))
    assert await table(engine, "select owner, name, deleted_at from inventory.solution") == [
        ("login:ann", "Invoices", NOON + timedelta(minutes=10))
    ]


async def test_an_author_outranks_the_catalog(runtime, engine):
    async with engine.begin() as connection:
        await connection.execute(
            text("""insert into inventory.label values
            ('host:chatgpt.com', 'none', null, 1, '{}', '1', 'ann', 'a fault', :at)"""),
            {"at": NOON - timedelta(days=9)},
        )
    await Recorder(runtime).handle(batch([usage(1)]))
    assert await table(engine, "select verdict, author from inventory.label") == [("none", "ann")]


async def test_a_newer_catalog_marks_the_grains_of_both_tools(runtime, engine):
    handle = Recorder(runtime).handle
    await handle(batch([usage(1, unit="Finance")]))
    async with engine.begin() as connection:
        await connection.execute(text("delete from inventory.dirty_grain"))
    newer = Label(key="host:chatgpt.com", verdict=Verdict.AI, tool="openai.api")
    later = NOON + timedelta(hours=1)
    await handle(batch([usage(4, label=newer, catalog="2", arrived_at=later, unit="Finance")], 1))
    await handle(batch([usage(7)], 2))
    assert await grains(engine) == ["tool:openai.api|Finance", "tool:openai.chatgpt|Finance"]
    assert await table(engine, "select tool, catalog from inventory.label") == [("openai.api", "2")]


async def test_a_unit_named_later_takes_the_actors_cells_along(runtime, engine):
    handle = Recorder(runtime).handle
    await handle(batch([usage(1), usage(2, label=Label(key="host:new.example", verdict=Verdict.SUSPECTED))]))
    assert await grains(engine) == ["tool:host:new.example|unknown", "tool:openai.chatgpt|unknown"]
    await handle(batch([usage(4, unit="Legal")], 2))
    assert "tool:openai.chatgpt|Legal" in await grains(engine)
    assert await table(engine, "select instance, source, state from inventory.source_type") == [
        ("proxy-1", "squid", "never_run")
    ]


async def test_the_consumer_keeps_its_own_positions(runtime):
    made = consumer(runtime)
    assert made.commit is False
    assert made.positions is not None
    assert await made.positions(USAGE.name, [0, 1]) == {0: None, 1: None}


async def test_two_inventories_side_by_side_count_what_both_were_given_once(runtime, engine):
    shared = [usage(number, unit=("Finance", "Legal")[number % 2]) for number in range(40)]
    parts = [[shared[place : place + 10] for place in range(0, 40, 10)], [shared[::-1][:20], shared[::-1][20:]]]

    async def work(partition: int) -> None:
        recorder, place = Recorder(runtime), 0
        for part in parts[partition]:
            await recorder.handle(batch(part, place, partition))
            place += len(part)

    await asyncio.gather(work(0), work(1))
    assert await table(engine, CELLS) == expected(shared)


FAULTY = (
    None, b"", b"{", b"[]", b'{"id": "\\u0000"}', b"\xff",
    usage(1, at=NOON.replace(tzinfo=None)), usage(2, at=NOON + timedelta(days=9)), usage(3, bytes_out=-1),
    usage(4, bytes_in=1 << 50), usage(5, generation=1 << 31), usage(6, instance="x" * 600),
    usage(7, arrived_at=NOON + timedelta(days=9)), usage(8, generation=-1), usage(9, at=NOON - timedelta(days=70)),
    usage(10, at=NOON.astimezone(timezone(timedelta(hours=9)))), usage(11, unit="Übersetzung " * 9),
)  # fmt: skip


@given(st.lists(st.one_of(st.integers(0, 30).map(usage), st.sampled_from(FAULTY)), max_size=12))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_read_together_or_one_by_one_a_batch_comes_to_the_same(runtime, monkeypatch, values):
    together = await Recorder(runtime).read(batch(values))
    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "_plain", lambda *_: None)
        alone = await Recorder(runtime).read(batch(values))
    assert together == alone
    assert together.counted + together.beyond + len(together.faulty) == len(values)
