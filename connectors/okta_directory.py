"""Okta's directory: who works here and who has left, every application, and what each person let programs do.

API (read 2026-11-21): https://developer.okta.com/docs/reference/api/users/ (list, grants of a user) and …/apps/, with
example answers. The list of users leaves out those who are deactivated, so these are asked for by themselves. A grant
is asked for person by person, once a day; phone numbers, addresses and second mails are not kept.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, date, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.graph import items, maybe_moment, text, under
from connectors.shared.walks import Answer, Api, Listed, Listing, Places, Window, several, snapshot
from schemas.observation import Actor, App, Kind, Observation
from schemas.person import Person
from schemas.secretref import SecretRef

SOURCE = "okta_directory"
_LINK = re.compile(r'<([^>]*)>\s*;[^,<]*?rel="?next"?', re.IGNORECASE)
_USERS, _APPS = "/api/v1/users", "/api/v1/apps"
_LEFT = {"DEPROVISIONED", "SUSPENDED"}
_PER_PAGE = "100"
_NOT_ALLOWED = "the token's owner may not read this; give it the role Read-only Administrator"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is a reference (env: or file:) to an API token. `org` is the host, `acme.okta.com`.

    `grants` off reads people and applications only. `base_url` overrides the address made of `org`.
    """

    org: str
    token: str
    grants: bool = True
    snapshot_hours: float = 24
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """People, those who left, applications, then what each person let in; each once a day."""
    base = ctx.config.base_url or f"https://{ctx.config.org}"
    refusals = {
        401: Trouble("failing", "the API token is not accepted; make a new one"),
        403: Trouble("no_permission", _NOT_ALLOWED),
    }
    headers = {"Authorization": f"SSWS {ctx.secret(ctx.config.token)}"}
    api = Api(ctx, base, headers=headers, refusals=refusals, gone=(400, 404))
    places, every = Places(ctx), timedelta(hours=ctx.config.snapshot_hours)
    left = {"limit": "200", "filter": 'status eq "DEPROVISIONED"'}
    lists = {
        "users": _listing(api, _USERS, {"limit": "200"}, lambda user, _: user),
        "left": _listing(api, _USERS, left, lambda user, _: user),
        "apps": _listing(api, _APPS, {"limit": "200"}, lambda app, at: {"takenAt": at, "app": app}),
    }
    if ctx.config.grants:
        lists["grants"] = _grants(api)
    streams = {name: snapshot(ctx, name, places, ask, every) for name, ask in lists.items()}
    async for page in several(ctx, streams):
        yield page


def _stamp(window: Window) -> str:
    return f"{window.end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _page(answer: Answer) -> tuple[list[Any], str | None]:
    """The entries of a list, and the link of the next page."""
    if not isinstance(answer.body, list):
        raise Trouble("failing", "Okta answered 200 without a list")
    found = [match[1] for match in _LINK.finditer(answer.headers.get("link", ""))]
    return answer.body, found[-1] if found else None


def _listing(api: Api, path: str, params: Mapping[str, str], made: Callable[[Any, str], Any]) -> Listing:
    async def ask(window: Window, token: str | None) -> Listed:
        answer = await api.get(token or path, None if token else params, resumed=token is not None)
        entries, following = _page(answer)
        return Listed(tuple(made(one, _stamp(window)) for one in entries), following)

    return ask


def _grants(api: Api) -> Listing:
    """The grants of a page of people, with the names of the programs. Who went away in between has none."""
    names: dict[str, str | None] = {}

    async def named(client: str) -> str | None:
        if client not in names:
            answer = await api.get(f"/oauth2/v1/clients/{quote(client, safe='')}", accept=(403, 404))
            names[client] = text(answer.body.get("client_name")) if isinstance(answer.body, dict) else None
        return names[client]

    async def ask(window: Window, token: str | None) -> Listed:
        params = {"limit": _PER_PAGE}
        answer = await api.get(token or _USERS, None if token else params, resumed=token is not None)
        people, following = _page(answer)
        found: list[dict[str, Any]] = []
        for person in items(people):
            key = quote(text(person.get("id")) or "", safe="")
            given = await api.get(f"{_USERS}/{key}/grants", {"limit": "200"}, accept=(404,))
            for grant in items(given.body):
                client = text(grant.get("clientId")) or ""
                about = {"takenAt": _stamp(window), "login": under(person, "profile").get("login"), "grant": grant}
                found.append({**about, "clientName": await named(client)})
        return Listed(tuple(found), following)

    return ask


