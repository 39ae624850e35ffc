"""PATCH: RFC 7644 §3.5.2, read as generously as identity providers write it. Pure.

`op` in any case; no path, with an object whose keys may be paths themselves; a value filter (`emails[type eq "work"]`)
that meets nothing makes the element it describes, for `Add` and `Replace`: that is how Entra sets an address the first
time. Attributes that are not kept are passed over.
"""

import copy
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from connectors.scim import CORE, ENTERPRISE, lowered
from services.ingest.scim.fault import ScimFault
from services.ingest.scim.filters import Comparison, comparison
from services.ingest.scim.resource import COMPANY, EXTENSIONS, MAIL, NAME, OURS, TEXTS, URN, Resource, boolean, keep

MOST = 100
_PATH = re.compile(r"([A-Za-z$][\w$-]*)(?:\[(.+)\])?(?:\.([A-Za-z$][\w$-]*))?")
_READ_ONLY = {"id", "meta", "schemas"}
_MAIL = {**MAIL, "primary": "primary"}


class Path(NamedTuple):
    """Where an operation goes: the schema (core where none is named), the attribute, a value filter, a part."""

    schema: str
    attribute: str
    where: Comparison | None
    part: str | None


def patched(resource: Resource, body: Any) -> Resource:
    """The resource after all operations, or none: raises ScimFault and the one given stays as it is."""
    operations = lowered(body).get("operations")
    if not isinstance(operations, list) or not operations:
        raise ScimFault(400, "Operations is not a list of operations", "invalidSyntax")
    if len(operations) > MOST:
        raise ScimFault(413, f"more than {MOST} operations; send several requests")
    made = copy.deepcopy(resource)
    for operation in operations:
        _apply(made, lowered(operation))
    kept = keep(made)
    if "userName" not in kept:
        raise ScimFault(400, "userName can't be removed", "invalidValue")
    return kept


def _apply(made: Resource, operation: Mapping[str, Any]) -> None:
    op = operation.get("op")
    op = op.lower() if isinstance(op, str) else ""
    path, value = operation.get("path"), operation.get("value")
    if op not in {"add", "replace", "remove"}:
        raise ScimFault(400, "op is none of add, replace and remove", "invalidSyntax")
    if path is None or path == "":
        if op == "remove":
            raise ScimFault(400, "remove needs a path", "noTarget")
        if not isinstance(value, dict):
            raise ScimFault(400, "an operation without a path needs an object of attributes", "invalidValue")
        for key, each in value.items():
            _at(made, op, key, each)
        return
    if not isinstance(path, str):
        raise ScimFault(400, "path is not a text", "invalidPath")
    _at(made, op, path, value)


def _at(made: Resource, op: str, path: str, value: Any) -> None:
    found = parsed(path)
    if found.schema == CORE:
        _core(made, op, found, value)
    else:
        inner = made.setdefault(found.schema, {})
        names = {**COMPANY, "manager": "manager"} if found.schema == ENTERPRISE else OURS
        if found.attribute == "":
            _whole(made, inner, op, found.schema, value)
        elif name := names.get(found.attribute):
            part = "value" if found.part is None else found.part
            wrapped = {part: value} if name == "manager" and found.part else value
            _set(inner, op, name, wrapped)


def _whole(made: Resource, inner: Resource, op: str, schema: str, value: Any) -> None:
    """An extension by its own name: removed, or each of its attributes set."""
    if op == "remove":
        made.pop(schema, None)
        return
    for key, each in (value if isinstance(value, dict) else {}).items():
        _at(made, op, f"{schema}:{key}", each)
    if not inner:
        made.pop(schema, None)


def parsed(path: str) -> Path:
    """A path taken apart, in lower case; raises ScimFault (invalidPath, invalidFilter, mutability)."""
    urn = URN.match(path)
    schema = EXTENSIONS.get(urn[1].lower(), urn[1]) if urn else CORE
    schema = CORE if schema.lower() == CORE.lower() else schema
    rest = path[urn.end() :] if urn else path
    if urn and not rest:
        return Path(schema, "", None, None)
    found = _PATH.fullmatch(rest.strip())
    if found is None:
        raise ScimFault(400, "the path can't be read", "invalidPath")
    attribute, where, part = found[1].lower(), found[2], (found[3] or "").lower() or None
    if schema == CORE and attribute in _READ_ONLY:
        raise ScimFault(400, f"{attribute} is read-only", "mutability")
    return Path(schema, attribute, comparison(where) if where else None, part)


def _core(made: Resource, op: str, path: Path, value: Any) -> None:
    if path.attribute == "emails":
        _mails(made, op, path, value)
    elif path.attribute == "name":
        if path.part is None and isinstance(value, dict) and op != "remove":
            for key, each in value.items():
                _named(made, op, key.lower(), each)
        elif path.part is None and op != "remove":
            raise ScimFault(400, "name is not an object", "invalidValue")
        elif path.part is None:
            made.pop("name", None)
        else:
            _named(made, op, path.part, value)
    elif path.attribute == "active":
        _set(made, op, "active", value if op == "remove" else boolean(value, "active"))
    elif name := TEXTS.get(path.attribute):
        _set(made, op, name, value)


def _named(made: Resource, op: str, part: str, value: Any) -> None:
    if name := NAME.get(part):
        _set(made.setdefault("name", {}), op, name, value)


def _set(inner: Resource, op: str, name: str, value: Any) -> None:
    if op == "remove":
        inner.pop(name, None)
    else:
        inner[name] = value


def _mails(made: Resource, op: str, path: Path, value: Any) -> None:
    held: list[Resource] = list(made.get("emails", []))
    if path.where is None and path.part is None:
        made["emails"] = _listed(held, op, value)
        return
    met = [mail for mail in held if path.where is None or path.where.holds(mail)]
    if op == "remove":
        made["emails"] = _without(held, met, path.part)
        return
    if not met:
        met = [{path.where.attribute: path.where.value} if path.where is not None else {}]
        held.append(met[0])
    for mail in met:
        _fill(mail, path.part, value)
        if str(mail.get("primary")).lower() == "true":
            for other in held:
                if other is not mail:
                    other.pop("primary", None)
    made["emails"] = held


def _fill(mail: Resource, part: str | None, value: Any) -> None:
    if part is not None:
        mail[_MAIL.get(part, part)] = value
    elif isinstance(value, dict):
        mail.update({_MAIL[key]: each for key, each in lowered(value).items() if key in _MAIL})
    else:
        mail["value"] = value


def _listed(held: list[Resource], op: str, value: Any) -> list[Resource]:
    """The addresses after an operation on all: those given are added, take the others' place, or are taken away."""
    given = [each if isinstance(each, dict) else {"value": each} for each in _several(value)]
    values = {str(lowered(each).get("value", "")).lower() for each in given}
    others = [mail for mail in held if str(mail.get("value", "")).lower() not in values]
    if op == "remove":
        return others if given else []
    return [*others, *given] if op == "add" else given


def _several(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _without(held: list[Resource], met: list[Resource], part: str | None) -> list[Resource]:
    if part is None:
        return [mail for mail in held if not any(mail is each for each in met)]
    for mail in met:
        mail.pop(_MAIL.get(part, part), None)
    return held
