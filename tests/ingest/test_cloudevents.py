"""CloudEvents in their three modes, through the real gate, log and database."""

import base64
import gzip
import json

import httpx
import msgspec
import pytest

from schemas.topics import DEAD_LETTER, OBSERVATION
from services.ingest.cloudevents_read import CloudEvent, Unreadable, events
from services.kit.control import hec as routes
from tests.ingest.test_collect import LINE

PATH = "/v1/cloudevents"
BINARY = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/gateway", "ce-type": "lines"}
STRUCTURED = {"content-type": "application/cloudevents+json; charset=utf-8"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
EVENT = {"specversion": "1.0", "id": "1", "source": "/gateway", "type": "lines"}


async def ids(read) -> list[str]:
    return [msgspec.json.decode(record.value)["id"] for record in await read(OBSERVATION.name)]


async def test_all_modes_name_one_event_and_it_counts_once(client: httpx.AsyncClient, read) -> None:
    twice = gzip.compress(json.dumps([{**EVENT, "data": LINE}] * 2).encode())
    told = [
        await client.post(PATH, headers={**BINARY, "content-type": "text/plain"}, content=LINE),
        await client.post(PATH, headers=STRUCTURED, json={**EVENT, "data": LINE}),
        await client.post(PATH, headers=BATCH, content=twice),
    ]
    for answer in told:
        (taken,) = answer.json()["taken"]
        assert (answer.status_code, answer.json()["events"], taken["source"], taken["observed"]) == (200, 1, "lines", 1)
    made = await ids(read)
    assert (len(made), len(set(made))) == (3, 1)


async def test_two_events_with_the_same_data_are_two(client: httpx.AsyncClient, read) -> None:
    batch = [{**EVENT, "id": str(number), "data": f"{LINE}\n{LINE}\nbroken"} for number in range(2)]
    answer = await client.post(PATH, headers=BATCH, json=batch)
    assert answer.json()["taken"][0] | {"ignored": 0} == {
        "source": "lines", "records": 6, "observed": 4, "ignored": 0, "rejected": 2, "observations": 4,
    }  # fmt: skip
    assert len(set(await ids(read))) == 4
    assert len(await read(DEAD_LETTER.name)) == 2


async def test_the_address_or_a_route_says_whose_they_are(client: httpx.AsyncClient, logged, add, read) -> None:
    for name in ("one", "two"):
        await add(name, every=None)
    async with logged.engine.begin() as connection:
        await routes.add(connection, "one", sourcetype="com.example.visit")
    routed = {**EVENT, "type": "com.example.visit", "data": LINE}
    unknown = {**EVENT, "type": "com.example.other", "data": LINE}
    assert (await client.post(PATH, headers=BATCH, json=[routed, unknown])).status_code == 404
    assert await read(OBSERVATION.name) == []
    assert (await client.post(PATH, headers=STRUCTURED, json=routed)).json()["taken"][0]["source"] == "one"
    asked = await client.post(PATH, params={"source": "two"}, headers=STRUCTURED, json=unknown)
    assert asked.json()["taken"][0]["source"] == "two"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"x"),
        ({"ce-specversion": "0.3", **dict.fromkeys(("ce-id", "ce-source", "ce-type"), "1")}, b"x"),
        ({**BINARY, "ce-id": ""}, b"x"),
        ({**BINARY, "content-type": "application/json"}, b"violet-heron-canary"),
        (STRUCTURED, b"[]"),
        (STRUCTURED, b'{"specversion":"1.0","data":"violet-heron-canary"}'),
        (STRUCTURED, json.dumps({**EVENT, "data_base64": "violet-heron-canary!"}).encode()),
        (BATCH, b"{}"),
        ({"content-type": "application/cloudevents+avro"}, b"x"),
    ],
)
async def test_what_is_no_cloudevent_is_refused_without_repeating_it(client: httpx.AsyncClient, headers, body) -> None:
    answer = await client.post(PATH, headers=headers, content=body)
    assert answer.status_code == 400
    assert "canary" not in answer.text


async def test_who_asks_first_hears_that_it_may_send(client: httpx.AsyncClient) -> None:
    asked = await client.request("OPTIONS", PATH, headers={"webhook-request-origin": "sender.example.com"})
    assert (asked.status_code, asked.headers["webhook-allowed-origin"]) == (200, "sender.example.com")
    del client.headers["authorization"]
    assert (await client.request("OPTIONS", PATH)).status_code == 401
    assert (await client.post(PATH, headers=BINARY, content=LINE)).status_code == 401


def test_attributes_in_headers_are_percent_encoded_and_quoted() -> None:
    headers = {**BINARY, "ce-source": "%2Fgateway%20%E2%82%AC", "ce-id": '"a \\"1\\""'}
    (found,) = events({**headers, "content-type": "application/x+json"}, b'{"a":1}')
    assert found == CloudEvent('a "1"', "/gateway €", "lines", {"a": 1})
    assert events(BINARY, b"") == [CloudEvent("1", "/gateway", "lines", None)]


def test_base64_is_bytes_or_the_json_it_holds() -> None:
    data = base64.b64encode(b'{"a":1}').decode()
    (plain,) = events(STRUCTURED, json.dumps({**EVENT, "data_base64": data}).encode())
    (typed,) = events(STRUCTURED, json.dumps({**EVENT, "data_base64": data, "datacontenttype": "text/json"}).encode())
    assert (plain.data, typed.data) == (b'{"a":1}', {"a": 1})
    with pytest.raises(Unreadable):
        events(STRUCTURED, b"no json")
