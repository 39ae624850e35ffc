"""Estate: what the API and the pages ask of the inventory. `services.inventory.queries` answers it from PostgreSQL.

Lists come in an order whose keys never change, `after` the key of the last row a reader has, at most `limit` rows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple, Protocol

from fastapi import Depends, Request

from schemas.alert import Alert, AlertState, Standing
from schemas.registry import RegistryEntry
from services.inventory.api.asked import Running
from services.inventory.api.views import DecisionItem, PersonItem, SolutionItem, ToolItem
from services.inventory.domain.corrections import Correcting
from services.inventory.domain.policy import Policy
from services.kit.runtime import Runtime

if TYPE_CHECKING:
    from services.inventory.api.desk import Desk
    from services.inventory.coverage import CoverageFound


class Totals(NamedTuple):
    """The headline numbers. `people` are distinct; `standings` and `severities` count tools and open alerts."""

    known_since: datetime | None
    tools: int
    solutions: int
    people: int
    standings: Mapping[str, int]
    severities: Mapping[str, int]


class Decision(NamedTuple):
    """What somebody decides about an alert; `until` where it has an end, `assignee` where it is given to somebody.

    `revision`, where given, is the one it was decided on: a later one is a conflict. `correction` comes with a false
    positive whose labels are wrong.
    """

    decision: str
    reason: str
    author: str
    until: datetime | None = None
    assignee: str | None = None
    revision: int | None = None
    correction: Correcting | None = None


class Estate(Protocol):
    """The reads and the two writes. `alert`, `tool`, `solution` and `person` raise NotFound."""

    @property
    def policy(self) -> Policy:
        """The numbers of governance."""

    @property
    def desk(self) -> "Desk":
        """What analysts ask and do."""

    def at(self, runtime: Runtime) -> "Estate":
        """The same, asked through this runtime: while a request reads, all is of one moment."""

    async def totals(self) -> Totals: ...

    async def coverage(self) -> "CoverageFound":
        """What is in use and how much of it is covered."""

    async def tools(self, limit: int, after: str | None = None, standing: Standing | None = None) -> Sequence[ToolItem]:
        """By tool id."""

    async def tool(self, tool: str) -> ToolItem: ...

    async def solutions(
        self, limit: int, after: str | None = None, standing: Standing | None = None
    ) -> Sequence[SolutionItem]:
        """By solution id."""

    async def solution(self, solution: str) -> SolutionItem: ...

    async def alerts(
        self, limit: int, after: tuple[datetime, str] | None = None, state: AlertState | None = None,
    ) -> Sequence[Alert]:  # fmt: skip
        """Newest first by (opened_at, id)."""

    async def alert(self, alert: str) -> Alert: ...
    async def decisions(self, alert: str) -> Sequence[DecisionItem]:
        """Newest first."""

    def choices(self, alert: Alert) -> tuple[str, ...]:
        """The decisions an alert in this state takes; none for a closed one."""

    async def decide(self, alert: str, decision: Decision) -> Alert:
        """Writes the decision down, with its effect and its trace in the audit trail, in one transaction.

        Raises NotFound, Misconfigured for one that can't be, Conflict where the alert is closed.
        """

    async def person(self, pseudonym: str) -> PersonItem: ...

    async def entries(self, limit: int, after: str | None = None) -> Sequence[RegistryEntry]:
        """By entry id."""

    async def put_entries(self, entries: Sequence[RegistryEntry], author: str) -> int:
        """Adds or replaces entries by id in one transaction, with a trace; returns how many changed."""


def _estate(request: Request, runtime: Running) -> Estate:
    found: Estate = request.state.estate
    return found.at(runtime)


Asked = Annotated[Estate, Depends(_estate)]
