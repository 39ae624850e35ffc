from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.observation import App, Kind, Observation
from schemas.usage import LabelOverride, Verdict
from schemas.vendor import read
from services.labelling.index import build
from services.labelling.match import label

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ACME = build([read(Path(__file__).parent / "vendors/acme.toml")])
CLIENT = "11111111-2222-4333-8444-555555555555"


def seen(host=None, path=None, *, method=None, app=None, action=None, agent=None, source="squid", kind=Kind.WEB):
    return Observation(
        source=source, kind=kind, at=AT, host=host, path=path, method=method, app=app, action=action, user_agent=agent
    )


def answer(observation, overrides=None):
    found = label(observation, ACME, overrides or {})
    return found.verdict.value, found.tool, found.key


def override(key, verdict=Verdict.AI, tool="acme.chat"):
    return {key: LabelOverride(key=key, verdict=verdict, tool=tool, author="a", reason="seen in a demo", at=AT)}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("chat.acme-ai.example", ("ai", "acme.chat", "host:chat.acme-ai.example")),
        ("EU.Chat.Acme-AI.example.:443", ("ai", "acme.chat", "host:chat.acme-ai.example")),
        ("api.acme-ai.example", ("ai", "acme.api", "host:api.acme-ai.example")),
        ("events.chat.acme-ai.example", ("related", "acme.chat", "host:events.chat.acme-ai.example")),
        ("x.events.chat.acme-ai.example", ("related", "acme.chat", "host:events.chat.acme-ai.example")),
        ("auth.acme-ai.example", ("related", "acme.chat", "host:auth.acme-ai.example")),
        ("www.acme-ai.example", ("related", None, "host:acme-ai.example")),
        ("intake.shared.example", ("none", None, "host:intake.shared.example")),
        ("notes.example", ("none", None, "host:notes.example")),
    ],
)
def test_the_longest_suffix_and_its_role_decide(host, expected):
    assert answer(seen(host)) == expected


@pytest.mark.parametrize(
    "host",
    [
        "notchat.acme-ai.example.evil.example",
        "xchat.acme-ai.example.test",
        "chat.acme-ai.example.evil.example",
        "chat-acme-ai.example",
        "air-acme.example",
        "singaporeair.example",
        "mail.example",
        "acme-ai.exampl",
        "cháт.acme-ai.example.test",
        "203.0.113.7",
        "2001:db8::1",
    ],
)
def test_look_alikes_and_names_that_hold_ai_are_no_product_and_at_most_for_review(host):
    found = label(seen(host, "/backend/conversation"), ACME)
    assert found.tool is None
    assert found.verdict in {Verdict.NONE, Verdict.REVIEW}
    assert found.basis


@pytest.mark.parametrize(
    ("path", "method", "action", "account"),
    [
        ("/backend/conversation", "POST", "prompt", None),
        ("/backend/conversation", "GET", None, None),
        ("/anon/x", "GET", "prompt", "anonymous"),
        ("/x/anon/", "GET", None, None),
    ],
)
def test_a_path_says_what_was_done_and_by_which_account(path, method, action, account):
    found = label(seen("chat.acme-ai.example", path, method=method), ACME)
    assert (found.verdict, found.tool, found.key) == (Verdict.AI, "acme.chat", "host:chat.acme-ai.example")
    assert (found.action, found.account) == (action, account)


def test_a_path_with_a_related_role_is_no_use():
    assert answer(seen("chat.acme-ai.example", "/telemetry/v1"))[:2] == ("related", "acme.chat")


def test_an_embedded_feature_is_seen_by_its_path_alone_and_has_a_key_of_its_own():
    found = label(seen("www.notes.example", "/api/v3/runInferenceTranscript", method="POST"), ACME)
    assert (found.verdict, found.tool) == (Verdict.EMBEDDED, "acme.notes-ai")
    assert found.key.startswith("host:notes.example/")
    assert answer(seen("www.notes.example", "/page"))[0] == "none"


def test_the_exact_client_id_outranks_the_host():
    found = label(seen("api.acme-ai.example", app=App(client_id=CLIENT.upper())), ACME)
    assert (found.tool, found.confidence, found.key) == ("acme.chat", 0.99, f"client:{CLIENT}")


@pytest.mark.parametrize(
    ("app", "tool", "confidence"),
    [
        (App(name="ACME  Chat", publisher="acme ai, inc."), "acme.chat", 0.9),
        (App(name="Acme Chat", publisher="acme-ai.example"), "acme.chat", 0.9),
        (App(name="Acme Chat"), "acme.chat", 0.6),
        (App(name="Acme Chat", publisher="Somebody Else"), "acme.chat", 0.6),
        (App(name="Compass", publisher="Acme AI"), "acme.chat", 0.9),
        (App(name="Compass"), None, 0.0),
        (App(name="Compass", publisher="Somebody Else"), None, 0.0),
        (App(name="Acme Chat for Sheets"), None, 0.0),
    ],
)
def test_a_name_needs_its_publisher_the_more_common_it_is(app, tool, confidence):
    found = label(seen(app=app, source="okta", kind=Kind.GRANT), ACME)
    assert (found.tool, found.confidence) == (tool, confidence)


