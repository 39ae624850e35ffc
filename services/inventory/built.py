"""What a batch says of a solution: a row of `inventory.solution`, added to in any order with one result. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.observation import Identifier, Kind
from schemas.usage import Usage

PARTS = ("name", "environment", "connectors", "sharing", "touches")
"""What of a description is told apart, in the order of the columns that say when."""
MAKERS = 64
"""Makers kept of a solution, the first in order of their identifiers."""


@dataclass
class SolutionRow:
    """One row of `inventory.solution`: the latest word on each part of it, whose it is, who made it, and its runs.

    The owner is the one a record names, of several the latest; where none does, the actor of the earliest build event.
    Whoever did a build event is a maker. Times are the events' own, in UTC.
    """

    id: str
    type: str
    first_seen: datetime
    last_seen: datetime
    name: str | None = None
    environment: str | None = None
    connectors: tuple[str, ...] = ()
    sharing: str | None = None
    owner: str | None = None
    owner_at: datetime | None = None
    described_at: datetime | None = None
    deleted_at: datetime | None = None
    owner_told: bool = False
    makers: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()
    created_at: datetime | None = None
    first_run_at: datetime | None = None
    last_run_at: datetime | None = None
    name_at: datetime | None = None
    environment_at: datetime | None = None
    connectors_at: datetime | None = None
    sharing_at: datetime | None = None
    touches_at: datetime | None = None

    def row(self) -> tuple[Any, ...]:
        """In the table's column order."""
        return (
            self.id, self.type, self.name, self.environment, list(self.connectors), self.sharing, self.owner,
            self.owner_at, self.described_at, self.deleted_at, self.first_seen, self.last_seen, self.owner_told,
            list(self.makers), list(self.touches), self.created_at, self.first_run_at, self.last_run_at,
            *(getattr(self, f"{part}_at") for part in PARTS),
        )  # fmt: skip

    def add(self, usage: Usage, who: str) -> None:
        """Adds what one usage says; `who` is its actor's text."""
        seen, at = usage.solution, usage.at
        if seen is None:
            return
        self.first_seen, self.last_seen = min(self.first_seen, at), max(self.last_seen, at)
        self._describe(usage)
        if usage.kind is not Kind.BUILD:
            self._ran(at)
        elif usage.identifiers and not seen.deleted:
            self._owned(who, at, told=False)
            self._made(who)
        if seen.owner is not None:
            self._owned(known(seen.owner), at, told=True)
        for maker in seen.makers:
            self._made(known(maker))
        self.created_at = min(filter(None, (self.created_at, seen.created_at)), default=None)
        if seen.last_run_at is not None:
            self._ran(seen.last_run_at)

    def _owned(self, who: str, at: datetime, *, told: bool) -> None:
        """Takes an owner who holds before the one that is known."""
        if self.owner is None or self.owner_at is None or told != self.owner_told:
            better = self.owner is None or told
        else:
            new, held = (at, who), (self.owner_at, self.owner)
            better = new > held if told else new < held
        if better:
            self.owner, self.owner_at, self.owner_told = who, at, told

    def _made(self, who: str) -> None:
        if who not in self.makers:
            self.makers = tuple(sorted((*self.makers, who))[:MAKERS])

    def _ran(self, at: datetime) -> None:
        self.first_run_at = min(filter(None, (self.first_run_at, at)))
        self.last_run_at = max(filter(None, (self.last_run_at, at)))

    def _describe(self, usage: Usage) -> None:
        """Takes each part where it is told later than the one that is known; a build event says whether it is gone."""
        seen, at = usage.solution, usage.at
        if seen is None:
            return
        for part in PARTS:
            value, held_at = getattr(seen, part), getattr(self, f"{part}_at")
            if value and (held_at is None or (at, value) > (held_at, getattr(self, part))):
                setattr(self, part, value)
                setattr(self, f"{part}_at", at)
        if usage.kind is not Kind.BUILD:
            return
        if self.described_at is None or (at, seen.deleted) > (self.described_at, self.deleted_at is not None):
            self.described_at, self.deleted_at = at, at if seen.deleted else None


def known(who: Identifier) -> str:
    """An identifier as the actor's text: `<kind>:<hmac>`."""
    return f"{who.kind}:{who.hmac}"
