"""Imported lists: a layer below the catalog that never names a product."""

from datetime import date
from pathlib import Path

from schemas import hostlist
from schemas.hostlist import HostList, ListedHost
from schemas.observation import Kind, Observation
from schemas.vendor import read
from services.labelling.admission import admitted
from services.labelling.index import build
from services.labelling.list_formats import Entry, Refused
from services.labelling.match import label
from tests.labelling.test_match import AT

ACME = read(Path(__file__).parent / "vendors/acme.toml")
INDEX = build([ACME])


def listed(name, *hosts, match="suffix"):
    told = tuple(ListedHost(host=host, match=match, line=number) for number, host in enumerate(hosts, 1))
    return HostList(name=name, file=f"{name}.txt", format="plain", imported=date(2026, 11, 21), hosts=told)


def answer(host, *lists):
    found = label(Observation(source="squid", kind=Kind.WEB, at=AT, host=host, path="/x"), build([ACME], lists))
    return found.verdict.value, found.tool, found.confidence, found.basis


def test_one_list_is_for_review_and_two_are_a_suspicion_with_where_they_say_it():
    one, two = listed("one", "other.example", "new.example"), listed("two", "new.example")
    verdict, tool, confidence, basis = answer("a.new.example", one)
    assert (verdict, tool, confidence) == ("review", None, 0.6)
    assert "list one (plain, one.txt, line 2, imported 2026-11-21)" in basis[0]
    assert answer("a.new.example", one, two)[:3] == ("suspected", None, 0.85)
    assert answer("new.example", one, one)[0] == "review"


def test_a_list_never_outranks_the_catalog_at_or_below_its_names():
    wrong = listed("w", "chat.acme-ai.example", "auth.acme-ai.example", "x.acme-ai.example", "o1.intake.shared.example",
                   "notes.example", "www.notes.example")  # fmt: skip
    assert answer("chat.acme-ai.example", wrong)[:2] == ("ai", "acme.chat")
    assert answer("auth.acme-ai.example", wrong)[0] == "related"
    assert answer("x.acme-ai.example", wrong)[0] == "related"
    assert answer("o1.intake.shared.example", wrong)[0] == "none"
    assert answer("www.notes.example", wrong)[0] == "none"
    assert answer("chat.acme-ai.example", listed("w", "example"))[:2] == ("ai", "acme.chat")


def test_an_exact_name_covers_itself_alone():
    one = listed("one", "new.example", match="exact")
    assert answer("new.example", one)[0] == "review"
    assert answer("a.new.example", one)[0] == "none"


def test_what_may_not_be_taken_over_is_refused_with_a_reason_each():
    hosts = ["new.example", "google.com", "co.uk", "intake.shared.example", "a.intake.shared.example", "shared.example",
             "chat.acme-ai.example", "new.example"]  # fmt: skip
    bad = Refused(9, "x", "broken")
    found = admitted([*(Entry(line, host) for line, host in enumerate(hosts, 1)), bad], INDEX)
    assert [host.host for host in found.hosts] == ["new.example"]
    assert [(one.line, one.reason.split(" (")[0].split(":")[0]) for one in found.refused] == [
        (2, "a company that is far more than AI"),
        (3, "a public suffix"),
        (4, "infrastructure many vendors share"),
        (5, "infrastructure many vendors share"),
        (6, "infrastructure many vendors share is below it"),
        (7, "the catalog has it"),
        (8, "named in line 1 already"),
        (9, "broken"),
    ]


def test_a_suffix_replaces_the_same_name_alone():
    found = admitted([Entry(1, "new.example", "exact"), Entry(2, "new.example")], INDEX)
    assert [(host.match, host.line) for host in found.hosts] == [("suffix", 2)]


def test_a_list_is_read_back_as_it_was_written(tmp_path):
    whole = HostList(
        name='a "b"\\', file="ü\x7f.txt", format="v2fly", imported=date(2026, 11, 21),
        hosts=(ListedHost(host="new.example", line=3, file="o"), ListedHost(host="x.example", match="exact", line=4)),
    )  # fmt: skip
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "a.toml").write_text(hostlist.written(whole))
    assert hostlist.load([tmp_path]) == (whole,)
