"""What a key alone says: the same as a record that came under it, and nothing where the record said more."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.observation import App, Kind, Observation
from schemas.usage import Verdict
from schemas.vendor import read
from services.labelling.by_key import label_of_key, told_by_record
from services.labelling.index import build
from services.labelling.match import label

ACME = build([read(Path(__file__).parent / "vendors/acme.toml")])
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("host:chat.acme-ai.example", ("ai", "acme.chat")),
        ("host:eu.chat.acme-ai.example", ("ai", "acme.chat")),
        ("host:status.chat.acme-ai.example", ("related", "acme.chat")),
        ("host:acme-ai.example", ("related", None)),
        ("host:intake.shared.example", ("none", None)),
        ("host:mail.example", ("none", None)),
        (r"host:notes.example/api/v\d+/runInference", ("embedded", "acme.notes-ai")),
        ("client:11111111-2222-4333-8444-555555555555", ("ai", "acme.chat")),
        ("app:acme chat", ("ai", "acme.chat")),
        ("app:compass", ("none", None)),
        ("event:m365_management/acmeinteraction", ("ai", "acme.chat")),
        ("event:m365_management/consent*@acme", ("ai", "acme.chat")),
        ("agent:acmechat", ("ai", "acme.chat")),
    ],
)
def test_a_key_tells(key, expected):
    found = label_of_key(key, ACME)
    assert (found.verdict.value, found.tool, found.key) == (*expected, key)


@pytest.mark.parametrize(
    "key",
    ["", "host:", "host:notes.example/gone", "host:two words", "client:nobody-knows", "event:squid/get",
     "agent:curl", "other:thing"],
)  # fmt: skip
def test_where_a_key_does_not_tell_nothing_is_said(key):
    assert label_of_key(key, ACME) is None


RECORDS = {
    "host": ({"host": "www.chat.acme-ai.example"}, False),
    "unnamed": ({"host": "mail.example"}, False),
    "path": ({"host": "chat.acme-ai.example", "path": "/anon/", "method": "GET"}, True),
    "own key": ({"host": "notes.example", "path": "/api/v2/runInference", "method": "POST"}, False),
    "sdk": ({"host": "llm.example", "user_agent": "Acme/Python 1.2"}, True),
    "path nobody knows": ({"host": "llm.example.com", "path": "/v1/chat/completions", "method": "POST"}, True),
    "name": ({"app": App(name="Acme Chat")}, False),
    "publisher": ({"app": App(name="Acme Chat", publisher="Acme AI")}, True),
    "event": ({"source": "m365_management", "action": "AcmeInteraction"}, False),
    "reported": ({"source": "m365_management", "action": "ForeignInteraction", "app": App(name="Other")}, True),
    "name alone": ({"host": "supergpt-chatbot.ai"}, False),
}


@pytest.mark.parametrize("sort", RECORDS)
def test_a_record_says_more_than_its_key_or_the_same(sort):
    given, more = RECORDS[sort]
    told = label(Observation(**{"source": "squid", "kind": Kind.WEB, "at": AT, **given}), ACME)
    assert told_by_record(told.key, told.basis) is more
    if not more:
        found = label_of_key(told.key, ACME)
        assert (found.verdict, found.tool) == (told.verdict, told.tool)


def test_a_name_alone_is_weighed_under_its_domain_only():
    assert label_of_key("host:supergpt-chatbot.ai", ACME).verdict is Verdict.REVIEW
    assert label_of_key("host:www.supergpt-chatbot.ai", ACME).verdict is Verdict.NONE
