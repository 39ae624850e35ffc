"""Bodies that are slow, large, packed to burst or of endless lines: refused or read, and nobody else waits for them."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import ClientDisconnect

from schemas.topics import DEAD_LETTER, OBSERVATION
from services.ingest import bodies
from services.ingest.pushed import Intakes
from tests.ingest.test_collect import LINE
from tests.ingest.test_hec import EVENT, envelope, said

PUSH = "/v1/push/lines"
RAW = "/services/collector/raw?sourcetype=lines"


async def trickling(pieces: int, pause: float = 0.05) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield f"{LINE}\n".encode()
        await asyncio.sleep(pause)


async def test_a_body_that_trickles_is_ended_and_others_go_on_meanwhile(
    client: httpx.AsyncClient, intakes: Intakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.5)
    slow = [asyncio.create_task(client.post(path, content=trickling(100))) for path in [PUSH, RAW] * 10]
    await asyncio.sleep(0.1)
    assert (await client.post(PUSH, content=LINE)).status_code == 200
    assert said(await client.post(EVENT, content=envelope(LINE))) == (200, 0)
    answers = await asyncio.gather(*slow)
    assert {answer.status_code for answer in answers} == {408}
    assert (intakes.room.held, intakes.working) == (0, 0)


async def test_what_has_no_room_comes_again_later(client, intakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "ROOM_BYTES", 1000)
    for path in (PUSH, RAW):
        answer = await client.post(path, content=b"x" * 2000)
        assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
    assert intakes.room.held == 0
    assert (await client.post(PUSH, content=LINE)).status_code == 200


@pytest.mark.parametrize("path", [PUSH, RAW, EVENT])
async def test_a_bomb_is_refused_and_has_taken_nothing(
    client, read, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LARGEST_UNPACKED", 1_000_000)
    bomb = gzip.compress(f"{LINE}\n".encode() * 50_000)
    assert len(bomb) < 10_000
    answer = await client.post(path, content=bomb, headers={"content-encoding": "gzip"})
    assert answer.status_code == 413
    assert await read(OBSERVATION.name) == await read(DEAD_LETTER.name) == []


async def test_a_line_of_ten_megabytes_is_a_dead_letter_and_those_beside_it_are_read(client, intakes, read) -> None:
    long = "x" * 10_000_000
    lines = f"{LINE}\n{long}\n{LINE}\n"
    assert (await client.post(PUSH, content=lines)).json()["observed"] == 2
    assert said(await client.post(RAW, content=lines)) == (200, 0)
    events = "\n".join(json.dumps({"event": text, "sourcetype": "lines"}) for text in (LINE, long, LINE))
    assert said(await client.post(EVENT, content=events)) == (200, 0)
    assert (intakes.counts["lines"].observed, intakes.counts["lines"].rejected) == (6, 3)
    letters = await read(DEAD_LETTER.name)
    assert max(len(letter.value) for letter in letters) < 200_000


async def test_nesting_without_end_is_refused_or_a_dead_letter(client, read) -> None:
    deep = b'{"event":' + b"[" * 200_000
    assert said(await client.post(EVENT, content=deep)) == (400, 6)
    answer = await client.post(PUSH, content=b'{"a":' * 100_000)
    assert (answer.status_code, answer.json()["observed"]) == (200, 0)


async def test_a_sender_that_goes_away_leaves_nothing_held(client, intakes) -> None:
    async def gone() -> AsyncIterator[bytes]:
        yield LINE.encode()
        raise ClientDisconnect

    for path in (PUSH, RAW):
        assert (await client.post(path, content=gone())).status_code == 408
    assert (intakes.room.held, intakes.working) == (0, 0)
