"""What a User comes to as a person: the key of the pseudonym, every name they had, when they left. Pure.

The key is chosen once, for a changed name or address must not split a person in two; an employee number that comes
later takes its place, and what the old one was derived from goes with the person as an identifier.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from connectors.base import Ignored, Rejected
from connectors.scim import ENTERPRISE, Config, parse
from schemas.person import Person
from services.ingest.scim.fault import ScimFault
from services.ingest.scim.resource import Resource
from services.ingest.scim.store import Kept

MOST_FORMER = 50


def kept(resource: Resource, before: Kept | None, today: date) -> Kept:
    """What is to be kept now; raises ScimFault where the resource is no person's."""
    person = read(resource)
    numbered = bool(resource.get(ENTERPRISE, {}).get("employeeNumber"))
    key = person.employee_id if before is None or numbered else before.key
    former = (*before.formerly, *_identifiers(before)) if before is not None else ()
    current = set(person.identifiers)
    gone = tuple(each for each in dict.fromkeys(former) if each not in current)
    return Kept(resource=resource, key=key, formerly=gone[-MOST_FORMER:], left_on=_left(person, before, today))


def _left(person: Person, before: Kept | None, today: date) -> date | None:
    """The day they left: as the provider tells it, else the day the account was first found out of use."""
    if person.left_on is not None or person.active:
        return person.left_on
    return before.left_on if before is not None and before.left_on is not None else today


def _identifiers(before: Kept) -> Iterable[tuple[str, str]]:
    number = before.resource.get(ENTERPRISE, {}).get("employeeNumber")
    return (each for each in read(before.resource).identifiers if each != ("employee_id", number))


def read(resource: Resource) -> Person:
    """The person in a resource; raises ScimFault naming the attribute that can't be read."""
    try:
        found: Any = parse(resource, Config())
        if isinstance(found, Ignored):
            raise ScimFault(400, "not a User", "invalidValue")
        person: Person = next(iter(found))
    except Rejected as fault:
        raise ScimFault(400, str(fault), "invalidValue") from None
    return person


def person(now: Kept, manager: str | None) -> Person:
    """The person to publish; `manager` is who their manager's id stands for, where that is known."""
    found = read(now.resource)
    return msgspec.structs.replace(
        found, employee_id=now.key, left_on=now.left_on, manager=manager or found.manager,
        identifiers=(*found.identifiers, *now.formerly),
    )  # fmt: skip


def leaver(now: Kept, today: date) -> Kept:
    """The same, gone: a DELETE says that the account is no more, and so that the person left."""
    resource = {**now.resource, "active": False}
    return msgspec.structs.replace(now, resource=resource, left_on=now.left_on or today)


def replaced(before: Kept | None, now: Kept) -> str | None:
    """The key of the person that this one was before under a derived key, whose entry is to be forgotten."""
    if before is None or before.key == now.key:
        return None
    return before.key if not before.resource.get(ENTERPRISE, {}).get("employeeNumber") else None
