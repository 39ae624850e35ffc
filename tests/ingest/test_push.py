"""`POST /v1/push/{source}` through the real gate, log and database."""

import asyncio
import bz2
import gzip
from collections.abc import Sequence
from datetime import timedelta

import httpx
import msgspec
import pytest

from schemas.topics import DEAD_LETTER, OBSERVATION
from services.ingest import bodies, pushed
from services.ingest.pushed import Intakes
from services.kit.access import Tokens
from services.kit.control import sources
from services.kit.eventlog import Record
from services.kit.runtime import Runtime
from tests.ingest.conftest import Add, Read
from tests.ingest.test_collect import LINE


async def test_records_are_in_the_log_when_answered(client: httpx.AsyncClient, add: Add, read: Read) -> None:
    await add("one", every=None)
    answer = await client.post("/v1/push/one", content=f"{LINE}\n{LINE}\nskip\nbroken line of five fields\n".encode())
    assert answer.status_code == 200
    assert answer.json() == {
        "source": "one", "records": 4, "observed": 2, "ignored": {"told to skip": 1}, "rejected": 1, "observations": 2,
    }  # fmt: skip
    made = [msgspec.json.decode(r.value or b"")["id"] for r in await read(OBSERVATION.name)]
    assert len(set(made)) == 2
    assert len(await read(DEAD_LETTER.name)) == 1


async def test_same_body_again_gives_the_same_ids(client: httpx.AsyncClient, add: Add, read: Read) -> None:
    await add("one", every=None)
    body = f"{LINE}\n{LINE}\nbroken\n".encode()
    for content in (body, gzip.compress(body)):
        assert (await client.post("/v1/push/one", content=content)).status_code == 200
    for topic, distinct in ((OBSERVATION.name, 2), (DEAD_LETTER.name, 1)):
        made = [msgspec.json.decode(r.value or b"")["id"] for r in await read(topic)]
        assert (len(made), len(set(made))) == (2 * distinct, distinct)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
async def test_compressed_bodies_are_known_by_their_first_bytes(client: httpx.AsyncClient, pack, add: Add) -> None:
    await add("one", every=None)
    answer = await client.post("/v1/push/one", content=pack(f"{LINE}\n".encode()))
    assert answer.json()["observed"] == 1


async def test_cut_gzip_is_taken_as_far_as_it_goes(client: httpx.AsyncClient, add: Add) -> None:
    await add("one", every=None)
    body = "".join(f"{LINE.replace('jane', f'user{number}')}\n" for number in range(20_000))
    packed = gzip.compress(body.encode())
    counts = (await client.post("/v1/push/one", content=packed[: len(packed) // 2])).json()
    assert counts["observed"] > 1000
    assert counts["rejected"] == 1


async def test_bodies_are_bounded_before_and_after_unpacking(
    client: httpx.AsyncClient, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add("one", every=None)
    monkeypatch.setattr(bodies, "LARGEST_BODY", 1000)
    monkeypatch.setattr(bodies, "LARGEST_UNPACKED", 5000)
    assert (await client.post("/v1/push/one", content=b"x" * 1001)).status_code == 413
    bomb = gzip.compress(b"0" * 100_000)
    assert len(bomb) < 1000
    assert (await client.post("/v1/push/one", content=bomb)).status_code == 413


async def test_unknown_source_paused_source_and_strange_encoding_are_refused(
    client: httpx.AsyncClient, add: Add, logged: Runtime
) -> None:
    assert (await client.post("/v1/push/other", content=b"x")).status_code == 404
    await add("one", every=None)
    assert (await client.post("/v1/push/one", content=b"x", headers={"content-encoding": "br"})).status_code == 415
    await add("two", every=None)
    async with logged.engine.begin() as connection:
        await sources.pause(connection, "two")
    assert (await client.post("/v1/push/two", content=b"x")).status_code == 409


async def test_nobody_pushes_without_the_permission(client: httpx.AsyncClient, add: Add, logged: Runtime) -> None:
    await add("one", every=None)
    _, token = await Tokens(logged.engine, logged.clock).create("r", ("alerts:read",), timedelta(days=1), "test")
    reader = {"authorization": f"Bearer {token}"}
    assert (await client.post("/v1/push/one", content=b"x", headers=reader)).status_code == 403
    assert (await client.post("/v1/push/one", content=b"x", headers={"authorization": "Bearer no"})).status_code == 401


async def test_connector_s_own_name_makes_an_instance(client: httpx.AsyncClient, logged: Runtime) -> None:
    answers = await asyncio.gather(*(client.post("/v1/push/lines", content=LINE.encode()) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    async with logged.engine.connect() as connection:
        assert [row.id for row in await sources.list_all(connection)] == ["lines"]


async def test_log_that_takes_nothing_is_no_success(
    client: httpx.AsyncClient, add: Add, logged: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add("one", every=None)

    async def away(topic: str, records: Sequence[Record]) -> None:
        raise ConnectionError

    monkeypatch.setattr(logged.log, "append", away)
    answer = await client.post("/v1/push/one", content=LINE.encode())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_under_pressure_it_says_when_to_come_again(client: httpx.AsyncClient, add: Add, intakes: Intakes) -> None:
    await add("one", every=None)
    intakes.working = pushed.AT_ONCE
    answer = await client.post("/v1/push/one", content=LINE.encode())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_counts_reach_the_source(client: httpx.AsyncClient, add: Add, intakes: Intakes, logged: Runtime) -> None:
    await add("one", every=None)
    for _ in range(2):
        await client.post("/v1/push/one", content=f"{LINE}\nbroken\n".encode())
    await intakes.save_counts()
    await intakes.save_counts()
    async with logged.engine.connect() as connection:
        row = await sources.get(connection, "one", logged.clock.now())
    assert (row.records, row.observed, row.rejected, row.state) == (4, 2, 2, "healthy")
