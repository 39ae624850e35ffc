"""Walks lose nothing: whatever page a run is killed after, and whatever arrives meanwhile, all records come."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Trouble
from connectors.shared.walks import Expired, Listed, Places, forward, newest_first, snapshot, windows

START = datetime(2026, 11, 20, tzinfo=UTC)
PAGE = 3


def at(record):
    return record["at"]


class List:
    """A vendor's list by position: offsets shift as records arrive, unless tokens name a record."""

    def __init__(self, newest_first):
        self.records, self.newest_first, self.forgets = [], newest_first, False
        self.clock = START

    def arrive(self, count, late=0):
        for _ in range(count):
            self.clock += timedelta(minutes=1)
            self.records.append({"id": len(self.records), "at": self.clock - timedelta(minutes=late)})

    async def __call__(self, window, token):
        if token is not None and self.forgets:
            self.forgets = False
            raise Expired
        held = sorted(self.records, key=lambda one: (one["at"], one["id"]), reverse=self.newest_first)
        if not self.newest_first:
            held = [one for one in held if one["at"] >= window.begin]
        if token is not None:
            ids = [one["id"] for one in held]
            held = held[ids.index(int(token)) + 1 :]
        page = held[:PAGE]
        return Listed(tuple(page), str(page[-1]["id"]) if len(held) > PAGE else None)

    async def within(self, window, token):
        held = [one for one in self.records if window.begin <= one["at"] < window.end]
        place = int(token or 0)
        if token is not None and self.forgets:
            self.forgets = False
            raise Expired
        following = str(place + PAGE) if len(held) > place + PAGE else None
        return Listed(tuple(held[place : place + PAGE]), following)


def context(cursor, now, *, until=None, trial=False):
    return SimpleNamespace(
        cursor=cursor, since=START - timedelta(hours=1), until=until, trial=trial, lookback=timedelta(minutes=10),
        now=lambda: now,
    )  # fmt: skip


def walk(kind, ctx, places, listing):
    if kind == "windows":
        return windows(ctx, "log", places, listing.within, timedelta(minutes=7))
    return (newest_first if kind == "newest" else forward)(ctx, "log", places, listing, at)


class Run:
    """Runs one after another over one cursor, each killed after so many pages."""

    def __init__(self, kind):
        self.kind, self.list = kind, List(kind == "newest")
        self.cursor, self.got = None, set()

    async def go(self, pages=None):
        ctx = context(self.cursor, self.list.clock + timedelta(seconds=1))
        taken = 0
        async for page in walk(self.kind, ctx, Places(ctx), self.list):
            self.got |= {record["id"] for record in page.records}
            self.cursor = page.cursor
            taken += 1
            if pages is not None and taken >= pages:
                return


STEPS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 8), st.integers(1, 4), st.booleans()), max_size=8)


@pytest.mark.parametrize("kind", ["newest", "forward", "windows"])
@given(steps=STEPS)
async def test_whatever_a_run_is_killed_after_all_records_come(kind, steps):
    run = Run(kind)
    for count, late, pages, forgets in steps:
        run.list.arrive(count, late)
        run.list.forgets = forgets
        await run.go(pages)
    run.list.forgets = False
    await run.go()
    await run.go()
    assert run.got == {record["id"] for record in run.list.records}


async def test_a_walk_killed_after_page_2_of_5_with_3_new_events_misses_none():
    run = Run("newest")
    run.list.arrive(15)
    await run.go(pages=2)
    assert run.got == set(range(9, 15))
    run.list.arrive(3)
    await run.go()
    assert run.got == set(range(18))


@pytest.mark.parametrize("kind", ["newest", "forward"])
async def test_a_record_from_the_future_moves_nothing_past_now(kind):
    run = Run(kind)
    run.list.arrive(2)
    run.list.records.append({"id": 99, "at": run.list.clock + timedelta(days=2)})
    await run.go()
    run.list.arrive(4)
    await run.go()
    assert run.got >= {0, 1, 99} | {record["id"] for record in run.list.records}


async def test_a_week_of_nothing_then_one_old_event():
    run = Run("newest")
    run.list.arrive(4)
    await run.go()
    for _ in range(7):
        run.list.clock += timedelta(days=1)
        await run.go()
    run.list.arrive(1, late=9)
    await run.go()
    assert run.got == set(range(5))


@pytest.mark.parametrize("kind", ["newest", "forward", "windows"])
async def test_a_page_that_repeats_is_told_and_ends_the_run(kind):
    async def same(_window, _token):
        return Listed(({"id": 1, "at": START},), "again")

    ctx = context(None, START)
    listing = SimpleNamespace(within=same)
    if kind == "windows":
        ctx.now = lambda: START + timedelta(hours=1)
    with pytest.raises(Trouble, match="repeats a page"):
        async for _ in walk(kind, ctx, Places(ctx), listing if kind == "windows" else same):
            pass


async def test_a_bounded_run_hands_on_what_lies_within_and_moves_nothing():
    listing = List(newest_first=True)
    listing.arrive(12)
    ctx = context(None, listing.clock, until=START + timedelta(minutes=6))
    pages = [page async for page in newest_first(ctx, "log", Places(ctx), listing, at)]
    assert {record["id"] for page in pages for record in page.records} == set(range(5))
    assert {page.cursor for page in pages} == {None}


class Standing:
    """A list of what stands, two a page."""

    def __init__(self):
        self.things, self.whole, self.asked = list(range(5)), True, 0

    async def __call__(self, _window, token):
        self.asked += 1
        place = int(token or 0)
        held = self.things[place : place + 2]
        following = str(place + 2) if place + 2 < len(self.things) else None
        return Listed(tuple({"id": n} for n in held), following, self.whole)


async def taken(ctx, listing):
    pages = []
    async for page in snapshot(ctx, "apps", Places(ctx), listing, timedelta(hours=24)):
        pages.append(page)
    return pages


async def test_what_stands_is_read_whole_and_then_left_for_a_day():
    listing = Standing()
    pages = await taken(context(None, START), listing)
    assert [record["id"] for page in pages for record in page.records] == [0, 1, 2, 3, 4]
    assert await taken(context(pages[-1].cursor, START + timedelta(hours=23)), listing) == []
    again = await taken(context(pages[0].cursor, START + timedelta(hours=1)), listing)
    assert [record["id"] for page in again for record in page.records] == [2, 3, 4]
    assert len(await taken(context(pages[-1].cursor, START + timedelta(hours=24)), listing)) == 3


async def test_a_list_cut_short_is_told_and_read_again():
    listing = Standing()
    listing.whole = False
    pages = []
    ctx = context(None, START)
    with pytest.raises(Trouble, match="cut the list short"):
        async for page in snapshot(ctx, "apps", Places(ctx), listing, timedelta(hours=24)):
            pages.append(page)
    assert len(pages) == 3
    listing.whole = True
    assert len(await taken(context(pages[-1].cursor, START + timedelta(hours=1)), listing)) == 3
