"""`penumbra catalog`: what it prints and how it exits."""

import json
from datetime import date

import pytest
from typer.testing import CliRunner

from schemas import hostlist, vendor
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


SHARED = """
id = "shared"
name = "Shared"
hosts = [{ host = "intake.example", role = "telemetry", shared = true, evidence = "known" }]
"""


@pytest.fixture(autouse=True)
def shipped(tmp_path_factory, monkeypatch):
    """A shipped catalog of three files: the real one is read whole in `test_catalog.py`."""
    place = tmp_path_factory.mktemp("shipped")
    monkeypatch.setattr(vendor, "CATALOG", place)
    text = GOOD.replace("acme", "openai").replace("Acme", "OpenAI").replace('openai.chat"', 'openai.chatgpt"')
    (place / "openai.toml").write_text(text)
    text = GOOD.replace("acme", "notes").replace("Acme", "Notes").replace("assistant", "meeting_notes")
    fact = 'facts = [{ name = "residency", value = "EU", source = "https://notes.example", as_of = 2025-06-01 }]'
    (place / "notes.toml").write_text(text.replace("examples", f"{fact}\nexamples"))
    (place / "shared.toml").write_text(SHARED)
    return place


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "acme.toml").write_text(GOOD)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app(), ["catalog", *map(str, arguments)], catch_exceptions=True)


def test_a_good_catalog_and_folder_pass(folder, shipped):
    (shipped / "notes.toml").unlink()
    answer = run("check", "--folder", folder)
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert answer.stderr.rstrip().endswith("products, 0 faults, 0 warnings")


def test_an_old_fact_is_a_warning_and_a_fault_only_where_asked(folder):
    answer = run("check", "--folder", folder)
    assert answer.exit_code == 0
    assert "notes.toml: notes.chat: fact residency: as of 2025-06-01" in answer.stdout
    assert answer.stdout.startswith("warning: ")
    assert run("check", "--folder", folder, "--strict").exit_code == 1
    assert json.loads(run("check", "--json").stdout)[0]["warning"] is True


def test_a_name_or_domain_met_in_two_vendors_is_a_warning(folder):
    (folder / "other.toml").write_text(
        GOOD.replace('"acme', '"other').replace("chat.acme", "chat.other").replace("//acme", "//other")
    )
    lines = [line for line in run("check", "--folder", folder).stdout.splitlines() if "other.toml" in line]
    assert [line.split(": ")[2] for line in lines] == ["vendor name Acme", "product name Acme Chat"]


def test_shared_infrastructure_and_look_alikes_that_come_out_as_ai_are_faults(folder):
    more = 'hosts = [{ host = "chat.acme.example", evidence = "known" }, { host = "HOST", evidence = "known" }'
    plain = 'hosts = [{ host = "chat.acme.example", evidence = "known" }'
    for host, said in (("intake.example", "infrastructure is never AI"), ("aib.ie", "look-alike aib.ie")):
        (folder / "acme.toml").write_text(GOOD.replace(plain, more.replace("HOST", host)))
        answer = run("check", "--folder", folder)
        assert (answer.exit_code, said in answer.stdout) == (1, True), answer.stdout


def test_a_country_that_is_none_and_a_list_that_cannot_be_read_are_faults(folder):
    (folder / "acme.toml").write_text(GOOD.replace('name = "Acme"\n', 'name = "Acme"\ncountry = "XX"\n'))
    (folder / "lists").mkdir()
    (folder / "lists" / "bad.toml").write_text("name = 7\n")
    kept = hostlist.HostList(name="a", file="a", format="plain", imported=date(2026, 11, 21), hosts=())
    (folder / "lists" / "good.toml").write_text(hostlist.written(kept))
    lines = [line for line in run("check", "--folder", folder).stdout.splitlines() if not line.startswith("warning")]
    assert [line.split(": ")[1] for line in lines] == ["vendor", "file"]
    assert "'XX' is no code" in lines[0]


def test_faults_are_told_with_file_and_place_and_exit_1(folder):
    (folder / "acme.toml").write_text(GOOD.replace("assistant", "chatty").replace('"none"', '"ai"'))
    (folder / "broken.toml").write_text("id = \n")
    answer = run("check", "--folder", folder)
    assert answer.exit_code == 1
    lines = [line for line in answer.stdout.splitlines() if not line.startswith("warning: ")]
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
    assert sum(both["countries"].values()) == both["products"]
    assert [(fact["tool"], fact["as_of"]) for fact in both["facts"]] == [("notes.chat", "2025-06-01")]
    assert f"vendors\t{shipped['vendors']}\n" in run("stats").stdout


def test_a_sample_names_hosts_without_their_evidence_and_can_be_drawn_again():
    first, again = (run("sample", "--seed", "5", "--count", "2") for _ in range(2))
    assert first.exit_code == 0
    assert sorted(first.stdout.splitlines()) == [
        "chat.notes.example\tnotes.chat\tNotes Chat", "chat.openai.example\topenai.chatgpt\tOpenAI Chat",
    ]  # fmt: skip
    assert first.stdout == again.stdout
