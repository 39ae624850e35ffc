"""Asking: log files of each event type in the order of their end, and the workspace's objects as listings.

`GET …/logs?event_type&limit&after` names files, `GET …/logs/{id}` answers with a redirect to a signed address on
another host: the key is not sent there. A file is one page; the token names the listing and the last file read, so that
a run that was killed goes on behind it. Rate: 50 requests a minute (support pages; unverified for every endpoint).
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from connectors.base import Fetch, Page, Trouble
from connectors.shared.ai_product import refusals
from connectors.shared.auditlog import maybe
from connectors.shared.graph.values import items, text
from connectors.shared.walks import Api, Listed, Listing, Places, Window, forward, rfc3339, several, snapshot
from schemas.secretref import SecretRef

BASE = "https://api.chatgpt.com"
PERMISSION = "chatgpt.enterprise.compliance_export.read, granted to the key by OpenAI's support"
GRANTED_IN = "platform.openai.com > Settings > API keys (the organisation of the workspace), then a mail to support"
EVENT_TYPES = (
    "AUTH_LOG", "AUDIT_LOG", "APP_LOG", "APP_AUTH_LOG", "CONVERSATION_MESSAGE", "CUSTOM_AGENTS_LOG", "CODEX_LOG",
    "CODEX_SECURITY_LOG",
)  # fmt: skip
_OF_ORGANISATION = ("APP_LOG", "APP_AUTH_LOG")
_FILES, _OBJECTS = "100", "100"
_REDIRECTS = (301, 302, 303, 307, 308)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is a reference (env: or file:) to the compliance key, `workspace` the id of the workspace.

    With `scope` organization it is that of an organisation, which has APP_LOG and APP_AUTH_LOG only. Every
    `snapshot_hours` the GPTs and projects of the workspace are listed, and with `automations` those of each member (a
    request a member). `base_url` overrides the host.
    """

    key: str
    workspace: str
    scope: Literal["workspace", "organization"] = "workspace"
    event_types: tuple[str, ...] = EVENT_TYPES
    snapshot_hours: float = 24
    automations: bool = False
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.key)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Each log on its own, then what stands. Raises Trouble after all that could be read was handed on."""
    reader, places = _Reader(ctx), Places(ctx)
    config: Config = ctx.config
    wanted = [one for one in config.event_types if config.scope == "workspace" or one in _OF_ORGANISATION]
    streams = {f"log {one}": forward(ctx, f"log {one}", places, _Files(reader, one), _at) for one in wanted}
    if config.scope == "workspace":
        every = timedelta(hours=config.snapshot_hours)
        listings: dict[str, Listing] = {name: _Objects(reader, name) for name in ("gpts", "projects")}
        if config.automations:
            listings["automations"] = _Automations(reader)
        streams |= {name: snapshot(ctx, name, places, ask, every) for name, ask in listings.items()}
    async for page in several(ctx, streams):
        yield page


def _at(record: Any) -> datetime | None:
    return maybe(record.get("timestamp")) if isinstance(record, dict) else None


class _Reader:
    def __init__(self, ctx: Fetch) -> None:
        config: Config = ctx.config
        self.ctx = ctx
        self.path = f"/v1/compliance/{config.scope}s/{config.workspace}"
        self._headers = {"Authorization": f"Bearer {ctx.secret(config.key)}"}
        self.api = Api(ctx, config.base_url or BASE, headers=self._headers, refusals=refusals(
            key="compliance key", permission=PERMISSION, granted_in=GRANTED_IN,
            absent=Trouble("not_enabled", "no such workspace, or the compliance platform is not switched on for it"),
        ))  # fmt: skip

    async def file(self, key: str) -> tuple[Any, ...]:
        """The records of a log file; the signed address it redirects to gets no credential."""
        url = f"{self.api.base}{self.path}/logs/{key}"
        answer = await self.ctx.http.get(url, headers=self._headers, accept=_REDIRECTS)
        where = next((value for name, value in answer.headers.items() if name.lower() == "location"), None)
        if answer.status in _REDIRECTS and where:
            own = urlsplit(where)[:2] == urlsplit(url)[:2] or not urlsplit(where).netloc
            if own:
                raise Trouble("failing", "a log file redirects to the API itself")
            answer = await self.ctx.http.get(where, headers={"Accept": "application/x-ndjson, */*"})
        return tuple(map(_decoded, filter(None, answer.content.splitlines())))

    async def listed(self, path: str, after: str | None) -> tuple[list[Mapping[str, Any]], str | None]:
        """One page of a listing, and the id to go on after."""
        params = {"limit": _OBJECTS, **({"after": after} if after else {})}
        body = (await self.api.get(f"{self.path}/{path}", params)).body
        found = list(items(body.get("data"))) if isinstance(body, dict) else []
        more = isinstance(body, dict) and body.get("has_more") is True and bool(found)
        last = text(body.get("last_id")) if isinstance(body, dict) else None
        return found, (last or text(found[-1].get("id"))) if more else None


def _decoded(line: bytes) -> Any:
    """One line of a file; one that is no JSON goes on as text, to be rejected in its own place."""
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError:
        return line.decode("utf-8", "replace")


class _Files:
    """The files of one event type, a file a page; the listing asked for last is remembered within a run."""

    def __init__(self, reader: _Reader, event_type: str) -> None:
        self._reader, self._event_type = reader, event_type
        self._after = ""
        self._keys: list[str] = []
        self._next: str | None = None

    async def __call__(self, window: Window, token: str | None, /) -> Listed:
        after, _, done = (token or rfc3339(window.begin, "milliseconds")).partition(" ")
        if after != self._after:
            await self._list(after)
        at = self._keys.index(done) + 1 if done in self._keys else 0
        if at >= len(self._keys):
            return Listed((), self._next)
        key = self._keys[at]
        records = await self._reader.file(key)
        left = at + 1 < len(self._keys)
        return Listed(records, f"{after} {key}" if left else self._next)

    async def _list(self, after: str) -> None:
        params = {"event_type": self._event_type, "limit": _FILES, "after": after}
        body = (await self._reader.api.get(f"{self._reader.path}/logs", params)).body
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise Trouble("failing", "the list of log files is something else")
        self._after = after
        self._keys = [key for each in items(body["data"]) if (key := text(each.get("id")))]
        ends = text(body.get("last_end_time"))
        self._next = ends if body.get("has_more") is True and ends and ends != after else None


class _Objects:
    """GPTs or projects, with the time they were listed."""

    def __init__(self, reader: _Reader, name: str) -> None:
        self._reader, self._name = reader, name

    async def __call__(self, window: Window, token: str | None, /) -> Listed:
        found, following = await self._reader.listed(self._name, token)
        taken = rfc3339(window.end, "milliseconds")
        return Listed(tuple({**each, "takenAt": taken} for each in found), following)


class _Automations:
    """The automations of each member: a page is the members of one page of users."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader

    async def __call__(self, window: Window, token: str | None, /) -> Listed:
        users, following = await self._reader.listed("users", token)
        taken = rfc3339(window.end, "milliseconds")
        records = []
        for user in users:
            who = {"id": user.get("id"), "email": user.get("email")}
            found, _ = await self._reader.listed(f"users/{user.get('id')}/automations", None)
            records += [{**each, "user": who, "takenAt": taken} for each in found]
        return Listed(tuple(records), following)
