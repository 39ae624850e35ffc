"""One row each: an AI event, an interaction with Copilot in Dynamics, an agent, an AI model, a desktop flow.

A pulled row stands beside its environment and, where it tells what stands, the time it was taken; people are expanded
to their directory ids. Exports name an agent's columns in another case.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from connectors.base import Ignored, Rejected
from connectors.shared.graph import maybe_moment, moment, text, under
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

SOURCE = "dataverse"
AI_BUILDER = App(name="AI Builder", publisher="Microsoft")
DYNAMICS_AI = App(name="Dynamics AI", publisher="Microsoft")
STUDIO = App(name="Copilot Studio", publisher="Microsoft")
DESKTOP = App(name="Power Automate", publisher="Microsoft")
_USED_IN = {0: "Power Automate", 1: "Power Apps", 2: "API", 3: "Copilot Studio"}
_STUDIO_USE = 3
_OUTCOMES = {1: "failed", 2: "processing"}
_ACTS = {
    100230301: "ThumbsUp", 100230302: "ThumbsDown", 100230303: "ThumbsClear", 100230304: "Copy",
    100230305: "Generated", 100230306: "SendToCustomer", 100230307: "EditAndSend", 100230308: "ManualCopy",
    100230309: "Available", 100230310: "ArticleProposed", 100230311: "MarkAsReviewed",
    100230312: "AcceptSuggestion", 100230313: "ViewHistory", 100230314: "ExpandTile", 100230315: "RequestSolution",
}  # fmt: skip
_UNASKED = {"Available", "ArticleProposed"}
_SCENARIOS = {
    100230201: "Ask a question", 100230202: "Live conversation response", 100230203: "Write an email",
    100230204: "Copilot", 100230205: "Case summary", 100230206: "Live conversation summary",
    100230207: "Timeline highlights", 100230208: "Knowledge draft assist", 100230209: "Custom entity summary",
    100230210: "Collaborate with SMEs", 100230211: "Inline Copilot for email",
    100230212: "Timeline next best actions", 100230213: "Intent Assist", 100230214: "knowledge harvest",
    100230215: "Resolution notes", 100230216: "Chat Assist",
}  # fmt: skip
_DESKTOP_FLOW = 6
_DIGITS = 12


class Row(NamedTuple):
    """A row, the host of its environment, and when it was taken."""

    body: Mapping[str, Any]
    environment: str | None
    taken: str | None


def opened(record: Any) -> Row:
    """The row out of what the feed put around it. Raises Rejected for what is no object."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    entry = record.get("entry")
    if isinstance(entry, dict) and "environment" in record:
        return Row(entry, text(record.get("environment")), text(record.get("takenAt")))
    return Row(record, None, None)


def ai_event(row: Row) -> Iterator[Observation] | Ignored:
    """One use of a model or prompt: where it was used, what it cost in credits, and the model as something built."""
    body = row.body
    at = moment(body.get("msdyn_processingdate") or body.get("createdon"), "msdyn_processingdate")
    model, used_in = under(body, "msdyn_AIModelId"), body.get("msdyn_consumptionsource")
    key = text(body.get("_msdyn_aimodelid_value")) or text(model.get("msdyn_aimodelid"))
    solution = Solution(
        id=f"ai_builder_model:{key.lower()}", type="ai_builder_model",
        name=text(model.get("msdyn_name")), environment=row.environment, last_run_at=at,
    ) if key else None  # fmt: skip
    seen = _observation(
        row, at, "msdyn_aieventid", Kind.AUDIT, "use", STUDIO if used_in == _STUDIO_USE else AI_BUILDER,
        who=_person(body, "createdby"), solution=solution, attributes={
            "used_in": _coded(used_in, _USED_IN), "data_type": text(body.get("msdyn_datatype")),
            "automation": text(body.get("msdyn_automationname")), "credits": _number(body.get("msdyn_creditconsumed")),
            "outcome": _OUTCOMES.get(_code(body.get("msdyn_processingstatus"))),
            "test": "true" if body.get("msdyn_quicktest") is True else None,
        },
    )  # fmt: skip
    return iter((seen,))


def interaction(row: Row) -> Iterator[Observation] | Ignored:
    """Copilot of Dynamics 365 used on a record; what it only offered is nobody's doing."""
    body = row.body
    act = _coded(body.get("msdyn_interactiontype"), _ACTS)
    if act in _UNASKED:
        return Ignored("offered unasked")
    at = moment(body.get("msdyn_clienttimestamp") or body.get("createdon"), "msdyn_clienttimestamp")
    seen = _observation(
        row, at, "msdyn_copilotinteractionid", Kind.AUDIT, act or "interaction", DYNAMICS_AI,
        who=_person(body, "createdby"), attributes={
            "scenario": _coded(body.get("msdyn_scenariotype"), _SCENARIOS),
            "about": text(body.get("msdyn_interactionforlogicalname")),
        },
    )  # fmt: skip
    return iter((seen,))


