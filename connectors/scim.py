"""People by SCIM 2.0: a User as an identity provider pushes it, in the clear of this process.

Attributes: RFC 7643 §4.1 and §4.3 (https://www.rfc-editor.org/rfc/rfc7643), matched without regard to case (§2.1).
Entra sends booleans as text and puts the mail nickname in externalId unless it is mapped otherwise:
https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups. Dates of joining and
leaving have no attribute of the standard; an extension of ours takes them.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal

import msgspec

from connectors.base import Connector, Ignored, Rejected
from schemas.person import Person

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PENUMBRA = "urn:ietf:params:scim:schemas:extension:penumbra:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_UNITS = ("department", "division", "costcenter", "organization")
_IDP_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|00u[0-9A-Za-z]{17}")
"""An object id of Entra, a user id of Okta."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`on_delete` says what a DELETE means: `leave` keeps who left, for owners and history; `erase` forgets them."""

    on_delete: Literal["leave", "erase"] = "leave"


def parse(record: Any, _config: Config) -> Iterator[Person] | Ignored:
    """One User. Raises Rejected naming the attribute that can't be read."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    given = lowered(record)
    schemas = given.get("schemas")
    if isinstance(schemas, list) and GROUP in schemas:
        return Ignored("group")
    user_name = _text(given, "username")
    if user_name is None:
        raise Rejected("no userName")
    company, ours = lowered(given.get(ENTERPRISE.lower())), lowered(given.get(PENUMBRA.lower()))
    mails = list(_mails(given.get("emails")))
    email = mails[0] if mails else user_name if "@" in user_name else None
    number = _text(company, "employeenumber")
    person = Person(
        source="scim",
        employee_id=number or email or user_name,
        name=_name(given),
        email=email.lower() if email else None,
        unit=next((unit for key in _UNITS if (unit := _text(company, key))), None),
        manager=_manager(company.get("manager")),
        joined_on=_date(ours, "joinedon"),
        left_on=_date(ours, "lefton"),
        active=_active(given.get("active")),
        identifiers=tuple(dict.fromkeys(_identifiers(given, user_name, mails, number))),
    )
    return iter((person,))


def lowered(value: Any) -> dict[str, Any]:
    """An object with its names in lower case; an empty one for anything else."""
    return {key.lower(): each for key, each in value.items()} if isinstance(value, dict) else {}


def _text(given: Mapping[str, Any], key: str) -> str | None:
    """A text, or a number written as one; raises Rejected for an object or a list."""
    value = given.get(key)
    if value is None or isinstance(value, bool):
        return None
    if not isinstance(value, str | int | float):
        raise Rejected(f"{key} is not a text")
    return str(value).strip() or None


def _mails(value: Any) -> Iterator[str]:
    """Addresses, the primary one first, then those of work."""
    listed = value if isinstance(value, list) else [value] if value else []
    entries = [lowered(each) if isinstance(each, dict) else {"value": each} for each in listed]
    ranked = sorted(entries, key=lambda each: (not _true(each.get("primary")), each.get("type") != "work"))
    for each in ranked:
        if (mail := _text(each, "value")) and "@" in mail:
            yield mail


def _name(given: Mapping[str, Any]) -> str | None:
    parts = lowered(given.get("name"))
    whole = " ".join(found for key in ("givenname", "familyname") if (found := _text(parts, key)))
    return _text(given, "displayname") or _text(parts, "formatted") or whole or None


def _manager(value: Any) -> str | None:
    """The manager's id or address; a name where nothing else is given."""
    if isinstance(value, dict):
        return _text(lowered(value), "value") or _text(lowered(value), "displayname")
    return value.strip() or None if isinstance(value, str) else None


def _date(given: Mapping[str, Any], key: str) -> date | None:
    text = _text(given, key)
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Rejected(f"{key} is no date; write YYYY-MM-DD") from None


def _true(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def _active(value: Any) -> bool:
    """Whether the account is in use: also `"False"`; who is not said to be inactive is active."""
    return not (value is False or (isinstance(value, str) and value.strip().lower() == "false"))


def _identifiers(
    given: Mapping[str, Any], user_name: str, mails: list[str], number: str | None
) -> Iterator[tuple[str, str]]:
    for mail in mails:
        yield "email", mail.lower()
    yield ("email", user_name.lower()) if "@" in user_name else ("login", user_name)
    if number:
        yield "employee_id", number
    if external := _text(given, "externalid"):
        yield ("idp_id" if _IDP_ID.fullmatch(external) else "login"), external


def recognise(record: Any) -> float:
    """How much a JSON object looks like a User."""
    if not isinstance(record, dict):
        return 0.0
    schemas = record.get("schemas")
    if isinstance(schemas, list) and (CORE in schemas or GROUP in schemas):
        return 0.97
    known = lowered(record).keys()
    return 0.6 if "username" in known and known & {"emails", "active", "name", "externalid"} else 0.0


CONNECTOR = Connector(
    name="scim",
    title="People by SCIM 2.0",
    kinds=(),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    docs="connectors/README.md#people-by-scim",
    permissions=("a token with people:write for the identity provider",),
    plan="any identity provider that provisions by SCIM 2.0",
    cursor="pushed",
    evidence="vendor example",
    samples=("scim/users.json",),
    wrapped_in=("Resources",),
)
