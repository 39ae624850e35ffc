"""Person: who somebody is. Clear only in the process that read the directory; encrypted on `penumbra.person.v1`."""

from datetime import date, datetime

import msgspec

from schemas.observation import Identifier


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of a directory in the clear. `unit` is the organisational unit's name; `left_on` the last working day.

    `identifiers` are (kind, value) pairs with the kinds of `Identifier`: every e-mail, login, device … of theirs.
    """

    source: str
    employee_id: str
    name: str | None = None
    email: str | None = None
    unit: str | None = None
    manager: str | None = None
    joined_on: date | None = None
    left_on: date | None = None
    active: bool = True
    identifiers: tuple[tuple[str, str], ...] = ()


class ProtectedPerson(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The value of `penumbra.person.v1`; a record without a value is an erasure.

    `person` is the pseudonym (HMAC of the employee id), `sealed` the encrypted `Person` (Fernet token, text).
    """

    person: str
    source: str
    instance: str
    observed_at: datetime
    sealed: str
    unit: str | None = None
    active: bool = True
    left_on: date | None = None
    identifiers: tuple[Identifier, ...] = ()
