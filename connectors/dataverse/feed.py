"""Pulling: two logs by windows on when rows were made, and what stands once a day, in each environment.

Web API: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/overview (read 2026-11-21): pages
by `@odata.nextLink`, people by `$expand`. A table that an environment does not have answers 404: nothing is there then.
Limits: https://learn.microsoft.com/power-apps/developer/data-platform/api-limits (6,000 requests in five minutes).
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from connectors.base import Fetch, Page, Trouble
from connectors.shared.graph import Bearer, Signed, odata
from connectors.shared.walks import Answer, Listed, Listing, Places, Window, rfc3339, several, snapshot, windows
from schemas.secretref import SecretRef

LOOKBACK = timedelta(hours=2)
LOGIN = "https://login.microsoftonline.com"
_PEOPLE = "azureactivedirectoryobjectid,internalemailaddress,domainname,applicationid"
_MAKER = f"createdby($select={_PEOPLE})"
_OWNER = f"owninguser($select={_PEOPLE})"
_DAY = timedelta(days=1)
_ABSENT = 404


class Table(NamedTuple):
    """A table: its entity set, the columns wanted, what is expanded, and a filter; `log` where rows are events."""

    path: str
    select: str
    expand: str
    log: bool = False
    filter: str = ""


TABLES = {
    "ai_events": Table(
        "msdyn_aievents",
        "msdyn_aieventid,msdyn_processingdate,createdon,msdyn_consumptionsource,msdyn_creditconsumed,msdyn_datatype,"
        "msdyn_automationname,msdyn_processingstatus,msdyn_quicktest,_msdyn_aimodelid_value",
        f"{_MAKER},msdyn_AIModelId($select=msdyn_name)", log=True,
    ),
    "dynamics_copilot": Table(
        "msdyn_copilotinteractions",
        "msdyn_copilotinteractionid,msdyn_clienttimestamp,createdon,msdyn_interactiontype,msdyn_scenariotype,"
        "msdyn_interactionforlogicalname", _MAKER, log=True,
    ),
    "agents": Table("bots", "botid,name,schemaname,createdon,modifiedon,publishedon", f"{_MAKER},{_OWNER}"),
    "models": Table(
        "msdyn_aimodels",
        "msdyn_aimodelid,msdyn_name,createdon,modifiedon,statecode,msdyn_sharewithorganizationoncreate",
        f"{_MAKER},{_OWNER}",
    ),
    "desktop_flows": Table(
        "workflows", "workflowid,name,category,createdon,modifiedon", f"{_MAKER},{_OWNER}", filter="category eq 6"
    ),
}  # fmt: skip


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`client_secret` is a reference (env: or file:). `environments` are their addresses, `https://acme.crm5.dynamics.com`.

    `snapshot_hours` is how often what stands is read. `login_url` overrides the sign-in's address.
    """

    tenant_id: str
    client_id: str
    client_secret: str
    environments: tuple[str, ...]
    snapshot_hours: float = 24
    login_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of every table of every environment; one that fails hinders no other."""
    places, streams = Places(ctx), dict[str, AsyncIterator[Page]]()
    every = timedelta(hours=ctx.config.snapshot_hours)
    for address in ctx.config.environments:
        if urlsplit(address).scheme != "https":
            raise Trouble("failing", "environments: write each as https://NAME.crm.dynamics.com")
        api = _api(ctx, address.rstrip("/"))
        host = urlsplit(address).hostname or address
        for name, table in TABLES.items():
            stream, ask = f"{host} {name}", _listing(api, table, host)
            streams[stream] = (
                windows(ctx, stream, places, ask, _DAY) if table.log else snapshot(ctx, stream, places, ask, every)
            )
    async for page in several(ctx, streams):
        yield page


def _api(ctx: Fetch, address: str) -> Signed:
    bearer = Bearer(ctx, login=ctx.config.login_url or LOGIN, scope=f"{address}/.default")
    return Signed(ctx, address, bearer, said=_refused)


def _refused(answer: Answer) -> Trouble | None:
    if answer.status in {401, 403}:
        return Trouble(
            "no_permission",
            "Dataverse: make the application an application user of the environment, with a role that reads the table",
        )
    return None


def _listing(api: Signed, table: Table, host: str) -> Listing:
    """One page of a table. A log is asked for by when its rows were made; the same second may be asked for twice."""

    async def ask(window: Window, token: str | None) -> Listed:
        bounds = f"createdon ge {rfc3339(window.begin)} and createdon lt {rfc3339(window.end)}" if table.log else ""
        params = {"$select": table.select, "$expand": table.expand}
        params |= {"$filter": bounds or table.filter} if bounds or table.filter else {}
        path = token or f"/api/data/v9.2/{table.path}"
        answer = await api.get(path, None if token else params, accept=(_ABSENT,), resumed=token is not None)
        if answer.status == _ABSENT:
            return Listed(())
        taken = {} if table.log else {"takenAt": rfc3339(window.end)}

        def made(row: Any, _window: Window) -> dict[str, Any]:
            return {"environment": host, **taken, "entry": row}

        return odata(answer.body, window, made)

    return ask
