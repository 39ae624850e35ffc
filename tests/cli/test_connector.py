"""`penumbra connector`: what each source declares, and the way of one who writes a new one."""

import json

import pytest
import typer
from typer.testing import CliRunner

from connectors.base import discover
from services.cli import connector as command
from services.kit.errors import Misconfigured


def run(*arguments):
    root = typer.Typer()
    command.register(root)
    answer = CliRunner().invoke(root, ["connector", *map(str, arguments)])
    if isinstance(answer.exception, Misconfigured):
        raise answer.exception
    return answer


def test_the_list_has_the_fields_outsiders_rely_on():
    rows = json.loads(run("list", "--json").stdout)
    assert [row["name"] for row in rows] == list(discover())
    wanted = {
        "name", "title", "kinds", "how", "docs", "permissions", "plan", "cursor", "lateness", "evidence", "samples",
    }  # fmt: skip
    assert all(wanted <= row.keys() for row in rows)
    assert all(row["evidence"] in {"real sample", "vendor example", "unverified"} for row in rows)


def test_what_is_piped_is_a_line_a_source_with_tabs_between():
    lines = [line.split("\t") for line in run("list").stdout.splitlines()]
    assert [line[0] for line in lines] == list(discover())
    assert {len(line) for line in lines} == {5}


def test_one_source_is_shown_with_its_settings():
    shown = json.loads(run("show", "okta", "--json").stdout)
    assert shown["settings"] == ["org", "token", "base_url"]
    assert "settings\torg, token, base_url" in run("show", "okta").stdout
    with pytest.raises(Misconfigured, match="no such source"):
        run("show", "nosuch")


def test_all_are_complete():
    answer = run("check")
    assert answer.exit_code == 0
    assert answer.stdout == ""


def test_a_missing_sample_is_a_fault(tmp_path):
    answer = run("check", "okta", "--samples", tmp_path)
    assert answer.exit_code == 1
    assert "okta/events.json is missing" in answer.stdout


def test_a_new_one_is_written_runs_and_says_what_is_missing(tmp_path):
    run("new", "acme_ai", "--into", tmp_path)
    source = (tmp_path / "acme_ai.py").read_text()
    space = {}
    exec(compile(source, "acme_ai.py", "exec"), space)
    made = space["CONNECTOR"]
    event = {"id": "1", "event": "used", "time": "2026-11-20T10:00:00Z", "app": "Example"}
    [seen] = made.parse(event, None)
    assert seen.id == "acme_ai:1"
    assert made.recognise(event) > 0.5


@pytest.mark.parametrize(("name", "words"), [("Not-Good", "lower-case"), ("twice", "exists")])
def test_a_bad_name_is_refused(tmp_path, name, words):
    (tmp_path / "twice.py").write_text("")
    with pytest.raises(Misconfigured, match=words):
        run("new", name, "--into", tmp_path)
