"""Exports of browser extensions: Chrome's managed browsers, Defender's assessment, and any CSV with an extension's id.

Chrome: an enrolled browser with its profiles and their extensions, as the API of Chrome Browser Cloud Management lists
them (https://support.google.com/chrome/a/answer/9681204; the examples of google/ChromeBrowserEnterprise,
docs/CBCM_api.md, were parsed). Defender: entries of BrowserExtensionsInventoryByMachine, one a device, browser and
extension (MicrosoftDocs/defender-docs, defender-endpoint/api/get-assessment-browser-extensions.md), and rows of the
table DeviceTvmBrowserExtensions. All read 2026-11-21. Columns of a CSV are known by their usual names, or by `columns`.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.devices import people, programs
from connectors.shared.graph import items, maybe_moment, text
from schemas.observation import Actor, App, Kind, Observation

_COLUMNS = {
    "extension": ("extensionid", "appid", "addonid", "identifier", "extensionidentifier"),
    "name": ("extensionname", "appname", "addonname", "name", "extension"),
    "vendor": ("extensionvendor", "publisher", "developer", "vendor"),
    "version": ("extensionversion", "version", "appversion"),
    "browser": ("browsername", "browser"),
    "device": ("devicename", "machinename", "computername", "hostname", "device", "computer"),
    "device_id": ("deviceid",),
    "user": ("useremail", "email", "username", "user", "accountname", "chromesignedinuseremail", "lastdeviceuser"),
    "active": ("isactivated", "enabled", "active", "status"),
    "installed": ("installationtime", "installedat", "installdate"),
    "reported": ("laststatusreporttime", "lastseen", "lastactivitytime", "reporttime", "timestamp"),
}
_ALIASES = {alias: field for field, aliases in _COLUMNS.items() for alias in aliases}
_CHROMIUM = re.compile(r"[a-p]{32}")
_EVERYWHERE = frozenset({"<all_urls>", "*://*/*", "https://*/*", "http://*/*"})
_LONGEST = 200


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`columns` says which column stands for what, where a CSV's own names don't: `Plugin Id=extension`."""

    columns: dict[str, str] = {}

    def __post_init__(self) -> None:
        if unknown := [field for field in self.columns.values() if field not in _COLUMNS]:
            raise ValueError(f"columns: {', '.join(unknown)} not known; there are {', '.join(_COLUMNS)}")


