"""The judge over real tables: one open alert a grain, whoever judges, and each change of it told once."""

import asyncio
from datetime import date, timedelta

import msgspec
import pytest
from sqlalchemy import text

from schemas.alert import Alert, AlertState, Standing
from schemas.observation import Identifier, Kind
from schemas.person import ProtectedPerson
from schemas.registry import Approval, RegistryEntry
from schemas.usage import Label, Usage, Verdict
from services.inventory import grains, people, registry
from services.inventory.api.estate import Decision
from services.inventory.estate import PostgresEstate
from services.inventory.judging import REST, Judge
from services.inventory.record import save
from services.inventory.seen import Partitions
from services.kit.errors import Conflict, Misconfigured
from services.kit.runtime import Runtime

GRAIN = "tool:openai.chatgpt|Sales"
HOUR = timedelta(hours=1)


class Stage:
    """A database with a judge over it."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.clock, self.engine = runtime, runtime.clock, runtime.engine
        self.estate = PostgresEstate(runtime, {})
        self._number = 0

    async def use(self, *whos: str, **told: object) -> None:
        """One use by each, judged."""
        await self.count(*whos, **told)
        await self.judge()

    async def count(
        self, *whos: str, unit: str | None = "Sales", at=None, key="host:chatgpt.com", tool="openai.chatgpt"
    ):
        """One use by each."""
        when, usages = at or self.clock.now(), []
        for who in whos:
            self._number += 1
            usages.append(
                Usage(
                    id=f"squid:{self._number}", source="squid", instance="proxy-1", kind=Kind.WEB, at=when,
                    arrived_at=self.clock.now(), unit=unit, identifiers=(Identifier("login", "k1", who),), catalog="1",
                    label=Label(key=key, verdict=Verdict.AI, tool=tool, confidence=1.0, basis=("host",)),
                )
            )  # fmt: skip
        await Partitions(self.engine).ensure({usage.at.date() for usage in usages})
        async with self.engine.begin() as connection:
            await save(connection, usages, self.clock.now())

    async def judge(self) -> None:
        while await Judge(self.runtime, {}).once():
            pass

    async def tick(self, passed: timedelta, *, new_day: bool) -> None:
        self.clock.advance(passed)
        await Judge(self.runtime, {}).tick(self.clock.now(), new_day=new_day)
        await self.judge()

    async def put(self, *entries: RegistryEntry) -> None:
        async with self.engine.begin() as connection:
            await registry.put(connection, entries, "test", self.clock.now())
        await self.judge()

    async def person(self, name: str, unit: str, *logins: str, **told: object) -> None:
        made = ProtectedPerson(
            person=name, source="directory_csv", instance="hr", observed_at=self.clock.now(), sealed="s", unit=unit,
            identifiers=tuple(Identifier(kind, "k1", hmac) for kind, hmac in (each.split(":") for each in logins)),
            **told,
        )  # fmt: skip
        async with self.engine.begin() as connection:
            await people.save(connection, people.change([made]), self.runtime.keys, self.clock.now())
        await self.judge()

    async def health(self, state: str, weaknesses: tuple[str, ...] = ()) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text("""
                    insert into inventory.source_type (instance, source, state, changed_at, weaknesses)
                    values ('proxy-1', 'squid', :state, :at, :weaknesses) on conflict (instance)
                    do update set state = :state, changed_at = :at, weaknesses = excluded.weaknesses"""),
                {"state": state, "at": self.clock.now(), "weaknesses": list(weaknesses)},
            )
            await grains.mark(connection, ["source:proxy-1"], self.clock.now())
        await self.judge()

    async def alerts(self, grain: str = GRAIN) -> list[Alert]:
        """All of a grain, oldest first."""
        found = [alert for alert in await self.estate.alerts(1000) if alert.grain == grain]
        return sorted(found, key=lambda alert: alert.opened_at)

    async def alert(self, grain: str = GRAIN) -> Alert:
        return (await self.alerts(grain))[-1]

    async def told(self) -> list[tuple[int, str]]:
        async with self.engine.connect() as connection:
            rows = await connection.execute(text("select payload from inventory.outbox order by created_at, revision"))
            payloads = [msgspec.json.decode(row.payload, type=Alert) for row in rows]
        return [(each.revision, each.state.value) for each in payloads]

    async def decide(self, choice: str, **more: object) -> Alert:
        decision = Decision(choice, "because", "ines.example", **more)
        decided = await self.estate.decide((await self.alert()).id, decision)
        await self.judge()
        return decided


@pytest.fixture
def stage(runtime) -> Stage:
    return Stage(runtime)


def entry(name: str = "R1", **told: object) -> RegistryEntry:
    return RegistryEntry(**{"id": name, "name": name, "tools": ("openai.chatgpt",), "owner": "ann@example.com", **told})


async def test_ten_judges_open_one_alert(stage, runtime):
    async with stage.engine.begin() as connection:
        await Partitions(stage.engine).ensure({stage.clock.now().date()})
    judges = [Judge(runtime, {}) for _ in range(10)]
    for turn in range(5):
        made = [grain_use(stage, turn, number) for number in range(4)]
        await asyncio.gather(*made, *(judge.once(3) for judge in judges))
    await asyncio.gather(*(judge.once() for judge in judges))
    async with stage.engine.connect() as connection:
        count = "select count(*), count(distinct grain) from inventory.alert where state <> 'closed'"
        assert tuple((await connection.execute(text(count))).one()) == (4, 4)
        lost = "select count(*) from inventory.dirty_grain"
        assert (await connection.execute(text(lost))).scalar_one() == 0
    assert sorted(alert.people for alert in await stage.estate.alerts(100)) == [5, 5, 5, 5]


async def grain_use(stage: Stage, turn: int, number: int) -> None:
    made = Usage(
        id=f"squid:{turn}-{number}", source="squid", instance="proxy-1", kind=Kind.WEB, at=stage.clock.now(),
        arrived_at=stage.clock.now(), identifiers=(Identifier("login", "k1", f"p{turn}"),), catalog="1",
        label=Label(key=f"host:t{number}.example", verdict=Verdict.AI, tool=f"t{number}.chat", confidence=1.0),
    )  # fmt: skip
    async with stage.engine.begin() as connection:
        await save(connection, [made], stage.clock.now())


async def test_a_busy_tool_is_told_when_there_is_news(stage):
    await stage.use("ann")
    assert await stage.told() == [(1, "open")]
    for _ in range(4):
        stage.clock.advance(HOUR)
        await stage.use("ann")
    alert = await stage.alert()
    assert (alert.events, alert.revision, alert.last_seen) == ({"squid": 5}, 1, stage.clock.now())
    await stage.use("ben", "eve", "zoe")
    assert await stage.told() == [(1, "open"), (2, "open")]
    assert (await stage.alert()).people == 4


async def test_an_entry_closes_it_and_its_expiry_opens_another(stage):
    await stage.use("ann")
    await stage.put(entry(expires_at=stage.clock.now().date()))
    assert [(a.state, a.standing) for a in await stage.alerts()] == [(AlertState.CLOSED, Standing.REGISTERED)]
    await stage.tick(timedelta(days=1), new_day=True)
    first, second = await stage.alerts()
    assert (first.state, second.state, second.standing) == (AlertState.CLOSED, AlertState.OPEN, Standing.EXPIRED)
    assert first.id != second.id


async def test_a_snooze_ends_by_the_clock(stage):
    await stage.use("ann")
    await stage.decide("snooze", until=stage.clock.now() + HOUR)
    await stage.use("ann", "ben", "eve")
    assert (await stage.alert()).state is AlertState.SNOOZED
    await stage.tick(HOUR - timedelta(seconds=1), new_day=False)
    assert (await stage.alert()).state is AlertState.SNOOZED
    await stage.tick(timedelta(seconds=1), new_day=False)
    alert = await stage.alert()
    assert (alert.state, len(await stage.alerts())) == (AlertState.OPEN, 1)
    assert (await stage.told())[-1] == (alert.revision, "open")


async def test_only_later_evidence_reopens_what_was_no_finding(stage):
    await stage.use("ann")
    await stage.decide("false_positive")
    decided = stage.clock.now()
    stage.clock.advance(timedelta(days=2))
    await stage.use("ben", at=decided - HOUR)
    await stage.use("ben", at=decided)
    assert [alert.state for alert in await stage.alerts()] == [AlertState.CLOSED]
    await stage.use("ben", at=decided + HOUR)
    assert [alert.state for alert in await stage.alerts()] == [AlertState.CLOSED, AlertState.OPEN]


@pytest.mark.parametrize(
    ("choice", "standing", "state"),
    [
        ("register", Standing.UNDER_REVIEW, AlertState.CLOSED), ("approve", Standing.REGISTERED, AlertState.CLOSED),
        ("tolerate_until", Standing.TOLERATED, AlertState.CLOSED), ("prohibit", Standing.PROHIBITED, AlertState.OPEN),
    ],
)  # fmt: skip
async def test_a_decision_reaches_its_unit_and_no_other(stage, choice, standing, state):
    await stage.put(entry(expires_at=date(2026, 1, 31)))
    await stage.use("ann")
    await stage.use("ben", unit="Legal")
    await stage.decide(choice, until=stage.clock.now() + timedelta(days=9))
    alert = await stage.alert()
    assert (alert.standing, alert.state, alert.decision) == (standing, state, choice)
    other = await stage.alert("tool:openai.chatgpt|Legal")
    assert (other.standing, other.state) == (Standing.EXPIRED, AlertState.OPEN)


async def test_a_review_that_nobody_decides_mutes_for_five_business_days(stage):
    await stage.use("ann")
    await stage.decide("register")
    await stage.tick(timedelta(days=6), new_day=True)
    assert (await stage.alert()).state is AlertState.CLOSED
    await stage.tick(timedelta(days=1), new_day=True)
    assert (await stage.alert()).standing is Standing.UNREGISTERED


async def test_a_submission_without_its_day_dates_from_its_first_import(stage):
    made = entry(approval=Approval.UNDER_REVIEW)
    await stage.put(made)
    first = stage.clock.now().date()
    stage.clock.advance(timedelta(days=30))
    await stage.put(made, entry("R2", approval=Approval.UNDER_REVIEW))
    assert [each.registered_at for each in await stage.estate.entries(9)] == [first, stage.clock.now().date()]


async def test_decisions_that_can_t_be_made_change_nothing(stage):
    await stage.use("ann")
    alert = await stage.alert()
    for choice, more, refused in (
        ("snooze", {}, Misconfigured), ("snooze", {"until": stage.clock.now()}, Misconfigured),
        ("explode", {}, Misconfigured), ("approve", {"revision": 7}, Conflict),
    ):  # fmt: skip
        with pytest.raises(refused):
            await stage.decide(choice, **more)
    assert await stage.alert() == alert
    assert await stage.estate.entries(9) == []
    await stage.decide("approve", revision=1)
    with pytest.raises(Conflict):
        await stage.decide("prohibit")


async def test_deciding_while_judging_waits_and_deadlocks_never(stage, runtime):
    for number in range(6):
        await stage.use("ann", tool=f"t{number}.chat", key=f"host:t{number}.example")
    alerts = await stage.estate.alerts(100)

    async def judging() -> None:
        for _ in range(10):
            async with stage.engine.begin() as connection:
                await grains.mark_all(connection, stage.clock.now())
            await Judge(runtime, {}).once()

    decision = Decision("approve", "fine", "ines.example")
    deciding = [stage.estate.decide(alert.id, decision) for alert in alerts]
    await asyncio.wait_for(asyncio.gather(judging(), judging(), *deciding), 30)
    await stage.judge()
    assert {alert.state for alert in await stage.estate.alerts(100)} == {AlertState.CLOSED}


async def test_a_link_found_late_moves_the_people_and_their_units(stage):
    await stage.use("ann", "ann2", "ben", unit=None)
    assert (await stage.alert("tool:openai.chatgpt|unknown")).people == 3
    await stage.person("p1", "Sales", "login:ann", "login:ann2")
    assert (await stage.alert("tool:openai.chatgpt|unknown")).people == 1
    assert (await stage.alert()).people == 1
    await stage.person("p2", "Sales", "login:ben")
    assert (await stage.alert("tool:openai.chatgpt|unknown")).state is AlertState.CLOSED
    tool = await stage.estate.tool("openai.chatgpt")
    assert (tool.people, tool.units) == (2, {"Sales": 2})


@pytest.mark.parametrize(
    ("told", "ownerless"),
    [
        ({"active": False}, True), ({"active": False, "left_on": date(2026, 11, 16)}, False),
        ({"left_on": date(2026, 11, 15)}, True), ({"left_on": date(2026, 12, 31)}, False), ({}, False),
    ],
)  # fmt: skip
async def test_an_owner_has_left_after_the_last_working_day(stage, keys, told, ownerless):
    await stage.put(entry(owner="Ann@Example.com"))
    await stage.person("p9", "HR", f"email:{keys.identifier('email', 'ann@example.com').hmac}", **told)
    await stage.use("ben")
    standing = (await stage.estate.tool("openai.chatgpt")).standing
    assert standing == ("ownerless" if ownerless else "registered")


async def test_nothing_is_dormant_while_its_source_is_silent(stage):
    await stage.put(entry())
    await stage.use("ann", at=stage.clock.now() - timedelta(days=30))
    await stage.health("healthy")
    stage.clock.advance(timedelta(days=60))
    assert (await stage.estate.tool("openai.chatgpt")).standing == "dormant"
    await stage.health("silent")
    assert (await stage.estate.tool("openai.chatgpt")).standing == "registered"


async def test_a_source_that_falls_silent_again_is_told_again(stage):
    await stage.health("silent")
    alert = await stage.alert("source:proxy-1")
    assert (alert.kind, alert.state) == ("source", AlertState.OPEN)
    with pytest.raises(Misconfigured):
        await stage.estate.decide(alert.id, Decision("approve", "x", "ines.example"))
    await stage.estate.decide(alert.id, Decision("false_positive", "maintenance", "ines.example"))
    await stage.judge()
    assert (await stage.alert("source:proxy-1")).state is AlertState.CLOSED
    stage.clock.advance(HOUR)
    await stage.health("healthy")
    stage.clock.advance(HOUR)
    await stage.health("silent")
    assert [alert.state for alert in await stage.alerts("source:proxy-1")] == [AlertState.CLOSED, AlertState.OPEN]


async def test_a_degraded_source_is_told_until_it_is_read_well_again(stage):
    await stage.health("healthy", ("incomplete",))
    alert = await stage.alert("source:proxy-1")
    assert (alert.kind, alert.state, alert.severity) == ("source", AlertState.OPEN, "medium")
    assert "only after days" in alert.title
    await stage.health("paused", ("incomplete",))
    assert (await stage.alert("source:proxy-1")).state is AlertState.CLOSED
    await stage.health("healthy", ("overdue", "rejecting"))
    assert [each.state for each in await stage.alerts("source:proxy-1")] == [AlertState.CLOSED, AlertState.OPEN]
    await stage.health("healthy")
    assert {each.state for each in await stage.alerts("source:proxy-1")} == {AlertState.CLOSED}


async def test_removing_an_entry_leaves_its_history_and_opens_again(stage):
    await stage.put(entry())
    await stage.use("ann")
    async with stage.engine.begin() as connection:
        await registry.remove(connection, "R1", "ines.example", stage.clock.now())
    await stage.judge()
    assert (await stage.alert()).standing is Standing.UNREGISTERED
    async with stage.engine.connect() as connection:
        history = "select revision, entry is null as gone from inventory.registry_history order by revision"
        assert [tuple(row) for row in await connection.execute(text(history))] == [(1, False), (2, True)]
    await stage.put(entry())
    assert (await stage.alert()).state is AlertState.CLOSED


async def test_what_an_owner_leaves_behind_is_judged_again_at_once(stage):
    owner = "email:" + stage.runtime.keys.identifier("email", "ann@example.com").hmac
    await stage.put(entry())
    await stage.use("ben")
    assert await stage.alerts() == []
    await stage.person("p1", "Legal", owner, active=False)
    assert (await stage.alert()).standing is Standing.OWNERLESS
    stage.clock.advance(HOUR)
    await stage.person("p1", "Legal", owner, active=True)
    assert (await stage.alert()).state is AlertState.CLOSED


async def test_more_use_of_what_is_judged_rests_a_while_and_all_else_is_judged_at_once(stage):
    async def due() -> int:
        return await Judge(stage.runtime, {}).once(rested=stage.clock.now() - REST)

    await stage.count("a")
    assert await due() == 1  # a grain nobody knew
    await stage.count("b")
    assert await due() == 0
    await stage.count("c", unit="Legal")
    assert await due() == 1  # another unit's first use
    stage.clock.advance(REST)
    assert await due() == 1
    assert (await stage.alert()).people == 2
    await stage.count("d")
    async with stage.engine.begin() as connection:
        await grains.mark(connection, [GRAIN], stage.clock.now())
    assert await due() == 1  # something else concerns it too
    await stage.decide("false_positive")
    stage.clock.advance(HOUR)
    await stage.count("e")
    assert await due() == 1  # use of what was closed may open it again


async def test_more_use_of_what_never_had_an_alert_rests_too(stage):
    await stage.put(entry(approval=Approval.APPROVED, units=("Sales",)))
    await stage.use("a")
    assert await stage.alerts() == []
    await stage.count("b")
    assert await Judge(stage.runtime, {}).once(rested=stage.clock.now() - REST) == 0
    stage.clock.advance(REST)
    assert await Judge(stage.runtime, {}).once(rested=stage.clock.now() - REST) == 1