@pytest.mark.parametrize(
    ("source", "action", "app", "expected"),
    [
        ("m365_management", "acmeinteraction", None, ("ai", "acme.chat", "event:m365_management/acmeinteraction")),
        ("okta", "AcmeInteraction", None, ("none", None, "event:okta/acmeinteraction")),
        ("m365_management", "AcmeInteractionX", None, ("none", None, "event:m365_management/acmeinteractionx")),
        ("m365_management", "Consent to application.", App(name="Acme for Word"),
         ("ai", "acme.chat", "event:m365_management/consent*@acme")),
        ("m365_management", "Consent to application.", App(name="Other"), ("none", None, "app:other")),
    ],
)  # fmt: skip
def test_an_audit_event_betrays_the_product_of_its_source_only(source, action, app, expected):
    assert answer(seen(source=source, action=action, app=app, kind=Kind.AUDIT)) == expected


FOREIGN = {"source": "m365_management", "action": "ForeignInteraction", "kind": Kind.AUDIT}


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (App(name="New  Tool", client_id="AIApp.SaaS.New Tool"), ("suspected", None, "app:new tool")),
        (App(client_id=CLIENT[:-1] + "9"), ("suspected", None, f"client:{CLIENT[:-1]}9")),
        (App(name="Compass"), ("suspected", None, "app:compass")),
        (App(name="Acme Chat"), ("ai", "acme.chat", "app:acme chat")),
        (App(client_id=CLIENT), ("ai", "acme.chat", f"client:{CLIENT}")),
        (None, ("suspected", None, "event:m365_management/foreigninteraction")),
    ],
)
def test_what_a_source_itself_calls_ai_is_suspected_unless_the_catalog_names_it(app, expected):
    assert answer(seen(app=app, **FOREIGN)) == expected
    if expected[0] == "suspected":
        assert answer(seen(app=app, **FOREIGN), override(expected[2], Verdict.NONE, None))[0] == "none"
        assert answer(seen(app=app, **FOREIGN | {"source": "okta"}))[0] == "none"


def test_a_products_own_client_is_the_product_wherever_the_host_says_nothing():
    assert answer(seen("cdn.example", agent="Mozilla/5.0 AcmeChat/1.2"))[:2] == ("ai", "acme.chat")
    assert answer(seen("auth.acme-ai.example", agent="AcmeChat/1.2"))[0] == "related"


def test_an_ai_sdk_at_an_unknown_host_is_suspected_and_names_no_product():
    assert answer(seen("llm.example", agent="Acme/Python 1.2")) == ("suspected", None, "host:llm.example")
    assert answer(seen("api.acme-ai.example", agent="Acme/Python 1.2"))[:2] == ("ai", "acme.api")
    assert answer(seen("llm.example", agent="python-requests/2.32"))[0] == "none"


@pytest.mark.parametrize(
    ("key", "observation"),
    [
        ("host:new.example", seen("a.new.example", "/x")),
        ("host:chat.acme-ai.example", seen("chat.acme-ai.example", "/anon/x")),
        (f"client:{CLIENT}", seen("api.acme-ai.example", app=App(client_id=CLIENT))),
        ("app:new tool", seen(app=App(name="New Tool"))),
        ("event:okta/some.event", seen(source="okta", action="Some.Event")),
        ("host:llm.example", seen("llm.example", agent="Acme/Python 1.2")),
    ],
)
def test_an_override_decides_at_its_own_key(key, observation):
    ours = label(observation, ACME, override(key, Verdict.AI, "acme.own"))
    assert (ours.verdict, ours.tool, ours.key, ours.confidence) == (Verdict.AI, "acme.own", key, 1.0)
    assert "seen in a demo" in ours.basis[0]
    gone = label(observation, ACME, override(key, Verdict.NONE, None))
    assert (gone.verdict, gone.tool) == (Verdict.NONE, None)


def test_an_override_of_a_suffix_leaves_a_longer_catalog_key_alone():
    overrides = override("host:acme-ai.example", Verdict.NONE, None)
    assert answer(seen("chat.acme-ai.example"), overrides)[0] == "ai"
    assert answer(seen("www.acme-ai.example"), overrides)[0] == "none"


def test_every_answer_says_what_matched_and_where_that_is_written():
    basis = label(seen("chat.acme-ai.example"), ACME).basis
    assert "chat.acme-ai.example" in basis[0]
    assert "https://docs.acme-ai.example/hosts" in basis[1]


def test_the_version_follows_the_content():
    path = Path(__file__).parent / "vendors/acme.toml"
    vendor = read(path)
    assert build([vendor]).version == ACME.version
    assert build([]).version != ACME.version
