import gzip
import io
import json
import threading
from pathlib import Path

import msgspec
import pytest

from connectors.base import discover
from schemas.vendor import read
from services.classifier.files import Scan, Unrecognised, counts
from services.classifier.parts import parts
from services.classifier.squid_lines import LOOKS_NATIVE
from services.labelling.index import build
from services.labelling.labeller import Labeller

ACME = build([read(Path(__file__).parent.parent / "labelling/vendors/acme.toml")])
COMBINED = (
    '192.0.2.7 - ann [02/Nov/2026:09:00:00 +0000] "GET http://api.acme-ai.example/v1 HTTP/1.1" 200 9 "-" "curl/8" '
    "TCP_MISS:HIER_DIRECT\n"
)
PEOPLE = "employee_id,email,department,login\nE1,ann@example.com,Sales,ann\n"
REGISTRY = "id,name,kind,tools,owner,approval\nR1,Acme,tool,acme.chat,ann@example.com,approved\n"


def line(number=0, host="chat.acme-ai.example", user="ann"):
    at = f"{1762070400 + number}.049"
    return f"{at}   7 192.0.2.7 TCP_TUNNEL/200 9 CONNECT {host}:443 {user} HIER_DIRECT/203.0.113.9 -\n"


def scan(**named):
    def identify(actor):
        return (("login", actor.id),) if actor and actor.id else ()

    def link(person):
        return [("employee_id", person.employee_id), *person.identifiers]

    return Scan(discover(), Labeller(ACME), identify=identify, link=link, **named)


def test_each_file_is_recognised_and_all_count_together():
    scanning = scan()
    event = {"uuid": "u1", "published": "2026-11-02T09:00:00.000Z", "eventType": "user.session.start", "version": "0"}
    event |= {
        "outcome": {"result": "SUCCESS"},
        "actor": {"id": "00u1", "type": "User", "alternateId": "ann@example.com"},
    }
    files = {
        "a.log": (line() + "1762070400.049 broken\n" + line(1, "mail.example")).encode(),
        "b.log.gz": gzip.compress(COMBINED.encode()),
        "c.json": json.dumps([event]).encode(),
        "people.csv": PEOPLE.encode(),
        "registry.csv": REGISTRY.encode(),
        "empty": b"",
    }
    for name, content in files.items():
        list(scanning.read(io.BytesIO(content), name))
    assert [tally.source for tally in scanning.tallies] == ["squid", "squid", "okta", "directory_csv", "registry_csv"]
    total = counts(scanning.tallies)
    assert (total.read, total.rejected) == (7, 1)
    assert total.read == total.observed + sum(total.ignored.values()) + total.rejected
    assert {tool: dict(found.events) for tool, found in scanning.fold.tools.items()} == {
        "acme.chat": {"squid": 1}, "acme.api": {"squid": 1},
    }  # fmt: skip
    assert [entry.id for entry in scanning.entries] == ["R1"]
    assert scanning.units == {"E1": "Sales"}


def test_a_source_may_be_told_its_format():
    scanning = scan()
    text = b"02/Nov/2026:09:00:00 +0000|chat.acme-ai.example|ann\n"
    list(scanning.read(io.BytesIO(text), "x", "squid", form="%tl|%>rd|%un"))
    assert scanning.fold.tools["acme.chat"].events == {"squid": 1}
    for source, form in (("squid", "%nonsense"), ("directory_csv", "%tl")):
        with pytest.raises(msgspec.ValidationError):
            list(scanning.read(io.BytesIO(text), "x", source, form=form))


def test_what_is_not_recognised_names_the_nearest():
    with pytest.raises(Unrecognised, match="--format"):
        list(scan().read(io.BytesIO(b"hello\nworld\n"), "notes.txt"))


def test_a_cut_file_read_as_json_ends_in_one_reject():
    packed = gzip.compress(json.dumps([{"uuid": str(n), "eventType": "x"} for n in range(999)]).encode())
    scanning = scan()
    list(scanning.read(io.BytesIO(packed[:-20]), "c.json.gz", "okta"))
    total = counts(scanning.tallies)
    assert total.rejected >= 1
    assert total.read == total.observed + sum(total.ignored.values()) + total.rejected


def test_a_file_read_in_parts_gives_what_it_gives_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    path = tmp_path / "access.log"
    hosts = ("chat.acme-ai.example", "mail.example", "api.acme-ai.example")
    text = "".join(line(number, hosts[number % 3], f"u{number % 40}") for number in range(3000))
    path.write_text(text + "1762070400.049 broken\n" + line(9)[:-1])
    found = []
    for large in (0, 1 << 40):
        scanning = scan(large=large)
        with path.open("rb") as file:
            assert len(parts(file, LOOKS_NATIVE, large=large)) == (0 if large else 3)
            list(scanning.read(file, "access.log"))
        found.append((counts(scanning.tallies), {k: vars(v) for k, v in scanning.fold.tools.items()}))
    assert found[0] == found[1]
    assert (found[0][0].read, found[0][0].rejected) == (3002, 1)


@pytest.mark.parametrize("content", [b"\x1f\x8b packed", b"", b"\xef\xbb\xbf1762070400.049 7\n", b"{}\n"])
def test_only_what_begins_as_it_should_is_divided(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    with path.open("rb") as file:
        assert parts(file, LOOKS_NATIVE, large=0) == []
