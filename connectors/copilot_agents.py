"""Microsoft 365's catalogue of agents and apps for Copilot (Agent 365): what is there, who may use it, what is blocked.

API (read 2026-11-21): https://learn.microsoft.com/microsoft-365-copilot/extensibility/api/admin-settings/package/overview
(GET /copilot/admin/catalog/packages, with an example answer). The list names no owner and no runs: `m365_management`
tells who made an agent and who used it, `defender` its owners. Descriptions and instructions are never read.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected
from connectors.shared.graph import Cloud, Needs, Signed, items, maybe_moment, odata, on_graph, text
from connectors.shared.walks import Listed, Listing, Places, Window, several, snapshot
from schemas.observation import App, Kind, Object, Observation, Solution
from schemas.secretref import SecretRef

SOURCE = "copilot_agents"
_PATH = "/v1.0/copilot/admin/catalog/packages"
_FILTER = {"$filter": "supportedHosts/any(h:h eq 'Copilot')"}
_NEEDS = Needs("CopilotPackages.Read.All", "Microsoft Agent 365 or Microsoft 365 Copilot")
_OF_OTHERS = {"microsoft", "external"}
_NOBODY = {"none", ""}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`client_secret` is a reference (env: or file:). `base_url` and `login_url` override the cloud's addresses."""

    tenant_id: str
    client_id: str
    client_secret: str
    cloud: Cloud = "commercial"
    snapshot_hours: float = 24
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Every package of Copilot's once a day; those made here with their details."""
    api, every = on_graph(ctx, _NEEDS), timedelta(hours=ctx.config.snapshot_hours)
    streams = {"packages": snapshot(ctx, "packages", Places(ctx), _packages(api), every)}
    async for page in several(ctx, streams):
        yield page


def _packages(api: Signed) -> Listing:
    async def ask(window: Window, token: str | None) -> Listed:
        resumed = token is not None
        page = odata((await api.get(token or _PATH, None if resumed else _FILTER, resumed=resumed)).body, window, None)
        at = f"{window.end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        found = [{"takenAt": at, "package": await _detailed(api, one)} for one in items(list(page.records))]
        return Listed(tuple(found), page.following)

    return ask


async def _detailed(api: Signed, package: Mapping[str, Any]) -> Mapping[str, Any]:
    """One made here with what its elements are; one that went away in between as the list told it."""
    key = text(package.get("id"))
    if key is None or _sort(package) in _OF_OTHERS:
        return package
    answer = await api.get(f"{_PATH}/{quote(key, safe='')}", accept=(404,))
    return answer.body if answer.status < 300 and isinstance(answer.body, dict) else package  # noqa: PLR2004 - a refusal


def _sort(package: Mapping[str, Any]) -> str:
    return (text(package.get("type")) or "").lower()


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One package. Raises Rejected for what is none."""
    package = record.get("package") if isinstance(record, dict) else None
    package = package if isinstance(package, dict) else record
    if not isinstance(package, dict) or text(package.get("id")) is None or text(package.get("displayName")) is None:
        raise Rejected("not a package of Copilot's catalogue")
    taken = maybe_moment(record.get("takenAt"))
    at = taken or maybe_moment(package.get("lastModifiedDateTime"))
    if at is None:
        return Ignored("package without a time")
    key, name, publisher = str(package["id"]), text(package.get("displayName")), text(package.get("publisher"))
    ours = _sort(package) not in _OF_OTHERS and (publisher or "").lower() != "microsoft"
    sharing = text(package.get("availableTo")) or text(package.get("availableToScope"))
    made = Solution(id=f"copilot_agent:{key}", type="copilot_agent", name=name, sharing=sharing)
    seen = Observation(
        source=SOURCE,
        kind=Kind.BUILD if ours else Kind.AUDIT,
        at=at,
        id=f"{SOURCE}:{key}:{at:%Y-%m-%d}",
        app=_app(package, name, publisher),
        action="present",
        object=Object(type="agent", id=key, name=name),
        solution=made if ours else None,
        attributes={"standing": "true", **_facts(package, publisher)},
    )
    return iter((seen,))


def _app(package: Mapping[str, Any], name: str | None, publisher: str | None) -> App:
    """Another vendor's by its own name; what was made here, or is Microsoft's, is Copilot."""
    client = text(package.get("applicationId")) or text(package.get("appId"))
    if _sort(package) == "external":
        return App(name=name, client_id=client, publisher=publisher)
    return App(name="Microsoft 365 Copilot", client_id=client, publisher="Microsoft")


def _facts(package: Mapping[str, Any], publisher: str | None) -> dict[str, str]:
    """What it is, whether it is blocked, whom it was given to, and what it is made of."""
    blocked = package.get("isBlocked", package.get("blocked"))
    kinds = package.get("elementTypes")
    elements = [text(one) for one in kinds] if isinstance(kinds, list) else []
    elements += [text(one.get("elementType")) for one in items(package.get("elementDetails"))]
    deployed = text(package.get("deployedTo")) or text(package.get("deployedToScope")) or ""
    told = {
        "type": text(package.get("type")) or text(package.get("packageType")),
        "publisher": publisher,
        "blocked": "true" if blocked is True else None,
        "deployed": deployed if deployed.lower() not in _NOBODY else None,
        "elements": ", ".join(dict.fromkeys(one for one in elements if one)),
    }
    return {name: value for name, value in told.items() if value}


def recognise(record: Any) -> float:
    """How much a JSON object looks like a package."""
    package = record.get("package") if isinstance(record, dict) else None
    found = package if isinstance(package, dict) else record
    if not isinstance(found, dict) or not {"id", "displayName", "supportedHosts"} & found.keys():
        return 0.0
    newer = {"supportedHosts", "isBlocked", "availableTo"} <= found.keys()
    older = {"packageType", "elementDetails"} <= found.keys()
    return 0.96 if newer or older else 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="Microsoft 365 Copilot agents",
    kinds=(Kind.BUILD, Kind.AUDIT),
    how=("pull", "file", "push"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://learn.microsoft.com/microsoft-365-copilot/extensibility/api/admin-settings/package/overview",
    permissions=("CopilotPackages.Read.All",),
    granted_in=(
        "Microsoft Entra admin center > App registrations > the application > API permissions > Microsoft Graph, "
        "application permissions; then Grant admin consent"
    ),
    plan="Microsoft Agent 365 or Microsoft 365 Copilot",
    cursor="time of the last whole snapshot, and the link of one broken off",
    every=timedelta(hours=6),
    rate=2.0,
    evidence="vendor example",
    samples=("copilot_agents/packages.json",),
    secrets=("client_secret",),
)
