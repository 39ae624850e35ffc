from datetime import UTC, datetime
from math import log
from zlib import crc32

import pytest

from schemas.observation import App, Kind, Observation
from schemas.usage import Verdict
from services.labelling.tail import evidence, features, model, tail
from services.labelling.tail.evidence import PRIOR_LOG_ODDS, Evidence
from services.labelling.tail.verdict import REVIEW, SUSPECTED, weigh

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PATHS = [
    "/v1/chat/completions", "/openai/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/messages",
    "/v1beta/models/some-model:generateContent", "/model/some-model/invoke", "/model/*/converse-stream",
    "/api/generate", "/openai/deployments/gpt/chat", "/v1/predictions", "/v1/responses", "/mcp", "/mcp/sse",
    "/v1/images/generations", "/v1/audio/transcriptions", "/v1/rerank",
]  # fmt: skip
ORDINARY = [
    "/", "/v3/surveys/7/responses/99", "/surveys/7/responses", "/api/v2/messages", "/v1/messages/unread", "/models",
    "/api/generate-report", "/chat", "/completions-of-tasks", "/v1/predictionsheet", "/mcpherson", "/embeddings.html",
]  # fmt: skip


def seen(**told):
    return Observation(source="test", kind=Kind.WEB, at=AT, **told)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_of_a_model_api_is_evidence(path):
    assert evidence.of_path(path, "POST") is not None


@pytest.mark.parametrize("path", ORDINARY)
def test_an_ordinary_path_is_none(path):
    assert evidence.of_path(path, "POST") is None


def test_reading_a_path_says_nothing_but_for_the_stream_of_mcp():
    assert evidence.of_path("/v1/chat/completions", "GET") is None
    assert evidence.of_path("/mcp/sse", "GET") is not None


@pytest.mark.parametrize(
    "label",
    ["Generative AI", "artificial-intelligence", "AI-code-assistant", "Artificial Intelligence Technology",
     "AI/ML Applications", "AI and ML Applications", "AI & ML Applications"],
)  # fmt: skip
def test_the_source_s_own_category_is_evidence_however_it_is_spelled(label):
    assert evidence.of_labels(("Business", label)) is not None


@pytest.mark.parametrize("label", ["Business", "Airlines", "Email", "Domain Age", "Artificial Turf", "AI"])
def test_other_categories_are_none(label):
    assert evidence.of_labels((label,)) is None


def test_a_name_alone_is_at_most_for_review():
    found = tail.of_host("app.chatgptwriter.ai", [])
    assert found is not None
    assert (found.verdict, found.tool, found.key) == (Verdict.REVIEW, None, "host:chatgptwriter.ai")
    assert REVIEW <= found.confidence < 1
    surest = weigh(Evidence("name", 20.0, "test"), [])
    assert surest.verdict is Verdict.REVIEW


def test_a_name_without_an_ai_word_is_abstained_from():
    assert tail.of_host("northfield-logistics.com", []) is None
    assert tail.of_app(App(name="Northfield Logistics"), "app:x", frozenset(), []) is None


def test_name_and_path_together_are_suspected_under_the_host_itself():
    found = tail.of_host("api.chatgptwriter.ai", tail.pieces(seen(path="/v1/chat/completions", method="POST")))
    assert found is not None
    assert (found.verdict, found.key) == (Verdict.SUSPECTED, "host:api.chatgptwriter.ai")
    assert found.confidence >= SUSPECTED
    assert any("path /chat/completions" in line for line in found.basis)
    assert any("prior 0.5%" in line for line in found.basis)


def test_a_path_at_a_plain_name_is_less_than_suspected():
    found = tail.of_host("gateway.northfield-logistics.com", tail.pieces(seen(path="/v1/messages", method="POST")))
    assert found is None or found.verdict is Verdict.REVIEW


def test_the_source_s_category_alone_is_for_review_and_with_a_name_suspected():
    labels = tail.pieces(seen(labels=("Generative AI",)))
    plain = tail.of_host("northfield-logistics.com", labels)
    named = tail.of_host("chatgptwriter.ai", labels)
    assert plain is None or plain.verdict is Verdict.REVIEW
    assert named is not None
    assert named.verdict is Verdict.SUSPECTED


def test_a_stream_alone_is_no_evidence():
    assert tail.pieces(seen(content_type="text/event-stream", method="POST")) == []


def test_what_has_no_registered_domain_is_not_scored():
    for host in ("localhost", "192.0.2.7", "2001:db8::1", "ai", ""):
        assert tail.of_host(host, []) is None


def test_log_odds_add_up():
    one, other = Evidence("a", log(30), "test"), Evidence("b", log(2), "test")
    odds = 60 * 0.005 / 0.995
    assert weigh(one, [other]).probability == pytest.approx(odds / (1 + odds))
    assert pytest.approx(log(0.005 / 0.995)) == PRIOR_LOG_ODDS


def test_beside_other_evidence_a_name_weighs_at_most_its_cap():
    for kind in ("domains", "apps"):
        shipped = model.shipped(kind)
        assert abs(shipped.beside.ratios).max() <= model.CAP
        assert (shipped.beside.ratios[1:] >= shipped.beside.ratios[:-1]).all()
        assert (shipped.alone.ratios[1:] >= shipped.alone.ratios[:-1]).all()


def test_an_application_is_scored_by_name_but_a_program_s_file_is_not():
    found = tail.of_app(App(name="Sales GPT Chatbot"), "app:sales gpt chatbot", frozenset(), [])
    assert found is not None
    assert found.verdict is Verdict.REVIEW
    assert tail.of_app(App(name="gptray", client_id="process:gptray.exe"), "client:x", frozenset(), []) is None


def test_a_publisher_known_for_ai_is_evidence():
    found = tail.of_app(App(name="Chatbot Suite", publisher="Acme AI"), "app:x", frozenset({"acme ai"}), [])
    assert found is not None
    assert found.verdict is Verdict.SUSPECTED


def test_features_mean_the_same_on_every_machine():
    assert features.of_app("Ab").grams[:2] == [crc32(b"^a") % features.BUCKETS, crc32(b"ab") % features.BUCKETS]
