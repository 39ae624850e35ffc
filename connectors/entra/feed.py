"""Pulling: five logs by windows, each with its own progress, and the directory as a snapshot once a day.

Paths and filters: microsoftgraph/microsoft-graph-docs-contrib, api-reference/{v1.0,beta}/api/{signin-list,
directoryaudit-list,oauth2permissiongrant-list,serviceprincipal-list,serviceprincipal-list-approleassignedto}.md.
Sign-ins other than interactive ones are told apart by `signInEventTypes`, which is in beta only; one filter can't
combine them (rknightion/graph2otel, docs/graph-api-gotchas.md). The cursor is JSON: `{stream: Progress}`.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import Any, Literal

import msgspec

from connectors.base import Fetch, Page, Trouble
from connectors.shared.graph import Cloud, Expired, Graph, Log, Needs, Progress, items, text, windows
from connectors.shared.walks import gravest, rfc3339
from schemas.secretref import SecretRef

LOOKBACK = timedelta(hours=2)
MAX_BACK = timedelta(days=30)
PAGE = 500
Stream = Literal[
    "interactive", "non_interactive", "service_principal", "managed_identity", "audits", "permission_grants",
    "app_roles", "applications",
]  # fmt: skip
_SIGN_INS = Needs("AuditLog.Read.All and Directory.Read.All", "Microsoft Entra ID P1 or P2")
_AUDITS = Needs("AuditLog.Read.All", "Microsoft Entra ID")
_GRANTS = Needs("Directory.Read.All", "Microsoft Entra ID")
_APPS = Needs("Application.Read.All", "Microsoft Entra ID")


def _signed(name: str, event: str) -> Log:
    return Log(
        name, "/beta/auditLogs/signIns", "createdDateTime", _SIGN_INS, f"signInEventTypes/any(t: t eq '{event}')"
    )


LOGS: Mapping[str, Log] = {
    log.name: log
    for log in (
        Log("interactive", "/v1.0/auditLogs/signIns", "createdDateTime", _SIGN_INS),
        _signed("non_interactive", "nonInteractiveUser"),
        _signed("service_principal", "servicePrincipal"),
        _signed("managed_identity", "managedIdentity"),
        Log("audits", "/v1.0/auditLogs/directoryAudits", "activityDateTime", _AUDITS),
    )
}
SNAPSHOTS = ("permission_grants", "app_roles", "applications")
_PRINCIPAL = (
    "id,appId,displayName,appOwnerOrganizationId,verifiedPublisher,accountEnabled,createdDateTime,servicePrincipalType,"
    "appRoles"
)
Principals = dict[str, Mapping[str, Any]]


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`client_secret` is a reference (env: or file:). `streams` are those that are read.

    `snapshot_hours` is how often the standing grants and applications are read. `base_url` and `login_url` override the
    cloud's addresses.
    """

    tenant_id: str
    client_id: str
    client_secret: str
    streams: tuple[Stream, ...] = (
        "interactive", "non_interactive", "service_principal", "managed_identity", "audits", "permission_grants",
        "app_roles", "applications",
    )  # fmt: skip
    cloud: Cloud = "commercial"
    snapshot_hours: float = 24
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of every stream. What hinders one does not hinder the others: troubles are raised together at the end."""
    graph, troubles = Graph(ctx), list[Trouble]()
    state = msgspec.json.decode(ctx.cursor, type=dict[str, Progress]) if ctx.cursor else {}

    def save() -> str:
        return msgspec.json.encode(state).decode()

    for name in (each for each in LOGS if each in ctx.config.streams):
        try:
            progress = state.setdefault(name, Progress())
            async for page in windows(graph, LOGS[name], progress, MAX_BACK, save, troubles):
                yield page
        except Trouble as trouble:
            troubles.append(trouble)
    if ctx.until is None:
        async for page in _snapshots(graph, state, save, troubles):
            yield page
    if ctx.until is None and not troubles and not any(progress.seen for progress in state.values()):
        troubles.append(Trouble("empty", "no record in any stream; logs of a new tenant take some hours to appear"))
    if found := gravest(troubles):
        raise found


async def _snapshots(
    graph: Graph, state: dict[str, Progress], save: Callable[[], str], troubles: list[Trouble]
) -> AsyncIterator[Page]:
    """The directory as it is now, where it is due: what today's state says nothing of is a time that has passed."""
    wanted = [name for name in SNAPSHOTS if name in graph.ctx.config.streams and _due(graph.ctx, state.get(name))]
    if not wanted:
        return
    try:
        principals = await _principals(graph)
    except Trouble as trouble:
        troubles.append(trouble)
        return
    for name in wanted:
        try:
            progress = state.setdefault(name, Progress())
            async for page in _READ[name](graph, principals):
                progress.seen = progress.seen or bool(page.records)
                yield page
            progress.done_at = graph.ctx.now()
            yield Page(records=(), name=f"{name} whole", cursor=save())
        except Trouble as trouble:
            troubles.append(trouble)


