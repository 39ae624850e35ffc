"""The registry in the database: history without gaps, and alerts that follow an import."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from schemas.alert import AlertState, Standing
from schemas.registry import Approval, RegistryEntry
from services.inventory import registry
from services.kit.errors import NotFound
from tests.inventory.filled import OWNER, fill, judge

BELLOW = RegistryEntry(id="B1", name="Bellow", tools=("example.bellow",), owner=OWNER)


async def put(runtime, *entries: RegistryEntry) -> int:
    async with runtime.engine.begin() as connection:
        return await registry.put(connection, entries, "test", runtime.clock.now())


async def open_alerts(estate) -> dict[str, object]:
    return {alert.grain: alert for alert in await estate.alerts(1000, None, AlertState.OPEN)}


async def test_an_import_closes_what_it_registers_and_a_prohibition_opens_graver(runtime):
    estate = await fill(runtime)
    before = await open_alerts(estate)
    grain = "tool:example.bellow|Sales"
    assert before[grain].standing is Standing.UNREGISTERED
    await put(runtime, BELLOW)
    await judge(runtime)
    assert not [each for each in await open_alerts(estate) if each.startswith("tool:example.bellow|")]
    await put(runtime, RegistryEntry(id="B2", name="No", tools=BELLOW.tools, approval=Approval.PROHIBITED))
    await judge(runtime)
    again = (await open_alerts(estate))[grain]
    order = ("low", "medium", "high", "critical")
    assert again.standing is Standing.PROHIBITED
    assert order.index(again.severity) > order.index("medium")
    assert again.id != before[grain].id


async def test_the_same_entry_again_changes_nothing(runtime):
    assert await put(runtime, BELLOW) == 1
    runtime.clock.advance(timedelta(days=1))
    assert await put(runtime, BELLOW) == 0
    changed = RegistryEntry(id="B1", name="Bellow", tools=("example.bellow",))
    assert await put(runtime, changed, RegistryEntry(id="B2", name="Other")) == 2
    async with runtime.engine.begin() as connection:
        await registry.remove(connection, "B1", "test", runtime.clock.now())
        with pytest.raises(NotFound):
            await registry.remove(connection, "B1", "test", runtime.clock.now())
    assert await put(runtime, changed) == 1
    async with runtime.engine.connect() as connection:
        query = "select revision, entry is null from inventory.registry_history where id = 'B1' order by revision"
        assert list(map(tuple, await connection.execute(text(query)))) == [
            (1, False), (2, False), (3, True), (4, False),
        ]  # fmt: skip
        assert [entry.id for entry in await registry.page(connection, 1, "B1")] == ["B2"]


async def test_an_entry_lapses_at_its_end_or_a_year_after_its_certification_else_never(runtime):
    dated = {"A": {}, "B": {"certified_at": date(2026, 2, 1)}, "C": {"expires_at": date(2026, 12, 31)}}
    dated["D"] = {**dated["B"], **dated["C"]}
    await put(runtime, *(RegistryEntry(id=name, name=name, **days) for name, days in dated.items()))
    async with runtime.engine.connect() as connection:
        rows = await connection.execute(text("select id, lapses_on from inventory.registry_entry order by id"))
        assert dict(map(tuple, rows)) == {
            "A": None, "B": date(2027, 2, 1), "C": date(2026, 12, 31), "D": date(2026, 12, 31)
        }  # fmt: skip
