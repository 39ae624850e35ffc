"""The estate over real tables: lists that neither repeat nor skip, people and back-filled days counted once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from schemas.alert import AlertState, Standing
from schemas.registry import RegistryEntry
from services.inventory import grains
from services.inventory.judging import Judge
from services.kit.errors import NotFound
from tests.inventory.filled import OWNER, TOOLS, USED, fill, judge


@pytest.fixture
async def estate(runtime):
    return await fill(runtime)


async def test_alerts_page_by_page_while_others_open_and_close(runtime, estate):
    before = {alert.id for alert in await estate.alerts(1000)}
    found: list[str] = []
    after: tuple[datetime, str] | None = None
    while page := await estate.alerts(3, after):
        found += [alert.id for alert in page]
        after = (page[-1].opened_at, page[-1].id)
        if len(found) == 6:
            runtime.clock.advance(timedelta(minutes=1))
            await estate.put_entries([RegistryEntry(id="A0", name="x", tools=("example.bellow",), owner=OWNER)], "t")
            await judge(runtime)
            await estate.put_entries([RegistryEntry(id="A1", name="x", tools=("example.bellow",), units=("X",))], "t")
            await judge(runtime)
    assert len(found) == len(set(found))
    assert set(found) == before


async def test_registry_and_tools_page_by_page_while_entries_change(runtime, estate):
    before = [entry.id for entry in await estate.entries(1000)]
    found, after = [], None
    while page := await estate.entries(2, after):
        found += [entry.id for entry in page]
        after = page[-1].id
        await estate.put_entries([RegistryEntry(id="A0", name=f"changed {after}")], "t")
    assert found == before
    tools, after = [], None
    while some := await estate.tools(2, after):
        tools += [item.tool for item in some]
        after = some[-1].tool
    assert tools == sorted(USED)


async def test_an_owner_who_left_leaves_it_ownerless_however_spelled(runtime, estate):
    assert (await estate.tool("example.fathom-office")).standing == Standing.REGISTERED
    entry = RegistryEntry(id="A0", name="Aria", tools=("example.bellow",), owner=OWNER.upper())
    await estate.put_entries([entry], "t")
    async with runtime.engine.begin() as connection:
        await connection.execute(
            text("""insert into inventory.person (person, unit, active, left_on, sealed, source, observed_at)
            values ('p1', 'Sales', false, null, '', 'hr', now())""")
        )
        await connection.execute(
            text("insert into inventory.identity (identifier, person, linked_at) values (:who, 'p1', now())"),
            {"who": f"email:{runtime.keys.identifier('email', OWNER).hmac}"},
        )
        await grains.mark_all(connection, runtime.clock.now())
    await judge(runtime)
    for tool in ("example.fathom-office", "example.bellow"):
        assert (await estate.tool(tool)).standing == Standing.OWNERLESS
    kinds = {(a.tool, a.standing) for a in await estate.alerts(1000, None, AlertState.OPEN)}
    assert ("example.fathom-office", Standing.OWNERLESS) in kinds


async def test_a_finished_back_fill_replaces_the_days_it_covers_and_no_other(runtime, estate):
    whole = await estate.tool("example.aria")
    totals = await estate.totals()
    async with runtime.engine.begin() as connection:
        await connection.execute(
            text("""insert into control.source_instance (id, connector, name, config)
            values ('squid-hq', 'squid', 'squid hq', '{}')""")
        )
        await connection.execute(
            text("""insert into control.backfill (instance, generation, from_at, to_at, state)
            values ('squid-hq', 1, '2020-01-01Z', '2030-01-01Z', 'waiting')""")
        )
    assert await estate.tool("example.aria") == whole
    async with runtime.engine.begin() as connection:
        await connection.execute(text("update control.backfill set state = 'done', done_at = now()"))
    ticking = Judge(runtime, TOOLS)
    await ticking.tick(runtime.clock.now(), new_day=False)
    await judge(runtime)
    (alert,) = [a for a in await estate.alerts(1000, None, AlertState.OPEN) if a.tool == "example.aria"]
    assert alert.events == {"okta": whole.events["okta"]}
    by_sign_in = await estate.tool("example.aria")
    assert by_sign_in.events == {"okta": whole.events["okta"]}
    assert by_sign_in.people < whole.people
    assert (await estate.totals()).people < totals.people


async def test_what_nobody_used_is_not_found(estate):
    for ask in (estate.tool, estate.solution, estate.alert, estate.person):
        with pytest.raises(NotFound):
            await ask("nothing")
