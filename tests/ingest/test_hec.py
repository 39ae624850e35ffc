"""The HTTP Event Collector through the real gate, log and database, with Splunk's codes."""

import base64
import gzip
import json
from datetime import timedelta

import httpx
import msgspec
import pytest

from schemas.topics import DEAD_LETTER, OBSERVATION
from services.ingest import bodies, pushed
from services.kit.access import Tokens
from services.kit.control import hec as routes
from services.kit.control import sources
from services.kit.errors import Conflict, Misconfigured, NotFound
from tests.commands import penumbra
from tests.ingest.test_collect import LINE

EVENT = "/services/collector/event"
PATHS = ["/services/collector", "/services/collector/1.0", EVENT, EVENT + "/1.0"]


def envelope(*contents: object, **more: object) -> bytes:
    return "\n".join(json.dumps({"event": content, "sourcetype": "lines", **more}) for content in contents).encode()


def said(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["code"]


async def test_events_are_in_the_log_when_answered(client, read):
    for number, path in enumerate(PATHS):
        answer = await client.post(path, content=envelope(LINE.replace("jane", f"user{number}"), "skip", "one two"))
        assert (answer.status_code, answer.json()) == (200, {"text": "Success", "code": 0})
    assert len(await read(OBSERVATION.name)) == 4
    assert len(await read(DEAD_LETTER.name)) == 4


@pytest.mark.parametrize("path", ["/services/collector/raw", "/services/collector/raw/1.0"])
async def test_raw_takes_lines_as_they_are_packed_or_not(client, read, path):
    body = f"{LINE}\n{LINE}\n".encode()
    for content in (body, gzip.compress(body)):
        assert said(await client.post(path, params={"sourcetype": "lines"}, content=content)) == (200, 0)
    made = [msgspec.json.decode(record.value)["id"] for record in await read(OBSERVATION.name)]
    assert (len(made), len(set(made))) == (4, 2)


async def test_gzip_is_taken_and_a_cut_one_is_not(client, read):
    packed = gzip.compress(envelope(*[LINE] * 400))
    gzipped = {"content-encoding": "gzip"}
    assert said(await client.post(EVENT, content=packed, headers=gzipped)) == (200, 0)
    assert len(await read(OBSERVATION.name)) == 400
    assert said(await client.post(EVENT, content=packed[:-30], headers=gzipped)) == (400, 6)
    assert said(await client.post(EVENT, content=b"x", headers={"content-encoding": "br"})) == (415, 6)


async def test_who_may_not_send_hears_splunk_s_codes(client, logged, token):
    tokens = Tokens(logged.engine, logged.clock)
    _, reader = await tokens.create("r", ("alerts:read",), timedelta(days=1), "test")
    basic = base64.b64encode(f"any:{token}".encode()).decode()
    for header, wanted in {
        f"Splunk {token}": (200, 0), f"splunk {token}": (200, 0), f"Bearer {token}": (200, 0),
        f"Basic {basic}": (200, 0), "Basic !": (401, 3), "Splunk": (401, 2), token: (401, 3),
        "Digest x": (401, 3), "Splunk 00000000-0000-0000-0000-000000000000": (403, 4),
        f"Splunk {token[:-1]}x": (403, 4), f"Splunk {reader}": (403, 1),
    }.items():  # fmt: skip
        answer = await client.post(EVENT, content=envelope(LINE), headers={"authorization": header})
        assert said(answer) == wanted, header
    del client.headers["authorization"]
    assert said(await client.post(EVENT, content=envelope(LINE))) == (401, 2)
    assert said(await client.post(EVENT, params={"token": token}, content=envelope(LINE))) == (400, 16)


@pytest.mark.parametrize(
    ("path", "body", "wanted", "number"),
    [
        (EVENT, b"", (400, 5), None),
        ("/services/collector/raw?sourcetype=lines", b" \n", (400, 5), None),
        (EVENT, b"no json", (400, 6), 0),
        (EVENT, envelope(LINE) + b'{"sourcetype":"lines"}', (400, 12), 1),
        (EVENT, envelope(LINE, ""), (400, 13), 1),
        (EVENT, envelope(LINE, sourcetype="unknown"), (400, 7), 0),
    ],
)
async def test_a_refused_request_has_taken_nothing(client, read, path, body, wanted, number):
    answer = await client.post(path, content=body)
    assert said(answer) == wanted
    assert answer.json().get("invalid-event-number") == number
    assert await read(OBSERVATION.name) == []


async def test_busy_paused_and_too_large(client, logged, intakes, monkeypatch, add):
    intakes.working = pushed.AT_ONCE
    answer = await client.post(EVENT, content=envelope(LINE))
    assert (said(answer), answer.headers["retry-after"]) == ((503, 9), "5")
    assert said(await client.get("/services/collector/health")) == (503, 18)
    intakes.working = 0
    await add("resting", every=None)
    async with logged.engine.begin() as connection:
        await sources.pause(connection, "resting")
    assert said(await client.post(EVENT, content=envelope(LINE, sourcetype="resting"))) == (503, 9)
    monkeypatch.setattr(bodies, "LARGEST_BODY", 100)
    assert said(await client.post(EVENT, content=envelope(LINE, LINE))) == (413, 6)
    assert intakes.working == 0


async def test_a_log_that_takes_nothing_is_busy_and_no_success(client, logged, monkeypatch):
    async def away(topic, taken):
        raise ConnectionError

    monkeypatch.setattr(logged.log, "append", away)
    assert said(await client.post(EVENT, content=envelope(LINE))) == (503, 9)


@pytest.mark.parametrize("path", ["/services/collector/health", "/services/collector/health/1.0"])
async def test_health_is_told_to_anybody(client, path):
    del client.headers["authorization"]
    answer = await client.get(path, headers={"host": "10.1.2.3:8481"})
    assert (answer.status_code, answer.json()) == (200, {"text": "HEC is healthy", "code": 17})


async def test_routes_send_a_sourcetype_to_its_source(client, intakes, logged, add, read):
    for name in ("one", "two"):
        await add(name, every=None)
    async with logged.engine.begin() as connection:
        await routes.add(connection, "one", sourcetype="proxy")
        await routes.add(connection, "two", sourcetype="proxy", source="udp:514")
        with pytest.raises(Conflict):
            await routes.add(connection, "two", sourcetype="proxy")
        with pytest.raises(Misconfigured):
            await routes.add(connection, "one")
        with pytest.raises(NotFound):
            await routes.add(connection, "three", sourcetype="x")
    body = envelope(LINE, sourcetype="proxy") + envelope(LINE, sourcetype="proxy", source="udp:514")
    assert said(await client.post(EVENT, content=body)) == (200, 0)
    made = [msgspec.json.decode(record.value)["instance"] for record in await read(OBSERVATION.name)]
    assert sorted(made) == ["one", "two"]
    await intakes.save_counts()
    async with logged.engine.connect() as connection:
        assert [(await sources.get(connection, name)).records for name in ("one", "two")] == [1, 1]


async def test_routes_by_command(logged, database_url, tmp_path, add):
    await add("one", every=None)
    place = {"PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_DATA": str(tmp_path)}
    made = await penumbra("hec", "add", "one", "--sourcetype", "proxy", **place)
    assert made.code == 0, made.err
    listed = json.loads((await penumbra("hec", "list", "--json", **place)).out)
    assert [(route["instance"], route["sourcetype"]) for route in listed] == [("one", "proxy")]
    assert (await penumbra("hec", "remove", made.out.strip(), **place)).code == 0
    assert (await penumbra("hec", "remove", made.out.strip(), **place)).code == 2


async def test_who_takes_nothing_is_told_by_what_was_named(client: httpx.AsyncClient) -> None:
    for event, said in (
        (envelope(LINE, sourcetype="unknown"), "no source takes sourcetype 'unknown'; `penumbra hec add`"),
        (envelope(LINE, sourcetype=""), "no source takes events that name no sourcetype; `penumbra hec add`"),
    ):
        assert (await client.post(EVENT, content=event)).json()["detail"] == said
