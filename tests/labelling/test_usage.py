from datetime import UTC, datetime

import msgspec
import pytest

from schemas.observation import ClassLabel, Identifier, Kind, ProtectedObservation
from schemas.usage import Label, Verdict
from services.labelling.products import Tool, tool
from services.labelling.usage import action, usage

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LABEL = Label(key="host:chat.example", verdict=Verdict.AI, tool="acme.chat", confidence=0.9, basis=("host",))
SEEN = ProtectedObservation(
    id="squid:1", source="squid", instance="edge", kind=Kind.WEB, at=AT, arrived_at=AT, generation=3,
    identifiers=(Identifier("email", "k1", "00ff"),), unit="Unit 7", bytes_out=10,
)  # fmt: skip


def test_a_usage_carries_what_the_observation_had_under_the_same_id():
    made = usage(SEEN, LABEL, "v1")
    for field in ("id", "source", "instance", "kind", "at", "arrived_at", "generation", "identifiers", "unit"):
        assert getattr(made, field) == getattr(SEEN, field)
    assert (made.label, made.catalog, made.bytes_out, made.bytes_in, made.action) == (LABEL, "v1", 10, 0, "use")


def test_classes_come_from_ingest_and_from_names_only_where_it_gave_none():
    scoped = msgspec.structs.replace(SEEN, scopes=("Mail.Read",))
    assert [c.name for c in usage(scoped, LABEL, "v").classes] == ["confidential"]
    given = (ClassLabel("pii", 0.9, "ingest"),)
    assert usage(msgspec.structs.replace(scoped, classes=given), LABEL, "v").classes == given


def test_unknown_scopes_are_named_in_the_basis():
    scoped = msgspec.structs.replace(SEEN, scopes=("Mail.Read", *(f"odd.{n}.thing" for n in range(7))))
    basis = usage(scoped, LABEL, "v").label.basis
    assert basis[0] == "host"
    assert "odd.0.thing" in basis[1]
    assert basis[-1] == "and 2 more unknown scopes"


@pytest.mark.parametrize(
    ("kind", "told", "event", "word"),
    [
        (Kind.WEB, None, "TCP_MISS", "use"),
        (Kind.WEB, "prompt", None, "prompt"),
        (Kind.WEB, "prompt", "blocked", "blocked"),
        (Kind.AUDIT, "prompt", "CopilotInteraction", "prompt"),
        (Kind.GRANT, None, "Consent to application.", "grant"),
        (Kind.GRANT, "use", "app.oauth2.token.revoke", "revoke"),
        (Kind.SIGNIN, None, "user.authentication.sso", "signin"),
        (Kind.DLP, None, "DlpRuleMatch", "dlp"),
        (Kind.BUILD, None, "CreateFlow", "build"),
    ],
)
def test_what_was_done_is_one_of_few_words(kind, told, event, word):
    assert action(kind, told, event) == word


def test_a_tool_the_catalog_dropped_is_still_called_something():
    known = Tool("acme.chat", "Acme Chat", "Acme AI", "assistant")
    assert tool({"acme.chat": known}, "acme.chat") == known
    assert tool({}, "acme.old") == Tool("acme.old", "acme.old", "acme", "unknown")
