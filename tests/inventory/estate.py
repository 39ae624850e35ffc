"""An estate of a few things held in memory, for tests of routes and pages that need no database of cells."""

from datetime import UTC, datetime, timedelta

import msgspec

from schemas.alert import Alert, AlertState, Standing
from schemas.observation import ClassLabel
from schemas.registry import RegistryEntry
from services.inventory.api.estate import Decision, Totals
from services.inventory.api.views import DecisionItem, PersonItem, SolutionItem, ToolItem
from services.inventory.coverage import COVERED, CoverageFound, Entries, Used
from services.inventory.domain import judge
from services.inventory.domain.policy import DEFAULT
from services.inventory.headcount import Headcount, Heads
from services.kit.errors import Conflict, Misconfigured, NotFound
from tests.inventory.desk import SampleDesk

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
CLASSES = (
    ClassLabel("confidential", 0.92, "sensitivity label Confidential"),
    ClassLabel("pii", 0.7, "DLP rule “National identifiers”"),
)


def tool(name: str, number: int, standing: Standing) -> ToolItem:
    return ToolItem(
        tool=f"example.{name.lower()}", name=name, vendor=f"{name} Ltd", verdict="ai", standing=standing,
        people=number, events={"squid": 40 * number, "okta": number}, bytes_out=1_300_000 * number,
        first_seen=NOW - timedelta(days=20), last_seen=NOW - timedelta(minutes=number),
        data_classes=("confidential",), units={"Sales": number, "Research & Development": 1, "Legal": 1},
        basis=("host matches the catalog",),
    )  # fmt: skip


def alert(number: int, title: str, severity: str, standing: Standing, state: AlertState = AlertState.OPEN) -> Alert:
    return Alert(
        id=f"al_{number}", grain=f"tool:example.t{number}|Sales", kind="tool", state=state, standing=standing,
        severity=severity, title=title, opened_at=NOW - timedelta(hours=number), revision=2, vendor="Example Ltd",
        changed_at=NOW - timedelta(minutes=30 * number), tool=f"example.t{number}", tool_name="Example Chat",
        unit="Sales", people=3 * number, events={"squid": 120, "okta": 3}, bytes_out=48_200_000,
        first_seen=NOW - timedelta(days=9), last_seen=NOW - timedelta(minutes=4), classes=CLASSES,
        basis=("host chat.example.com is Example Chat (suffix)", "no entry of the registry covers it in Sales"),
    )  # fmt: skip


class SampleEstate:
    """The estate; `decide` and `put_entries` change it."""

    policy = DEFAULT

    def __init__(self) -> None:
        self.tool_items = sorted(
            (
                tool("Aria", 3, Standing.PROHIBITED), tool("Bellow", 61, Standing.UNREGISTERED),
                tool("Cinder", 12, Standing.UNREGISTERED), tool("Dapple", 7, Standing.OUT_OF_SCOPE),
                tool("Ember", 5, Standing.UNDER_REVIEW), tool("Fathom", 88, Standing.REGISTERED),
            ),
            key=lambda item: item.tool,
        )  # fmt: skip
        self.solution_items = [
            SolutionItem(solution=f"power_automate_flow:{n}/a", name=f"Flow {n}", type="flow", standing="unregistered")
            for n in range(3)
        ]
        self.alert_items = [
            alert(1, "Bellow is used in Sales and not registered", "high", Standing.UNREGISTERED),
            alert(2, "Aria is prohibited and used in Research & Development", "critical", Standing.PROHIBITED),
            alert(3, "<script>alert(1)</script> is not registered", "low", Standing.UNREGISTERED),
            alert(4, "The entry of Dapple expired", "medium", Standing.EXPIRED, AlertState.CLOSED),
        ]
        self.desk = SampleDesk(self)
        self.made: dict[str, list[DecisionItem]] = {}
        self.registry: dict[str, RegistryEntry] = {}

    def at(self, runtime):
        return self

    async def totals(self) -> Totals:
        standings = {s: sum(t.standing == s for t in self.tool_items) for s in Standing}
        severities = {"high": 1, "critical": 1, "low": 1}
        return Totals(NOW - timedelta(days=20), len(self.tool_items), 3, 164, standings, severities)

    async def coverage(self):
        units = {"Sales": [Used(t.standing in COVERED, t.people, True, t.last_seen) for t in self.tool_items]}
        wholes = [Used(t.standing in COVERED, t.people, False, t.last_seen) for t in self.tool_items]
        heads = Headcount({None: Heads(164, 160, 40), "Sales": Heads(80, 80, 20)}, NOW)
        return CoverageFound(wholes, units, [], heads, Entries(9, 6, 1, 2, 1, 1, 2))

    async def tools(self, limit, after=None, standing=None):
        found = [t for t in self.tool_items if t.tool > (after or "") and standing in {None, t.standing}]
        return found[:limit]

    async def tool(self, tool):
        return one(self.tool_items, "tool", tool)

    async def solutions(self, limit, after=None, standing=None):
        return [s for s in self.solution_items if s.solution > (after or "")][:limit]

    async def solution(self, solution):
        return one(self.solution_items, "solution", solution)

    async def alerts(self, limit, after=None, state=None):
        newest = sorted(self.alert_items, key=lambda a: (a.opened_at, a.id), reverse=True)
        return [a for a in newest if (after is None or (a.opened_at, a.id) < after) and state in {None, a.state}][
            :limit
        ]

    async def alert(self, alert):
        return one(self.alert_items, "id", alert)

    async def decisions(self, alert):
        return self.made.get(alert, [])

    def choices(self, alert):
        return () if alert.state is AlertState.CLOSED else tuple(judge.choices(alert.state, alert.standing))

    async def decide(self, alert: str, decision: Decision):
        found = await self.alert(alert)
        if found.state is AlertState.CLOSED:
            raise Conflict("it is closed")
        if decision.decision not in self.choices(found):
            raise Misconfigured("decision: not one of the choices")
        item = DecisionItem(
            decision=decision.decision, reason=decision.reason, author=decision.author, at=NOW, until=decision.until
        )
        self.made.setdefault(alert, []).insert(0, item)
        changed = msgspec.structs.replace(found, state=AlertState.SNOOZED, revision=3)
        self.alert_items[self.alert_items.index(found)] = changed
        return changed

    async def person(self, pseudonym):
        if pseudonym != "p1":
            raise NotFound("nobody of that pseudonym")
        return PersonItem(person="p1", unit="Sales", active=True, tools=tuple(self.tool_items[:1]))

    async def entries(self, limit, after=None):
        return [entry for key, entry in sorted(self.registry.items()) if key > (after or "")][:limit]

    async def put_entries(self, entries, author):
        self.registry |= {entry.id: entry for entry in entries}
        return len(entries)


def one(items, field, value):
    for item in items:
        if getattr(item, field) == value:
            return item
    raise NotFound(f"{value}: there is none")
