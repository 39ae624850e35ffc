"""The estate in PostgreSQL: what the API and the pages ask, answered from cells, labels, registry and alerts."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert, AlertState, Standing
from schemas.registry import RegistryEntry
from services.inventory import coverage, figures, headcount, registry, summaries
from services.inventory.api.estate import Decision, Totals
from services.inventory.api.views import DecisionItem, PersonItem, SolutionItem, ToolItem
from services.inventory.coverage import CoverageFound
from services.inventory.desk import PostgresDesk
from services.inventory.domain.judge import choices
from services.inventory.domain.policy import DEFAULT, Policy
from services.inventory.domain.reconcile import Seen
from services.inventory.registry import Register
from services.kit.errors import NotFound
from services.kit.runtime import Runtime
from services.labelling.products import Tool, tool

ALERTS = text("""
    select payload from inventory.alert
    where (cast(:state as text) is null or state = :state)
      and (cast(:at as timestamptz) is null or (opened_at, id) < (:at, :id))
    order by opened_at desc, id desc limit :limit""")
ALERT = text("select payload from inventory.alert where id = :id")
DECISIONS = text("""
    select decision, reason, author, at, until from inventory.decision where alert = :id order by number desc""")
SEVERITIES = text("""
    select severity, count(*) as alerts from inventory.alert where state = 'open' group by severity""")
PERSON = text("select person, unit, active from inventory.person where person = :person")

_decode = msgspec.json.Decoder(Alert).decode


class PostgresEstate:
    """Answers of the running deployment; each call is one transaction.

    `tools` names the catalog's products, `policy` has the numbers.
    """

    def __init__(self, runtime: Runtime, tools: Mapping[str, Tool], policy: Policy = DEFAULT) -> None:
        self._runtime = runtime
        self._tools = tools
        self._policy = policy
        self.desk = PostgresDesk(runtime, tools)

    def at(self, runtime: Runtime) -> "PostgresEstate":
        """The same, asked through this runtime."""
        return PostgresEstate(runtime, self._tools, self._policy)

    @property
    def policy(self) -> Policy:
        """The numbers of governance."""
        return self._policy

    async def totals(self) -> Totals:
        """The headline numbers."""
        async with self._runtime.engine.connect() as connection:
            tools = await self._tools_now(connection)
            solutions = await self._solutions_now(connection)
            people = (await headcount.latest(connection, self, self._runtime.clock.now())).whole.people
            severities = {row.severity: row.alerts for row in (await connection.execute(SEVERITIES)).all()}
        standings = Counter(item.standing for item in tools)
        since = min((item.first_seen for item in tools if item.first_seen), default=None)
        return Totals(since, len(tools), len(solutions), people, standings, severities)

    async def tools(self, limit: int, after: str | None = None, standing: Standing | None = None) -> Sequence[ToolItem]:
        """Tools in use, by id."""
        async with self._runtime.engine.connect() as connection:
            items = await self._tools_now(connection)
        return [i for i in items if (after is None or i.tool > after) and standing in {None, i.standing}][:limit]

    async def tool(self, tool: str) -> ToolItem:
        """One tool; raises NotFound where nobody used it."""
        async with self._runtime.engine.connect() as connection:
            items = await self._tools_now(connection, [tool])
        if not items:
            raise NotFound(f"no use of a tool {tool} is known")
        return items[0]

    async def solutions(
        self, limit: int, after: str | None = None, standing: Standing | None = None
    ) -> Sequence[SolutionItem]:
        """Solutions that were not deleted, by id."""
        async with self._runtime.engine.connect() as connection:
            items = await self._solutions_now(connection)
        return [i for i in items if (after is None or i.solution > after) and standing in {None, i.standing}][:limit]

    async def solution(self, solution: str) -> SolutionItem:
        """One solution; raises NotFound."""
        async with self._runtime.engine.connect() as connection:
            items = await self._solutions_now(connection, [solution])
        if not items:
            raise NotFound(f"no solution {solution} is known")
        return items[0]

    async def alerts(
        self, limit: int, after: tuple[datetime, str] | None = None, state: AlertState | None = None
    ) -> Sequence[Alert]:
        """Alerts, newest first."""
        at, name = after or (None, "")
        given = {"limit": limit, "at": at, "id": name, "state": state.value if state else None}
        async with self._runtime.engine.connect() as connection:
            return [_decode(row) for row in (await connection.execute(ALERTS, given)).scalars()]

    async def alert(self, alert: str) -> Alert:
        """One alert; raises NotFound."""
        async with self._runtime.engine.connect() as connection:
            found = (await connection.execute(ALERT, {"id": alert})).scalar_one_or_none()
        if found is None:
            raise NotFound(f"there is no alert {alert}")
        return _decode(found)

    async def decisions(self, alert: str) -> Sequence[DecisionItem]:
        """What was decided about it, newest first."""
        async with self._runtime.engine.connect() as connection:
            rows = (await connection.execute(DECISIONS, {"id": alert})).all()
        return [
            DecisionItem(decision=row.decision, reason=row.reason, author=row.author, at=row.at, until=row.until)
            for row in rows
        ]

    def choices(self, alert: Alert) -> tuple[str, ...]:
        """What may be decided now."""
        return tuple(choice.value for choice in choices(alert.state, alert.standing, alert.kind))

    async def decide(self, alert: str, decision: Decision) -> Alert:
        """Decides in one transaction; raises NotFound, Misconfigured or Conflict."""
        return await self.desk.decide(alert, decision)

    async def person(self, pseudonym: str) -> PersonItem:
        """What one person used; raises NotFound."""
        async with self._runtime.engine.connect() as connection:
            row = (await connection.execute(PERSON, {"person": pseudonym})).one_or_none()
            tools = await self._tools_now(connection, person=pseudonym)
            solutions = await self._solutions_now(connection, person=pseudonym)
        if row is None and not tools and not solutions:
            raise NotFound(f"there is no person {pseudonym}")
        unit, active = (row.unit, row.active) if row is not None else (None, True)
        return PersonItem(
            person=pseudonym, unit=unit, active=active, tools=tuple(tools), solutions=tuple(solutions)
        )  # fmt: skip

    async def entries(self, limit: int, after: str | None = None) -> Sequence[RegistryEntry]:
        """Registry entries, by id."""
        async with self._runtime.engine.connect() as connection:
            return await registry.page(connection, limit, after)

    async def put_entries(self, entries: Sequence[RegistryEntry], author: str) -> int:
        """Adds or replaces entries in one transaction."""
        async with self._runtime.engine.begin() as connection:
            return await registry.put(connection, entries, author, self._runtime.clock.now())

    async def _tools_now(
        self, connection: AsyncConnection, only: Iterable[str] | None = None, person: str | None = None
    ) -> list[ToolItem]:
        names = list(only) if only is not None else None
        kept = person is None
        found = await (figures.of_all(connection, names) if kept else summaries.of_tools(connection, names, person))
        basis = await summaries.bases(connection, names)
        register = await self._register(connection, found)
        return [self._tool_item(found[name], basis.get(name, ()), register) for name in sorted(found)]

    async def coverage(self) -> CoverageFound:
        """What is in use and how much of it is covered, people counted once each."""
        now = self._runtime.clock.now()
        async with self._runtime.engine.connect() as connection:
            found = await figures.of_all(connection)
            register = await self._register(connection, found)
            solutions = await self._solutions_now(connection)
            heads = await headcount.latest(connection, self, now)
            entries = await coverage.entries(connection, now)
        return coverage.found(found, register, solutions, heads, entries)

    async def covered(self, connection: AsyncConnection) -> set[tuple[str, str]]:
        """The tools that an entry covers, each with the unit in which it does."""
        found = await figures.of_all(connection)
        register = await self._register(connection, found)
        return coverage.covered_pairs(found, register)

    def _tool_item(
        self, by_unit: Mapping[str | None, summaries.Summary], basis: tuple[str, ...], register: Register
    ) -> ToolItem:
        whole = by_unit[None]
        units = {unit: summary.people for unit, summary in sorted(by_unit.items(), key=str) if unit is not None}
        seen = Seen(
            tool=whole.tool, units=frozenset(units), classes=frozenset(whole.classes), people=whole.people,
            last_seen=whole.last_seen,
        )  # fmt: skip
        held = register.held(seen, whole.events)
        named = tool(self._tools, whole.tool)
        return ToolItem(
            tool=whole.tool, name=named.name, vendor=named.vendor, verdict=whole.verdict,
            standing=held.standing.value, people=whole.people, events=whole.events, bytes_out=whole.bytes_out,
            first_seen=whole.first_seen, last_seen=whole.last_seen, data_classes=whole.classes, units=units,
            basis=(*basis, held.why),
        )  # fmt: skip

    async def _solutions_now(
        self, connection: AsyncConnection, only: Iterable[str] | None = None, person: str | None = None
    ) -> list[SolutionItem]:
        found = await summaries.of_solutions(connection, list(only) if only is not None else None, person)
        register = await self._register(connection, found)
        today = self._runtime.clock.now().date()
        return [_solution_item(each, register, today) for _, each in sorted(found.items()) if not each.deleted]

    async def _register(self, connection: AsyncConnection, names: Collection[str]) -> Register:
        now = self._runtime.clock.now()
        return await registry.opened(connection, self._runtime.keys, now, self._policy, names)


def _solution_item(found: summaries.SolutionSummary, register: Register, today: date) -> SolutionItem:
    seen = Seen(
        solution=found.id, units=frozenset({found.unit}), classes=frozenset(found.classes), people=found.people,
        last_seen=found.last_seen,
    )  # fmt: skip
    held = register.held(seen, found.events)
    return SolutionItem(
        solution=found.id, name=found.name, type=found.type, standing=held.standing.value, tools=found.tools,
        owner=found.owner, owner_left=found.owner_left(today), unit=found.unit, environment=found.environment,
        people=found.people, events=found.events, first_seen=found.first_seen, last_seen=found.last_seen,
        data_classes=found.classes, makers=found.makers, connectors=found.connectors, touches=found.touches,
        sharing=found.sharing, created_at=found.created_at, first_run=found.first_run_at, last_run=found.last_run_at,
    )  # fmt: skip
