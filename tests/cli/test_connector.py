"""`penumbra connector`: what each source declares, and the way of one who writes a new one."""

import importlib.util
import json
from pathlib import Path

import msgspec
import pytest
import typer
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from typer.testing import CliRunner

from connectors import declaration
from connectors.base import discover
from connectors.records import natives, outcomes
from services.cli import connector as command
from services.kit.errors import Misconfigured
from services.simulator.server import listening
from tests.commands import penumbra
from tests.connectors.exchange import replayed


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


@pytest.fixture
def project(tmp_path):
    (tmp_path / "connectors").mkdir()
    return tmp_path


def loaded(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CONNECTOR


async def test_a_new_one_is_written_whole_and_runs(project):
    written = [Path(line) for line in run("new", "acme_ai", "--into", project).stdout.splitlines()]
    assert {path.name for path in written} == {
        "acme_ai.py", "acme_ai.md", "events.json", "events.json.expected.json", "two_pages.json", "refused.json",
    }  # fmt: skip
    made = loaded(project / "connectors/acme_ai.py")
    assert declaration.faults(made) == []
    samples = project / "tests/connectors/samples"
    assert not [fault for fault in command._faults(made, samples) if "recognised" not in fault]
    found = list(outcomes(made, natives((samples / made.samples[0]).read_bytes(), made, "events.json"), None))
    expected = json.loads((samples / f"{made.samples[0]}.expected.json").read_text())
    assert [json.loads(msgspec.json.encode(found[0].items)), {"ignored": found[1].reason}] == expected
    for path in (project / "tests/connectors/exchanges/acme_ai").iterdir():
        recorded = json.loads(path.read_text())
        assert await replayed(made, recorded) == recorded["expected"]


def test_a_bad_name_is_refused(project):
    run("new", "twice", "--into", project)
    with pytest.raises(Misconfigured, match="lower-case"):
        run("new", "Not-Good", "--into", project)
    with pytest.raises(Misconfigured, match="exists") as told:
        run("new", "twice", "--into", project)
    assert len(told.value.faults) == 6
    with pytest.raises(Misconfigured, match="no folder connectors"):
        run("new", "acme_ai", "--into", project / "connectors")


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [(401, "failing", "make a new one"), (403, "no_permission", "give a role"), (200, "empty", "no record")],
)
async def test_credentials_are_tried_and_what_is_missing_is_named(status, state, words):
    vendor = FastAPI()

    @vendor.get("/api/v1/logs")
    async def logs():
        return JSONResponse([] if status == 200 else {"errorCode": "E"}, status)

    async with listening(vendor) as base:
        given = ["org=x", "token=env:ACME_TOKEN", f"base_url={base}"]
        options = [word for one in given for word in ("--config", one)]
        around = {"ACME_TOKEN": "s3cr3t", "PENUMBRA_ALLOW_PRIVATE": "127.0.0.0/8"}
        answer = await penumbra("connector", "check", "okta", "--json", *options, **around)
    told = json.loads(answer.out)
    assert told["outcome"] == state
    assert words in told["message"]
    assert "s3cr3t" not in answer.out + answer.err
    assert answer.code == (0 if state == "empty" else 1)


def test_credentials_of_what_is_not_pulled_or_not_named_are_refused():
    with pytest.raises(Misconfigured, match="not pulled"):
        run("check", "squid", "--config", "a=b")
    with pytest.raises(Misconfigured, match="name the connector"):
        run("check", "--config", "a=b")
    with pytest.raises(Misconfigured, match="token"):
        run("check", "okta", "--config", "org=x")
