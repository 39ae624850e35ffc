"""Entra's directory of people: who works here, in which unit and under whom, and who has left.

API (read 2026-11-21): https://learn.microsoft.com/graph/api/user-list and …/directory-deleteditems-list, with example
answers; properties: …/graph/api/resources/user. The whole is read once a day, those who were deleted (30 days) too.
Phone numbers, addresses, photographs and other mails are not asked for.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected
from connectors.shared.graph import Cloud, Needs, maybe_moment, on_graph, text, under
from connectors.shared.walks import Places, several, snapshot
from schemas.person import Person
from schemas.secretref import SecretRef

SOURCE = "entra_directory"
_USERS, _DELETED = "/v1.0/users", "/v1.0/directory/deletedItems/microsoft.graph.user"
_FIELDS = (
    "id,userPrincipalName,mail,displayName,employeeId,department,companyName,accountEnabled,userType,employeeHireDate,"
    "createdDateTime,onPremisesSamAccountName,proxyAddresses"
)
_MANAGER = "manager($select=id,userPrincipalName,employeeId)"
_NEEDS = Needs("User.Read.All", "Microsoft Entra ID")
_GUID = 32


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`client_secret` is a reference (env: or file:). `guests` on makes guests of other organisations people too.

    `base_url` and `login_url` override the cloud's addresses.
    """

    tenant_id: str
    client_id: str
    client_secret: str
    cloud: Cloud = "commercial"
    guests: bool = False
    snapshot_hours: float = 24
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Everybody once a day, then those who were deleted."""
    api, places, every = on_graph(ctx, _NEEDS), Places(ctx), timedelta(hours=ctx.config.snapshot_hours)
    users = api.listing(_USERS, {"$select": _FIELDS, "$expand": _MANAGER, "$top": "500"})
    deleted = api.listing(_DELETED, {"$select": f"{_FIELDS},deletedDateTime", "$top": "500"})
    streams = {
        "users": snapshot(ctx, "users", places, users, every),
        "deleted": snapshot(ctx, "deleted", places, deleted, every),
    }
    async for page in several(ctx, streams):
        yield page


def parse(record: Any, config: Config | None) -> Iterator[Person] | Ignored:
    """One user. Raises Rejected for what is none."""
    if not isinstance(record, dict) or text(record.get("userPrincipalName")) is None:
        raise Rejected("no userPrincipalName: not a user of Microsoft Graph")
    if record.get("userType") == "Guest" and not (config and config.guests):
        return Ignored("guest of another organisation")
    return iter((_person(record),))


def _person(user: Mapping[str, Any]) -> Person:
    """One account. One that is switched off has left for what this is about; a deleted one on the day it was."""
    login, number = _login(user), text(user.get("employeeId"))
    mail = (text(user.get("mail")) or "").lower()
    email = mail if "@" in mail else login.lower()
    gone, manager = _day(user.get("deletedDateTime")), under(user, "manager")
    return Person(
        source=SOURCE,
        employee_id=number or email,
        name=text(user.get("displayName")),
        email=email,
        unit=text(user.get("department")) or text(user.get("companyName")),
        manager=text(manager.get("employeeId")) or text(manager.get("userPrincipalName")),
        joined_on=_day(user.get("employeeHireDate")) or _day(user.get("createdDateTime")),
        left_on=gone,
        active=gone is None and user.get("accountEnabled") is not False,
        identifiers=tuple(dict.fromkeys(_identifiers(user, login, mail, number))),
    )


def _login(user: Mapping[str, Any]) -> str:
    """The principal name; before that of a deleted user stands its object id, without dashes."""
    name, key = text(user.get("userPrincipalName")) or "", (text(user.get("id")) or "").replace("-", "")
    return name[_GUID:] if len(key) == _GUID and name.lower().startswith(key.lower()) else name


def _identifiers(user: Mapping[str, Any], login: str, mail: str, number: str | None) -> Iterator[tuple[str, str]]:
    if "@" in mail:
        yield "email", mail
    yield "email", login.lower()
    if key := text(user.get("id")):
        yield "idp_id", key
    if account := text(user.get("onPremisesSamAccountName")):
        yield "login", account
    if number:
        yield "employee_id", number
    given = user.get("proxyAddresses")
    for one in given if isinstance(given, list) else ():
        kind, _, address = str(one).partition(":")
        if kind.lower() == "smtp" and "@" in address:
            yield "email", address.lower()


def _day(value: Any) -> date | None:
    found = maybe_moment(value)
    return found.date() if found else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like a user of Microsoft Graph."""
    if not isinstance(record, dict) or "userPrincipalName" not in record or "appId" in record:
        return 0.0
    own = {"accountEnabled", "displayName", "mail", "department", "employeeId", "userType", "proxyAddresses"}
    return 0.97 if len(own & record.keys()) > 2 and "id" in record else 0.0  # noqa: PLR2004 - more than a stray one


CONNECTOR = Connector(
    name=SOURCE,
    title="Microsoft Entra directory of people",
    kinds=(),
    how=("pull", "file", "push"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://learn.microsoft.com/graph/api/user-list",
    permissions=("User.Read.All",),
    granted_in=(
        "Microsoft Entra admin center > App registrations > the application > API permissions > Microsoft Graph, "
        "application permissions; then Grant admin consent"
    ),
    plan="Microsoft Entra ID",
    cursor="per stream: time of the last whole snapshot, and the link of one broken off",
    every=timedelta(hours=6),
    rate=5.0,
    evidence="vendor example",
    samples=("entra_directory/users.json",),
    secrets=("client_secret",),
)
