import json
import subprocess
import sys

import pytest

PROGRAM = """
import sys, typer
from services.cli import {module}
from services.kit.errors import Misconfigured
root = typer.Typer(pretty_exceptions_enable=False)
root.callback()(lambda: None)
{module}.register(root)
try:
    root(standalone_mode=True)
except Misconfigured as error:
    sys.exit("; ".join(error.faults))
"""
VENDOR = """
id = "acme"
name = "Acme AI"
[[products]]
id = "acme.chat"
name = "Acme Chat"
kind = "assistant"
[[products.hosts]]
host = "chat.acme-ai.example"
evidence = "known"
[[products.apps]]
name = "Acme Chat"
"""


@pytest.fixture
def penumbra(tmp_path):
    """Runs one command with an organisation's own catalog folder."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "acme.toml").write_text(VENDOR)
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PENUMBRA_CATALOG_DIRS": str(tmp_path / "own"),
        "PYTHONWARNINGS": "error",
    }  # fmt: skip

    def run(command, *arguments, text=""):
        return subprocess.run(
            [sys.executable, "-c", PROGRAM.format(module=command), command, *arguments],
            input=text, capture_output=True, text=True, timeout=60, env=environment, check=False,
        )  # fmt: skip

    return run


def answers(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_one_answer_a_line_in_order(penumbra):
    told = answers(penumbra("classify", "--hosts", text="mail.example\nchat.acme-ai.example/x\n\n"))
    assert [(one["input"], one["verdict"], one["tool"]) for one in told] == [
        ("mail.example", "none", None), ("chat.acme-ai.example/x", "ai", "acme.chat"), ("", "none", None),
    ]  # fmt: skip
    assert all(set(one) == {"input", "verdict", "tool", "confidence", "basis"} for one in told)
    assert [one["confidence"] for one in answers(penumbra("classify", "--apps", text="acme chat\tAcme AI\t\n"))] == [
        0.9
    ]


def test_observations_that_are_nothing_are_printed_only_when_asked(penumbra):
    seen = [
        {"id": str(n), "source": "s", "kind": "web", "at": "2026-11-02T09:00:00Z", "host": host}
        for n, host in enumerate(["mail.example", "chat.acme-ai.example"])
    ]
    text = "".join(json.dumps(one) + "\n" for one in seen) + "no observation\n"
    done = penumbra("classify", text=text)
    assert [one["input"] for one in answers(done)] == ["1"]
    assert "line 3" in done.stderr
    assert [one["verdict"] for one in answers(penumbra("classify", "--all", text=text))] == ["none", "ai"]


def test_wrong_use_exits_2_or_says_why(penumbra):
    done = penumbra("classify", text="mail.example\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--hosts" in done.stderr
    assert "one of them" in penumbra("classify", "--hosts", "--apps").stderr
