import json
from pathlib import Path

import pytest

REGISTRY = (
    "id,name,kind,tools,owner,units,data_classes,approval,expires_at\n"
    "R1,Acme,tool,acme.chat,{owner},{units},,{approval},{expires}\n"
)
PEOPLE = (
    "employee_id,email,department,login,status\n"
    "E1,ann@example.com,Sales,ann,active\nE2,bob@example.com,Legal,bob,{bob}\n"
)


def line(number=0, host="chat.acme-ai.example", user="ann"):
    at = f"{1762070400 + number}.049"
    return f"{at}   7 192.0.2.7 TCP_TUNNEL/200 9 CONNECT {host}:443 {user} HIER_DIRECT/203.0.113.9 -\n"


@pytest.fixture
def written(tmp_path):
    """A log with a broken line, a directory, and a registry file made of the given cells."""

    def write(owner="ann@example.com", units="", approval="approved", expires="", bob="active"):
        (tmp_path / "access.log").write_text(
            line(0) + line(1) + "1762070400.049 broken\n" + line(2, "mail.example") + line(3, user="bob@example.com")
        )
        (tmp_path / "people.csv").write_text(PEOPLE.format(bob=bob))
        cells = {"owner": owner, "units": units, "approval": approval, "expires": expires}
        (tmp_path / "registry.csv").write_text(REGISTRY.format(**cells))
        return [str(tmp_path / "access.log"), str(tmp_path / "people.csv")], str(tmp_path / "registry.csv")

    return write


def scanned(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_whole_answer(penumbra, written):
    files, _ = written()
    found = scanned(penumbra("scan", "--json", *files))
    assert found["read"] == found["observed"] + sum(found["ignored"].values()) + found["rejected"] == 7
    assert (found["rejected"], found["solutions"], found["suspected"]) == (1, [], [])
    (tool,) = found["tools"]
    assert tool.pop("basis") == ["host chat.acme-ai.example of Acme Chat; evidence: common knowledge"]
    assert tool == {
        "tool": "acme.chat", "name": "Acme Chat", "vendor": "Acme AI", "verdict": "ai", "standing": "unregistered",
        "people": 2, "events": {"squid": 3}, "bytes_out": 0, "first_seen": "2025-11-02T08:00:00.049000Z",
        "last_seen": "2025-11-02T08:00:03.049000Z", "data_classes": [], "units": {"Legal": 1, "Sales": 1},
        "actions": {"use": 3},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "standing"),
    [
        ({}, "registered"),
        ({"approval": "prohibited"}, "prohibited"),
        ({"approval": "tolerated"}, "tolerated"),
        ({"expires": "2020-01-01"}, "expired"),
        ({"units": "Sales"}, "out_of_scope"),
        ({"owner": ""}, "ownerless"),
        ({"owner": "bob@example.com", "bob": "left"}, "ownerless"),
    ],
)
def test_the_registry_sets_the_standing(penumbra, written, cells, standing):
    files, registry = written(**cells)
    assert scanned(penumbra("scan", "--json", "--registry", registry, *files))["tools"][0]["standing"] == standing


def test_a_registry_row_that_cannot_be_read_is_named_and_the_others_hold(penumbra, written, tmp_path):
    files, registry = written()
    with Path(registry).open("a") as file:
        file.write("R2,Other,tool,x.y,,,,perhaps,\n")
    done = penumbra("scan", "--json", "--registry", registry, *files)
    assert scanned(done)["tools"][0]["standing"] == "registered"
    assert "line 3, column approval" in done.stderr


def test_standard_input_and_a_table_for_people(penumbra):
    done = penumbra("scan", "-", text=line() * 3)
    assert done.returncode == 0
    assert "Acme Chat" in done.stdout
    assert "unregistered" in done.stdout
    assert "3 records read" in done.stdout
    assert done.stderr == ""


def test_wrong_use_names_every_fault_at_once(penumbra, tmp_path):
    done = penumbra("scan", "missing.log", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "missing.log: no such file" in done.stderr
    assert "folder" in done.stderr
    (tmp_path / "notes.txt").write_text("hello\nworld\n")
    for arguments in (("--format", "nope", "-"), (str(tmp_path / "notes.txt"),), ("--registry", "none.csv", "-")):
        done = penumbra("scan", *arguments, text=line())
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)
