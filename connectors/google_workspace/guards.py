"""What Google's own guards saw: DLP rules of Workspace (`rules`), and events of managed Chrome (`chrome`). Pure.

Events and parameters: https://developers.google.com/workspace/admin/reports/v1/appendix/activity/rules and …/chrome.
Neither what a rule matched nor a file's, message's or tab's title is kept; of an address its host alone.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from connectors.google_workspace.activity import Event, items, observation, text
from schemas.observation import Actor, App, Kind, Object, Observation

_INSTALLS = {"BROWSER_EXTENSION_INSTALL", "BROWSER_EXTENSION_INSTALL_EVENT"}
_TRANSFERS = {"CONTENT_TRANSFER", "SENSITIVE_DATA_TRANSFER", "DLP_EVENT", "CONTENT_UNSCANNED", "DATA_ACCESS_CONTROL"}
_VISITS = {"URL_FILTERING_INTERSTITIAL", "URL_NAVIGATION", "UNSAFE_SITE_VISIT"}
_LOGINS = {"LOGIN_EVENT"}
_INTO = {"FILE_DOWNLOAD"}
_STOPPED = {"EVENT_RESULT_BLOCKED", "BLOCKED", "BLOCK"}
_NAMES = {"drive": "Google Drive", "chrome": "Google Chrome", "gmail": "Gmail", "chat": "Google Chat"}
_DIGITS = 18


def rules(event: Event) -> Iterator[Observation]:
    """A DLP rule that matched: its name and detectors, the application, and the organisation it was shared with."""
    named = event.texts("rule_name")
    if not named:
        return
    where = (event.text("application") or "").lower()
    kind, key = event.text("resource_type"), event.text("resource_id")
    done = next(iter(_said(event, "triggered_actions", "action_type")), None) or event.name
    yield observation(
        event, Kind.DLP, done.lower(),
        app=App(name=_NAMES.get(where, where), publisher="Google") if where else None,
        thing=Object(type=(kind or "file").lower(), id=key) if key or kind else None,
        labels=tuple(dict.fromkeys((*named, *_said(event, "matched_detectors", "display_name")))),
        host=_host(event.text("url")) or _recipient(event),
        attributes={
            "severity": event.text("severity"), "trigger": event.text("matched_trigger"),
            "rule_type": event.text("rule_type"), "alert": event.text("has_alert"),
        },
    )  # fmt: skip


def _said(event: Event, name: str, part: str) -> tuple[str, ...]:
    """One part of each message of a parameter that holds messages."""
    given = event.messages.get(name)
    messages = items(given if isinstance(given, list) else [given])
    return tuple(
        found
        for message in messages
        for parameter in items(message.get("parameter"))
        if parameter.get("name") == part and (found := text(parameter.get("value")))
    )


def _recipient(event: Event) -> str | None:
    """The first organisation outside one's own that got it."""
    who = event.activity.get("actor")
    own = text(who.get("email")) if isinstance(who, dict) else None
    inside = {(name or "").rpartition("@")[2].lower() for name in (own, event.text("resource_owner_email"))}
    domains = (one.rpartition("@")[2].lower() for one in event.texts("resource_recipients"))
    return next((domain for domain in domains if "." in domain and domain not in inside), None)


def chrome(event: Event) -> Iterator[Observation]:
    """An extension installed; content that went to a site; a site stopped or warned of; a sign-in to one."""
    host = _host(event.text("URL")) or _host(event.text("TAB_URL"))
    if event.name in _INSTALLS and (key := event.text("APP_ID")):
        app = App(name=event.text("APP_NAME"), client_id=f"chrome:{key}")
        about = {"install": event.text("EXTENSION_SOURCE"), "version": event.text("EXTENSION_VERSION")}
        yield _by(event, observation(event, Kind.ENDPOINT, "install", app=app, attributes=about))
    elif event.name in _TRANSFERS and host:
        yield _by(event, _transfer(event, host))
    elif event.name in _VISITS and host:
        labels = (*event.texts("TRIGGERED_RULES_REASON"), *event.texts("URL_CATEGORY"))
        yield _by(event, observation(event, Kind.WEB, _result(event) or "visit", host=host, labels=labels))
    elif event.name in _LOGINS and host:
        federated = event.text("IS_FEDERATED")
        yield _by(event, observation(event, Kind.SIGNIN, "signin", host=host, attributes={"federated": federated}))


def _transfer(event: Event, host: str) -> Observation:
    way = event.text("TRIGGER_TYPE") or event.name
    given = event.text("CONTENT_SIZE") or ""
    size = int(given) if given.isdecimal() and len(given) <= _DIGITS else None
    labels = (*event.texts("TRIGGERED_RULES_REASON"), *_said(event, "MATCHED_DETECTORS", "display_name"))
    seen = observation(
        event, Kind.DLP, way.lower(), host=host, labels=tuple(dict.fromkeys(labels)),
        attributes={"result": event.text("EVENT_RESULT"), "reason": event.text("EVENT_REASON")},
    )  # fmt: skip
    sent = _result(event) is None and way not in _INTO
    return msgspec.structs.replace(
        seen,
        bytes_out=size if sent else None,
        bytes_in=size if way in _INTO else None,
        content_type=event.text("CONTENT_TYPE"),
    )


def _result(event: Event) -> str | None:
    return "blocked" if (event.text("EVENT_RESULT") or "").upper() in _STOPPED else None


def _by(event: Event, seen: Observation) -> Observation:
    """With the device, and the profile's account where the activity names nobody."""
    mail = (event.text("PROFILE_USER_NAME") or event.text("DEVICE_USER") or "").lower()
    who = seen.actor or Actor()
    who = msgspec.structs.replace(
        who, device=event.text("DEVICE_NAME"), email=who.email or (mail if "@" in mail else None)
    )
    return msgspec.structs.replace(seen, actor=who if who != Actor() else None, user_agent=event.text("USER_AGENT"))


def _host(address: str | None) -> str | None:
    """The host of an address; a bare `example.com/path` is one too."""
    if not address:
        return None
    try:
        found = urlsplit(address if "://" in address else f"//{address}").hostname
    except ValueError:
        return None
    return found.lower() if found and "." in found else None
