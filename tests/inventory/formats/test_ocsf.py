"""Detection Findings, held against the schema the standard's own compiler made."""

import gzip
import json

import pytest
from hypothesis import given, settings

from schemas.alert import AlertState
from services.inventory.formats import TEST, Event, event, find
from services.inventory.formats.ocsf import SEVERITY_NAMES, render
from tests.conftest import SAMPLES
from tests.inventory.formats.alerts import CLAUDE, SOURCE, alerts, changed
from tests.inventory.formats.ocsf_schema import Schema

COMPILED = SAMPLES / "ocsf" / "ocsf-1.8.0.compiled.json.gz"


@pytest.fixture(scope="session")
def schema() -> Schema:
    if not COMPILED.exists():
        pytest.skip("the compiled schema is not at hand")
    return Schema(json.loads(gzip.decompress(COMPILED.read_bytes())))


@pytest.fixture(scope="session")
def described(schema):
    return json.loads(gzip.decompress(COMPILED.read_bytes()))["classes"]["detection_finding"]["attributes"]


@settings(max_examples=150, deadline=None)
@given(alerts())
def test_every_alert_is_a_valid_detection_finding(schema, alert):
    assert schema.faults(json.loads(render(event(alert)))) == []


@pytest.mark.parametrize("kind", ["alert.opened", "alert.changed", "alert.closed", TEST])
def test_every_type_of_event_is_one(schema, kind):
    made = json.loads(render(Event("evt_1", kind, CLAUDE)))
    assert schema.faults(made) == []
    assert (made["is_alert"], made["metadata"].get("labels")) == ((False, ["test"]) if kind == TEST else (True, None))


@pytest.mark.parametrize(
    ("break_it", "fault"),
    [
        (lambda it: it.pop("severity_id"), "severity_id: required"),
        (lambda it: it.update(prompt_text="violet-heron-canary"), "prompt_text: no such attribute"),
        (lambda it: it.update(severity_id=7), "severity_id: 7 is not in the enumeration"),
        (lambda it: it.update(time="now"), "time: 'now' is no int"),
        (lambda it: it["finding_info"].update(types="tool"), "finding_info.types: array or not"),
        (lambda it: it["resources"][0].clear(), "resources.: at_least_one of name, uid"),
        (lambda it: it["metadata"].pop("profiles"), "resources.data_classifications: no such attribute"),
    ],
)
def test_the_check_finds_what_is_wrong(schema, break_it, fault):
    made = json.loads(render(event(CLAUDE)))
    break_it(made)
    assert fault in schema.faults(made)


def test_the_captions_are_the_schema_s(described):
    captions = described["severity_id"]["enum"]
    assert [captions[str(number)]["caption"] for number in range(6)] == list(SEVERITY_NAMES)
    statuses = {number: each["caption"] for number, each in described["status_id"]["enum"].items()}
    assert (statuses["1"], statuses["2"], statuses["3"], statuses["4"]) == (
        "New", "In Progress", "Suppressed", "Resolved",
    )  # fmt: skip


def test_one_finding_through_all_changes():
    first = json.loads(render(event(CLAUDE)))
    decided = json.loads(render(event(changed(CLAUDE, revision=2, decision="assign"))))
    dropped = changed(CLAUDE, revision=3, state=AlertState.CLOSED, decision="false_positive")
    last = json.loads(render(event(dropped)))
    assert {made["finding_info"]["uid"] for made in (first, decided, last)} == {CLAUDE.id}
    assert len({made["metadata"]["uid"] for made in (first, decided, last)}) == 3
    assert [made["activity_name"] for made in (first, decided, last)] == ["Create", "Update", "Close"]
    assert [made["status"] for made in (first, decided, last)] == ["New", "In Progress", "Suppressed"]


def test_counts_stay_apart_by_source():
    (evidence,) = json.loads(render(event(CLAUDE)))["evidences"]
    assert evidence["data"]["events"] == {"squid": 112, "okta": 3}
    assert "count" not in json.loads(render(event(CLAUDE)))


def test_a_source_has_no_people():
    assert "people" not in render(event(SOURCE))
    assert find("ocsf").json
