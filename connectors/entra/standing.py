"""What stands in the directory: permissions that were granted, roles that were assigned, applications that are there.

Objects: microsoftgraph/microsoft-graph-docs-contrib, api-reference/v1.0/resources/{oauth2permissiongrant,
approleassignment,serviceprincipal}.md. A grant names service principals by object id and has no time; a snapshot puts
both applications and the time it was taken beside it. Applications of Microsoft itself are ignored: they come with the
tenant and say nothing of use.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.base import Ignored
from connectors.entra.record import MICROSOFT, SOURCE, Opened, facts
from connectors.shared.graph import items, moment, text, under
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

_UNTIMED = "standing grant without the time it was read"
_OURS = "application of Microsoft"
_AGENTS = {"serviceidentity", "agentidentity"}


def grant(found: Opened) -> Iterator[Observation] | Ignored:
    """A delegated permission that stands, for one person or for everybody."""
    taken = _taken(found)
    if taken is None:
        return Ignored(_UNTIMED)
    body, client = found.body, under(found.around, "client")
    if _microsoft(client):
        return Ignored(_OURS)
    everybody = text(body.get("consentType")) == "AllPrincipals"
    principal = text(body.get("principalId"))
    seen = _observation(
        found, taken, "hold", app=_app(client),
        who=Actor(idp_id=principal) if principal and not everybody else None,
        scopes=tuple(dict.fromkeys((text(body.get("scope")) or "").split())),
        attributes={
            "admin_consent": "true" if everybody else "false",
            "service_principal": text(body.get("clientId")),
            "resource": text(under(found.around, "resource").get("displayName")) or text(body.get("resourceId")),
        },
    )  # fmt: skip
    return iter((seen,))


def role(found: Opened) -> Iterator[Observation] | Ignored:
    """An application role: held by another application (app-only access), or an application assigned to a person."""
    body = found.body
    taken = _taken(found) or _maybe(body.get("createdDateTime"))
    if taken is None:
        return Ignored(_UNTIMED)
    kind = (text(body.get("principalType")) or "").lower()
    client, resource = under(found.around, "client"), under(found.around, "resource")
    if _microsoft(client) or (kind != "serviceprincipal" and _microsoft(resource)):
        return Ignored(_OURS)
    if kind == "group":
        return Ignored("application assigned to a group")
    if kind == "user":
        app = _app(resource) or App(name=text(body.get("resourceDisplayName")))
        who = Actor(idp_id=text(body.get("principalId")))
        return iter((_observation(found, taken, "assign", app=app, who=who, attributes={}),))
    named = text(body.get("principalDisplayName")) if kind == "serviceprincipal" else None  # else it may be a person's
    seen = _observation(
        found, taken, "hold", app=_app(client) or App(name=named),
        scopes=_role_names(found), attributes={
            "admin_consent": "true", "app_only": "true", "service_principal": text(body.get("principalId")),
            "resource": text(body.get("resourceDisplayName")),
        },
    )  # fmt: skip
    return iter((seen,))


def application(found: Opened) -> Iterator[Observation] | Ignored:
    """An application present in the tenant; an agent's identity is something somebody built."""
    body = found.body
    taken = _taken(found) or _maybe(body.get("createdDateTime"))
    if taken is None:
        return Ignored(_UNTIMED)
    if _microsoft(body):
        return Ignored(_OURS)
    if _is_agent(body):
        return iter((_built(found, body, taken, ()),))
    if (text(body.get("servicePrincipalType")) or "").lower() == "managedidentity":
        return Ignored("managed identity")
    app = _app(body)
    thing = Object(type="application", id=text(body.get("appId")), name=text(body.get("displayName")))
    told = {"enabled": "false" if body.get("accountEnabled") is False else None}
    return iter((_observation(found, taken, "present", app=app, thing=thing, attributes=told),))


def agent(found: Opened) -> Iterator[Observation] | Ignored:
    """`{sp, owners, sponsors}`: an agent identity with who answers for it, as inventories of agents export it."""
    body = under(found.body, "sp")
    taken = _taken(found) or _maybe(body.get("createdDateTime"))
    if taken is None:
        return Ignored(_UNTIMED)
    people = (*items(found.body.get("owners")), *items(found.body.get("sponsors")))
    return iter((_built(found, body, taken, people),))


def _built(
    found: Opened, body: Mapping[str, Any], taken: datetime, people: tuple[Mapping[str, Any], ...]
) -> Observation:
    """An agent identity as a solution; its person is the first owner, else the first sponsor."""
    key = text(body.get("id")) or text(body.get("appId")) or ""
    mail = next((name for each in people if (name := text(each.get("userPrincipalName")))), "")
    who = Actor(email=mail.lower()) if "@" in mail else None
    name = text(body.get("displayName"))
    solution = Solution(id=f"entra_agent:{key}", type="entra_agent", name=name)
    grants = (each for each in items(found.body.get("oauth2PermissionGrants")))
    scopes = [word for each in grants for word in (text(each.get("scope")) or "").split()]
    return _observation(
        found, taken, "present", kind=Kind.BUILD, app=_app(body), who=who, scopes=tuple(dict.fromkeys(scopes)),
        thing=Object(type="agent", id=key or None, name=name), solution=solution, key=key,
        attributes={"enabled": "false" if body.get("accountEnabled") is False else None},
    )  # fmt: skip


def _observation(
    found: Opened, at: datetime, action: str, *, app: App | None, attributes: Mapping[str, str | None],
    kind: Kind = Kind.GRANT, who: Actor | None = None, scopes: tuple[str, ...] = (), thing: Object | None = None,
    solution: Solution | None = None, key: str | None = None,
) -> Observation:  # fmt: skip
    """A fact that stands counts once a day, however often it is read: the day is in its id."""
    given = text(found.body.get("id")) or key
    return Observation(
        source=SOURCE, kind=kind, at=at, id=f"{SOURCE}:{given}:{at:%Y-%m-%d}" if given else "", actor=who,
        app=app if app != App() else None, action=action, object=thing, solution=solution, scopes=scopes,
        attributes=facts({"standing": "true", **attributes}),
    )  # fmt: skip


def _taken(found: Opened) -> datetime | None:
    return moment(found.around["takenAt"], "takenAt") if "takenAt" in found.around else None


def _maybe(value: Any) -> datetime | None:
    return moment(value, "createdDateTime") if text(value) else None


def _microsoft(principal: Mapping[str, Any]) -> bool:
    return (text(principal.get("appOwnerOrganizationId")) or "").lower() in MICROSOFT


def _is_agent(body: Mapping[str, Any]) -> bool:
    """Agent identities derive from service principals: beta/resources/agentidentity.md of Graph's pages."""
    derived = (text(body.get("@odata.type")) or "").lower()
    return derived.endswith("agentidentity") or (text(body.get("servicePrincipalType")) or "").lower() in _AGENTS


def _app(principal: Mapping[str, Any]) -> App | None:
    publisher = text(under(principal, "verifiedPublisher").get("displayName")) or text(principal.get("publisherName"))
    app = App(
        name=text(principal.get("displayName")), client_id=text(principal.get("appId")), publisher=publisher
    )  # fmt: skip
    return app if app != App() else None


def _role_names(found: Opened) -> tuple[str, ...]:
    """The role's own word (`Mail.Read`), where the snapshot knows the resource's roles."""
    wanted = text(found.body.get("appRoleId"))
    roles = items(under(found.around, "resource").get("appRoles"))
    names = (text(each.get("value")) for each in roles if text(each.get("id")) == wanted)
    return tuple(name for name in names if name)