def parse(record: Any, config: Config | None, arrived: datetime | None = None) -> Iterator[Observation] | Ignored:
    """One enrolled browser, or one row. `arrived` is when an export without a time was made. Raises Rejected."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    if isinstance(record.get("browsers"), list) or _is_browser(record):
        found = list(_enrolled(record, arrived))
        return iter(found) if found else Ignored("browser without extensions")
    return _row(_fields(record, config or Config()), record, arrived)


def _is_browser(record: Mapping[str, Any]) -> bool:
    return record.get("kind") == "admin#directory#browserdevice" or {"machineName", "extensionCount"} <= record.keys()


def _enrolled(record: Mapping[str, Any], arrived: datetime | None) -> Iterator[Observation]:
    """Each extension of each profile: the person is who is signed in to the profile, else who used the device last."""
    device, last = text(record.get("machineName")), people.login(record.get("lastDeviceUser"))
    for browser in items(record.get("browsers")):
        for profile in items(browser.get("profiles")):
            email = text(profile.get("chromeSignedInUserEmail"))
            who = people.actor(device, last, email=email if email and "@" in email else None)
            told = (
                profile.get("lastStatusReportTime"),
                browser.get("lastStatusReportTime"),
                record.get("lastStatusReportTime"),
            )
            at = next((moment for value in told if (moment := maybe_moment(value))), arrived)
            for extension in items(profile.get("extensions")):
                key = text(extension.get("extensionId"))
                if key and at is not None:
                    name = (text(record.get("deviceId")), text(profile.get("id")))
                    yield _observed(at, key, extension, who, _standing_id(at, key, *name))


def _observed(at: datetime, key: str, extension: Mapping[str, Any], who: Actor | None, made: str) -> Observation:
    facts = {"version": text(extension.get("version")), "install_type": text(extension.get("installType"))}
    permissions = extension.get("permissions")
    if isinstance(permissions, list) and any(isinstance(one, str) and one in _EVERYWHERE for one in permissions):
        facts["reads_all_sites"] = "true"
    if extension.get("disabled") is True:
        facts["enabled"] = "false"
    return _told(at, programs.extension("chrome", key, text(extension.get("name"))), who, made, facts)


def _fields(record: Mapping[str, Any], config: Config) -> dict[str, str]:
    """The row by what its columns stand for: mapped ones first, then the first known name that says something."""
    found: dict[str, str] = {}
    for column, value in record.items():
        said = text(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else None
        field = config.columns.get(column) or _ALIASES.get(re.sub(r"[^a-z0-9]", "", str(column).lower()))
        if said and field and (field not in found or column in config.columns):
            found[field] = said
    return found


def _row(row: Mapping[str, str], record: Mapping[str, Any], arrived: datetime | None) -> Iterator[Observation]:
    key, name = row.get("extension"), row.get("name")
    if not key:
        raise Rejected("no column holds an extension's id; set `columns`")
    at = maybe_moment(row.get("reported")) or arrived or maybe_moment(row.get("installed"))
    if at is None:
        raise Rejected("neither the row nor its file has a time")
    browser = row.get("browser", "").lower()
    store = "chrome" if _CHROMIUM.fullmatch(key.lower()) else browser if browser in ("firefox", "safari") else "firefox"
    user = row.get("user", "")
    who = people.actor(row.get("device") or row.get("device_id"), people.login(user))
    facts: dict[str, str | None] = {
        "version": row.get("version"),
        "browser": browser,
        "enabled": _enabled(row.get("active", "")),
    }
    granted = (one.get("Id") for one in _list(record.get("Permissions")) if isinstance(one, dict))
    if any(isinstance(one, str) and one in _EVERYWHERE for one in granted):
        facts["reads_all_sites"] = "true"
    app = programs.extension(store, key, name, row.get("vendor"))
    return iter((_told(at, app, who, _standing_id(at, key, row.get("device_id"), browser), facts),))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _enabled(said: str) -> str | None:
    plain = said.lower()
    return "true" if plain in ("true", "1", "enabled", "on", "active") else "false" if plain else None


def _standing_id(at: datetime, key: str, device: str | None, place: str | None) -> str:
    """What stands counts once a day for a device the vendor gave an id; without one the record itself is its id."""
    return f"browser_extensions:{device}:{place}:{key}:{at:%Y-%m-%d}"[:_LONGEST] if device else ""


def _told(at: datetime, app: App, who: Actor | None, made: str, facts: Mapping[str, str | None]) -> Observation:
    return Observation(
        source="browser_extensions", kind=Kind.ENDPOINT, at=at, id=made, actor=who, app=app, action="present",
        attributes={**{name: value for name, value in facts.items() if value}, "standing": "true"},
    )  # fmt: skip


def recognise(record: Any) -> float:
    """How much a JSON object or row looks like an export of extensions."""
    if not isinstance(record, dict):
        return 0.0
    if _is_browser(record):
        return 0.95
    row = _fields(record, Config())
    if "extension" not in row:
        return 0.0
    known = _CHROMIUM.fullmatch(row["extension"].lower()) is not None or "ExtensionId" in record
    return round(min(0.9, (0.5 if known else 0.1) + 0.1 * (len(row) - 1)), 2)


CONNECTOR = Connector(
    name="browser_extensions",
    title="Exports of browser extensions",
    kinds=(Kind.ENDPOINT,),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    docs="https://support.google.com/chrome/a/answer/9681204",
    permissions=("read the export",),
    granted_in="Google Admin console > Chrome browser > Managed browsers; Defender > Vulnerability management",
    plan="Chrome Enterprise Core (free); Defender Vulnerability Management for Defender's",
    cursor="whole file",
    evidence="vendor example",
    samples=("browser_extensions/chrome.json", "browser_extensions/defender.json", "browser_extensions/rows.csv"),
    wrapped_in=("browsers",),
    dates_by_arrival=True,
)
