"""The queue on the real tables: filters with their counts, and orders that stay fixed while everything changes."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from schemas.alert import AlertState
from schemas.registry import RegistryEntry
from services.inventory.api.desk import After, Age, Sort, Wanted
from services.kit.errors import Misconfigured
from tests.inventory.filled import OWNER, fill, judge
from tests.inventory.test_deciding import alert_of, decision


@pytest.fixture
async def estate(runtime):
    return await fill(runtime)


async def ids(estate, sort=Sort.NEWEST, limit=1000, **wanted):
    page, _ = await estate.desk.queue(Wanted(**wanted), sort, limit, None)
    return [alert.id for alert in page.items]


async def everything(estate, sort, limit, between, **wanted):
    """All pages, with something happening between them."""
    found, after = [], None
    while True:
        page, after = await estate.desk.queue(Wanted(**wanted), sort, limit, after)
        found += [alert.id for alert in page.items]
        if after is None:
            return found
        await between(len(found))


async def test_each_filter_lets_through_what_its_count_says(estate):
    alert = await alert_of(estate, "tool:example.bellow|Sales")
    await estate.decide(alert.id, decision("assign", assignee="uma"))
    page, _ = await estate.desk.queue(Wanted(), Sort.NEWEST, 1000, None)
    assert page.total == len(page.items) > 5
    assert page.counts["assignee"] == {"none": page.total - 1, "uma": 1}
    for name, counted in page.counts.items():
        for value, alerts in counted.items():
            given = value if name == "state" else Age(value) if name == "age" else (value,)
            assert len(await ids(estate, **{name: given})) == alerts, (name, value)
    assert page.counts["data_class"]
    assert page.counts["unit"]["Sales"] == len(await ids(estate, unit=("Sales",)))


async def test_filters_narrow_together_and_count_the_others_choices(estate):
    page, _ = await estate.desk.queue(
        Wanted(tool=("example.bellow",), unit=("Sales", "Legal")), Sort.PEOPLE, 1000, None
    )
    assert [(alert.tool, alert.unit) for alert in page.items] == [
        ("example.bellow", "Sales"), ("example.bellow", "Legal")
    ]  # fmt: skip
    assert page.counts["unit"].keys() == {"Sales", "Legal", "Finance", "Engineering"}
    assert "example.dapple" in page.counts["tool"]
    assert len(await ids(estate, text="BELLOW is used in s")) == 1
    assert await ids(estate, text="100% _") == []
    assert await ids(estate, unit=("Nowhere",)) == []


async def test_orders_put_first_what_they_say(estate):
    page, _ = await estate.desk.queue(Wanted(), Sort.PEOPLE, 1000, None)
    people = [alert.people for alert in page.items]
    assert people == sorted(people, reverse=True)
    page, _ = await estate.desk.queue(Wanted(), Sort.LAST_SEEN, 1000, None)
    seen = [alert.last_seen for alert in page.items if alert.last_seen]
    assert seen == sorted(seen, reverse=True)
    page, _ = await estate.desk.queue(Wanted(), Sort.SEVERITY, 1000, None)
    ranks = [("critical", "high", "medium", "low").index(alert.severity) for alert in page.items]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("sort", list(Sort))
async def test_no_order_repeats_or_skips_while_alerts_change_open_and_close(runtime, estate, sort):
    before = await ids(estate)

    async def between(read: int) -> None:
        runtime.clock.advance(timedelta(minutes=1))
        async with runtime.engine.begin() as connection:
            await connection.execute(
                text("""update inventory.alert set payload = (payload::jsonb || jsonb_build_object(
                    'people', (random() * 1000)::integer, 'severity', (array['low', 'critical'])[1 + read % 2],
                    'last_seen', to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))::text
                    from (select cast(:read as integer) as read) as r"""),
                {"read": read},
            )
        if read == 3:
            await estate.put_entries([RegistryEntry(id="A0", name="x", tools=("example.bellow",), owner=OWNER)], "t")
            await judge(runtime)
            await estate.put_entries([RegistryEntry(id="A0", name="x", tools=("example.bellow",), units=("X",))], "t")
            await judge(runtime)

    found = await everything(estate, sort, 3, between)
    assert len(found) == len(set(found))
    assert set(found) == set(before)


async def test_what_is_decided_while_reading_on_keeps_its_place_and_shows_as_it_is(runtime, estate):
    first, after = await estate.desk.queue(Wanted(state="open"), Sort.PEOPLE, 2, None)
    rest = [name for name in await ids(estate, Sort.PEOPLE, state="open") if name not in {a.id for a in first.items}]
    await estate.decide(rest[0], decision("false_positive"))
    page, _ = await estate.desk.queue(Wanted(state="open"), Sort.PEOPLE, 1000, after)
    assert [alert.id for alert in page.items] == rest
    assert page.items[0].state is AlertState.CLOSED


async def test_a_fixed_order_is_kept_four_hours_and_then_says_so(runtime, estate):
    _, after = await estate.desk.queue(Wanted(), Sort.PEOPLE, 2, None)
    runtime.clock.advance(timedelta(hours=4, minutes=1))
    await estate.desk.queue(Wanted(), Sort.LAST_SEEN, 2, None)
    with pytest.raises(Misconfigured, match="begin again"):
        await estate.desk.queue(Wanted(), Sort.PEOPLE, 2, after)
    with pytest.raises(Misconfigured):
        await estate.desk.queue(Wanted(), Sort.SEVERITY, 2, After(None, "lst_none", 2))


async def test_an_order_asked_for_again_takes_no_more_room(runtime, estate):
    for _ in range(3):
        await estate.desk.queue(Wanted(), Sort.PEOPLE, 2, None)
    async with runtime.engine.connect() as connection:
        assert (await connection.execute(text("select count(*) from inventory.alert_listing"))).scalar_one() == 1
