"""Clear values become values that name nobody. Pure, given the keys; what is not listed here does not travel.

Names of solutions, apps and policies stay (they are what is inventoried); a file keeps its ending, a person becomes
identifiers under the key, a path a template. Data classes are read from the clear record, here at the edge.
"""

from datetime import UTC, datetime
from itertools import islice

import msgspec

from schemas.observation import (
    Actor,
    App,
    ClassLabel,
    Identifier,
    Object,
    Observation,
    ProtectedObservation,
    ProtectedSolution,
    Solution,
)
from schemas.person import Person, ProtectedPerson
from services.ingest import identifiers, templates
from services.kit.keys import Keys
from services.labelling import sensitivity

NAMED = frozenset(
    {"solution", "app", "application", "policy", "flow", "agent", "bot", "model", "plugin", "connector", "extension"}
)
"""Types of object whose name and id travel: things, not people's work."""
FILES = frozenset({"file", "document", "attachment", "item", "spreadsheet", "page", "message", "folder"})
MANY = 64


def observation(
    clear: Observation, keys: Keys, *, instance: str, arrived_at: datetime, generation: int = 0
) -> ProtectedObservation:
    """The observation without anybody's name; its `id` is still the vendor's, or empty.

    An id that a connector made of what is told, with somebody's name in it, goes under the key.

    Raises ValueError for a time without a zone.
    """
    if clear.at.tzinfo is not UTC and clear.at.utcoffset() is None:
        raise ValueError("event time without a zone")
    if not clear.id and _is_visit(clear):
        return _visit(clear, keys, instance, arrived_at, generation)
    actor, told = clear.actor, clear.attributes
    return ProtectedObservation(
        id=_told(clear, keys) if "@" in clear.id else clear.id, source=clear.source, instance=instance,
        kind=clear.kind, at=clear.at, arrived_at=arrived_at, generation=generation,
        identifiers=identifiers.protected_actor(actor, keys) if actor else (),
        unit=_words(actor.unit) if actor and actor.unit else None,
        host=templates.host(clear.host) if clear.host else None,
        path=templates.path(clear.path) if clear.path else None,
        method=_words(clear.method) if clear.method else None, status=clear.status,
        app=_app(clear.app) if clear.app else None, action=_words(clear.action) if clear.action else None,
        object=_object(clear.object, keys) if clear.object else None,
        solution=_solution(clear.solution, keys) if clear.solution else None,
        scopes=_each(clear.scopes) if clear.scopes else (), bytes_out=clear.bytes_out, bytes_in=clear.bytes_in,
        user_agent=_words(clear.user_agent) if clear.user_agent else None,
        content_type=_words(clear.content_type) if clear.content_type else None,
        labels=_each(clear.labels) if clear.labels else (), classes=_classes(clear),
        tenant=_words(clear.tenant) if clear.tenant else None, attributes=_facts(told) if told else {},
    )  # fmt: skip


def _is_visit(clear: Observation) -> bool:
    """Whether it says no more than nearly every line of a proxy does: who went where, and how much went over."""
    return not (
        clear.attributes or clear.app or clear.object or clear.solution or clear.scopes or clear.labels
        or clear.tenant or (clear.actor is not None and clear.actor.unit)
    )  # fmt: skip


def _visit(
    clear: Observation, keys: Keys, instance: str, arrived_at: datetime, generation: int
) -> ProtectedObservation:  # fmt: skip
    """The same of a visit without an id: naming only the fields it may have takes half the time."""
    actor, host, path, method, action = clear.actor, clear.host, clear.path, clear.method, clear.action
    agent, content_type = clear.user_agent, clear.content_type
    return ProtectedObservation(
        id="", source=clear.source, instance=instance, kind=clear.kind, at=clear.at, arrived_at=arrived_at,
        generation=generation, identifiers=identifiers.protected_actor(actor, keys) if actor else (),
        host=templates.host(host) if host else None, path=templates.path(path) if path else None,
        method=templates.words(method) or None if method else None, status=clear.status,
        action=templates.words(action) or None if action else None, bytes_out=clear.bytes_out,
        bytes_in=clear.bytes_in, user_agent=templates.words(agent) or None if agent else None,
        content_type=templates.words(content_type) or None if content_type else None,
    )  # fmt: skip