def agent(row: Row) -> Iterator[Observation] | Ignored:
    """A Copilot Studio agent, classic chatbots among them."""
    body = {name.lower(): value for name, value in row.body.items()}
    key = text(body.get("botid")) or text(body.get("cdsbotid"))
    if key is None:
        raise Rejected("an agent without botid")
    return _stands(
        row, body, "copilot_studio_agent", key, STUDIO, "agent", changed=("botmodifiedon", "modifiedon"),
        attributes={"published": text(body.get("publishedon")), "schema": text(body.get("schemaname"))},
    )  # fmt: skip


def model(row: Row) -> Iterator[Observation] | Ignored:
    """An AI Builder model or prompt."""
    key = text(row.body.get("msdyn_aimodelid"))
    if key is None:
        raise Rejected("an AI model without msdyn_aimodelid")
    body = {**row.body, "name": row.body.get("msdyn_name")}
    everyone = row.body.get("msdyn_sharewithorganizationoncreate") is True
    return _stands(
        row, body, "ai_builder_model", key, AI_BUILDER, "model", sharing="everyone" if everyone else None,
        attributes={"state": _number(row.body.get("statecode"))},
    )  # fmt: skip


def process(row: Row) -> Iterator[Observation] | Ignored:
    """A desktop flow; other processes are told by Power Platform's inventory, or are no automation people build."""
    if row.body.get("category") != _DESKTOP_FLOW:
        return Ignored("process that is no desktop flow")
    key = text(row.body.get("workflowid"))
    if key is None:
        raise Rejected("a process without workflowid")
    return _stands(row, row.body, "power_automate_desktop_flow", key, DESKTOP, "flow", attributes={})


Read = Callable[[Row], Iterator[Observation] | Ignored]
_READ: tuple[tuple[str, Read], ...] = (
    ("msdyn_aieventid", ai_event),
    ("msdyn_copilotinteractionid", interaction),
    ("msdyn_aimodelid", model),
    ("cdsBotId", agent),
    ("botid", agent),
    ("workflowid", process),
)


def reader(row: Row) -> Read | None:
    """Who reads it, by its table's own key."""
    return next((read for key, read in _READ if key in row.body), None)


def _stands(
    row: Row, body: Mapping[str, Any], kind: str, key: str, app: App, what: str, *,
    attributes: Mapping[str, str | None], sharing: str | None = None, changed: tuple[str, ...] = ("modifiedon",),
) -> Iterator[Observation]:  # fmt: skip
    """A thing that stands, once a day: its owner, its maker, and when it was made."""
    given = row.taken or next((value for name in (*changed, "createdon") if (value := text(body.get(name)))), None)
    at = moment(given, "modifiedon")
    maker = _person(body, "createdby")
    solution = Solution(
        id=f"{kind}:{key.lower()}", type=kind, name=text(body.get("name")), environment=row.environment,
        sharing=sharing, owner=_person(body, "owninguser"), makers=(maker,) if maker else (),
        created_at=maybe_moment(body.get("createdon")),
    )  # fmt: skip
    seen = _observation(
        row, at, "", Kind.BUILD, "present", app, who=maker or solution.owner, solution=solution,
        thing=Object(type=what, id=key.lower(), name=solution.name), attributes={"standing": "true", **attributes},
    )  # fmt: skip
    return iter((seen,))


def _observation(
    row: Row, at: datetime, key: str, kind: Kind, action: str, app: App, *, who: Actor | None,
    attributes: Mapping[str, str | None], solution: Solution | None = None, thing: Object | None = None,
) -> Observation:  # fmt: skip
    given = text(row.body.get(key)) if key else f"{solution.id}:{at:%Y-%m-%d}" if solution else None
    told = {"environment": row.environment, **attributes}
    return Observation(
        source=SOURCE, kind=kind, at=at, id=f"{SOURCE}:{given}" if given else "", actor=who, app=app, action=action,
        object=thing, solution=solution, attributes={name: value for name, value in told.items() if value},
    )  # fmt: skip


def _person(body: Mapping[str, Any], key: str) -> Actor | None:
    """Somebody expanded; an application's user is nobody."""
    told = under(body, key)
    if text(told.get("applicationid")):
        return None
    mail = text(told.get("internalemailaddress")) or text(told.get("domainname")) or ""
    idp = text(told.get("azureactivedirectoryobjectid"))
    made = Actor(email=mail.lower() if "@" in mail else None, idp_id=idp.lower() if idp else None)
    return made if made != Actor() else None


def _code(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _coded(value: Any, names: Mapping[int, str]) -> str | None:
    """A choice's name; the number itself where it is new."""
    code = _code(value)
    return names.get(code) or (str(code) if code >= 0 else None)


def _number(value: Any) -> str | None:
    plain = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
    return plain if 0 < len(plain) <= _DIGITS else None
