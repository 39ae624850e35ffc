"""Google Workspace's directory: who works here and who has left, and every program each of them let in.

API (read 2026-11-21): https://developers.google.com/workspace/admin/directory/v1/guides/manage-users with examples of
users, …/reference/rest/v1/tokens/list. A token has no time and there is one list a person, so the whole is read once a
day: an account that is suspended or archived keeps its tokens. Passwords, phones, addresses and photographs are not
asked for.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected
from connectors.shared.google import GoogleApi, listed
from connectors.shared.graph import items, maybe_moment, moment, text, under
from connectors.shared.walks import Listed, Places, Window, several, snapshot
from schemas.observation import Actor, App, Kind, Observation
from schemas.person import Person
from schemas.secretref import SecretRef

SOURCE = "google_directory"
BASE = "https://admin.googleapis.com"
USERS = "/admin/directory/v1/users"
SCOPES = (
    "https://www.googleapis.com/auth/admin.directory.user.readonly",
    "https://www.googleapis.com/auth/admin.directory.user.security",
)
FIELDS = (
    "nextPageToken,users(id,primaryEmail,name/fullName,suspended,archived,deletionTime,creationTime,aliases,"
    "externalIds,organizations,relations,orgUnitPath)"
)
_ROLE = "a User Management administrator"
_TOKENS_PER_PAGE = 100
"""People whose tokens are read for one page: one request each."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`credentials` refers (env: or file:) to a service account's key, acting for `subject`, or to the file of an
    administrator who signed in (gcloud auth application-default login).

    `grants` off reads people only. `base_url` and `login_url` override Google's addresses.
    """

    credentials: str
    subject: str = ""
    customer: str = "my_customer"
    grants: bool = True
    snapshot_hours: float = 24
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.credentials)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """People, then what each of them let in; each once a day."""
    api = GoogleApi(ctx, ctx.config.base_url or BASE, *SCOPES, api="Admin SDK API", role=_ROLE)
    places, every = Places(ctx), timedelta(hours=ctx.config.snapshot_hours)
    params = {"customer": ctx.config.customer, "maxResults": "500", "projection": "full", "fields": FIELDS}
    users = api.listing(USERS, params, "users", lambda user, _: user)
    streams = {"users": snapshot(ctx, "users", places, users, every)}
    if ctx.config.grants:
        streams["tokens"] = snapshot(ctx, "tokens", places, _tokens(api, ctx.config.customer), every)
    async for page in several(ctx, streams):
        yield page


def _tokens(api: GoogleApi, customer: str) -> Any:
    """The tokens of a page of people. One whose account went away between the two requests has none."""
    params = {
        "customer": customer, "maxResults": str(_TOKENS_PER_PAGE), "fields": "nextPageToken,users(id,primaryEmail)",
    }  # fmt: skip

    async def ask(window: Window, token: str | None) -> Listed:
        asked = {**params, **({"pageToken": token} if token else {})}
        answer = await api.get(USERS, asked, resumed=token is not None)
        people = listed(answer.body, "users", window, lambda user, _: user)
        found: list[dict[str, Any]] = []
        for person in people.records:
            found += await _of(api, person, window)
        return Listed(tuple(found), people.following)

    return ask


async def _of(api: GoogleApi, person: Mapping[str, Any], window: Window) -> list[dict[str, Any]]:
    key = quote(text(person.get("id")) or text(person.get("primaryEmail")) or "", safe="")
    answer = await api.get(f"{USERS}/{key}/tokens", {}, accept=(404,))
    taken = window.end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    mail = person.get("primaryEmail")
    body = answer.body if answer.status < 300 else {}  # noqa: PLR2004 - a refusal that was accepted
    return [
        {"takenAt": taken, "email": mail, "entry": entry} for entry in listed(body, "items", window, _as_is).records
    ]


def _as_is(entry: Mapping[str, Any], _window: Window) -> Mapping[str, Any]:
    return entry


def parse(record: Any, _config: Config | None) -> Iterator[Observation | Person] | Ignored:
    """A person, or a token somebody gave a program. Raises Rejected for what is neither."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    entry = record.get("entry")
    body = entry if isinstance(entry, dict) else record
    if text(body.get("clientId")):
        return _token(body, record)
    if text(body.get("primaryEmail")):
        return iter((_person(body),))
    raise Rejected("neither a user nor a token of the Directory API")


