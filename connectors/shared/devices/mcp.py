"""Servers of a Model Context Protocol configuration, each a solution: who set it up, what it runs or where it is.

The forms of the clients (read 2026-11-21): `mcpServers` of Claude Desktop, Claude Code (`~/.claude.json`, there per
project too, and `.mcp.json`), Cursor, Windsurf (`serverUrl` for remote ones) and Cline; `servers` of VS Code's
`mcp.json` and `mcp.servers` of its settings (https://code.visualstudio.com/docs/copilot/reference/mcp-configuration,
https://code.claude.com/docs/en/mcp, https://docs.windsurf.com/windsurf/cascade/mcp); `context_servers` of Zed, which is
not verified. Values of `env`, `headers` and arguments hold tokens: of `env` only the names are taken, of arguments
only the package that npx, uvx, docker and their like run, of an address only its host.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from connectors.records.comments import without_comments
from connectors.shared.devices import programs
from schemas.observation import Actor, App, Kind, Observation, Solution

_CLIENTS = (
    ("claude_desktop_config.json", App(name="Claude", publisher="Anthropic")),
    ("/.claude.json", App(name="Claude Code", publisher="Anthropic")),
    ("/.claude/", App(name="Claude Code", publisher="Anthropic")),
    ("/.cursor/mcp.json", App(name="Cursor", publisher="Anysphere")),
    ("/.codeium/windsurf/", App(name="Windsurf", publisher="Codeium")),
    ("/saoudrizwan.claude-dev/", App(name="Cline", publisher="Cline")),
    ("/.vscode/mcp.json", App(name="GitHub Copilot", publisher="GitHub")),
    ("/code/user/", App(name="GitHub Copilot", publisher="GitHub")),
    ("/.copilot/mcp-config.json", App(name="GitHub Copilot", publisher="GitHub")),
)  # fmt: skip
"""Whose configuration a path is; `/.mcp.json` is read by several, so it says no client."""
ANY_CLIENT = App(name="Model Context Protocol")
_RUNNERS = {
    "npx": "npm", "npm": "npm", "bunx": "npm", "pnpm": "npm", "pnpx": "npm", "yarn": "npm", "uvx": "pypi", "uv": "pypi",
    "pipx": "pypi", "docker": "docker", "podman": "docker",
}  # fmt: skip
_PASSED_OVER = frozenset({"run", "exec", "dlx", "x", "tool", "python", "python3", "node", "tsx", "mcp", "start"})
_TAKES_VALUE = frozenset(
    {"-e", "--env", "-v", "--volume", "--mount", "--name", "-p", "--publish", "--network", "--env-file", "--directory",
     "--from", "--with", "--python", "--package", "-w", "--workdir", "--entrypoint", "-u", "--user", "--platform", "-c",
     "--call", "--registry", "-l", "--label", "-m", "--memory", "--cpus", "--add-host", "--gpus", "-h", "--hostname",
     "--pull", "--restart", "--tmpfs", "--security-opt", "--cap-add", "--cap-drop", "--log-driver", "--ip",
     "--index-url"}
)  # fmt: skip
_BRIDGES = frozenset({"npm:mcp-remote", "npm:supergateway", "pypi:mcp-proxy"})
"""Packages that only pass on to a remote server, whose address is their argument."""
_NPM = re.compile(r"(?:@[a-z0-9~-][\w.~-]*/)?[a-z0-9~-][\w.~-]*", re.IGNORECASE)
_PYPI = re.compile(r"[a-z0-9][\w.-]*(?:\[[\w,-]+\])?", re.IGNORECASE)
_IMAGE = re.compile(r"[a-z0-9][\w.-]*(?::\d+)?(?:/[\w.-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?", re.IGNORECASE)
_PATTERNS = {"npm": _NPM, "pypi": _PYPI, "docker": _IMAGE}
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]+|localhost", re.IGNORECASE)
_FILE_KEY = re.compile(r"(?:^|/)(?:mcpServers|servers)/([^/]{1,120})/(command|url|serverUrl)$")
_SPACED = re.compile(r"(Application|Program) (Support|Files)")
"""Folders whose names have a space; what stands after any other space is an argument."""
_LONGEST = 120
_LARGEST = 1 << 20
"""Most characters that are searched for comments."""


class Server(NamedTuple):
    """One server of a configuration. `runs` is a package, a program's name or a remote host; `remote` says which."""

    name: str
    runs: str
    remote: bool
    client: App
    environment: tuple[str, ...] = ()
    disabled: bool = False


def client_of(path: str | None) -> App | None:
    """The program whose configuration lies at a path; None where the path does not say."""
    plain = "/" + (path or "").replace("\\", "/").lower().lstrip("/")
    return next((client for part, client in _CLIENTS if part in plain), None)


def servers(config: Mapping[str, Any], client: App | None = None) -> Iterator[Server]:
    """The servers of a decoded configuration, once by name; those of Claude Code's projects too."""
    seen: set[tuple[str, str]] = set()
    for found, told in _maps(config):
        for name, entry in found.items():
            server = _server(name, entry, client or told) if isinstance(entry, dict) else None
            if server is not None and (server.name, server.runs) not in seen:
                seen.add((server.name, server.runs))
                yield server


def holds(config: Any) -> bool:
    """Whether a decoded JSON object is the configuration of a client, with servers or without."""
    return isinstance(config, dict) and any(True for _ in _maps(config))


