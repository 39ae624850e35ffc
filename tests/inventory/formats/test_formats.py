"""What holds for every format, and the particulars of the smaller ones."""

import json
import re
from datetime import datetime

import pytest
from hypothesis import given, settings

from schemas.alert import AlertState
from services.inventory.delivery.message import cloud_event_headers
from services.inventory.formats import OWN, TEST, Event, event, find, formats
from tests.inventory.formats.alerts import CLAUDE, SOURCE, alerts, changed

JSON = [name for name, each in formats().items() if each.json]
NEEDED = {"ocsf", "cef", "cloudevents", "ecs", "leef", "asim", "splunk_hec", "syslog"}


def test_formats_are_found_by_themselves_with_ours_first():
    assert next(iter(formats())) == OWN
    assert formats().keys() >= NEEDED
    assert find("xml") is None


@settings(max_examples=60, deadline=None)
@given(alerts())
def test_every_alert_is_one_line_in_every_format(alert):
    for each in formats().values():
        made = each.render(event(alert))
        assert "\n" not in made, each.name
        assert "\r" not in made, each.name
        if each.json:
            assert isinstance(json.loads(made), dict)


@pytest.mark.parametrize("name", formats())
def test_the_same_alert_gives_the_same_record(name):
    assert formats()[name].render(event(CLAUDE)) == formats()[name].render(event(changed(CLAUDE)))


@pytest.mark.parametrize("name", formats())
def test_a_test_says_that_it_is_one(name):
    assert "test" in formats()[name].render(Event("test_1", TEST, CLAUDE)).lower()


def test_a_cloud_event_is_the_same_over_http_and_on_the_topic():
    made = json.loads(find("cloudevents").render(event(CLAUDE)))
    headers = {name: value.decode() for name, value in cloud_event_headers(made["id"], CLAUDE)}
    same = ("specversion", "id", "source", "type", "subject")
    assert {name: made[name] for name in same} == {name: headers[f"ce_{name}"] for name in same}
    assert datetime.fromisoformat(made["time"]) == datetime.fromisoformat(headers["ce_time"])
    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in made)
    assert made["data"]["id"] == CLAUDE.id


@settings(max_examples=60, deadline=None)
@given(alerts())
def test_leef_keeps_its_fields_apart(alert):
    line = find("leef").render(event(alert))
    header, _, rest = line.partition("|x09|")
    assert header.count("|") == 4
    keys = [pair.partition("=")[0] for pair in rest.split("\t")]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(r"[a-zA-Z]+", key) for key in keys)
    assert 1 <= int(dict(pair.split("=", 1) for pair in rest.split("\t"))["sev"]) <= 10


def test_asim_has_all_that_is_mandatory():
    made = json.loads(find("asim").render(event(CLAUDE)))
    mandatory = {
        "EventCount", "EventStartTime", "EventEndTime", "EventType", "EventUid", "EventProduct", "EventVendor",
        "EventSchema", "EventSchemaVersion",
    }  # fmt: skip
    assert made.keys() >= mandatory
    assert made["EventSeverity"] in {"Informational", "Low", "Medium", "High"}


def test_splunk_gets_seconds_without_an_exponent():
    made = find("splunk_hec").render(event(CLAUDE))
    assert re.search(r'"time":\d{10}\.\d+,', made)
    assert json.loads(made)["event"]["severity"] == "high"


@settings(max_examples=40, deadline=None)
@given(alerts())
def test_a_syslog_message_is_printable_ascii(alert):
    made = find("syslog").render(event(alert))
    assert re.fullmatch(r"<1[23]\d>1 \S+Z - penumbra - \S{1,32} - \{[ -~]*\}", made)


def test_ecs_numbers_its_severity_and_names_its_version():
    made = json.loads(find("ecs").render(event(CLAUDE)))
    assert (made["event"]["kind"], made["event"]["severity"], made["ecs"]["version"]) == ("alert", 73, "9.4.0")
    assert "count" not in made["event"]


@pytest.mark.parametrize("name", ["cef", "leef", "asim", "ecs", "splunk_hec", "ocsf"])
def test_a_source_not_seen_is_called_so_and_has_no_standing(name):
    opened = changed(SOURCE, state=AlertState.OPEN)
    made = formats()[name].render(event(opened))
    assert "not_seen" in made
    assert "source.unregistered" not in made
    assert '"name":"standing"' not in made
    assert formats()[name].render(Event("t", TEST, opened)).count("source.not_seen") == 0
