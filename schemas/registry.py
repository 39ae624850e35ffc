"""RegistryEntry: what the organisation declared about a tool or a solution (INTERFACES, registry file)."""

from datetime import date
from enum import StrEnum

import msgspec


class EntryKind(StrEnum):
    """What an entry covers."""

    TOOL = "tool"
    SOLUTION = "solution"


class Approval(StrEnum):
    """What was decided about an entry."""

    APPROVED = "approved"
    TOLERATED = "tolerated"
    PROHIBITED = "prohibited"
    UNDER_REVIEW = "under_review"


class RegistryEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One declared entry. `tools` are catalog ids, `units` empty means everywhere, `data_classes` empty means any.

    `tier` is 1…4 or none; `stage` is free text; `extra` keeps the columns nobody knows, to be shown as they are.
    """

    id: str
    name: str
    kind: EntryKind = EntryKind.TOOL
    tools: tuple[str, ...] = ()
    solution_ids: tuple[str, ...] = ()
    owner: str | None = None
    accountable: str | None = None
    units: tuple[str, ...] = ()
    purpose: str | None = None
    data_classes: tuple[str, ...] = ()
    tier: int | None = None
    stage: str | None = None
    approval: Approval = Approval.APPROVED
    registered_at: date | None = None
    certified_at: date | None = None
    expires_at: date | None = None
    notes: str | None = None
    extra: dict[str, str] = {}
