"""What the judge keeps of tools is what counting every cell gives, whatever changed in between."""

import pytest
from sqlalchemy import text

from services.inventory import figures, grains, summaries
from tests.inventory.filled import fill, judge


async def both(runtime):
    async with runtime.engine.connect() as connection:
        kept = await figures.of_all(connection)
        counted = await summaries.of_tools(connection)
    return {n: dict(units) for n, units in kept.items()}, {n: dict(units) for n, units in counted.items()}


async def relabel(runtime, tool: str, other: str) -> None:
    async with runtime.engine.begin() as connection:
        await grains.relinking(connection)
        query = text("select key from inventory.label where tool = :tool")
        keys = set((await connection.execute(query, {"tool": tool})).scalars())
        before = await grains.of_keys(connection, keys)
        await connection.execute(text("update inventory.label set tool = :o where tool = :t"), {"o": other, "t": tool})
        await grains.mark(connection, before | await grains.of_keys(connection, keys), runtime.clock.now())


async def test_kept_figures_are_the_counted_ones(runtime):
    await fill(runtime)
    kept, counted = await both(runtime)
    assert kept == counted


@pytest.mark.parametrize("quick", [0, 10**6])
async def test_after_a_change_they_are_again_at_once_or_when_the_judge_has_looked(runtime, monkeypatch, quick):
    monkeypatch.setattr(figures, "QUICK", quick)
    await fill(runtime)
    await relabel(runtime, "example.aria", "example.dapple")
    kept, counted = await both(runtime)
    assert ("example.aria" in kept) is (quick == 0)
    assert "example.aria" not in counted
    await judge(runtime)
    kept, counted = await both(runtime)
    assert kept == counted


async def test_a_tool_never_counted_is_counted_however_many_use_it(runtime, monkeypatch):
    monkeypatch.setattr(figures, "QUICK", 0)
    await fill(runtime)
    await relabel(runtime, "example.bellow", "example.anew")
    kept, counted = await both(runtime)
    assert kept["example.anew"] == counted["example.anew"]


async def test_the_later_count_stays_whoever_writes_last(runtime):
    await fill(runtime)
    async with runtime.engine.begin() as connection:
        await connection.execute(text("update inventory.tool_figures set counted_at = '2200-01-01Z', people = 77"))
        await grains.mark_all(connection, runtime.clock.now())
    await judge(runtime)
    kept, _ = await both(runtime)
    assert {summary.people for units in kept.values() for summary in units.values()} == {77}
