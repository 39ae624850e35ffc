"""What devices did and have: connections, lookups, processes, extensions and software; and events of cloud apps. Pure.

Columns: https://learn.microsoft.com/defender-xdr/advanced-hunting-schema-tables. Command lines are looked into for the
package an interpreter runs and not kept; addresses are kept by their host.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.base import Ignored
from connectors.defender.row import Row, seen, standing
from connectors.shared.devices import lookups, people, programs
from connectors.shared.graph import items, text
from schemas.observation import Actor, App, Kind, Observation

_FAILED = {"ConnectionFailed", "InboundConnectionAccepted", "ListeningConnectionCreated", "NetworkSignatureInspected"}
_NETWORK_PROTECTION = {"ExploitGuardNetworkProtectionBlocked": "blocked"}
_STORES = {"chrome": "chrome", "edge": "chrome", "firefox": "firefox", "safari": "safari", "brave": "chrome"}


def connection(row: Row) -> Iterator[Observation] | Ignored:
    """An outgoing connection to a name, and the program and account that made it."""
    action = row.said("ActionType") or ""
    if action in _FAILED:
        return Ignored("connection that is not one to outside")
    inspected = _inspected(row.columns.get("AdditionalFields"))
    name = row.said("RemoteUrl") or text(inspected.get("server_name")) or text(inspected.get("host"))
    name = name or text(inspected.get("query"))
    host = lookups.outside(_host(name or ""))
    if host is None:
        return Ignored("connection to an address without a name")
    by = programs.file_name(row.said("InitiatingProcessFileName"))
    return seen(
        row, Kind.WEB, _NETWORK_PROTECTION.get(action, "allowed"), host=host, actor=_by(row),
        told={"process": by, "connections": row.said("Connections")},
    )  # fmt: skip


def _inspected(value: Any) -> Mapping[str, Any]:
    """What was read of a connection; written as JSON text, sometimes twice over."""
    for _ in range(2):
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return {}
    return value if isinstance(value, Mapping) else {}


def _host(name: str) -> str:
    """RemoteUrl is a name, a name with a path, or an address."""
    try:
        return urlsplit(name if "://" in name else f"//{name}").hostname or ""
    except ValueError:
        return ""


def process(row: Row) -> Iterator[Observation] | Ignored:
    """A program that started, and who it runs as."""
    if row.said("ActionType") not in (None, "ProcessCreated"):
        return Ignored("event of a process that runs already")
    path = row.said("FileName") or row.said("FolderPath")
    app = programs.process(path, row.said("ProcessCommandLine"))
    if app is None:
        return Ignored("process without a file")
    who = _account(row, "Account") or _by(row)
    return seen(row, Kind.ENDPOINT, "running", app=app, actor=who)


def _by(row: Row) -> Actor | None:
    return _account(row, "InitiatingProcessAccount") or people.actor(row.said("DeviceName"), None)


def _account(row: Row, column: str) -> Actor | None:
    """The person of an account's columns, with the device; None for accounts of the machine."""
    mail, login = row.said(f"{column}Upn"), people.login(row.said(f"{column}Name"))
    if mail is None and login is None:
        return None
    return people.actor(row.said("DeviceName"), login, email=mail.lower() if mail and "@" in mail else None)


def extension(row: Row) -> Iterator[Observation] | Ignored:
    """An extension in a browser of a device, as it stands."""
    key = row.said("ExtensionId")
    browser = (row.said("BrowserName") or "").lower()
    store = next((store for name, store in _STORES.items() if name in browser), None)
    if key is None or store is None:
        return Ignored("extension of another browser, or without an id")
    app = programs.extension(store, key, row.said("ExtensionName"), row.said("ExtensionVendor"))
    return standing(
        row, Kind.ENDPOINT, "present", _on(row, browser, key), app=app, actor=_owner(row),
        told={"version": row.said("ExtensionVersion"), "activated": row.said("IsActivated"), "browser": browser},
    )  # fmt: skip


def software(row: Row) -> Iterator[Observation] | Ignored:
    """Software on a device, as it stands; Defender writes names in lower case with underscores."""
    name = (row.said("SoftwareName") or "").replace("_", " ")
    app = programs.app(None, name, (row.said("SoftwareVendor") or "").replace("_", " "))
    if app is None:
        return Ignored("software without a name")
    key = _on(row, row.said("SoftwareVendor") or "", row.said("SoftwareName") or "")
    facts = {"version": row.said("SoftwareVersion")}
    return standing(row, Kind.ENDPOINT, "present", key, app=app, actor=_owner(row), told=facts)


def _on(row: Row, *parts: str) -> str:
    """What names a thing on its device; nothing where the device is not named, as it may be on many."""
    device = row.said("DeviceId") or row.said("DeviceName")
    return ":".join((device, *parts)) if device else ""


def _owner(row: Row) -> Actor | None:
    """The device, and its only signed-in account."""
    value = row.columns.get("LoggedOnUsers")
    try:
        told = list(items(json.loads(value) if isinstance(value, str) else value))
    except (ValueError, RecursionError):
        told = []
    names = {name for one in told if (name := people.login(one.get("UserName")))}
    return people.actor(row.said("DeviceName"), names.pop() if len(names) == 1 else None)


def cloud(row: Row) -> Iterator[Observation] | Ignored:
    """An event of an application that Defender for Cloud Apps is connected to."""
    name = row.said("Application")
    if name is None:
        return Ignored("event without an application")
    login = row.said("AccountId") or ""
    who = Actor(
        email=login.lower() if "@" in login else None, idp_id=row.said("AccountObjectId"), ip=row.said("IPAddress")
    )  # fmt: skip
    app = App(name=name, client_id=row.said("OAuthAppId"))
    key = row.said("ReportId")
    return seen(
        row, Kind.AUDIT, row.said("ActionType") or "event", key=key, app=app, actor=who if who != Actor() else None,
        told={"object": row.said("ObjectType"), "admin": row.said("IsAdminOperation")},
    )  # fmt: skip