def person(clear: Person, keys: Keys, *, instance: str, observed_at: datetime) -> ProtectedPerson:
    """A row of a directory, sealed; its pseudonym is the HMAC of the employee id.

    Raises ValueError without an employee id.
    """
    employee = identifiers.normalised("employee_id", clear.employee_id)
    if employee is None:
        raise ValueError("a person without an employee id")
    pairs = [("employee_id", clear.employee_id), *clear.identifiers]
    if clear.email:
        pairs.append(("email", clear.email))
    return ProtectedPerson(
        person=keys.identifier("employee_id", employee).hmac, source=clear.source, instance=instance,
        observed_at=observed_at, sealed=keys.seal(msgspec.json.encode(clear)), unit=_words(clear.unit),
        active=clear.active, left_on=clear.left_on, identifiers=identifiers.protected(pairs, keys),
    )  # fmt: skip


def _words(text: str | None) -> str | None:
    return (templates.words(text) or None) if text else None


def _each(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, map(templates.words, texts[:MANY]))) if texts else ()


def _facts(given: dict[str, str]) -> dict[str, str]:
    return given and {templates.words(name): templates.words(value) for name, value in islice(given.items(), MANY)}


def _app(app: App | None) -> App | None:
    if app is None:
        return None
    return App(name=_words(app.name), client_id=_words(app.client_id), publisher=_words(app.publisher))


def _object(thing: Object | None, keys: Keys) -> Object | None:
    """Things keep id and name; anything else an id under the key, and of a file's name the ending."""
    if thing is None:
        return None
    kind = templates.words(thing.type.lower())
    if kind in NAMED:
        return Object(type=kind, id=_id(thing.id, keys), name=_words(thing.name))
    name = templates.file(thing.name) if thing.name and kind in FILES else None
    return Object(type=kind, id=_hashed(thing.id, keys), name=name)


def _solution(made: Solution | None, keys: Keys) -> ProtectedSolution | None:
    if made is None:
        return None
    return ProtectedSolution(
        id=_id(made.id, keys) or "", type=templates.words(made.type), name=_words(made.name),
        environment=_words(made.environment), connectors=_each(made.connectors), sharing=_words(made.sharing),
        deleted=made.deleted, owner=_known(made.owner, keys), makers=_makers(made.makers, keys),
        touches=_each(made.touches), created_at=_instant(made.created_at), last_run_at=_instant(made.last_run_at),
    )  # fmt: skip


def _makers(named: tuple[Actor, ...], keys: Keys) -> tuple[Identifier, ...]:
    return tuple(dict.fromkeys(one for each in named[:MANY] if (one := _known(each, keys)) is not None))


def _known(actor: Actor | None, keys: Keys) -> Identifier | None:
    """The most trusted identifier of somebody a solution names."""
    return next(iter(identifiers.protected_actor(actor, keys)), None) if actor else None


def _instant(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.utcoffset() is None:
        raise ValueError("a solution's time without a zone")
    return moment


def _told(clear: Observation, keys: Keys) -> str:
    return f"{clear.source}:{_hashed(clear.id, keys)}"


def _id(given: str | None, keys: Keys) -> str | None:
    """A thing's id as it is, unless an address or a query stands in it."""
    return given if given is None or templates.words(given) == given else _hashed(given, keys)


def _hashed(given: str | None, keys: Keys) -> str | None:
    return keys.identifier("object", given).hmac if given else None


def _classes(clear: Observation) -> tuple[ClassLabel, ...]:
    if not (clear.labels or clear.scopes or clear.object or (clear.actor and clear.actor.unit)):
        return ()  # as a line of a proxy: nothing in it names data
    found = sensitivity.classes(clear)
    return tuple(ClassLabel(one.name, one.confidence, templates.words(one.basis)) for one in found) if found else ()
