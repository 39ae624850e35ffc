"""What a prompt holds comes out as classes; the prompt, and what was found in it, come out nowhere."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text

from connectors.base import Connector, Ignored, find
from connectors.records import Native
from schemas.observation import Kind, Observation, ProtectedObservation
from schemas.topics import DEAD_LETTER, OBSERVATION
from services.ingest import texts
from services.ingest.intake import Intake, Origin, Taken
from services.ingest.pushed import Intakes
from services.kit.clock import ManualClock
from services.kit.keys import Keys
from services.kit.runtime import Runtime

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CARD, KEY, CANARY = "4539148803436467", "AKIA" + "Q3XWV7PNTRB5KEMZ", "violet-heron-canary"
PROMPT = f"{CANARY}: charge my credit card {CARD} and sign in with {KEY}"
PRIVATE = (CANARY, CARD, KEY)
TURNS = [{"role": "user", "content": [{"type": "text", "text": PROMPT}]}]
ASKED = json.dumps([{"role": "user", "parts": [{"type": "text", "content": PROMPT}]}])
SPEND = {"request_id": "c-1", "call_type": "acompletion", "startTime": "2026-11-21T08:01:00Z", "model": "gpt-5.5"}
SPAN = {"traceId": "5b8e", "spanId": "eee1", "startTimeUnixNano": "1795140001000000000"}
RECORDS: dict[str, Any] = {
    "litellm": {**SPEND, "messages": TURNS},
    "bedrock_invocation": {
        "schemaType": "ModelInvocationLog", "timestamp": "2026-11-20T10:01:00Z", "requestId": "d1",
        "operation": "Converse", "modelId": "amazon.nova-pro-v1:0", "input": {"inputBodyJson": {"messages": TURNS}},
    },
    "kong_ai": {
        "started_at": 1795248060123, "request": {"id": "3e2b"}, "response": {"status": 200},
        "ai": {"proxy": {
            "payload": {"request": json.dumps({"model": "gpt-5.5", "messages": TURNS})},
            "meta": {"provider_name": "openai", "request_model": "gpt-5.5"},
        }},
    },
    "chatgpt_enterprise": {
        "event_id": "0e12", "type": "CONVERSATION_MESSAGE", "timestamp": "2026-11-20T04:00:00Z",
        "principal": {"id": "w", "type": "CHATGPT_WORKSPACE"}, "actor": {"type": "ACCOUNT_USER", "user_id": "u"},
        "message": {"id": "m", "author": {"type": "user"}, "content": {"type": "text", "value": PROMPT}},
    },
    "otel_genai": {"span": {**SPAN, "attributes": [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.input.messages", "value": {"stringValue": ASKED}},
    ]}},
}  # fmt: skip


def connector(name: str) -> Connector:
    found = find(name)
    assert found is not None
    return found


def taken(keys: Keys, name: str, *records: Any, detect: bool = True, again: bool = False) -> Taken:
    origin = Origin(instance="one", connector=connector(name), detect=detect)
    given = (Native(record, f"-:{number}") for number, record in enumerate(records, 1))
    return Intake(origin, keys, again=again).take(given, NOW)


def observed(found: Taken) -> list[ProtectedObservation]:
    values = [one.value or b"" for one in found.appended[OBSERVATION.name]]
    return [msgspec.json.decode(value, type=ProtectedObservation) for value in values]


def all_of(found: Taken) -> str:
    """Everything that is appended and counted."""
    appended = [one.value or b"" for some in found.appended.values() for one in some]
    return b"\n".join(appended).decode() + repr(found.counts()) + repr(found.noted)


@pytest.mark.parametrize("again", [True, False], ids=["pulled", "pushed"])
@pytest.mark.parametrize("name", RECORDS)
def test_a_prompt_is_told_by_its_classes_alone(keys: Keys, name: str, again: bool) -> None:
    found = taken(keys, name, RECORDS[name], again=again)
    [made] = observed(found)
    classes = {one.name: one for one in made.classes}
    assert {"pci", "regulated", "credentials", "confidential"} <= classes.keys()
    assert (classes["pci"].basis, classes["credentials"].basis) == ("found 1 card", "found 1 aws_key")
    assert classes["pci"].confidence > 0.9
    assert not [word for word in PRIVATE if word in all_of(found)]


@pytest.mark.parametrize("name", RECORDS)
def test_nothing_but_classes_is_changed_by_reading(keys: Keys, name: str) -> None:
    """The id above all: another model may find other classes when the record is read again."""
    [read], [unread] = (observed(taken(keys, name, RECORDS[name], detect=on)) for on in (True, False))
    assert unread.classes == ()
    assert msgspec.structs.replace(read, classes=()) == unread


def test_without_a_vendors_id_the_classes_make_no_part_of_it(keys: Keys) -> None:
    bare = {name: value for name, value in RECORDS["litellm"].items() if name != "request_id"}
    read, unread = (observed(taken(keys, "litellm", bare, bare, detect=on)) for on in (True, False))
    assert [one.id for one in read] == [one.id for one in unread]
    assert [one.id.rpartition(".")[2] for one in read] == ["1", "2"]
    assert all("pci" in {label.name for label in one.classes} for one in read)


def test_what_cannot_be_read_keeps_its_prompt_sealed(keys: Keys) -> None:
    found = taken(keys, "litellm", {"messages": TURNS}, {**RECORDS["litellm"], "startTime": "2036-01-01T00:00:00Z"})
    assert (found.rejected, found.observed) == (2, 0)
    assert len(found.appended[DEAD_LETTER.name]) == 2
    assert not [word for word in PRIVATE if word in all_of(found)]


@pytest.mark.parametrize(
    "messages",
    [{}, None, 7, "", [], [[]], [None], {"role": ["user"], "content": 3}, "{", "[" * 5000, [{"role": "assistant"}]],
)  # fmt: skip
def test_a_record_without_a_prompt_counts_as_before(keys: Keys, messages: Any) -> None:
    [made] = observed(taken(keys, "litellm", {**SPEND, "messages": messages}))
    assert made.classes == ()


def test_a_models_own_turn_and_pictures_are_not_read(keys: Keys) -> None:
    others = [
        {"role": "assistant", "content": PROMPT},
        {"role": "user", "content": [{"type": "image", "content": PROMPT}, {"image_url": {"url": PROMPT}}]},
    ]
    [made] = observed(taken(keys, "litellm", {**SPEND, "messages": others}))
    assert made.classes == ()


def _speaking(given: Any) -> Connector:
    def parse(record: Any, _config: Any) -> Any:
        return iter((Observation(source="lines", kind=Kind.AUDIT, at=NOW),)) if record else Ignored("empty")

    return Connector(
        name="lines", title="Lines", kinds=(), how=("push",), parse=parse, recognise=lambda _: 0, records="lines",
        texts=given,
    )  # fmt: skip


def test_of_a_long_text_the_beginning_is_read() -> None:
    filling = "words " * (texts.LONGEST // 6)
    for written, told in (((PROMPT, filling), True), ((filling, PROMPT), False), ((f"{filling}{PROMPT}",), False)):
        found = texts.classes(_speaking(lambda *_, written=written: iter(written)), b"x", None)
        assert ("pci" in {one.name for one in found}) is told


def test_texts_that_cannot_be_told_lose_no_event(keys: Keys) -> None:
    def faulty(record: Any, _config: Any) -> Any:
        raise LookupError(record)

    for given in (faulty, lambda *_: iter((1,)), lambda *_: None):
        found = Intake(Origin(instance="one", connector=_speaking(given)), keys).take([Native(b"x", "-:1")], NOW)
        assert (found.observed, found.rejected) == (1, 0)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def intakes(logged: Runtime) -> Intakes:
    return Intakes(logged, {"kong_ai": connector("kong_ai")})


async def test_what_is_pushed_stands_nowhere(
    client: httpx.AsyncClient, logged: Runtime, read: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = {**RECORDS["kong_ai"], "started_at": PROMPT}
    answer = await client.post("/v1/push/kong_ai", json=[RECORDS["kong_ai"], broken])
    assert (answer.json()["observed"], answer.json()["rejected"]) == (1, 1)
    [record] = await read(OBSERVATION.name)
    made = msgspec.json.decode(record.value, type=ProtectedObservation)
    assert {"pci", "credentials"} <= {one.name for one in made.classes}
    told = [answer.text, *capfd.readouterr(), *await _rows(logged)]
    assert not [word for word in PRIVATE if word in "\n".join(told)]


async def _rows(runtime: Runtime) -> list[str]:
    """Every row of every table, binary columns as text."""
    names = text("select table_schema || '.' || table_name from information_schema.tables"
                 " where table_schema in ('log', 'control', 'inventory') and table_type = 'BASE TABLE'")  # fmt: skip
    async with runtime.engine.connect() as connection:
        tables = (await connection.execute(names)).scalars().all()
        rows = [row for name in tables for row in (await connection.execute(text(f"select * from {name}"))).all()]
    return [" ".join(c.decode("utf-8", "replace") if isinstance(c, bytes) else str(c) for c in row) for row in rows]
