"""Jamf Pro: applications on Macs, from the inventory, with the person a computer is assigned to.

`GET /api/v3/computers-inventory` by pages with the sections GENERAL, APPLICATIONS and USER_AND_LOCATION, whole once a
day: https://developer.jamf.com/jamf-pro/reference/get_v3-computers-inventory (its example was parsed), v3 since 11.23:
https://developer.jamf.com/jamf-pro/changelog/11230-additions; the request as elastic/integrations makes it,
packages/jamf_pro/data_stream/inventory/agent/stream/cel.yml.hbs. Signing in: `POST /api/oauth/token`. Read 2026-11-21.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.clientgrant import ClientGrant
from connectors.shared.devices import people, programs
from connectors.shared.graph import items, maybe_moment, text, under
from connectors.shared.walks import Api, Listed, Places, Window, snapshot
from schemas.observation import Actor, Kind, Observation
from schemas.secretref import SecretRef

SIZE = 100
_SECTIONS = "section=GENERAL&section=APPLICATIONS&section=USER_AND_LOCATION"
_SYSTEM = ("/System/", "/Library/Apple/")
_NO_ROLE = (
    "the API client may not read computers: give its role the privilege Read Computers "
    "(Settings > System > API roles and clients)"
)
_REFUSALS = {
    401: Trouble("failing", "Jamf does not accept the token; look whether the API client is enabled"),
    403: Trouble("no_permission", _NO_ROLE),
    404: Trouble("failing", "this server has no such version of the inventory; set `version` to 1, 2 or 3"),
}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`host` is the server, `acme.jamfcloud.com`; `client_id` and `client_secret` (a reference) are an API client's.

    `version` is that of the inventory's API. `base_url` overrides the address made of the host.
    """

    host: str
    client_id: str
    client_secret: str
    version: int = 3
    snapshot_hours: int = 24
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Every computer, whole once in `snapshot_hours`."""
    config: Config = ctx.config
    base = (config.base_url or f"https://{config.host}").rstrip("/")
    grant = ClientGrant(
        ctx, f"{base}/api/oauth/token",
        form={"client_id": config.client_id, "client_secret": ctx.secret(config.client_secret)},
        refused="Jamf gives no token: look at client_id and client_secret of the API client, and that it is enabled",
    )  # fmt: skip

    async def ask(_window: Window, token: str | None) -> Listed:
        page = int(token or 0)
        api = Api(ctx, base, headers=await grant.headers(), refusals=_REFUSALS)
        path = f"/api/v{config.version}/computers-inventory?{_SECTIONS}&page={page}&page-size={SIZE}&sort=id%3Aasc"
        body = (await api.get(path)).body
        if not isinstance(body, dict) or not isinstance(body.get("results"), list):
            raise Trouble("failing", "the inventory answered without results")
        total, found = body.get("totalCount"), tuple(body["results"])
        more = bool(found) and isinstance(total, int) and (page + 1) * SIZE < total
        return Listed(found, str(page + 1) if more else None)

    async for page in snapshot(ctx, "computers", Places(ctx), ask, timedelta(hours=config.snapshot_hours)):
        yield page


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One computer with its applications. Raises Rejected for what is none."""
    if not isinstance(record, dict) or not isinstance(record.get("general"), dict):
        raise Rejected("no section GENERAL: not a computer of the inventory")
    applications = [one for one in items(record.get("applications")) if not _is_systems(one)]
    if not applications:
        return Ignored("computer without applications")
    general = record["general"]
    at = maybe_moment(general.get("reportDate")) or maybe_moment(general.get("lastContactTime"))
    if at is None:
        raise Rejected("neither reportDate nor lastContactTime is a time")
    who = _assigned(general, under(record, "userAndLocation"))
    found = (_installed(one, at, who, text(record.get("id"))) for one in applications)
    return iter([each for each in found if each is not None])


def _is_systems(application: Mapping[str, Any]) -> bool:
    path = application.get("path")
    return isinstance(path, str) and path.startswith(_SYSTEM)


def _assigned(general: Mapping[str, Any], user: Mapping[str, Any]) -> Actor | None:
    """The person the computer is assigned to, else who signed in to it last."""
    email = text(user.get("email"))
    names = ("lastLoggedInUsernameBinary", "lastLoggedInUsernameSelfService")
    last = next((who for name in names if (who := people.login(general.get(name)))), None)
    login = people.login(user.get("username")) or last
    return people.actor(text(general.get("name")), login, email=email if email and "@" in email else None)


def _installed(application: Mapping[str, Any], at: datetime, who: Actor | None, key: str | None) -> Observation | None:
    """An installed application; it counts once a day, so the day of the report is in its id."""
    bundle, name = text(application.get("bundleId")), text(application.get("name"))
    app = programs.app(bundle, name)
    version = text(application.get("version"))
    facts = {"version": version} if version else {}
    return Observation(
        source="jamf", kind=Kind.ENDPOINT, at=at, id=f"jamf:{key}:{bundle or name}:{at:%Y-%m-%d}" if key else "",
        actor=who, app=app, action="present", attributes={**facts, "standing": "true"},
    ) if app else None  # fmt: skip


def recognise(record: Any) -> float:
    """How much a JSON object looks like a computer of the inventory."""
    if not isinstance(record, dict) or not isinstance(record.get("general"), dict):
        return 0.0
    general = record["general"]
    named = sum(
        key in general for key in ("jamfBinaryVersion", "reportDate", "lastContactTime", "remoteManagement", "name")
    )
    sections = sum(key in record for key in ("udid", "applications", "userAndLocation", "hardware", "operatingSystem"))
    return round(min(0.96, 0.12 * (named + sections)), 2)


CONNECTOR = Connector(
    name="jamf",
    title="Jamf Pro inventory",
    kinds=(Kind.ENDPOINT,),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developer.jamf.com/jamf-pro/reference/get_v3-computers-inventory",
    permissions=("Read Computers",),
    granted_in="Settings > System > API roles and clients: a role with Read Computers, and a client with it",
    plan="Jamf Pro 10.49 or later (API clients); `version` 3 needs 11.23",
    cursor="whole inventory once a day, page by page",
    lateness=timedelta(days=1),
    every=timedelta(hours=1),
    evidence="vendor example",
    samples=("jamf/computers.json",),
    secrets=("client_secret",),
)
