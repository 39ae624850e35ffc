"""MCP configuration files: which servers of the Model Context Protocol people gave their assistants and editors.

The files of Claude Desktop, Claude Code, Cursor, Windsurf, VS Code, Cline and others; their forms and where they are
documented stand in `connectors/shared/devices/mcp.py`. A file is read as it is, comments and all, or wrapped by the
script that collects it: `{"path", "hostname", "user", "collected_at", "content"}`, the content as JSON or as text,
which is Penumbra's own form. Parsed against the files snyk/agent-scan keeps for its tests
(tests/mcp_servers/configs_files).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.devices import mcp, people
from connectors.shared.graph import maybe_moment, text
from schemas.observation import App, Kind, Observation

_NONE = Ignored("no servers configured")
_SERVERS = ("command", "url", "serverUrl", "httpUrl")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder of plain files leaves out: whose they are. A wrapped file says it itself.

    `client` is the program the files belong to (Claude, Cursor …), `user` and `device` whose they are.
    """

    client: str = ""
    user: str = ""
    device: str = ""


def parse(record: Any, config: Config | None, arrived: datetime | None = None) -> Iterator[Observation] | Ignored:
    """One file. `arrived` is when a plain one was written or came. Raises Rejected for what is no configuration."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    wrapped = record if _is_wrapped(record) else {}
    content = _content(wrapped) if wrapped else record
    if not mcp.holds(content):
        return _other(content)
    given = config or Config()
    path = text(wrapped.get("path"))
    client = App(name=given.client) if given.client else mcp.client_of(path)
    found = list(mcp.servers(content, client))
    if not found:
        return _NONE
    at = maybe_moment(wrapped.get("collected_at")) or arrived
    if at is None:
        raise Rejected("neither collected_at nor the file's own time says when it was read")
    user = people.login(wrapped.get("user")) or people.of_path(path) or given.user or None
    who = people.actor(text(wrapped.get("hostname")) or given.device or None, user)
    return iter([mcp.observation("mcp_config", at, server, who) for server in found])


def _is_wrapped(record: Mapping[str, Any]) -> bool:
    return "content" in record and isinstance(record.get("path"), str)


def _content(wrapped: Mapping[str, Any]) -> Any:
    held = wrapped["content"]
    return mcp.decoded(held) if isinstance(held, str) else held


def _other(content: Any) -> Ignored:
    """Settings of a client that hold no servers."""
    if isinstance(content, dict):
        return _NONE
    raise Rejected("content is no JSON object: not a configuration")


def recognise(record: Any) -> float:
    """How much a JSON object looks like a configuration of servers."""
    if not isinstance(record, dict):
        return 0.0
    if _is_wrapped(record):
        content = _content(record)
        return 0.95 if mcp.holds(content) else 0.6 if mcp.client_of(record["path"]) else 0.0
    if isinstance(record.get("mcpServers"), dict):
        return 0.95
    if not mcp.holds(record):
        return 0.0
    entries = [entry for holder in mcp.maps(record) for entry in holder.values() if isinstance(entry, dict)]
    if any(key in entry for entry in entries for key in _SERVERS):
        return 0.9
    return 0.6 if isinstance(record.get("mcp"), dict) and any(key.startswith("chat.") for key in record) else 0.1


CONNECTOR = Connector(
    name="mcp_config",
    title="MCP configuration files",
    kinds=(Kind.BUILD,),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    docs="https://code.visualstudio.com/docs/copilot/reference/mcp-configuration",
    permissions=("read the files, or let a script of the device management push them",),
    granted_in="the device management: a script that runs for every user (the page of this source has what it sends)",
    plan="any",
    cursor="whole file",
    evidence="real sample",
    samples=("mcp_config/collected.ndjson", "mcp_config/settings.json", "mcp_config/mcp.json"),
    dates_by_arrival=True,
    comments=True,
)
