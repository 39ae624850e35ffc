"""People who left: what is in their name, how long, and from which hour on it is overdue."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from schemas.registry import RegistryEntry
from services.inventory import registry
from services.inventory.api.owners import page, quantile
from services.inventory.leavers import OVERDUE, Leaver, Owned, age, leavers
from tests.inventory.filled import OWNER, fill, hash_of

LEFT = date(2026, 10, 17)


@pytest.mark.parametrize(("hours", "overdue"), [(29 * 24 + 23, False), (30 * 24, True)])
def test_overdue_from_thirty_days_on_to_the_hour(hours, overdue):
    gone = age(LEFT, datetime(2026, 10, 17, tzinfo=UTC) + timedelta(hours=hours))
    assert gone is not None
    assert (gone >= OVERDUE) is overdue


def test_an_unknown_day_is_no_age():
    assert age(None, datetime(2026, 10, 17, tzinfo=UTC)) is None


def test_quantiles_are_of_those_with_a_known_day():
    found = [Leaver(str(n), None, None, None, n, False, ()) for n in range(1, 11)]
    assert (quantile(found, 0.5), quantile(found, 0.9)) == (5, 9)
    assert quantile([found[0]._replace(days=None)], 0.5) is None


async def left(runtime, person: str, identifier: str, day: date | None) -> None:
    async with runtime.engine.begin() as connection:
        await connection.execute(
            text("""insert into inventory.person (person, unit, active, left_on, sealed, source, observed_at)
            values (:person, 'Finance', false, :day, '', 'hr', now())"""), {"person": person, "day": day},
        )  # fmt: skip
        await connection.execute(
            text("insert into inventory.identity (identifier, person, linked_at) values (:i, :p, now())"),
            {"i": identifier, "p": person},
        )


async def test_solutions_and_entries_of_who_left(runtime):
    await fill(runtime)
    assert (await page(runtime, 10, None)).items == ()
    await left(runtime, "p-flow", f"login:{hash_of('Finance', 0):032x}", LEFT)
    await left(runtime, "p-owner", f"email:{runtime.keys.identifier('email', OWNER).hmac}", None)
    async with runtime.engine.begin() as connection:
        spelled = RegistryEntry(id="A9", name="Spelled", owner=f" {OWNER.upper()} ")
        await registry.put(connection, [spelled], "t", runtime.clock.now())
        first, second = await leavers(connection, runtime.keys, runtime.clock.now())
    assert (first.person, first.days, first.overdue, first.named) == ("p-flow", 30, True, None)
    assert first.owned == (Owned("solution", "power_automate_flow:6c9c", "Invoice intake"),)
    assert (second.person, second.days, second.overdue, second.named) == ("p-owner", None, False, OWNER)
    assert {owned.id for owned in second.owned} == {"R1", "R2", "R4", "R5", "A9"}
    one = await page(runtime, 1, None)
    assert [item.person for item in one.items] == ["p-flow"]
    assert [item.person for item in (await page(runtime, 1, one.next)).items] == ["p-owner"]
    assert (one.people, one.things, one.overdue, one.days_p50) == (2, 6, 1, 30)
