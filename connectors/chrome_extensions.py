"""Chrome Enterprise's inventory: every extension and app of managed browsers, by profile (a person) and by device.

API (read 2026-11-21): https://developers.google.com/chrome/management/guides/samples_reportsapi with answers of
`countInstalledApps` and `findInstalledAppDevices`; profiles: …/reference/rest/v1/customers.profiles and the API's own
description (revision 20261104). A list has no history: it is read whole once a day.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected
from connectors.shared.devices import people, programs
from connectors.shared.google import GoogleApi, listed
from connectors.shared.graph import items, maybe_moment, text, under
from connectors.shared.walks import Listed, Places, Window, several, snapshot
from schemas.observation import Actor, App, Kind, Observation
from schemas.secretref import SecretRef

SOURCE = "chrome_extensions"
BASE = "https://chromemanagement.googleapis.com"
ROOT = "/v1/customers"
PROFILES = "https://www.googleapis.com/auth/chrome.management.profiles.readonly"
REPORTS = "https://www.googleapis.com/auth/chrome.management.reports.readonly"
_ROLE = "one who may see managed browsers, managed profiles and the list of extensions"
_APPS_PER_PAGE = "20"
"""Apps whose devices are asked for in one page: one request each, or more."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`credentials` refers (env: or file:) to a service account's key, acting for `subject`, or to the file of an
    administrator who signed in (gcloud auth application-default login).

    `devices` off reads profiles only; of an app on more than `most_devices` the number alone is read. `base_url` and
    `login_url` override Google's addresses.
    """

    credentials: str
    subject: str = ""
    customer: str = "my_customer"
    devices: bool = True
    most_devices: int = 2000
    snapshot_hours: float = 24
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.credentials)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Profiles with their extensions, then each app with its devices; each once a day."""
    scopes = (PROFILES, REPORTS) if ctx.config.devices else (PROFILES,)
    api = GoogleApi(ctx, ctx.config.base_url or BASE, *scopes, api="Chrome Management API", role=_ROLE)
    root, every, places = f"{ROOT}/{ctx.config.customer}", timedelta(hours=ctx.config.snapshot_hours), Places(ctx)
    profiles = api.listing(f"{root}/profiles", {"pageSize": "200"}, "chromeBrowserProfiles", _taken("profile"))
    streams = {"profiles": snapshot(ctx, "profiles", places, profiles, every)}
    if ctx.config.devices:
        streams["apps"] = snapshot(ctx, "apps", places, _apps(api, f"{root}/reports", ctx.config.most_devices), every)
    async for page in several(ctx, streams):
        yield page


def _taken(name: str) -> Any:
    return lambda entry, window: {"takenAt": _stamp(window), name: entry}


def _stamp(window: Window) -> str:
    return window.end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _apps(api: GoogleApi, reports: str, most: int) -> Any:
    """A page of apps, each with every device that has it; one that very many have, alone."""

    async def ask(window: Window, token: str | None) -> Listed:
        asked = {"pageSize": _APPS_PER_PAGE, **({"pageToken": token} if token else {})}
        answer = await api.get(f"{reports}:countInstalledApps", asked, resumed=token is not None)
        page = listed(answer.body, "installedApps", window, _taken("app"))
        found: list[dict[str, Any]] = []
        for one in page.records:
            if _program(one["app"]) is None or int(_count(one["app"].get("browserDeviceCount")) or 0) > most:
                found.append(one)
            else:
                found += [{**one, "device": device} async for device in _devices(api, reports, one["app"])]
        return Listed(tuple(found), page.following)

    return ask


