"""Planned events as events of Okta's System Log (https://developer.okta.com/docs/reference/api/system-log/)."""

import uuid
from typing import Any

from services.simulator import events, tools
from services.simulator.events import Event
from services.simulator.people import Person, staff
from services.simulator.world import World, zulu

_SPACE = uuid.UUID("5b0f6a52-44a5-4c7a-9d54-3f2f0d6a0004")
_TYPES = {
    events.SSO: ("user.authentication.sso", "User single sign on to app"),
    events.GRANT: ("app.oauth2.as.consent.grant", "User granted consent to app"),
    events.SESSION: ("user.session.start", "User login to Okta"),
}


def identity(world: World, event: Event) -> str:
    """The event's own id."""
    return str(uuid.uuid5(_SPACE, f"{world.seed}/{world.people}/{event.serial}"))


def record(world: World, event: Event) -> dict[str, Any]:
    """The event as the log tells it."""
    person = staff(world)[event.who]
    kind, message = _TYPES[event.what]
    browser = tools.AGENTS_OF_BROWSERS[event.who % len(tools.AGENTS_OF_BROWSERS)]
    return {
        "actor": {
            "id": person.okta_id, "type": "User", "alternateId": person.email, "displayName": person.name,
            "detailEntry": None,
        },
        "client": {
            "userAgent": {"rawUserAgent": browser, "os": "Unknown", "browser": "UNKNOWN"}, "zone": "OFF_NETWORK",
            "device": "Computer", "id": None, "ipAddress": person.ip, "geographicalContext": None,
        },
        "authenticationContext": {"authenticationStep": 0, "externalSessionId": f"idx{event.serial:x}"},
        "displayMessage": message, "eventType": kind, "outcome": {"result": "SUCCESS", "reason": None},
        "published": zulu(event.at), "securityContext": {"isProxy": False}, "severity": "INFO",
        "debugContext": {"debugData": _debug(event)}, "legacyEventType": None,
        "transaction": {"type": "WEB", "id": f"W{event.serial:x}", "detail": {}}, "uuid": identity(world, event),
        "version": "0", "request": {"ipChain": []}, "target": _target(event, person),
    }  # fmt: skip


def _debug(event: Event) -> dict[str, str]:
    if event.what != events.GRANT:
        return {"requestUri": f"/app/portal/sso/saml?fromURI={event.serial:x}"}
    return {"requestUri": "/oauth2/v1/authorize", "grantedScopes": ", ".join(tools.GRANTED_IN_OKTA[event.item][2])}


def _target(event: Event, person: Person) -> list[dict[str, Any]]:
    """The application and, at a sign-in, the account in it; a session has none."""
    if event.what == events.SESSION:
        return []
    name = tools.GRANTED_IN_OKTA[event.item][1] if event.what == events.GRANT else event.detail
    kind = "PublicClientApp" if event.what == events.GRANT else "AppInstance"
    number = uuid.uuid5(_SPACE, name).hex[:17]
    app = {
        "id": f"0oa{number}", "type": kind, "alternateId": name, "displayName": name,
        "detailEntry": {"signOnModeType": "SAML_2_0"},
    }  # fmt: skip
    account = {
        "id": f"0ua{number}", "type": "AppUser", "alternateId": person.email, "displayName": person.name,
        "detailEntry": None,
    }  # fmt: skip
    return [app, account]
