"""What one event of the audit log says, as delivered in a file (`serviceName`) or as a row (`service_name`).

An event: a time (`timestamp` in milliseconds, or `event_time`), service, action, `requestParams`, `userIdentity.email`,
`sourceIPAddress`, `response.statusCode`, `workspaceId`, `requestId`, `userAgent`. Of a request only names and ids of
what was made are read; messages, queries and notebooks never are. Listing and looking counts as nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from connectors.base import Ignored, Rejected
from connectors.shared.auditlog import maybe, moment, names_ai, person
from connectors.shared.graph.values import text, under
from schemas.observation import App, Kind, Object, Observation, Solution

GENIE = App(name="Databricks Genie", publisher="Databricks")
MOSAIC = App(name="Databricks Mosaic AI", publisher="Databricks")
_REFUSED = 400


class _Service(NamedTuple):
    app: App
    thing: str
    keys: tuple[str, ...]


_AI = {
    "aibigenie": _Service(GENIE, "genie_space", ("space_id", "spaceId")),
    "serverlessrealtimeinference": _Service(MOSAIC, "serving_endpoint", ("name", "endpoint_name")),
    "vectorsearch": _Service(MOSAIC, "vector_search", ("name", "endpoint_name", "index_name")),
    "mlflowexperiment": _Service(MOSAIC, "experiment", ("experimentId", "experiment_id")),
    "modelregistry": _Service(MOSAIC, "model", ("name",)),
    "featurestore": _Service(MOSAIC, "feature_table", ("name",)),
}
_NAMES = ("title", "display_name", "experimentName", "name")
_LOOKED = ("get", "list", "search", "read", "genieGet", "genieList")
_ASKED = ("conversation", "message")
_GONE = ("delete", "trash")
_KEYS = (
    "requestParams", "request_params", "userIdentity", "user_identity", "auditLevel", "audit_level", "workspaceId",
)  # fmt: skip


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    service, action = _read(record, "serviceName", "service_name"), _read(record, "actionName", "action_name")
    if service is None or action is None:
        raise Rejected("no service and no action: not an event of the audit log")
    known = _AI.get(service.lower())
    if known is not None:
        return _ai(record, known, service, action)
    if service == "unityCatalog" and "Model" in action and not action.startswith(_LOOKED):
        return _ai(record, _Service(MOSAIC, "model", ("full_name_arg", "name")), service, action)
    if action == "mintOAuthToken":
        return _token(record)
    if names_ai(service) or names_ai(action):
        return iter((_seen(record, Kind.AUDIT, MOSAIC, action, service),))
    return Ignored(f"service {service[:40]}")


def _ai(record: Mapping[str, Any], known: _Service, service: str, action: str) -> Iterator[Observation] | Ignored:
    """Something asked of AI, or something built with it."""
    if action.startswith(_LOOKED):
        return Ignored(f"looked at in {service[:40]}")
    if _status(record) >= _REFUSED:
        return Ignored("refused")
    if any(word in action.lower() for word in _ASKED):
        return iter((_seen(record, Kind.AUDIT, known.app, action, service, _thing(record, known)),))
    thing = _thing(record, known)
    solution = Solution(
        id=f"databricks_{known.thing}:{thing.id}", type=f"databricks_{known.thing}", name=thing.name,
        environment=_workspace(record), deleted=action.startswith(_GONE),
    ) if thing else None  # fmt: skip
    return iter((_seen(record, Kind.BUILD, known.app, action, service, thing, solution),))


def _token(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A token that an application got for a person."""
    client = text(_params(record).get("client_id"))
    if client is None:
        return Ignored("OAuth token without a client")
    scopes = tuple((text(_params(record).get("scope")) or "").split())
    return iter((_seen(record, Kind.GRANT, App(client_id=client), "mintOAuthToken", "accounts", scopes=scopes),))


def _thing(record: Mapping[str, Any], known: _Service) -> Object | None:
    params = _params(record)
    key = next((found for name in known.keys if (found := text(params.get(name)))), None)
    if key is None or key == "new":
        return None
    name = next((found for field in _NAMES if (found := text(params.get(field)))), None)
    last = name.rpartition("/")[2] if name else None  # an experiment's name is a path with a person's folder
    return Object(type=known.thing, id=f"{_workspace(record) or 'account'}/{key}"[:200], name=last)


def _seen(
    record: Mapping[str, Any], kind: Kind, app: App, action: str, service: str, thing: Object | None = None,
    solution: Solution | None = None, *, scopes: tuple[str, ...] = (),
) -> Observation:  # fmt: skip
    who = under(record, "userIdentity") or under(record, "user_identity")
    key = _read(record, "event_id", "eventId") or _read(record, "requestId", "request_id")
    return Observation(
        source="databricks",
        kind=kind,
        at=_at(record),
        id=f"databricks:{key}/{action[:80]}" if key else "",
        actor=person(account=text(who.get("email")), ip=_read(record, "sourceIPAddress", "source_ip_address")),
        app=app,
        action=action[:120],
        object=thing,
        solution=solution,
        scopes=scopes,
        user_agent=_read(record, "userAgent", "user_agent"),
        tenant=_read(record, "accountId", "account_id"),
        attributes={"service": service[:60]} | ({"workspace": space} if (space := _workspace(record)) else {}),
    )


def _at(record: Mapping[str, Any]) -> datetime:
    return maybe(record.get("event_time")) or moment(record.get("timestamp"), "timestamp")


def _params(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return under(record, "requestParams") or under(record, "request_params")


def _status(record: Mapping[str, Any]) -> int:
    answer = under(record, "response")
    written = _word(answer.get("statusCode")) or _word(answer.get("status_code")) or ""
    return int(written) if len(written) == len("200") and written.isascii() and written.isdecimal() else 0


def _workspace(record: Mapping[str, Any]) -> str | None:
    found = _read(record, "workspaceId", "workspace_id")
    return None if found == "0" else found


def _read(record: Mapping[str, Any], delivered: str, column: str) -> str | None:
    return _word(record.get(delivered)) or _word(record.get(column))


def _word(value: Any) -> str | None:
    """Text, or a whole number as text: ids of workspaces are both."""
    return (
        str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 64 else text(value)
    )


def action_of(record: Any) -> str | None:
    """Databricks' own names: the service and its action."""
    if not isinstance(record, dict):
        return None
    service, action = _read(record, "serviceName", "service_name"), _read(record, "actionName", "action_name")
    return f"{service[:60]}.{action[:80]}" if service and action else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of Databricks' audit log."""
    if not isinstance(record, dict):
        return 0.0
    if not ({"serviceName", "actionName"} <= record.keys() or {"service_name", "action_name"} <= record.keys()):
        return 0.0
    return round(min(0.4 + 0.2 * sum(key in record for key in _KEYS), 0.97), 2)
