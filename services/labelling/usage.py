"""What travels on: a labelled observation as a `Usage`, with one word for what was done."""

from schemas.observation import Kind, ProtectedObservation
from schemas.usage import Label, Usage
from services.labelling import sensitivity

_WITHDRAWN = ("revoke", "remove", "delete", "unassign")
_SHOWN_SCOPES = 5
BLOCKED = "blocked"
"""A connector's word for a request its source refused: an attempt, not use."""


def usage(observation: ProtectedObservation, label: Label, catalog: str) -> Usage:
    """The usage of an observation; its id is the observation's. `catalog` is the version the label was made with.

    Classes come from ingest; where it gave none they are read from the names here.
    """
    named = observation.labels or observation.scopes or observation.object is not None
    return Usage(
        id=observation.id,
        source=observation.source,
        instance=observation.instance,
        kind=observation.kind,
        at=observation.at,
        arrived_at=observation.arrived_at,
        label=_with_scopes(label, observation.scopes) if observation.scopes else label,
        generation=observation.generation,
        identifiers=observation.identifiers,
        unit=observation.unit,
        action=action(observation.kind, label.action, observation.action),
        classes=observation.classes or (sensitivity.classes(observation) if named else ()),
        solution=observation.solution,
        bytes_out=observation.bytes_out or 0,
        bytes_in=observation.bytes_in or 0,
        catalog=catalog,
    )


def action(kind: Kind, told: str | None, event: str | None) -> str:
    """The catalog's word for what was done, else one of few by kind: a cell is kept per action, so words stay few.

    blocked · use · grant · revoke · signin · dlp · build · endpoint · spend.
    """
    if kind is Kind.WEB and event == BLOCKED:
        return BLOCKED
    if kind is Kind.GRANT:
        name = (event or "").lower()
        return "revoke" if any(word in name for word in _WITHDRAWN) else "grant"
    if told is not None:
        return told
    return "use" if kind in (Kind.WEB, Kind.AUDIT) else str(kind.value)


def _with_scopes(label: Label, scopes: tuple[str, ...]) -> Label:
    """The label with the scopes nobody knows named in its basis."""
    unknown = sensitivity.unknown_scopes(scopes)
    if not unknown:
        return label
    told = tuple(f"scope {sensitivity.shown(scope)}: meaning not known" for scope in unknown[:_SHOWN_SCOPES])
    more = (f"and {len(unknown) - _SHOWN_SCOPES} more unknown scopes",) if len(unknown) > _SHOWN_SCOPES else ()
    return Label(
        key=label.key, verdict=label.verdict, tool=label.tool, confidence=label.confidence,
        basis=(*label.basis, *told, *more), action=label.action, account=label.account, corrected=label.corrected,
    )  # fmt: skip
