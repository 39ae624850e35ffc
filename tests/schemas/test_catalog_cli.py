"""`penumbra catalog`: what it prints and how it exits."""

import json

import pytest
from typer.testing import CliRunner

from services.cli import app
from services.kit.errors import Misconfigured

GOOD = """
id = "acme"
name = "Acme"
[[products]]
id = "acme.chat"
name = "Acme Chat"
kind = "assistant"
hosts = [{ host = "chat.acme.example", evidence = "known" }]
examples = [
  { target = "https://chat.acme.example/", match = true },
  { target = "https://acme.example/", match = false, verdict = "none" },
]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "acme.toml").write_text(GOOD)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app(), ["catalog", *map(str, arguments)], catch_exceptions=True)


def test_the_shipped_catalog_and_a_good_folder_pass(folder):
    answer = run("check", "--folder", folder)
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert answer.stderr.rstrip().endswith("products, 0 faults")


def test_faults_are_told_with_file_and_place_and_exit_1(folder):
    (folder / "acme.toml").write_text(GOOD.replace("assistant", "chatty").replace('"none"', '"ai"'))
    (folder / "broken.toml").write_text("id = \n")
    answer = run("check", "--folder", folder)
    assert answer.exit_code == 1
    lines = answer.stdout.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [f"{folder}/broken.toml", "file"],
        [f"{folder}/acme.toml", "acme.chat"],
        [f"{folder}/acme.toml", "acme.chat"],
    ]
    assert "example 'https://acme.example/': should be ai; came out as none" in lines[2]
    assert json.loads(run("check", "--folder", folder, "--json").stdout)[0]["place"] == "file"


def test_an_expression_that_does_not_compile_is_a_fault_and_not_a_crash(folder):
    path = 'paths = [{ host = "acme.example", path = "^/(", evidence = "known" }]\nexamples'
    (folder / "acme.toml").write_text(GOOD.replace("examples", path))
    answer = run("check", "--folder", folder)
    assert answer.exit_code == 1
    assert "not an expression" in answer.stdout


def test_products_are_listed_and_shown(folder):
    rows = json.loads(run("list", "--json", "--folder", folder).stdout)
    assert {"tool": "acme.chat", "name": "Acme Chat", "vendor": "Acme", "kind": "assistant", "embedded": False} in rows
    assert "acme.chat\tAcme Chat\tAcme\tassistant" in run("list", "--folder", folder).stdout
    kinds = {row["kind"] for row in json.loads(run("list", "--json", "--kind", "meeting_notes").stdout)}
    assert kinds == {"meeting_notes"}
    whole = json.loads(run("show", "acme.chat", "--folder", folder).stdout)
    assert whole["hosts"] == [{"host": "chat.acme.example", "evidence": "known"}]
    assert whole["file"] == f"{folder}/acme.toml"


def test_an_unknown_product_is_wrong_use_and_near_ones_are_named():
    answer = run("show", "openai.chatgp")
    assert isinstance(answer.exception, Misconfigured)
    assert "near: openai.chatgpt" in str(answer.exception)


def test_a_folder_that_is_none_is_wrong_use(tmp_path, monkeypatch):
    assert isinstance(run("list", "--folder", tmp_path / "none").exception, Misconfigured)
    monkeypatch.setenv("PENUMBRA_CATALOG_DIRS", f"{tmp_path}, {tmp_path / 'none'}")
    answer = run("stats")
    assert isinstance(answer.exception, Misconfigured)
    assert answer.exception.faults == (f"{tmp_path / 'none'}: no such folder",)


def test_a_file_that_cannot_be_read_stops_list_and_stats_with_its_place(folder):
    (folder / "acme.toml").write_text("id = 7\n")
    answer = run("list", "--folder", folder)
    assert isinstance(answer.exception, Misconfigured)
    assert "acme.toml: file: Expected `str`, got `int` - at `$.id`" in str(answer.exception)


def test_stats_count_the_folder_too(folder):
    shipped, both = (json.loads(run("stats", "--json", *more).stdout) for more in ((), ("--folder", folder)))
    assert both["vendors"] == shipped["vendors"] + 1
    assert both["signals"]["hosts"] == shipped["signals"]["hosts"] + 1
    assert sum(both["hosts_by_evidence"].values()) == both["hosts"]
    assert all(fact["source"].startswith("https://") and fact["as_of"] for fact in both["facts"])
    assert f"vendors\t{shipped['vendors']}\n" in run("stats").stdout