async def _devices(api: GoogleApi, reports: str, app: Mapping[str, Any]) -> AsyncIterator[Any]:
    params = {"appId": text(app.get("appId")) or "", "appType": text(app.get("appType")) or "", "pageSize": "100"}
    token: str | None = None
    while True:
        asked = {**params, **({"pageToken": token} if token else {})}
        answer = await api.get(f"{reports}:findInstalledAppDevices", asked)
        devices = answer.body.get("devices") if isinstance(answer.body, dict) else None
        for device in items(devices):
            yield device
        token = text(answer.body.get("nextPageToken")) if devices else None
        if token is None:
            return


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """The extensions of a profile, or an app on a device. Raises Rejected for what is neither."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    body, app = under(record, "profile") or record, under(record, "app") or record
    if text(body.get("profilePermanentId")):
        return _profile(body, maybe_moment(record.get("takenAt")))
    if text(app.get("appId")):
        return _installed(record, app, under(record, "device"))
    raise Rejected("neither a browser's profile nor an installed app")


def _profile(profile: Mapping[str, Any], taken: datetime | None) -> Iterator[Observation] | Ignored:
    told = (maybe_moment(profile.get(name)) for name in ("lastStatusReportTime", "lastActivityTime"))
    at = next((one for one in told if one is not None), taken)
    if at is None:
        raise Rejected("profile without a time")
    data = list(items(under(profile, "reportingData").get("extensionData")))
    found = [(one, app) for one in data if (app := _program(one)) is not None]
    if not found:
        return Ignored("profile without extensions" if data else "profile that reports no extensions")
    who, key = _person(profile), text(profile.get("profilePermanentId"))
    return iter([_seen(f"{key}", at, app, who, one) for one, app in found])


def _person(profile: Mapping[str, Any]) -> Actor:
    device = under(profile, "deviceInfo")
    mail = text(profile.get("userEmail")) or ""
    machine = text(device.get("hostname")) or text(device.get("machine"))
    told = people.actor(machine, None, email=mail.lower() if "@" in mail else None) or Actor()
    return msgspec.structs.replace(told, idp_id=text(profile.get("userId")))


def _installed(
    record: Mapping[str, Any], app: Mapping[str, Any], device: Mapping[str, Any]
) -> Iterator[Observation] | Ignored:
    """An app on one device, or, in a file, the number of devices that have it."""
    taken = maybe_moment(record.get("takenAt"))
    if taken is None:
        return Ignored("app without the time it was read")
    named = _program(app)
    if named is None:
        return Ignored("theme, or app without an id")
    who = people.actor(text(device.get("machine")), None)
    key = text(device.get("deviceId")) or ("all" if not device else "")
    return iter((_seen(key or "", taken, named, who, app),))


def _seen(key: str, at: datetime, app: App, who: Actor | None, entry: Mapping[str, Any]) -> Observation:
    return Observation(
        source=SOURCE,
        kind=Kind.ENDPOINT,
        at=at,
        id=f"{SOURCE}:{key}:{app.client_id}:{at:%Y-%m-%d}" if key else "",
        actor=who,
        app=app,
        action="present",
        scopes=tuple(_permissions(entry)),
        attributes={"standing": "true", **_facts(entry)},
    )


def _facts(entry: Mapping[str, Any]) -> dict[str, str]:
    """How it came onto the device, its version, and how many browsers have it where no device is named."""
    told = {
        "install": (text(entry.get("installationType")) or text(entry.get("appInstallType")) or "").lower(),
        "version": text(entry.get("version")) or "",
        "disabled": "true" if entry.get("isDisabled") is True or entry.get("disabled") is True else "",
        "browsers": _count(entry.get("browserDeviceCount")),
    }
    return {name: value for name, value in told.items() if value}


def _count(value: Any) -> str:
    """An int64, which Google writes as a string."""
    return str(value) if str(value).isdecimal() and str(value) != "0" else ""


def _permissions(entry: Mapping[str, Any]) -> Iterator[str]:
    found = entry.get("permissions")
    yield from dict.fromkeys(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _program(entry: Mapping[str, Any]) -> App | None:
    """An extension or app by its id in the store; an Android app by its package. A theme is none."""
    kind = text(entry.get("extensionType")) or text(entry.get("appType")) or ""
    key = text(entry.get("extensionId")) or text(entry.get("appId"))
    name = text(entry.get("name")) or text(entry.get("displayName"))
    if kind == "THEME" or not key:
        return None
    return programs.app(key, name) if kind == "ANDROID_APP" else programs.extension("chrome", key, name)


def recognise(record: Any) -> float:
    """How much a JSON object looks like a profile or an installed app."""
    if not isinstance(record, dict):
        return 0.0
    body, app = under(record, "profile") or record, under(record, "app") or record
    if "profilePermanentId" in body and body.keys() & {"reportingData", "userEmail", "browserVersion"}:
        return 0.97
    own = {"appType", "appInstallType", "browserDeviceCount", "osUserCount", "appSource"}
    return 0.95 if "appId" in app and len(own & app.keys()) > 1 else 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="Chrome Enterprise extensions",
    kinds=(Kind.ENDPOINT,),
    how=("pull", "file", "push"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developers.google.com/chrome/management/guides/samples_reportsapi",
    permissions=(f"the scopes {PROFILES} and {REPORTS}", f"the administrator: {_ROLE}", "the Chrome Management API"),
    granted_in=(
        "Admin console > Security > Access and data control > API controls > Domain-wide delegation; "
        "Cloud console > APIs and services > Library > Chrome Management API"
    ),
    plan="Chrome Enterprise Core (free); browsers and profiles enrolled, with their reporting switched on",
    cursor="per stream: time of the last whole snapshot, and the page token of one broken off",
    every=timedelta(hours=6),
    lateness=timedelta(days=1),
    rate=10.0,
    evidence="vendor example",
    samples=("chrome_extensions/profiles.json", "chrome_extensions/apps.json"),
    secrets=("credentials",),
    wrapped_in=("chromeBrowserProfiles", "installedApps"),
)
