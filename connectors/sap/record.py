r"""What one record of the audit log says.

A record: `message_uuid`, `time`, `tenant`, `category`, `user`, `message`, an object or its JSON as text, in which parts
are JSON as text again (`\"appName\":\"das-application\"`). Services lay messages out as they like, so they are looked
through for few things: an application subscribed to, a call of AI Core's API, a client that belongs to an AI service.
Nothing else of a message is kept.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from connectors.base import Ignored, Rejected
from connectors.shared.auditlog import moment, names_ai, person
from connectors.shared.graph.values import text
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

JOULE = App(name="Joule", publisher="SAP")
CORE = App(name="SAP AI Core", publisher="SAP")
_SERVICES = {
    "das-application": JOULE, "das-service": JOULE, "das-designer": JOULE, "joule": JOULE, "aicore": CORE,
    "ai-launchpad": App(name="SAP AI Launchpad", publisher="SAP"),
}  # fmt: skip
_READ = {"audit.configuration", "audit.security-events"}
_LONGEST = 64 * 1024
_CATEGORY = re.compile(r"audit\.[a-z-]{1,40}")
_SUBSCRIBED = re.compile(r'"appName"\s*:\s*"([A-Za-z0-9_.-]{1,80})')
_DONE = re.compile(r'"(?:type|new)"\s*:\s*"(CREATE|UPDATE|DELETE)"')
_CALLED = re.compile(r"/v2/(?:lm|admin)/([A-Za-z]{1,40})(?:/([A-Za-z0-9-]{1,64}))?")
_VERB = re.compile(r"\b(POST|PUT|PATCH|DELETE|GET)\b")
_CLIENT = re.compile(r'client_?[iI]d"?\s*[=:]\s*"?([A-Za-z0-9_.!|-]{1,200})')
_ADDRESS = re.compile(r'"ip"\s*:\s*"([0-9A-Fa-f:.]{3,45})"')
_FAILED = ("Failure", "NotFound")
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete", "GET": "read"}


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One record. Raises Rejected for what is none."""
    if not isinstance(record, dict) or not isinstance(record.get("category"), str) or "time" not in record:
        raise Rejected("no record of SAP's audit log")
    category = record["category"]
    if category not in _READ:
        return Ignored(category if _CATEGORY.fullmatch(category) else "another category")
    said = _plain(record.get("message"))
    if category == "audit.security-events":
        client = _CLIENT.search(said)
        return _client(record, category, said, client[1]) if client else Ignored(category)
    if "RootSubscription" in said and (name := _SUBSCRIBED.search(said)):
        return _subscription(record, category, said, name[1])
    if "/v2/" in said and (called := _CALLED.search(said)):
        return _call(record, category, said, called)
    return Ignored(category)


def _plain(message: Any) -> str:
    """A message as text without the backslashes of JSON in JSON, cut off where it is longer than any is."""
    try:
        written = message if isinstance(message, str) else msgspec.json.encode(message).decode()
    except (TypeError, ValueError, RecursionError, OverflowError):
        return ""
    return written[:_LONGEST].replace("\\", "")


def _subscription(record: Mapping[str, Any], category: str, said: str, name: str) -> Iterator[Observation] | Ignored:
    """An application somebody subscribed a subaccount to."""
    app = _service(name)
    if app is None:
        return Ignored("subscription to an application that is no AI")
    done = _DONE.search(said)
    action = f"subscription.{done[1].lower()}" if done else "subscription"
    return iter((_seen(record, said, Kind.AUDIT, app, action, {"category": category, "application": name}),))


def _call(record: Mapping[str, Any], category: str, said: str, called: re.Match[str]) -> Iterator[Observation]:
    """A change made by AI Core's API: a deployment is something somebody built."""
    what, key = called[1], called[2]
    verb = _VERB.search(said)
    action = f"{what}.{_VERBS[verb[1]]}" if verb else what
    built = what == "deployments"
    solution = Solution(
        id=f"sap_ai_deployment:{key}", type="sap_ai_deployment", deleted=action == "deployments.delete"
    ) if built and key else None  # fmt: skip
    thing = Object(type=what.lower(), id=key) if key else None
    kind = Kind.BUILD if built else Kind.AUDIT
    yield _seen(record, said, kind, CORE, action, {"category": category}, thing, solution)


def _client(record: Mapping[str, Any], category: str, said: str, client: str) -> Iterator[Observation] | Ignored:
    """A client of an AI service that signed in or got a token: `sb-…!b217|aicore!b540`."""
    service = client.rpartition("|")[2].partition("!")[0]
    app = _service(service)
    if app is None:
        return Ignored("security event of a client that is no AI")
    event = _event(said)
    if event.endswith(_FAILED):
        return Ignored("security event that failed")
    app = App(name=app.name, client_id=client, publisher=app.publisher)
    return iter((_seen(record, said, Kind.AUDIT, app, event, {"category": category}),))


def _event(said: str) -> str:
    """The name before its explanation: `"ClientAuthenticationSuccess ('Client authentication success'): …`."""
    name = said.partition(" ('")[0][-80:].rpartition('"')[2]
    return name if name.isascii() and name.isalpha() else "security-event"


def _service(name: str) -> App | None:
    lowered = name.lower()
    for prefix, app in _SERVICES.items():
        if lowered == prefix or lowered.startswith(f"{prefix}-"):
            return app
    return App(name=name, publisher="SAP") if names_ai(name) else None


def _seen(
    record: Mapping[str, Any], said: str, kind: Kind, app: App, action: str, told: Mapping[str, str],
    thing: Object | None = None, solution: Solution | None = None,
) -> Observation:  # fmt: skip
    key = text(record.get("message_uuid"))
    return Observation(
        source="sap", kind=kind, at=moment(record.get("time"), "time"), id=f"sap:{key}" if key else "",
        actor=_actor(record, said), app=app, action=action, object=thing, solution=solution,
        tenant=text(record.get("tenant")), attributes=dict(told),
    )  # fmt: skip


def _actor(record: Mapping[str, Any], said: str) -> Actor | None:
    """The person of `user/sap.default/ana@example.com`; a client (`sb-…`) is none."""
    ip = _ADDRESS.search(said)
    account = (text(record.get("user")) or "").rpartition("/")[2].removeprefix("user:").strip()
    return person(account=None if account.startswith(("sb-", "$")) else account or None, ip=ip[1] if ip else None)


def action_of(record: Any) -> str | None:
    """The category, as SAP names it."""
    said = text(record.get("category")) if isinstance(record, dict) else None
    return said if said and _CATEGORY.fullmatch(said) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like a record of SAP's audit log."""
    if not isinstance(record, dict) or not isinstance(record.get("category"), str):
        return 0.0
    known = ("message_uuid", "als_service_id", "app_or_service_id", "org_id", "space_id", "format_version")
    return 0.98 if record["category"].startswith("audit.") and any(key in record for key in known) else 0.0
