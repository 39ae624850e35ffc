from datetime import UTC, datetime

import pytest

from connectors.shared.devices import mcp

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
SECRET = "violet-heron-canary"


def run(command, *args):
    return {"command": command, "args": list(args)}


def runs(**entry):
    found = list(mcp.servers({"mcpServers": {"it": entry}}))
    return found[0].runs if found else None


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (run("npx", "-y", "@modelcontextprotocol/server-github@1.2"), "npm:@modelcontextprotocol/server-github"),
        ({"command": "npx -y @upstash/context7-mcp --api-key " + SECRET}, "npm:@upstash/context7-mcp"),
        (run("C:\\nodejs\\npx.cmd", "airtable-mcp-server"), "npm:airtable-mcp-server"),
        (run("cmd", "/c", "npx", "-y", "chrome-devtools-mcp@latest"), "npm:chrome-devtools-mcp"),
        (run("uvx", "--from", f"git+https://u:{SECRET}@example.com/x", "mcp-server-git"), "pypi:mcp-server-git"),
        (run("docker", "run", "-i", "-e", "T=" + SECRET, "ghcr.io/acme/acme-mcp"), "docker:ghcr.io/acme/acme-mcp"),
        (run("npx", "mcp-remote", "https://mcp.example.com/sse?key=" + SECRET), "mcp.example.com"),
        ({"command": "/opt/tool/server --token /x/" + SECRET}, "program:server"),
        ({"command": "~/Library/Application Support/acme/acme-mcp"}, "program:acme-mcp"),
        (run("uv run python", "weather.py", SECRET), "program:uv"),
        ({"command": {"path": "npx", "args": ["-y", "acme-mcp"], "env": {}}}, "npm:acme-mcp"),
        ({"url": "https://user:" + SECRET + "@mcp.notion.com/mcp?token=" + SECRET}, "mcp.notion.com"),
        ({"serverUrl": "http://127.0.0.1:8080/sse"}, "address without a name"),
        ({"url": "http://[::1"}, None),
        ({"type": "stdio"}, None),
    ],
)  # fmt: skip
def test_a_server_is_known_by_what_it_runs_or_where_it_is_and_by_nothing_secret(entry, expected):
    assert runs(**entry) == expected


def test_of_the_environment_only_the_names_go_on():
    [server] = mcp.servers({"mcpServers": {"x": {"command": "npx", "args": ["a-mcp"], "env": {"B": SECRET, "A": "1"}}}})
    told = mcp.observation("mcp_config", AT, server, None)
    assert told.attributes["environment"] == "A,B"
    assert SECRET not in str(told)


def test_claude_codes_projects_are_read_and_a_server_counts_once():
    entry = run("npx", "a-mcp")
    config = {"mcpServers": {"a": entry}, "projects": {"/home/x": {"mcpServers": {"a": entry, "b": entry}}, "/y": 1}}
    assert [server.name for server in mcp.servers(config)] == ["a", "b"]


@pytest.mark.parametrize(
    ("path", "client"),
    [
        ("/Users/mika/Library/Application Support/Claude/claude_desktop_config.json", "Claude"),
        ("C:\\Users\\sam\\AppData\\Roaming\\Claude\\claude_desktop_config.json", "Claude"),
        ("/home/ada/.claude.json", "Claude Code"),
        ("/home/ada/work/.cursor/mcp.json", "Cursor"),
        ("/home/ada/.codeium/windsurf/mcp_config.json", "Windsurf"),
        ("/home/ada/work/.vscode/mcp.json", "GitHub Copilot"),
    ],
)
def test_a_path_says_whose_configuration_it_is(path, client):
    assert mcp.client_of(path).name == client


def test_a_projects_own_file_says_no_client():
    assert mcp.client_of("/home/ada/work/.mcp.json") is None


def test_comments_and_last_commas_are_taken_out_and_strings_left():
    text = (
        '{ // servers\n "servers": {"a": {"url": "https://x.example/a//b", /* no */ "note": ",}", },\n // "b": 1\n }, }'
    )
    assert mcp.decoded(text) == {"servers": {"a": {"url": "https://x.example/a//b", "note": ",}"}}}


def test_what_is_no_json_is_none():
    assert mcp.decoded("{") is None
    assert mcp.decoded("[[" * 100_000) is None
