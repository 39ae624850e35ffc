"""SetupAuditTrail: what an administrator changed.

Fields: `Id`, `Action`, `Section`, `CreatedDate`, `CreatedBy`, `CreatedByContext` (Einstein, where AI changed it),
`DelegateUser`, `Display`. `Display` is a sentence with names in it: only whether it speaks of AI is looked at.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import Ignored
from connectors.salesforce.eventlog import AGENTFORCE
from connectors.shared.auditlog import moment, of_ai, person
from connectors.shared.graph.values import text, under
from schemas.observation import Kind, Observation


def changed(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A change that speaks of AI: by its action, its section, its sentence, or who made it."""
    action = text(record.get("Action")) or "changed"
    section, context = text(record.get("Section")), text(record.get("CreatedByContext"))
    if not of_ai(action, section, context, record.get("Display")):
        return Ignored(f"setup: {action[:60]}")
    vendor_id = text(record.get("Id"))
    by = under(record, "CreatedBy")
    who = person(email=text(by.get("Username")), account=text(record.get("CreatedById")))
    seen = Observation(
        source="salesforce", kind=Kind.AUDIT, at=moment(record.get("CreatedDate"), "CreatedDate"),
        id=f"salesforce:{vendor_id}" if vendor_id else "", actor=who, app=AGENTFORCE, action=action,
        attributes={
            name: value
            for name, value in {"section": section, "by": context}.items()
            if value
        },
    )  # fmt: skip
    return iter((seen,))
