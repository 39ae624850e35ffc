"""`penumbra parse`: observations on stdout, the tally last on stderr, faults with the next step."""

import gzip
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from services.cli import parse as command
from services.kit import keys
from services.kit.errors import Misconfigured

SAMPLES = Path(__file__).parents[1] / "connectors" / "samples"
SQUID = SAMPLES / "squid" / "native.log"
CANARY = "violet-heron-canary"
PROGRAM = "import typer; from services.cli import parse; r = typer.Typer(); parse.register(r); r()"


def run(*arguments, given=None):
    root = typer.Typer()
    command.register(root)
    root.command("other")(lambda: None)  # a second command, so that the first keeps its name
    answer = CliRunner().invoke(root, ["parse", *map(str, arguments)], input=given)
    if isinstance(answer.exception, Misconfigured):
        raise answer.exception
    return answer


def tally(answer):
    return json.loads(answer.stderr.splitlines()[-1])


def observed(answer):
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_observations_on_stdout_and_the_tally_last_on_stderr():
    answer = run("squid", SQUID)
    assert answer.exit_code == 0
    assert tally(answer) == {
        "source": "squid",
        "records": 7,
        "observed": 4,
        "ignored": {"proxy asked for a sign-in": 1, "connection without a request": 1},
        "rejected": 1,
        "observations": 4,
    }
    assert [one["host"] for one in observed(answer)] == [
        "chatgpt.com",
        "chat.example.com",
        "api.openai.com",
        "2001:db8::5",
    ]
    assert all(one["id"].startswith("squid:") for one in observed(answer))
    assert f"rejected {SQUID}:7: 5 columns, the native format has 10" in answer.stderr


@pytest.mark.parametrize("sample", ["m365_management/records.json", "okta/events.json", "squid/combined.log"])
def test_auto_names_what_it_recognised(sample):
    answer = run("auto", SAMPLES / sample)
    assert tally(answer)["source"] == sample.split("/")[0]
    assert "recognised as" in answer.stderr
    assert CANARY not in answer.stdout + answer.stderr


def test_standard_input_is_read_when_nothing_is_named_and_recognised_too():
    packed = gzip.compress(SQUID.read_bytes())
    assert tally(run("squid", given=packed))["records"] == 7
    assert tally(run("auto", "-", given=packed)) == tally(run("squid", SQUID))


def test_people_and_registry_entries_are_printed_as_they_are():
    people = observed(run("directory_csv", SAMPLES / "directory_csv" / "people.csv"))
    assert people[0]["employee_id"] == "E1001"
    assert observed(run("auto", SAMPLES / "registry_csv" / "registry.csv"))[0]["id"] == "R-1"


def test_identical_lines_get_different_ids_and_the_same_ones_next_time():
    line = SQUID.read_bytes().splitlines(keepends=True)[0]
    ids = [one["id"] for one in observed(run("squid", given=line * 3))]
    assert len(set(ids)) == 3
    assert ids == [one["id"] for one in observed(run("squid", given=line * 3))]


def test_strict_says_no_where_a_record_was_rejected(tmp_path):
    assert run("squid", SQUID, "--strict").exit_code == 1
    clean = tmp_path / "clean.log"
    clean.write_bytes(SQUID.read_bytes().splitlines(keepends=True)[0])
    assert run("squid", clean, "--strict").exit_code == 0


def test_dead_letters_keep_place_and_reason_and_seal_the_content(tmp_path, monkeypatch):
    monkeypatch.setenv("PENUMBRA_KEYS", f"file:{tmp_path / 'keys.json'}")
    letters = tmp_path / "letters.jsonl"
    run("m365_management", SAMPLES / "m365_management" / "records.json", "--dead-letters", letters)
    found = [json.loads(line) for line in letters.read_text().splitlines()]
    assert [one["reason"] for one in found] == [
        "CreationTime is not a time",
        "no RecordType and no Operation: not a record of the audit feed",
    ]
    assert found[0]["position"].endswith("records.json#33")
    assert CANARY not in letters.read_text()
    opened = keys.load(f"file:{tmp_path / 'keys.json'}", tmp_path).open(found[1]["sealed"])
    assert json.loads(opened) == {"prompt": CANARY}


def test_a_logformat_is_given_by_format():
    line = b"2026-11-20T10:00:00|192.0.2.7|CONNECT|chatgpt.com:443\n"
    answer = run("squid", "--format", "%{%Y-%m-%dT%H:%M:%S}tg|%>a|%rm|%ru", given=line)
    assert observed(answer)[0]["host"] == "chatgpt.com"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nosuch", SQUID), "no such source"),
        (("squid", SQUID, "--format", "%zz"), "unknown code"),
        (("okta", SQUID, "--format", "x"), "one format only"),
        (("squid", SQUID, "--dead-letters", "/nonexistent/letters"), "--dead-letters"),
        (("auto", SQUID, SAMPLES / "okta" / "events.json"), "several sources"),
    ],
)
def test_wrong_use_is_named(arguments, words):
    with pytest.raises(Misconfigured, match=words):
        run(*arguments)


def test_all_files_that_cant_be_opened_are_listed_at_once(tmp_path):
    with pytest.raises(Misconfigured) as caught:
        run("squid", tmp_path / "one", tmp_path, tmp_path / "two")
    assert len(caught.value.faults) == 3


def test_what_is_not_recognised_lists_the_nearest(tmp_path):
    unknown = tmp_path / "unknown.json"
    unknown.write_text('{"eventType": "x"}')
    with pytest.raises(Misconfigured, match="okta"):
        run("auto", unknown)


def seconds_of_work(*arguments):
    """Processor time of a run: what a start costs however busy the machine is."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", PROGRAM, *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_it_starts_in_half_a_second():
    assert min(seconds_of_work("squid", SQUID) for _ in range(3)) < 0.5


def test_a_reader_that_leaves_is_no_fault(tmp_path):
    many = tmp_path / "many.log"
    many.write_bytes(SQUID.read_bytes() * 500)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "squid", many], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        told = process.stderr.read().decode()
        assert process.wait(30) == 0
    assert "Traceback" not in told
    assert json.loads(told.splitlines()[-1])["source"] == "squid"


def test_columns_are_shown_and_those_that_can_not_be_told_apart_end_it_before_a_row_is_read(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("Wann,Host,Hostname,User\n2026-11-20 10:00,claude.ai,pc,alice\n")
    with pytest.raises(Misconfigured, match=r"time: .*'Wann', 'Host', 'Hostname', 'User'.*columns=COLUMN=FIELD"):
        run("csv", file)
    answer = run("csv", file, "--config", "columns=Wann=time")
    assert [one["host"] for one in observed(answer)] == ["claude.ai"]
    assert "columns Wann=time, Host=host, User=user" in answer.stderr
    assert tally(answer)["observed"] == 1
    [again] = observed(run("csv", given=file.read_text().replace("Wann", "Time")))
    assert again["actor"] == {"id": "alice"}


def test_settings_of_a_source_are_checked(tmp_path):
    file = tmp_path / "a.log"
    file.write_text("10:00:00 2026-11-20 claude.ai\n")
    [seen] = observed(run("elff", file, "--config", "format=time date cs-host", "--config", "zone=8"))
    assert seen["at"] == "2026-11-20T02:00:00Z"
    with pytest.raises(Misconfigured, match="elff has no such setting; it has format, zone"):
        run("elff", file, "--config", "form=x")
