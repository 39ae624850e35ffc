"""`penumbra catalog import`: what it writes, prints and refuses."""

import gzip
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas import hostlist, vendor
from services.cli import app
from services.kit.errors import Misconfigured

VENDORS = Path(__file__).parent.parent / "labelling/vendors"


@pytest.fixture(autouse=True)
def shipped(tmp_path, monkeypatch):
    """A shipped catalog of one file."""
    shutil.copytree(VENDORS, tmp_path / "shipped")
    monkeypatch.setattr(vendor, "CATALOG", tmp_path / "shipped")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PENUMBRA_CATALOG_DIRS", raising=False)


def run(*arguments, text=None):
    return CliRunner().invoke(app(), ["catalog", "import", *map(str, arguments)], input=text)


def test_a_list_is_written_with_its_provenance_and_refused_lines_are_told(tmp_path):
    (tmp_path / "AI List.txt.gz").write_bytes(gzip.compress(b"new.example\nchat.acme-ai.example\nfoo\n"))
    done = run("plain", tmp_path / "AI List.txt.gz", "--into", tmp_path, "--json")
    assert done.exit_code == 0
    place = tmp_path / "lists" / "ai-list.toml"
    assert json.loads(done.stdout) == {
        "list": "ai-list", "file": f"{tmp_path}/AI List.txt.gz", "taken": 1, "refused": 2, "written": str(place),
    }  # fmt: skip
    lines = done.stderr.splitlines()
    assert [line.split("gz: ")[1].split(": ")[0] for line in lines] == ["line 2", "line 3"]
    kept = hostlist.read(place)
    assert (kept.file, kept.format, [(host.host, host.line) for host in kept.hosts]) == (
        "AI List.txt.gz", "plain", [("new.example", 1)],
    )  # fmt: skip


def test_files_that_a_list_includes_are_read_beside_it_and_never_above(tmp_path, monkeypatch):
    monkeypatch.setenv("PENUMBRA_CATALOG_DIRS", str(tmp_path))
    (tmp_path / "data").mkdir()
    (tmp_path / "secret").write_text("above.example\n")
    (tmp_path / "data" / "other").write_text("inner.example\n")
    (tmp_path / "data" / "ai").write_text("include:other\ninclude:../secret\n")
    done = run("v2fly", tmp_path / "data" / "ai")
    assert "1 hosts taken, 1 lines refused" in done.stdout
    assert [(host.host, host.file) for host in hostlist.load([tmp_path])[0].hosts] == [("inner.example", "other")]


def test_standard_input_and_a_name(tmp_path):
    done = run("csv", "-", "--into", tmp_path, "--name", "mine", "--column", "site", text="site\nnew.example\n")
    assert done.exit_code == 0
    assert hostlist.read(tmp_path / "lists" / "mine.toml").file == "standard input"


def test_nothing_taken_writes_nothing(tmp_path):
    done = run("hosts", "-", "--into", tmp_path, text="127.0.0.1 localhost\n")
    assert "nothing written" in done.stdout
    assert not (tmp_path / "lists").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("toml", "-"), "FORMAT toml: one of v2fly, hosts"),
        (("plain", "-"), "give --into"),
        (("plain", "none.txt", "--into", "."), "none.txt: No such file"),
        (("csv", "-", "--into", "."), "name it with --column"),
        (("plain", "-", "--into", "./none"), "no such folder"),
        (("plain", "-", "--into", ".", "--name", "../x"), "--name ../x"),
    ],
)
def test_wrong_use_is_told(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments, text="a,b\n")
    assert isinstance(done.exception, Misconfigured)
    assert said in str(done.exception)