def maps(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Each object of servers by name that a configuration holds."""
    return (found for found, _ in _maps(config))


def _maps(config: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], App]]:
    """Each object of servers by name, with the client its key tells of."""
    settings = config.get("mcp")
    for holder, key, client in (
        (config, "mcpServers", ANY_CLIENT),
        (config, "servers", App(name="GitHub Copilot", publisher="GitHub")),
        (settings, "servers", App(name="GitHub Copilot", publisher="GitHub")),
        (config, "context_servers", App(name="Zed", publisher="Zed Industries")),
    ):
        found = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(found, dict) and all(isinstance(entry, dict) for entry in found.values()):
            yield found, client
    if isinstance(settings, dict) and "servers" not in settings:
        yield {}, ANY_CLIENT
    projects = config.get("projects")
    for project in projects.values() if isinstance(projects, dict) else ():
        if isinstance(project, dict) and isinstance(found := project.get("mcpServers"), dict):
            yield found, App(name="Claude Code", publisher="Anthropic")


def _server(name: str, entry: Mapping[str, Any], client: App) -> Server | None:
    address = next((entry[key] for key in ("url", "serverUrl", "httpUrl") if isinstance(entry.get(key), str)), None)
    command = entry.get("command")
    if isinstance(command, dict):  # Zed: {"path", "args", "env"}
        entry, command = command, command.get("path")
    env = entry.get("env")
    names = tuple(sorted(key for key in env if isinstance(key, str)))[:32] if isinstance(env, dict) else ()
    runs = _host(address) if address else _program(command, entry.get("args"))
    if runs in _BRIDGES and (bridged := next((arg for arg in _texts(entry.get("args")) if "://" in arg), None)):
        address, runs = bridged, _host(bridged)
    if not runs:
        return None
    off = entry.get("disabled") is True or entry.get("enabled") is False
    return Server(name[:_LONGEST], runs, address is not None, client, names, off)


def _host(address: str) -> str:
    try:
        host = (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""
    return host if _HOST.fullmatch(host) else "address without a name"


def _program(command: Any, args: Any) -> str:
    """`npm:<package>`, `docker:<image>` …, else the name of the program, which `command` may give with arguments."""
    words = [*_SPACED.sub(r"\1_\2", command).split(), *_texts(args)] if isinstance(command, str) else []
    name = programs.file_name(words[0]).lower().removesuffix(".cmd").removesuffix(".exe") if words else ""
    if name == "cmd" and len(words) > 2:  # noqa: PLR2004 - Windows: cmd /c npx …
        return _program(words[2], words[3:])
    manager = _RUNNERS.get(name)
    package = _first(words[1:], manager) if manager else None
    return f"{manager}:{package}" if package else f"program:{name}" if name else ""


def _texts(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _first(args: list[str], manager: str) -> str | None:
    """The first argument that is a package's name: neither an option, its value, a path nor an address."""
    waiting = False
    for arg in args:
        if waiting or arg.startswith("-"):
            waiting = not waiting and arg in _TAKES_VALUE
            continue
        if arg.lower() in _PASSED_OVER:
            continue
        plain = _unversioned(arg, manager)
        return (
            plain if _PATTERNS[manager].fullmatch(arg if manager == "docker" else plain) and not _is_file(arg) else None
        )
    return None


def _unversioned(arg: str, manager: str) -> str:
    if manager == "docker":
        found = programs.image(arg)
        return (found.client_id or "").removeprefix("docker:") if found else ""
    return arg[:1] + arg[1:].partition("@")[0].partition("==")[0]


def _is_file(arg: str) -> bool:
    return arg.endswith((".py", ".js", ".ts", ".mjs", ".sh", ".json")) or arg.startswith((".", "/", "~"))


def row(columns: Mapping[str, Any]) -> Server | None:
    """A server out of a row of Fleet's table `parse_json` (columns path, fullkey, key, value): its command or address.

    Each value is a row of its own, so what `npx` runs stands in another: such a server is known by its name only.
    """
    path, key, value = columns.get("fullkey"), columns.get("key"), columns.get("value")
    if not (isinstance(path, str) and isinstance(key, str) and isinstance(value, str)):
        return None
    found = _FILE_KEY.search(path)
    if found is None:
        return None
    where = columns.get("path")
    client = client_of(where if isinstance(where, str) else None) or ANY_CLIENT
    server = _server(found[1], {found[2]: value}, client)
    return (
        server._replace(runs=f"{server.runs}/{found[1]}") if server and server.runs.startswith("program:") else server
    )


def observation(source: str, at: datetime, server: Server, who: Actor | None) -> Observation:
    """A server as somebody's solution. Its id is what it runs or where it is: the same one on many devices is one."""
    kind, _, what = server.runs.rpartition(":") if not server.remote else ("remote", "", server.runs)
    local = kind == "program" or server.runs.startswith("address ")
    key = f"{server.runs}/{server.name}" if local and not server.runs.endswith(f"/{server.name}") else server.runs
    facts = {"client": server.client.name or "", "transport": "remote" if server.remote else "local"}
    if server.environment:
        facts["environment"] = ",".join(server.environment)[:_LONGEST]
    if server.disabled:
        facts["disabled"] = "true"
    solution = Solution(
        id=f"mcp_server:{key}", type="mcp_server", name=server.name, owner=who,
        environment=server.client.name, connectors=() if kind == "program" else (what,),
    )  # fmt: skip
    return Observation(
        source=source, kind=Kind.BUILD, at=at, actor=who, app=server.client, action="present", solution=solution,
        attributes=facts,
    )  # fmt: skip


def decoded(text: str) -> Any:
    """JSON with comments and last commas, as editors write their settings; None where it is none."""
    raw = text.encode("utf-8", "replace")
    for read in (raw, without_comments(raw[:_LARGEST])):
        try:
            return msgspec.json.decode(read)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return None
