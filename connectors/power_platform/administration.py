"""Objects of the older administration APIs, as scripts export them: flows, apps and connections.

Shapes: pnp/cli-microsoft365, src/m365/{flow/commands/flow-{list,get},pa/commands/app/app-get}.spec.ts
(`m365 flow list --asAdmin`, `m365 pa app list --asAdmin`); connections:
https://learn.microsoft.com/powershell/module/microsoft.powerapps.administration.powershell/get-adminpowerappconnection,
whose objects were not seen and are unverified.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.power_platform.inventory import APP, FLOW, SOURCE, present
from connectors.power_platform.people import connector, connectors, people, person, shared
from connectors.shared.graph import items, maybe_moment, moment, text, under
from schemas.observation import App, Kind, Object, Observation, Solution


def exported(entry: Mapping[str, Any]) -> bool:
    """Whether an app is an exported object rather than the inventory's row, where both have one type."""
    return "createdTime" in under(entry, "properties")


Read = Callable[[Mapping[str, Any], str | None], Iterator[Observation] | Ignored]


def flow(entry: Mapping[str, Any], taken: str | None) -> Iterator[Observation] | Ignored:
    """A cloud flow: its creator, connections, and what it was called with; its definition is not read."""
    told = under(entry, "properties")
    creator = told.get("creator")
    solution = Solution(
        id=f"{FLOW}:{_key(entry)}",
        type=FLOW,
        name=text(told.get("displayName")),
        environment=_environment(told),
        connectors=connectors(_references(told)),
        sharing=text(told.get("sharingType")),
        owner=person(creator),
        makers=people(creator),
        created_at=maybe_moment(told.get("createdTime")),
    )
    return iter((present(solution, entry, taken, {"state": text(told.get("state"))}),))


def app(entry: Mapping[str, Any], taken: str | None) -> Iterator[Observation] | Ignored:
    """A canvas app: its owner, who made and changed it, its connections and the sources of data behind them."""
    told = under(entry, "properties")
    solution = Solution(
        id=f"{APP}:{_key(entry)}",
        type=APP,
        name=text(told.get("displayName")),
        environment=_environment(told),
        connectors=connectors(_references(told)),
        sharing=shared(told.get("sharedUsersCount"), told.get("sharedGroupsCount")),
        owner=person(told.get("owner")),
        makers=people(told.get("createdBy"), told.get("lastModifiedBy")),
        touches=tuple(dict.fromkeys(_sources(told))),
        created_at=maybe_moment(told.get("createdTime")),
        last_run_at=maybe_moment(told.get("lastLaunchTime")),
    )
    return iter((present(solution, entry, taken, {"app_type": text(entry.get("appType"))}),))


def connection(entry: Mapping[str, Any], taken: str | None) -> Iterator[Observation] | Ignored:
    """A connection somebody opened to a system: a standing grant to the platform."""
    told = under(entry, "properties")
    system = connector(told.get("apiId"))
    if system is None:
        return Ignored("connection that names no connector")
    at = moment(taken or told.get("lastModifiedTime") or told.get("createdTime"), "the time it was read or changed")
    key = _key(entry)
    seen = Observation(
        source=SOURCE,
        kind=Kind.GRANT,
        at=at,
        id=f"{SOURCE}:connection:{key}:{at:%Y-%m-%d}",
        actor=person(told.get("createdBy")),
        app=App(name=system),
        action="hold",
        object=Object(type="connection", id=key),
        attributes={"standing": "true", "environment": _environment(told) or "", "state": _state(told)},
    )
    return iter((seen,))


READ: Mapping[str, Read] = {
    "microsoft.processsimple/environments/flows": flow,
    "microsoft.powerapps/apps": app,
    "microsoft.powerapps/scopes/admin/apps": app,
    "microsoft.powerapps/apis/connections": connection,
}


def _key(entry: Mapping[str, Any]) -> str:
    key = text(entry.get("name"))
    if key is None:
        raise Rejected("an object without a name")
    return key.lower()


def _environment(told: Mapping[str, Any]) -> str | None:
    return text(under(told, "environment").get("name"))


def _references(told: Mapping[str, Any]) -> Iterator[Any]:
    """Which connectors it uses: `connectionReferences` by name or number, else the operations' own ids."""
    references = under(told, "connectionReferences")
    for each in references.values():
        if isinstance(each, dict):
            yield each.get("id") or under(each, "apiDefinition").get("id")
    summary = under(told, "definitionSummary")
    for each in (*items(summary.get("triggers")), *items(summary.get("actions"))):
        yield under(each, "api").get("id")


def _sources(told: Mapping[str, Any]) -> Iterator[str]:
    for each in under(told, "connectionReferences").values():
        given = each.get("dataSources") if isinstance(each, dict) else None
        yield from (name for one in (given if isinstance(given, list) else []) if (name := text(one)))


def _state(told: Mapping[str, Any]) -> str:
    return next((state for each in items(told.get("statuses")) if (state := text(each.get("status")))), "")
