"""Bodies of the HTTP Event Collector, and which source an event is of."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import find
from connectors.records import Broken, outcomes
from services.ingest import hec_codes as codes
from services.ingest.hec_codes import Refused
from services.ingest.hec_events import Event, Named, events, records
from services.kit.control.hec import HecRoute, chosen

NOBODY = Named(None, None)
LINE = "1794823181.123 90 192.0.2.7 TCP_TUNNEL/200 4210 CONNECT claude.ai:443 jane HIER_DIRECT/198.51.100.1 -"

contents = st.recursive(
    st.integers(-(2**40), 2**40) | st.booleans() | st.text(min_size=1).filter(str.strip),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.text(), inner, min_size=1, max_size=3),
    max_leaves=6,
)


@given(st.lists(contents, min_size=1, max_size=5), st.sampled_from(["", "\n", " \r\n\t", "\n\n"]))
def test_events_come_out_as_they_went_in_whatever_stands_between(made, between):
    body = between.join(json.dumps({"event": content}) for content in made)
    assert [each.content for each in events(body.encode(), NOBODY)] == made
    array = json.dumps([{"event": content} for content in made])
    assert [each.number for each in events(array.encode(), NOBODY)] == list(range(len(made)))


@given(st.binary(max_size=60))
def test_any_body_is_events_or_a_code(body):
    try:
        found = [each.number for each in events(body, NOBODY)]
    except Refused as refused:
        found = [refused.code.status]
    assert found == [400] or found == list(range(len(found)))


@pytest.mark.parametrize(
    ("body", "code", "number"),
    [
        (b"", codes.NO_DATA, None),
        (b" \n ", codes.NO_DATA, None),
        (b"[]", codes.NO_DATA, None),
        (b"not json", codes.INVALID_FORMAT, 0),
        (b'{"event":', codes.INVALID_FORMAT, 0),
        (b'{"event":1}{"event"', codes.INVALID_FORMAT, 1),
        (b'{"event":1} 5', codes.INVALID_FORMAT, 1),
        (b'{"event":' + b"[" * 100_000, codes.INVALID_FORMAT, 0),
        (b'{"event":1}{"sourcetype":"x"}', codes.EVENT_REQUIRED, 1),
        (b'{"event":""}', codes.EVENT_BLANK, 0),
        (b'{"event":null}', codes.EVENT_BLANK, 0),
        (b'{"event":1}{"event":{}}not json', codes.EVENT_BLANK, 1),
        (b'{"event":1,"time":"noon"}', codes.INDEXED_FIELDS, 0),
        (b'{"event":1,"time":true}', codes.INDEXED_FIELDS, 0),
        (b'{"event":1,"fields":{"a":{"b":1}}}', codes.INDEXED_FIELDS, 0),
        (b'{"event":1,"fields":"a"}', codes.INDEXED_FIELDS, 0),
    ],
)
def test_each_fault_has_its_code_and_the_number_of_the_event(body, code, number):
    with pytest.raises(Refused) as refused:
        events(body, NOBODY)
    assert (refused.value.code, refused.value.event) == (code, number)


def test_indexed_fields_are_flat_and_may_have_several_values():
    body = b'{"event":1,"fields":{"a":"b","c":[1,2]}}{"event":2,"fields":{}}'
    assert len(events(body, NOBODY)) == 2


def test_falsehood_and_zero_are_events():
    assert [each.content for each in events(b'{"event":false}{"event":0}', NOBODY)] == [False, 0]


def test_an_event_names_its_source_and_the_address_fills_in():
    body = b'{"event":"x","sourcetype":"own"}{"event":"x","source":"udp:514","time":"1794823181.1"}'
    found = [each.named for each in events(body, Named("asked", "here"))]
    assert found == [Named("own", "here"), Named("asked", "udp:514")]


def kinds(connector, *given_contents):
    made = [Event(number, NOBODY, content) for number, content in enumerate(given_contents)]
    return list(outcomes(connector, records(made, connector), connector.config()))


def test_lines_are_read_together_and_one_that_is_json_apart():
    squid = find("squid")
    found = kinds(squid, LINE, LINE, {"not": "a line"}, '{"json": "text"}', LINE)
    assert [type(each).__name__ for each in found].count("Observed") == 3
    assert len(found) == 5


def test_a_header_holds_for_the_lines_after_it():
    directory = find("directory_csv")
    text = "email,name,unit", "ana@example.com,Ana,Sales", "ben@example.com,Ben,Legal"
    made = [Event(number, NOBODY, line) for number, line in enumerate(text)]
    assert [each.record["name"] for each in records(made, directory)] == ["Ana", "Ben"]


def test_json_comes_as_an_object_or_as_text():
    okta = find("okta")
    record = {"uuid": "1", "published": "2026-11-16T10:00:00.000Z", "eventType": "user.session.start"}
    made = [Event(0, NOBODY, record), Event(1, NOBODY, json.dumps(record)), Event(2, NOBODY, "no json")]
    found = list(records(made, okta))
    assert [getattr(each, "record", None) for each in found[:2]] == [record, record]
    assert isinstance(found[2], Broken)


ROUTES = [
    HecRoute(1, "by-type", None, "proxy", None),
    HecRoute(2, "by-source", None, None, "udp:514"),
    HecRoute(3, "by-token", "tok1", None, None),
    HecRoute(4, "by-both", None, "proxy", "udp:514"),
    HecRoute(5, "by-all", "tok1", "proxy", "udp:514"),
]


@pytest.mark.parametrize(
    ("token", "sourcetype", "source", "instance"),
    [
        ("tok2", "proxy", "x", "by-type"),
        ("tok2", "x", "udp:514", "by-source"),
        ("tok1", "x", "x", "by-token"),
        ("tok1", "proxy", "x", "by-type"),
        ("tok2", "proxy", "udp:514", "by-both"),
        ("tok1", "proxy", "udp:514", "by-all"),
        ("tok2", None, None, None),
    ],
)
def test_the_most_exact_route_counts(token, sourcetype, source, instance):
    assert chosen(ROUTES, token, sourcetype, source) == instance
    assert chosen(reversed(ROUTES), token, sourcetype, source) == instance
