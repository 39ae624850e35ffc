"""A User as it is kept: the attributes that say who somebody is, under their own names; the rest is not kept. Pure.

Names are matched without regard to case (RFC 7643 §2.1). Passwords, addresses, telephone numbers, photographs and roles
are left out: what is not needed is not stored. Booleans come as text from Entra, also flat keys
(`name.givenName`, `urn:…:User:department`) in the value of a PATCH without a path:
https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from connectors.scim import CORE, ENTERPRISE, PENUMBRA, lowered
from services.ingest.scim.fault import ScimFault

LONGEST, MOST = 256, 50
TEXTS = {name.lower(): name for name in ("userName", "externalId", "displayName", "title", "userType")}
NAME = {name.lower(): name for name in ("formatted", "familyName", "givenName")}
MAIL = {name.lower(): name for name in ("value", "type", "display")}
COMPANY = {
    name.lower(): name for name in ("employeeNumber", "costCenter", "organization", "division", "department")
}  # fmt: skip
MANAGER = {"value": "value", "displayname": "displayName"}
OURS = {"joinedon": "joinedOn", "lefton": "leftOn"}
EXTENSIONS = {ENTERPRISE.lower(): ENTERPRISE, PENUMBRA.lower(): PENUMBRA}
URN = re.compile(r"(urn:[^\[\]]+?:User)(?:[:.]|$)", re.IGNORECASE)
"""The schema an attribute's name begins with; older provisioning writes a dot behind it."""
Resource = dict[str, Any]


def read(body: Any) -> Resource:
    """What is kept of a User that was sent; raises ScimFault where an attribute can't be read, or has no userName."""
    if not isinstance(body, dict):
        raise ScimFault(400, "the body is not a JSON object", "invalidSyntax")
    kept = keep(body)
    if "userName" not in kept:
        raise ScimFault(400, "userName is needed", "invalidValue")
    return kept


def keep(body: Mapping[str, Any]) -> Resource:
    """The known attributes of a User, in their own spelling; an attribute that is null or empty is unassigned."""
    given = lowered(unflattened(body))
    kept: Resource = {**_texts(given, TEXTS)}
    if (active := given.get("active")) is not None:
        kept["active"] = boolean(active, "active")
    if name := _texts(lowered(given.get("name")), NAME):
        kept["name"] = name
    if mails := _mails(given.get("emails")):
        kept["emails"] = mails
    if company := _company(lowered(given.get(ENTERPRISE.lower()))):
        kept[ENTERPRISE] = company
    if ours := _texts(lowered(given.get(PENUMBRA.lower())), OURS):
        kept[PENUMBRA] = ours
    return kept


def unflattened(body: Mapping[str, Any]) -> Resource:
    """Flat keys put where they belong: `urn:…:User:department` into its extension, `name.givenName` into the name."""
    made: Resource = {}
    for key, value in body.items():
        urn = URN.match(key)
        extension, rest = (urn[1].lower(), key[urn.end() :]) if urn else ("", key)
        outer = EXTENSIONS.get(extension)
        inner, _, sub = rest.partition(".")
        if outer is not None and rest:
            _into(made, outer)[inner] = {sub: value} if sub else value
        elif outer is not None:
            _into(made, outer).update(value if isinstance(value, dict) else {})
        elif sub and inner.lower() == "name":
            _into(made, "name")[sub] = value
        elif inner.lower() == "name" and isinstance(value, dict):
            _into(made, "name").update(value)
        else:
            made[rest] = value
    return made


def _into(made: Resource, key: str) -> Resource:
    inner: Resource = made.setdefault(key, {})
    return inner


def boolean(value: Any, name: str) -> bool:
    """True or false, also as text in any case."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    raise ScimFault(400, f"{name} is neither true nor false", "invalidValue")


def text(value: Any, name: str) -> str | None:
    """A text, None for null and for an empty one; a number is one written otherwise."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ScimFault(400, f"{name} is not a text", "invalidValue")
    plain = str(value).strip()
    if len(plain) > LONGEST:
        raise ScimFault(400, f"{name} is longer than {LONGEST} characters", "invalidValue")
    return plain or None


def _texts(given: Mapping[str, Any], names: Mapping[str, str]) -> Resource:
    return {
        name: found for key, name in names.items() if (found := text(given.get(key), name)) is not None
    }  # fmt: skip


def _mails(value: Any) -> list[Resource]:
    if value is None:
        return []
    entries = value if isinstance(value, list) else [value]
    if len(entries) > MOST:
        raise ScimFault(400, f"more than {MOST} emails", "invalidValue")
    mails: list[Resource] = []
    for entry in entries:
        given = lowered(entry) if isinstance(entry, dict) else {"value": entry}
        mail = _texts(given, MAIL)
        if given.get("primary") is not None:
            mail["primary"] = boolean(given["primary"], "emails.primary")
        if "value" in mail:
            mails.append(mail)
    return mails


def _company(given: Mapping[str, Any]) -> Resource:
    company = _texts(given, COMPANY)
    manager = given.get("manager")
    if isinstance(manager, list):
        manager = manager[0] if manager else None
    told = _texts(lowered(manager), MANAGER) if isinstance(manager, dict) else {}
    if not isinstance(manager, dict) and (key := text(manager, "manager")):
        told = {"value": key}
    return {**company, "manager": told} if told else company


def presented(resource: Resource, key: str, created: str, changed: str, base: str) -> Resource:
    """The User as it is answered: with its schemas, id and meta."""
    extensions = [urn for urn in (ENTERPRISE, PENUMBRA) if urn in resource]
    meta = {"resourceType": "User", "created": created, "lastModified": changed, "location": f"{base}/Users/{key}"}
    return {"schemas": [CORE, *extensions], "id": key, **resource, "meta": meta}


def chosen(resource: Resource, wanted: Iterable[str], unwanted: Iterable[str]) -> Resource:
    """Only the attributes asked for, or all but those not wanted (RFC 7644 §3.9); `schemas` and `id` always stay."""
    named = {_outer(name) for name in wanted}
    left_out = {_outer(name) for name in unwanted}
    always = {"schemas", "id"}
    return {
        name: value
        for name, value in resource.items()
        if name in always or (name.lower() in named if named else name.lower() not in left_out)
    }


def _outer(name: str) -> str:
    """The top-level attribute a name stands for, in lower case."""
    plain = name.strip()
    urn = URN.match(plain)
    if urn is not None and urn[1].lower() in EXTENSIONS:
        return urn[1].lower()
    rest = plain[urn.end() :] if urn is not None else plain
    return rest.partition(".")[0].lower()
