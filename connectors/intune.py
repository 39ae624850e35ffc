"""Microsoft Intune: applications it found on managed devices, with each device and its person.

API (read 2026-11-21): https://learn.microsoft.com/graph/api/resources/intune-devices-detectedapp and …-manageddevice,
with example answers. An application names its devices at one request each, so that is done for those whose name has one
of `programs` in it; of all others the number of devices is told. Rows of the export *Discovered apps, raw data*
(AppInvRawData) are read too, where a column `takenAt` says when. A list has no history: it is read once a day.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected
from connectors.shared.devices import people, programs
from connectors.shared.graph import Cloud, Needs, Signed, items, maybe_moment, odata, on_graph, text, under
from connectors.shared.walks import Listed, Places, Window, several, snapshot
from schemas.observation import Actor, App, Kind, Observation
from schemas.secretref import SecretRef

SOURCE = "intune"
_APPS = "/v1.0/deviceManagement/detectedApps"
_DEVICE = {"$select": "id,deviceName,userPrincipalName,userId,emailAddress,lastSyncDateTime"}
_NEEDS = Needs("DeviceManagementManagedDevices.Read.All", "Microsoft Intune")
PROGRAMS = (
    "chatgpt", "openai", "claude", "anthropic", "cursor", "windsurf", "codeium", "ollama", "lm studio", "copilot",
    "perplexity", "gemini", "anythingllm", "gpt4all", "codex", "antigravity", "granola", "otter", "fireflies",
    "deepseek", "grammarly", "msty", "comfyui", "superwhisper", "wispr", "notion", "grok", "stable diffusion",
)  # fmt: skip


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`client_secret` is a reference (env: or file:). `programs` are words of names whose devices are asked for.

    Of an application on more than `most_devices` the number alone is told. `base_url` and `login_url` override the
    cloud's addresses.
    """

    tenant_id: str
    client_id: str
    client_secret: str
    cloud: Cloud = "commercial"
    programs: tuple[str, ...] = PROGRAMS
    most_devices: int = 5000
    snapshot_hours: float = 24
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Every application once a day; those of `programs` with their devices."""
    api, every = on_graph(ctx, _NEEDS), timedelta(hours=ctx.config.snapshot_hours)
    streams = {"apps": snapshot(ctx, "apps", Places(ctx), _applications(api, ctx.config), every)}
    async for page in several(ctx, streams):
        yield page


def _applications(api: Signed, config: Config) -> Any:
    async def ask(window: Window, token: str | None) -> Listed:
        resumed = token is not None
        answer = await api.get(token or _APPS, None if resumed else {"$top": "50"}, resumed=resumed)
        page = odata(answer.body, window, lambda app, _: app)
        at = f"{window.end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        found: list[dict[str, Any]] = []
        for app in page.records:
            devices = [one async for one in _devices(api, app)] if _wanted(app, config) else [None]
            found += [{"takenAt": at, "app": app, **({"device": one} if one else {})} for one in devices]
        return Listed(tuple(found), page.following)

    return ask


def _wanted(app: Mapping[str, Any], config: Config) -> bool:
    name, count = (text(app.get("displayName")) or "").lower(), app.get("deviceCount")
    few = not isinstance(count, int) or 0 < count <= config.most_devices
    return few and text(app.get("id")) is not None and any(word in name for word in config.programs)


async def _devices(api: Signed, app: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
    """Every device that has it."""
    following: str | None = f"{_APPS}/{app['id']}/managedDevices"
    params: Mapping[str, str] | None = _DEVICE
    while following is not None:
        body = (await api.get(following, params)).body
        for one in items(body.get("value") if isinstance(body, dict) else None):
            yield one
        following, params = (text(body.get("@odata.nextLink")) if isinstance(body, dict) else None), None


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """An application on a device, or how many have it. Raises Rejected for what is neither."""
    if not isinstance(record, dict):
        raise Rejected("neither an object nor a row")
    app = under(record, "app") or record
    name, publisher = text(app.get("displayName")), text(app.get("publisher"))
    name = name or text(app.get("ApplicationName"))
    if name is None:
        raise Rejected("neither a detected application nor a row of the raw data of discovered apps")
    at = maybe_moment(record.get("takenAt"))
    if at is None:
        return Ignored("application without the time it was read")
    found = programs.app(None, name, publisher or text(app.get("ApplicationPublisher")))
    device = under(record, "device")
    key = text(device.get("id")) or text(record.get("DeviceId")) or "all"
    version = text(app.get("version")) or text(app.get("ApplicationVersion"))
    which = text(app.get("id")) or text(app.get("ApplicationKey")) or f"{name}:{version or ''}"
    return iter((_seen(f"{key}:{which}:{at:%Y-%m-%d}", at, found, _person(device or record), app, version),))


def _seen(
    key: str, at: Any, app: App | None, who: Actor | None, entry: Mapping[str, Any], version: str | None
) -> Observation:  # fmt: skip
    count = entry.get("deviceCount")
    alone = who is None and isinstance(count, int) and not isinstance(count, bool)
    told = {
        "version": version,
        "platform": text(entry.get("platform")) or text(entry.get("Platform")),
        "devices": str(count) if alone else None,
    }
    return Observation(
        source=SOURCE,
        kind=Kind.ENDPOINT,
        at=at,
        id=f"{SOURCE}:{key}",
        actor=who,
        app=app,
        action="present",
        attributes={"standing": "true", **{name: value for name, value in told.items() if value}},
    )


def _person(device: Mapping[str, Any]) -> Actor | None:
    """The device and its primary user: by address, and by the directory's id."""
    names = ("userPrincipalName", "emailAddress", "EmailAddress")
    mail = next((found for name in names if (found := text(device.get(name))) and "@" in found), None)
    machine = text(device.get("deviceName")) or text(device.get("DeviceName"))
    who = people.actor(machine, people.login(device.get("UserName")) if mail is None else None, email=mail)
    key = text(device.get("userId")) or text(device.get("UserId"))
    return msgspec.structs.replace(who or Actor(), idp_id=key) if who or key else None


def recognise(record: Any) -> float:
    """How much an object or row looks like a detected application."""
    if not isinstance(record, dict):
        return 0.0
    app = under(record, "app") or record
    if {"displayName", "deviceCount", "sizeInByte"} <= app.keys():
        return 0.96
    return 0.93 if {"ApplicationName", "DeviceName"} <= app.keys() and "ApplicationVersion" in app else 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="Microsoft Intune",
    kinds=(Kind.ENDPOINT,),
    how=("pull", "file", "push"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://learn.microsoft.com/graph/api/resources/intune-devices-detectedapp",
    permissions=("DeviceManagementManagedDevices.Read.All",),
    granted_in=(
        "Microsoft Entra admin center > App registrations > the application > API permissions > Microsoft Graph, "
        "application permissions; then Grant admin consent"
    ),
    plan="Microsoft Intune",
    cursor="time of the last whole snapshot, and the link of one broken off",
    lateness=timedelta(days=7),
    every=timedelta(hours=6),
    rate=3.0,
    evidence="vendor example",
    samples=("intune/detected_apps.json", "intune/raw_data.csv"),
    secrets=("client_secret",),
)
