"""Sign-ins of people, of service principals and of managed identities.

Fields: microsoftgraph/microsoft-graph-docs-contrib, api-reference/beta/resources/signin.md. A sign-in that failed, or
that was interrupted (50140), is no use.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import Ignored
from connectors.entra.record import SIGN_INS, SOURCE, Opened, facts, told, vendor_id
from connectors.shared.graph import moment, text, under
from schemas.observation import Actor, App, Kind, Observation

_NOBODY = "00000000-0000-0000-0000-000000000000"
_FINE = {"0", "success", "none"}


def sign_in(found: Opened) -> Iterator[Observation] | Ignored:
    """One sign-in; the application is who signed in, or what a person signed in to."""
    body = found.body
    if not _succeeded(found):
        return Ignored("failed sign-in")
    seen = Observation(
        source=SOURCE,
        kind=Kind.SIGNIN,
        at=moment(body.get("createdDateTime"), "createdDateTime"),
        id=vendor_id(body),
        actor=_actor(body),
        app=_app(body),
        action="signin",
        user_agent=text(body.get("userAgent")),
        tenant=text(body.get("resourceTenantId")) or told(found.around, "tenantId"),
        attributes=facts({
            "stream": _stream(found),
            "resource": text(body.get("resourceDisplayName")),
            "resource_id": text(body.get("resourceId")),
            "client": text(body.get("clientAppUsed")),
            "user_type": text(body.get("userType")),
        }),
    )  # fmt: skip
    return iter((seen,))


def _succeeded(found: Opened) -> bool:
    """By the status of the sign-in, else by the envelope's result; neither says: it was one."""
    code = under(found.body, "status").get("errorCode")
    if code is None:
        code = found.around.get("resultType", found.around.get("resulttype"))
    return code is None or str(code).strip().lower() in _FINE


def _stream(found: Opened) -> str:
    """Which of the streams it belongs to: they share one shape, and in the API one path."""
    kinds = found.body.get("signInEventTypes")
    if isinstance(kinds, list) and kinds and isinstance(kinds[0], str):
        return kinds[0]
    category = (told(found.around, "category") or "").lower()
    if category in SIGN_INS:
        return SIGN_INS[category]
    if not text(found.body.get("userId")) and text(found.body.get("servicePrincipalId")):
        return "servicePrincipal"
    return "nonInteractiveUser" if found.body.get("isInteractive") is False else "interactiveUser"


def _actor(body: Mapping[str, Any]) -> Actor | None:
    """The person; none where a service signed in: the address it came from is nobody's."""
    user, key = text(body.get("userPrincipalName")) or "", text(body.get("userId")) or ""
    if not (user or key):
        return None
    made = Actor(
        id=None if "@" in user else user or None,
        email=user.lower() if "@" in user else None,
        idp_id=key if key and key != _NOBODY else None,
        ip=text(body.get("ipAddress")),
        device=text(under(body, "deviceDetail").get("displayName")),
    )
    return made if made != Actor() else None


def _app(body: Mapping[str, Any]) -> App | None:
    name = text(body.get("appDisplayName")) or text(body.get("servicePrincipalName"))
    app = App(name=name, client_id=text(body.get("appId")))
    return app if app != App() else None