def _due(ctx: Fetch, progress: Progress | None) -> bool:
    last = progress.done_at if progress else None
    return last is None or ctx.now() - last >= timedelta(hours=ctx.config.snapshot_hours)


async def _principals(graph: Graph) -> Principals:
    """Every service principal by its object id: grants name both sides by it."""
    found: Principals = {}
    params = {"$select": _PRINCIPAL, "$top": str(PAGE)}
    async for records in _all(graph, "/v1.0/servicePrincipals", params, _APPS):
        found.update({str(each.get("id")): each for each in items(list(records)) if text(each.get("id"))})
    return found


async def _all(graph: Graph, path: str, params: Mapping[str, str], needs: Needs) -> AsyncIterator[tuple[Any, ...]]:
    try:
        async for listed in graph.pages(path, params, needs):
            yield listed.records
    except Expired:
        raise Trouble("failing", f"{path}: the list's next page can't be had; it is read again") from None


async def _permission_grants(graph: Graph, principals: Principals) -> AsyncIterator[Page]:
    taken, number = rfc3339(graph.ctx.now()), 0
    async for records in _all(graph, "/v1.0/oauth2PermissionGrants", {"$top": str(PAGE)}, _GRANTS):
        number += 1
        wrapped = [_wrapped(each, taken, principals, "clientId") for each in items(list(records))]
        yield Page(records=tuple(wrapped), name=f"permission_grants {taken} {number}")


async def _app_roles(graph: Graph, principals: Principals) -> AsyncIterator[Page]:
    """Asked of each resource that has roles for applications: one request each, far fewer than one for each client."""
    taken = rfc3339(graph.ctx.now())
    for key in (key for key, each in principals.items() if _has_roles(each)):
        number = 0
        path = f"/v1.0/servicePrincipals/{key}/appRoleAssignedTo"
        async for records in _all(graph, path, {"$top": str(PAGE)}, _APPS):
            number += 1
            wrapped = [_wrapped(each, taken, principals, "principalId", roles=True) for each in items(list(records))]
            yield Page(records=tuple(wrapped), name=f"app_roles {taken} {key} {number}")


async def _applications(graph: Graph, principals: Principals) -> AsyncIterator[Page]:
    taken, found = rfc3339(graph.ctx.now()), list(principals.values())
    for start in range(0, len(found), PAGE):
        entries = tuple({"takenAt": taken, "entry": _bare(each)} for each in found[start : start + PAGE])
        yield Page(records=entries, name=f"applications {taken} {start}")


_READ = {"permission_grants": _permission_grants, "app_roles": _app_roles, "applications": _applications}


def _has_roles(principal: Mapping[str, Any]) -> bool:
    """Whether a resource has roles that applications may hold."""
    roles = items(principal.get("appRoles"))
    return any("Application" in (each.get("allowedMemberTypes") or ()) for each in roles)


def _wrapped(
    entry: Mapping[str, Any], taken: str, principals: Principals, client: str, *, roles: bool = False
) -> dict[str, Any]:
    """An entry with the time it was taken and both applications; of the resource's roles the one that is meant."""
    resource = principals.get(str(entry.get("resourceId")), {})
    meant = [each for each in items(resource.get("appRoles")) if each.get("id") == entry.get("appRoleId")]
    return {
        "takenAt": taken,
        "entry": entry,
        "client": _bare(principals.get(str(entry.get(client)), {})),
        "resource": {**_bare(resource), **({"appRoles": meant} if roles else {})},
    }


def _bare(principal: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in principal.items() if name != "appRoles"}
