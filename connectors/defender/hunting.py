"""Pulling: hunting queries for what stands and for connections to AI, and cloud discovery's sums.

Queries: https://learn.microsoft.com/graph/api/security-security-runhuntingquery (100,000 rows, 30 days, 45 calls a
minute). What may be more is asked for in parts of the devices. A row is handed on as the streaming API writes it.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from connectors.base import Fetch, Page, Trouble
from connectors.defender.discovery import is_ai
from connectors.shared.graph import Cloud, Needs, Signed, items, on_graph, text
from connectors.shared.walks import Listed, Listing, Places, Window, several, snapshot, windows
from schemas.secretref import SecretRef

Stream = Literal["agents", "agents365", "apps", "extensions", "software", "network", "discovery"]
MOST_ROWS = 100_000
SPAN = timedelta(hours=1)
_HUNTS = Needs("ThreatHunting.Read.All", "Microsoft Defender XDR")
_DISCOVERS = Needs("CloudApp-Discovery.Read.All", "Microsoft Defender for Cloud Apps")
_PATH = "/v1.0/security/runHuntingQuery"
_STREAMS = "/beta/security/dataDiscovery/cloudAppDiscovery/uploadedStreams"
_SUMS = "microsoft.graph.security.aggregatedAppsDetails(period=duration'P30D')"
_WITH_DEVICE = (
    "| join kind=leftouter (DeviceInfo | summarize arg_max(Timestamp, DeviceName, LoggedOnUsers) by DeviceId) "
    "on DeviceId"
)
_AGENT = (
    "| project Timestamp, AIAgentId, AIAgentName, AgentCreationTime, CreatorAccountUpn, OwnerAccountUpns, "
    "LastModifiedByUpn, LastPublishedByUpn, AgentStatus, UserAuthenticationType, AccessControlPolicy, EnvironmentId, "
    "Platform, AgentToolsDetails, KnowledgeDetails"
)
_AGENT_365 = (
    "| project Timestamp, AgentId, AgentName, Owners, Platform, Model, DeclaredTools, McpServers, Availability, "
    "ToolsAuthenticationType, LifecycleStatus"
)
STANDING: Mapping[str, tuple[str, str, bool]] = {
    "agents": ("AIAgentsInfo", f"| summarize arg_max(Timestamp, *) by AIAgentId {_AGENT}", False),
    "agents365": ("AgentsInfo", f"| summarize arg_max(Timestamp, *) by AgentId {_AGENT_365}", False),
    "apps": ("OAuthAppInfo", "| summarize arg_max(Timestamp, *) by OAuthAppId", False),
    "extensions": ("DeviceTvmBrowserExtensions", _WITH_DEVICE, True),
    "software": ("DeviceTvmSoftwareInventory", "", True),
}
"""Table, the rest of the query, and whether it is asked for in parts of the devices."""
HOSTS = (
    "openai.com", "chatgpt.com", "claude.ai", "anthropic.com", "gemini.google.com", "generativelanguage",
    "perplexity.ai", "deepseek.com", "mistral.ai", "x.ai", "grok.com", "cursor.sh", "cursor.com", "codeium.com",
    "windsurf.com", "copilot.microsoft.com", "githubcopilot.com", "huggingface.co", "openrouter.ai", "groq.com",
    "together.ai", "poe.com", "character.ai", "midjourney.com", "elevenlabs.io", "otter.ai", "fireflies.ai",
    "grammarly.com", "notebooklm", "bedrock-runtime", "aiplatform.googleapis.com", "openai.azure.com", "replit.com",
    "lovable.dev",
)  # fmt: skip
PROGRAMS = (
    "chatgpt", "claude", "cursor", "windsurf", "ollama", "lm_studio", "copilot", "perplexity", "anythingllm", "gpt4all",
    "codex", "antigravity", "granola", "otter", "fireflies", "grammarly", "jan", "msty", "comfyui", "superwhisper",
)  # fmt: skip


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`client_secret` is a reference (env: or file:). `streams` are those that are read.

    `hosts` and `programs` are words that connections and software must have to be asked for. `parts` is how many
    questions a table of devices is asked in. `base_url` and `login_url` override the cloud's addresses.
    """

    tenant_id: str
    client_id: str
    client_secret: str
    cloud: Cloud = "commercial"
    streams: tuple[Stream, ...] = ("agents", "agents365", "apps", "extensions", "software", "discovery")
    hosts: tuple[str, ...] = HOSTS
    programs: tuple[str, ...] = PROGRAMS
    parts: int = 16
    snapshot_hours: float = 24
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Each stream by itself; a table the tenant has not does not hinder the others."""
    places, every, config = Places(ctx), timedelta(hours=ctx.config.snapshot_hours), ctx.config
    hunts, discovers = on_graph(ctx, _HUNTS), on_graph(ctx, _DISCOVERS)
    streams: dict[str, AsyncIterator[Page]] = {}
    for name in config.streams:
        if name in STANDING:
            streams[name] = snapshot(ctx, name, places, _standing(hunts, name, config), every)
        elif name == "network":
            streams[name] = windows(ctx, name, places, _network(hunts, config.hosts), SPAN)
        else:
            streams[name] = snapshot(ctx, name, places, _discovery(discovers), every)
    async for page in several(ctx, streams):
        yield page


def _standing(api: Signed, stream: str, config: Config) -> Listing:
    table, rest, parted = STANDING[stream]
    parts = max(config.parts, 1) if parted else 1

    async def ask(window: Window, token: str | None) -> Listed:
        part = int(token or 0)
        only = f"| where hash(DeviceId, {parts}) == {part} " if parted else ""
        if stream == "software":
            only += f"| where SoftwareName has_any ({_words(config.programs)}) "
        rows = await _hunted(api, table, f"{table} {only}{rest}".rstrip(), window.end)
        following = str(part + 1) if part + 1 < parts else None
        return Listed(rows, following, whole=len(rows) < MOST_ROWS)

    return ask


def _network(api: Signed, hosts: tuple[str, ...]) -> Listing:
    """Connections of an hour, summed up by device, name, program and account."""

    async def ask(window: Window, _token: str | None) -> Listed:
        begin, end = (f"datetime({one.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ})" for one in (window.begin, window.end))
        query = (
            f"DeviceNetworkEvents | where Timestamp >= {begin} and Timestamp < {end} "
            f"| where RemoteUrl has_any ({_words(hosts)}) | summarize Timestamp=min(Timestamp), Connections=count() by "
            "ActionType, DeviceName, RemoteUrl, InitiatingProcessFileName, InitiatingProcessAccountUpn, "
            "InitiatingProcessAccountName"
        )
        rows = await _hunted(api, "DeviceNetworkEvents", query, window.end)
        return Listed(rows, whole=len(rows) < MOST_ROWS)

    return ask


def _words(words: tuple[str, ...]) -> str:
    plain = (word.replace("\\", "").replace('"', "") for word in words)
    return ", ".join(f'"{word}"' for word in plain)


async def _hunted(api: Signed, table: str, query: str, taken: datetime) -> tuple[dict[str, Any], ...]:
    answer = await api.post(_PATH, {"Query": query, "Timespan": "P30D"}, accept=(400,))
    if answer.status == 400:  # noqa: PLR2004 - the query was not understood: the tenant has no such table
        raise Trouble("not_licensed", f"{table}: the tenant has no such table; leave its stream out of `streams`")
    found = answer.body.get("results") if isinstance(answer.body, dict) else None
    if not isinstance(found, list):
        raise Trouble("failing", f"{table}: Graph answered 200 without results")
    at = f"{taken.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return tuple(
        {"category": f"AdvancedHunting-{table}", "time": at, "properties": row} for row in items(found)
    )  # fmt: skip


def _discovery(api: Signed) -> Listing:
    """The applications of each uploaded stream; of those of AI, their users."""

    async def ask(window: Window, token: str | None) -> Listed:
        streams = [key for one in items((await api.get(_STREAMS)).body.get("value")) if (key := text(one.get("id")))]
        number = int(token or 0)
        if number >= len(streams):
            return Listed(())
        records = [one async for one in _of_stream(api, streams[number], _stamp(window))]
        return Listed(tuple(records), str(number + 1) if number + 1 < len(streams) else None)

    return ask


def _stamp(window: Window) -> Callable[[str, Any, str | None], dict[str, Any]]:
    at = f"{window.end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def made(stream: str, app: Any, user: str | None) -> dict[str, Any]:
        return {"takenAt": at, "stream": stream, "cloudApp": app, **({"user": user} if user else {})}

    return made


async def _of_stream(api: Signed, stream: str, made: Callable[..., dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
    root = f"{_STREAMS}/{stream}/{_SUMS}"
    async for app in _all(api, root):
        users: list[str | None] = []
        if is_ai(text(app.get("category"))) and text(app.get("id")):
            found = [one async for one in _all(api, f"{root}/{app['id']}/users")]
            users = [user for one in found if (user := text(one.get("userIdentifier")))]
        for user in users or [None]:
            yield made(stream, app, user)


async def _all(api: Signed, path: str) -> AsyncIterator[Mapping[str, Any]]:
    following: str | None = path
    while following is not None:
        body = (await api.get(following)).body
        for one in items(body.get("value") if isinstance(body, dict) else None):
            yield one
        following = text(body.get("@odata.nextLink"))
