from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from schemas.observation import App, Kind, Observation
from schemas.usage import LabelOverride, Verdict
from schemas.vendor import read
from services.labelling.index import build
from services.labelling.labeller import Bounded, Labeller
from services.labelling.match import label

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ACME = build([read(Path(__file__).parent / "vendors/acme.toml")])
HOSTS = (
    None, "chat.acme-ai.example", "CHAT.acme-ai.example:443", "events.chat.acme-ai.example", "notes.example",
    "intake.shared.example", "mail.example", "llm.example", "203.0.113.7",
    "app.chatgptwriter.ai", "northfield.example",
)  # fmt: skip
APPS = (
    None, App(name="Acme Chat"), App(name="Compass", publisher="Acme AI"), App(name="Compass"),
    App(client_id="11111111-2222-4333-8444-555555555555"), App(name="Else"),
    App(name="Sales GPT Chatbot"),
)  # fmt: skip
observations = st.builds(
    Observation,
    source=st.sampled_from(["squid", "okta", "m365_management"]),
    kind=st.sampled_from([Kind.WEB, Kind.AUDIT]),
    at=st.just(AT),
    host=st.sampled_from(HOSTS),
    path=st.sampled_from([None, "/", "/anon/1", "/backend/conversation", "/api/v3/runInference", "/mcp"]),
    method=st.sampled_from([None, "GET", "POST"]),
    app=st.sampled_from(APPS),
    tenant=st.sampled_from([None, "", "gmail.com", "acme-corp"]),
    action=st.sampled_from([None, "AcmeInteraction", "ForeignInteraction", "Consent to application.", "TCP_MISS"]),
    labels=st.sampled_from([(), ("Business",), ("Generative AI",)]),
    content_type=st.sampled_from([None, "text/event-stream"]),
    user_agent=st.sampled_from([None, "", "AcmeChat/1", "Acme/Python 1.0", "curl/8"]),
)
keys = st.sampled_from(["host:mail.example", "host:llm.example", "app:else", "event:squid/tcp_miss", "agent:acmechat"])
decisions = st.dictionaries(keys, st.sampled_from([Verdict.AI, Verdict.NONE]), max_size=3).map(
    lambda chosen: {
        key: LabelOverride(key=key, verdict=verdict, author="a", reason="r", at=AT) for key, verdict in chosen.items()
    }
)


@given(st.lists(observations, max_size=30), decisions, decisions, st.integers(1, 4))
def test_remembering_never_changes_an_answer(seen, before, after, remembered):
    labeller = Labeller(ACME, before, remembered=remembered)
    assert [labeller.label(one) for one in seen] == [label(one, ACME, before) for one in seen]
    labeller.override(after)
    assert [labeller.label(one) for one in seen] == [label(one, ACME, after) for one in seen]


def test_records_without_a_host_are_told_apart_by_their_action():
    labeller = Labeller(ACME)
    seen = [Observation(source="squid", kind=Kind.WEB, at=AT, action=action) for action in (None, "TCP_MISS", "Else")]
    assert [labeller.label(one) for one in seen] == [label(one, ACME) for one in seen]
    assert len({labeller.label(one).key for one in seen}) == 3


def test_memory_is_bounded_and_keeps_what_is_in_use():
    bounded = Bounded(10)
    for number in range(1000):
        bounded.put(number, "x")
        bounded.put(-1, "kept") if bounded.get(-1) is None else None
        assert len(bounded) <= 21
    assert bounded.get(-1) == "kept"
    assert bounded.get(3) is None


def test_a_paths_variety_does_not_fill_the_memory_where_no_rule_looks_at_paths():
    labeller = Labeller(ACME)
    for number in range(100):
        labeller.label(Observation(source="squid", kind=Kind.WEB, at=AT, host="mail.example", path=f"/{number}"))
    assert (len(labeller._hosts) + len(labeller._elsewhere), len(labeller._rest)) == (1, 0)