def parse(record: Any, _config: Config | None) -> Iterator[Observation | Person] | Ignored:
    """A person, an application that stands, or a grant that does. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    grant, app = under(record, "grant") or record, under(record, "app") or record
    if text(grant.get("scopeId")) and text(grant.get("clientId")):
        return _grant(grant, record)
    if text(app.get("signOnMode")) and text(app.get("label")):
        return _application(app, record)
    if isinstance(record.get("profile"), dict) and text(record["profile"].get("login")):
        return iter((_person(record, record["profile"]),))
    raise Rejected("neither a user, an application nor a grant")


def _grant(grant: Mapping[str, Any], around: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    at = maybe_moment(around.get("takenAt"))
    if at is None:
        return Ignored("grant without the time it was read")
    if grant.get("status") not in (None, "ACTIVE"):
        return Ignored("grant that was revoked")
    login, key = text(around.get("login")) or "", text(grant.get("id"))
    who = Actor(
        id=login if login and "@" not in login else None,
        email=login.lower() if "@" in login else None,
        idp_id=text(grant.get("userId")),
    )
    seen = Observation(
        source=SOURCE,
        kind=Kind.GRANT,
        at=at,
        id=f"{SOURCE}:{key}:{at:%Y-%m-%d}" if key else "",
        actor=who if who != Actor() else None,
        app=App(name=text(around.get("clientName")), client_id=text(grant.get("clientId"))),
        action="hold",
        scopes=(str(grant["scopeId"]),),
        attributes={"standing": "true", "admin_consent": "true" if grant.get("source") == "ADMIN" else "false"},
    )
    return iter((seen,))


def _application(app: Mapping[str, Any], around: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    at = maybe_moment(around.get("takenAt"))
    if at is None:
        return Ignored("application without the time it was read")
    if app.get("status") == "INACTIVE":
        return Ignored("application that is switched off")
    key, client = text(app.get("id")), under(under(app, "credentials"), "oauthClient")
    told = {"sign_on": text(app.get("signOnMode")), "integration": text(app.get("name"))}
    seen = Observation(
        source=SOURCE,
        kind=Kind.AUDIT,
        at=at,
        id=f"{SOURCE}:{key}:{at:%Y-%m-%d}" if key else "",
        app=App(name=text(app.get("label")), client_id=text(client.get("client_id")) or key),
        action="present",
        attributes={"standing": "true", **{name: value for name, value in told.items() if value}},
    )
    return iter((seen,))


def _person(user: Mapping[str, Any], profile: Mapping[str, Any]) -> Person:
    """One account; whoever is suspended or deactivated has left for what this is about."""
    login, mail = text(profile.get("login")) or "", (text(profile.get("email")) or "").lower()
    email = mail if "@" in mail else login.lower() if "@" in login else None
    number, status = text(profile.get("employeeNumber")), text(user.get("status")) or ""
    whole = " ".join(found for name in ("firstName", "lastName") if (found := text(profile.get(name))))
    return Person(
        source=SOURCE,
        employee_id=number or email or login,
        name=text(profile.get("displayName")) or whole or None,
        email=email,
        unit=text(profile.get("department")) or text(profile.get("division")) or text(profile.get("organization")),
        manager=text(profile.get("managerId")) or text(profile.get("manager")),
        joined_on=_day(user.get("activated")),
        left_on=_day(user.get("statusChanged")) if status == "DEPROVISIONED" else None,
        active=status not in _LEFT,
        identifiers=tuple(dict.fromkeys(_identifiers(user, login, mail, number))),
    )


def _identifiers(user: Mapping[str, Any], login: str, mail: str, number: str | None) -> Iterator[tuple[str, str]]:
    if "@" in mail:
        yield "email", mail
    yield ("email", login.lower()) if "@" in login else ("login", login)
    if key := text(user.get("id")):
        yield "idp_id", key
    if number:
        yield "employee_id", number


def _day(value: Any) -> date | None:
    found = maybe_moment(value)
    return found.date() if found else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like a user, an application or a grant of Okta."""
    if not isinstance(record, dict):
        return 0.0
    grant, app = under(record, "grant") or record, under(record, "app") or record
    if {"scopeId", "clientId", "issuer"} <= grant.keys():
        return 0.95
    if {"signOnMode", "label"} <= app.keys():
        return 0.96
    return 0.96 if {"profile", "status", "statusChanged"} <= record.keys() else 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="Okta directory",
    kinds=(Kind.GRANT, Kind.AUDIT),
    how=("pull", "file", "push"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developer.okta.com/docs/reference/api/users/",
    permissions=("an API token of a Read-only Administrator",),
    granted_in="Admin Console > Security > API > Tokens > Create token",
    plan="any",
    cursor="per stream: time of the last whole snapshot, and the link of one broken off",
    every=timedelta(hours=6),
    rate=5.0,
    evidence="vendor example",
    samples=("okta_directory/users.json", "okta_directory/standing.json"),
    secrets=("token",),
)