def _token(body: Mapping[str, Any], around: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    given = text(around.get("takenAt"))
    if given is None:
        return Ignored("token without the time it was read")
    if body.get("anonymous") is True and text(body.get("clientId")) == "anonymous":
        return Ignored("program without an id")
    at, key, client = moment(given, "takenAt"), text(body.get("userKey")), text(body.get("clientId"))
    mail = text(around.get("email")) or ""
    scopes = body.get("scopes")
    told = [text(one) for one in scopes] if isinstance(scopes, list) else []
    seen = Observation(
        source=SOURCE,
        kind=Kind.GRANT,
        at=at,
        id=f"{SOURCE}:{key}:{client}:{at:%Y-%m-%d}" if key else "",
        actor=Actor(email=mail.lower() if "@" in mail else None, idp_id=key),
        app=App(name=text(body.get("displayText")), client_id=client),
        action="hold",
        scopes=tuple(dict.fromkeys(scope for scope in told if scope)),
        attributes={"standing": "true", **({"native": "true"} if body.get("nativeApp") is True else {})},
    )
    return iter((seen,))


def _person(user: Mapping[str, Any]) -> Person:
    """One account; whoever is suspended, archived or deleted has left for what this is about."""
    mail = (text(user.get("primaryEmail")) or "").lower()
    number = next((found for one in items(user.get("externalIds")) if (found := _number(one))), None)
    work = next(iter(sorted(items(user.get("organizations")), key=lambda one: one.get("primary") is not True)), {})
    managers = (text(one.get("value")) for one in items(user.get("relations")) if one.get("type") == "manager")
    unit = text(work.get("department")) or (text(user.get("orgUnitPath")) or "").strip("/") or None
    gone = [user.get(name) is True for name in ("suspended", "archived")]
    return Person(
        source=SOURCE,
        employee_id=number or mail,
        name=text(under(user, "name").get("fullName")),
        email=mail,
        unit=unit,
        manager=next((one for one in managers if one), None),
        joined_on=_day(user.get("creationTime")),
        left_on=_day(user.get("deletionTime")),
        active=not (any(gone) or text(user.get("deletionTime"))),
        identifiers=tuple(dict.fromkeys(_identifiers(user, mail, number))),
    )


def _number(external: Mapping[str, Any]) -> str | None:
    """An employee number: what Admin console calls *Employee ID*, or a custom id that says so."""
    named = (text(external.get("customType")) or "").lower()
    ours = external.get("type") == "organization" or "employee" in named
    return text(external.get("value")) if ours else None


def _identifiers(user: Mapping[str, Any], mail: str, number: str | None) -> Iterator[tuple[str, str]]:
    yield "email", mail
    if key := text(user.get("id")):
        yield "idp_id", key
    if number:
        yield "employee_id", number
    aliases = user.get("aliases")
    for alias in aliases if isinstance(aliases, list) else ():
        if (found := text(alias)) and "@" in found:
            yield "email", found.lower()


def _day(value: Any) -> date | None:
    found: datetime | None = maybe_moment(value)
    return found.date() if found else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like a user or a token."""
    if not isinstance(record, dict):
        return 0.0
    entry = record.get("entry")
    body = entry if isinstance(entry, dict) and "takenAt" in record else record
    if body.get("kind") in ("admin#directory#user", "admin#directory#token"):
        return 0.98
    if "clientId" in body and body.keys() & {"displayText", "nativeApp", "userKey"}:
        return 0.9
    return 0.85 if "primaryEmail" in body and body.keys() & {"orgUnitPath", "suspended", "name"} else 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="Google Workspace directory",
    kinds=(Kind.GRANT,),
    how=("pull", "file", "push"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developers.google.com/workspace/admin/directory/reference/rest/v1/tokens/list",
    permissions=(*(f"the scope {scope}" for scope in SCOPES), f"the administrator: {_ROLE}", "the Admin SDK API"),
    granted_in=(
        "Admin console > Security > Access and data control > API controls > Domain-wide delegation; "
        "Cloud console > APIs and services > Library > Admin SDK API"
    ),
    plan="any edition",
    cursor="per stream: time of the last whole snapshot, and the page token of one broken off",
    every=timedelta(hours=6),
    rate=20.0,
    evidence="vendor example",
    samples=("google_directory/users.json", "google_directory/tokens.json"),
    secrets=("credentials",),
    wrapped_in=("users",),
)
