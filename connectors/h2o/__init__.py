"""H2O AI Cloud: the Audit Trail of its services, with engines, models, apps and experiments as solutions.

Read 2026-11-21: https://docs.h2o.ai/audit-trail/get-started/what-is-h2o-audit-trail (the fields of an event),
…/python-client-guide/creating-events and searching-events (examples, order, windows); requests and JSON names as in the
vendor's package h2o-audit-trail 1.5.3 (gen/api/event_service_api.py, gen/model/v1_event.py). Events come newest first;
a page may be empty and still name the next.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.h2o.trail import GRANTED_IN, PERMISSION, Config, fetch
from connectors.shared.ai_product import facts, owner
from connectors.shared.auditlog import moment, person
from connectors.shared.graph.values import text, under
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

SOURCE = "h2o"
H2O = App(name="H2O AI Cloud", publisher="H2O.ai")
_ADMINISTRATION = {
    "users", "roles", "rolebindings", "policies", "groups", "workspaces", "tokens", "platformtokens", "secrets",
    "sessions", "realms", "clients", "events",
}  # fmt: skip
_BUILT = {"CREATE", "UPDATE", "DELETE", "DEPLOY", "PUBLISH", "IMPORT", "CLONE", "REGISTER", "UPSERT", "SHARE"}
_SIGNED_IN = {"LOGIN", "SIGN_IN"}


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One event of the trail. Raises Rejected for what is none."""
    if not isinstance(record, dict) or not isinstance(record.get("action"), str) or "eventTime" not in record:
        raise Rejected("no action or eventTime: not an event of the Audit Trail")
    action = record["action"]
    _service, collection, verb = _parts(action)
    if under(record, "status").get("code") not in (None, 0, "0", "OK"):
        return Ignored("action that did not succeed")
    if verb in _SIGNED_IN:
        return iter((_observation(record, Kind.SIGNIN, "signin", None),))
    if record.get("readOnly") is True:
        return Ignored("action that only reads")
    if collection.lower() in _ADMINISTRATION:
        return Ignored(action)
    made = _solution(record, collection, verb)
    kind = Kind.BUILD if verb in _BUILT and made else Kind.AUDIT
    return iter((_observation(record, kind, action, made),))


def _parts(action: str) -> tuple[str, str, str]:
    """Service, collection and verb of `actions/enginemanager/daiEngines/CREATE`, or without a collection."""
    words = action.removeprefix("actions/").split("/")
    return words[0], words[1] if len(words) > 2 else "", words[-1].upper()  # noqa: PLR2004 - service, collection, verb


def _observation(record: Mapping[str, Any], kind: Kind, action: str, made: Solution | None) -> Observation:
    given = text(record.get("name"))
    return Observation(
        source=SOURCE,
        kind=kind,
        at=_at(record),
        id=f"{SOURCE}:{given.removeprefix('events/')}" if given else "",
        actor=_actor(record),
        app=H2O,
        action=action,
        object=Object(type="solution", id=made.id.partition(":")[2], name=made.name) if made else None,
        solution=made,
        user_agent=text(record.get("userAgent")),
        attributes=facts(event_type=record["action"], service=record.get("eventSource"), type=record.get("type")),
    )


def _at(record: Mapping[str, Any]) -> datetime:
    return moment(record.get("eventTime"), "eventTime")


def _actor(record: Mapping[str, Any]) -> Actor | None:
    """The person behind `users/<id>`, by the name they sign in with; a service is nobody."""
    principal = text(record.get("principal")) or ""
    ip = text(record.get("sourceIpAddress"))
    user = principal.removeprefix("users/") if principal.startswith("users/") else None
    login = record.get("loginPrincipal") if user else None
    return person(email=login, account=user, ip=None if ip == "private" else ip)


def _solution(record: Mapping[str, Any], collection: str, verb: str) -> Solution | None:
    """The thing of `//engine-manager/workspaces/W/daiEngines/E`; the name of the collection alone is no thing."""
    path = [part for part in (text(record.get("resource")) or "").split("/") if part]
    if not collection or len(path) < 2 or path[-2].lower() != collection.lower():  # noqa: PLR2004 - collection and id
        return None
    kind = f"h2o_{_singular(collection)}"
    created = verb == "CREATE"
    return Solution(
        id=f"{kind}:{'/'.join(path[1:])}",
        type=kind,
        name=path[-1],
        environment=(text(record.get("workspace")) or "").removeprefix("workspaces/") or None,
        deleted=verb == "DELETE",
        owner=owner(_actor(record)) if created else None,
        created_at=_at(record) if created else None,
        last_run_at=None if verb in _BUILT else _at(record),
    )


def _singular(collection: str) -> str:
    """`daiEngines` as `dai_engine`."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in collection)
    return snake.strip("_").removesuffix("s")


def action_of(record: Any) -> str | None:
    """The action."""
    return text(record.get("action")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of the Audit Trail."""
    if not isinstance(record, dict) or "eventTime" not in record or not isinstance(record.get("action"), str):
        return 0.0
    return 0.97 if record["action"].startswith("actions/") else 0.6 if "eventSource" in record else 0.0


CONNECTOR = Connector(
    name="h2o",
    title="H2O AI Cloud Audit Trail",
    kinds=(Kind.AUDIT, Kind.BUILD, Kind.SIGNIN),
    how=("pull", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://docs.h2o.ai/audit-trail/get-started/what-is-h2o-audit-trail",
    permissions=(PERMISSION,),
    granted_in=GRANTED_IN,
    plan="H2O AI Cloud with Audit Trail",
    cursor="newest event with gap: window, page token, newest time",
    lateness=timedelta(minutes=5),
    lookback=timedelta(minutes=30),
    every=timedelta(minutes=10),
    evidence="vendor example",
    samples=("h2o/events.json",),
    secrets=("refresh_token", "client_secret"),
    action_of=action_of,
)
