import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
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
def penumbra(tmp_path, tmp_path_factory):
    """Runs one command with an organisation's own catalog folder; the shipped files are read once for all tests."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "acme.toml").write_text(VENDOR)
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PENUMBRA_CATALOG_DIRS": str(tmp_path / "own"),
        "PYTHONWARNINGS": "error", "XDG_CACHE_HOME": str(tmp_path_factory.getbasetemp() / "cache"),
    }  # fmt: skip

    def run(command, *arguments, text=""):
        return subprocess.run(
            [sys.executable, "-c", "from services.cli import main; main()", command, *arguments],
            input=text, capture_output=True, text=True, timeout=60, env=environment, check=False, cwd=ROOT,
        )  # fmt: skip

    return run
