"""What a row says: `table_name` tells which table it is of; a field is text, or `{display_value, value}`.

A person is the login that made the row; references to users show a person's name and are not read, nor are names of
documents, old and new values.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.base import Ignored, Rejected
from connectors.shared.auditlog import maybe, moment, person
from connectors.shared.graph.values import text
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

ASSIST = App(name="Now Assist", publisher="ServiceNow")
OF_AI = (
    "sn_aia", "sys_gen_ai", "sys_generative_ai", "sys_one_extend", "sn_nowassist", "sn_now_assist", "sn_build_agent",
)  # fmt: skip
"""How the names of tables begin that configure generative AI."""
_BUILT = {"sn_aia_agent": "agent", "sn_aia_usecase": "workflow", "sn_build_agent_skill": "skill"}
_DELETED = "DELETED"
_SHIPPED = {"system", "glide.maint", "maint", "guest"}


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One row. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    table = _table(record)
    if table is None or value(record, "sys_id") is None:
        raise Rejected("no row of ServiceNow with an id and a table_name")
    read = _READERS.get(table)
    return read(record) if read else Ignored("row of another table")


def value(record: Mapping[str, Any], field: str) -> str | None:
    """A field's own value."""
    held = record.get(field)
    return text(held.get("value")) if isinstance(held, dict) else text(held)


def _shown(record: Mapping[str, Any], field: str) -> str | None:
    """A field as it is shown: of a reference, the name of what it points to."""
    held = record.get(field)
    return text(held.get("display_value")) if isinstance(held, dict) else text(held)


def _usage(record: Mapping[str, Any]) -> Iterator[Observation]:
    """A skill of Now Assist that was run."""
    skill, key = value(record, "skill_config_id"), value(record, "sys_id")
    told = {
        "feature": _shown(record, "feature"), "status": value(record, "status"), "plugin": value(record, "plugin_name"),
        "execution": value(record, "execution_type"), "on": value(record, "document_table"),
    }  # fmt: skip
    yield Observation(
        source="servicenow",
        kind=Kind.AUDIT,
        at=_at(record),
        id=f"servicenow:{key}",
        actor=_maker(record, "sys_created_by"),
        app=ASSIST,
        action="generate",
        object=Object(type="skill", id=skill, name=_shown(record, "skill_config_id")) if skill else None,
        attributes={name: said for name, said in told.items() if said},
    )


def _change(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A change of a row that configures AI."""
    table, field = value(record, "tablename") or "", value(record, "fieldname")
    if not table.startswith(OF_AI):
        return Ignored("change of another table")
    deleted = field == _DELETED
    key, kind = value(record, "documentkey"), _BUILT.get(table)
    solution = Solution(id=f"servicenow_{kind}:{key}", type=f"servicenow_{kind}", deleted=deleted) if kind else None
    seen = Observation(
        source="servicenow",
        kind=Kind.BUILD if solution else Kind.AUDIT,
        at=_at(record),
        id=f"servicenow:{value(record, 'sys_id')}",
        actor=_maker(record, "user") or _maker(record, "sys_created_by"),
        app=ASSIST,
        action="deleted" if deleted else "changed",
        object=Object(type=kind or "setting", id=key) if key else None,
        solution=solution if key else None,
        attributes={"table": table[:80]} | ({"field": field[:80]} if field and not deleted else {}),
    )
    return iter((seen,))


def _agent(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """An agent of AI Agent Studio, once a day; those that ServiceNow ships have no maker here."""
    owner = _maker(record, "sys_created_by")
    if owner is None:
        return Ignored("agent that ServiceNow ships")
    at = _day(record)
    solution = _solution(record, "agent", owner)
    return iter((_stands(record, at, Kind.BUILD, "present", ASSIST, solution),))


def _application(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """An OAuth client or provider somebody registered, once a day."""
    app = App(name=value(record, "name"), client_id=value(record, "client_id"))
    if app == App():
        return Ignored("OAuth entity without a name")
    if value(record, "active") == "false":
        return Ignored("OAuth entity that is switched off")
    return iter((_stands(record, _day(record), Kind.GRANT, "hold", app, None),))


def _service(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A service ServiceNow calls, once a day: of its address, the host only."""
    try:
        host = urlsplit(value(record, "rest_endpoint") or "").hostname
    except ValueError:
        host = None
    if not host or "$" in host:
        return Ignored("outbound service without a host")
    owner = _maker(record, "sys_created_by")
    if owner is None:
        return Ignored("outbound service that ServiceNow ships")
    solution = _solution(record, "rest_message", owner)
    return iter((_stands(record, _day(record), Kind.BUILD, "present", None, solution, host.lower()),))


def _solution(record: Mapping[str, Any], kind: str, owner: Actor) -> Solution:
    last = _maker(record, "sys_updated_by")
    return Solution(
        id=f"servicenow_{kind}:{value(record, 'sys_id')}", type=f"servicenow_{kind}", name=value(record, "name"),
        owner=owner, created_at=maybe(value(record, "sys_created_on")),
        makers=(last,) if last and last != owner else (),
    )  # fmt: skip


def _stands(
    record: Mapping[str, Any], at: datetime, kind: Kind, action: str, app: App | None, solution: Solution | None,
    host: str | None = None,
) -> Observation:  # fmt: skip
    key = value(record, "sys_id")
    sort = solution.type.removeprefix("servicenow_") if solution else None
    return Observation(
        source="servicenow", kind=kind, at=at, id=f"servicenow:{key}/{at.date()}", host=host,
        actor=_maker(record, "sys_created_by"), app=app, action=action, solution=solution,
        object=Object(type=sort, id=key, name=value(record, "name")) if sort else None,
        attributes={name: said for name in ("type", "agent_type", "active") if (said := value(record, name))},
    )  # fmt: skip


def _maker(record: Mapping[str, Any], field: str) -> Actor | None:
    login = value(record, field)
    return None if login is None or login.lower() in _SHIPPED else person(account=login)


def _at(record: Mapping[str, Any]) -> datetime:
    return moment(value(record, "sys_created_on"), "sys_created_on")


def _day(record: Mapping[str, Any]) -> datetime:
    """The day it was listed, else when it was made."""
    at = maybe(value(record, "taken_at")) or _at(record)
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _table(record: Mapping[str, Any]) -> str | None:
    if found := value(record, "table_name"):
        return found
    return "sys_audit" if {"tablename", "fieldname", "documentkey"} <= record.keys() else None


def action_of(record: Any) -> str | None:
    """The table a row is of."""
    return _table(record) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like a row of ServiceNow's."""
    if not isinstance(record, dict) or "sys_id" not in record:
        return 0.0
    known = _table(record) in _READERS
    return 0.97 if known and "sys_created_on" in record else 0.6 if "sys_created_on" in record else 0.2


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Observation] | Ignored]] = {
    "sys_gen_ai_usage_log": _usage,
    "sys_audit": _change,
    "sn_aia_agent": _agent,
    "oauth_entity": _application,
    "sys_rest_message": _service,
}
