"""Indexer acknowledgement: numbers a channel was given, and what it hears of them."""

import uuid

import httpx
import pytest

from services.ingest.hec_channels import IDLE_SECONDS, Channels
from services.ingest.hec_codes import CHANNELS_FULL, Refused
from services.ingest.pushed import Intakes
from tests.ingest.test_collect import LINE
from tests.ingest.test_hec import EVENT, envelope, said

ACK = "/services/collector/ack"
CHANNEL = str(uuid.UUID(int=7))


@pytest.mark.parametrize("path", [ACK, ACK + "/1.0"])
async def test_a_channel_s_requests_are_numbered_and_done_once_answered(client: httpx.AsyncClient, path: str) -> None:
    named = {"x-splunk-request-channel": CHANNEL.upper()}
    numbers = [
        (await client.post(EVENT, content=envelope(LINE), headers=named)).json()["ackId"],
        (await client.post(EVENT, content=envelope(LINE), params={"channel": CHANNEL})).json()["ackId"],
        (await client.post("/services/collector/raw?sourcetype=lines", content=LINE, headers=named)).json()["ackId"],
    ]
    assert numbers == [0, 1, 2]
    for _ in range(2):
        answer = await client.post(path, params={"channel": CHANNEL}, json={"acks": [0, 2, 3, -1]})
        assert answer.json() == {"acks": {"0": True, "2": True, "3": False, "-1": False}}
    other = await client.post(path, params={"channel": str(uuid.UUID(int=8))}, json={"acks": [0]})
    assert other.json() == {"acks": {"0": False}}


async def test_what_was_refused_has_no_number(client: httpx.AsyncClient) -> None:
    named = {"x-splunk-request-channel": CHANNEL}
    assert said(await client.post(EVENT, content=envelope(""), headers=named)) == (400, 13)
    assert (await client.post(EVENT, content=envelope(LINE), headers=named)).json()["ackId"] == 0
    assert "ackId" not in (await client.post(EVENT, content=envelope(LINE))).json()


@pytest.mark.parametrize(
    ("path", "body", "wanted"),
    [
        (ACK, b'{"acks":[0]}', (400, 10)),
        (f"{ACK}?channel=x", b'{"acks":[0]}', (400, 11)),
        (f"{EVENT}?channel=x", envelope(LINE), (400, 11)),
        (f"{ACK}?channel={CHANNEL}", b'{"acks":["0"]}', (400, 6)),
        (f"{ACK}?channel={CHANNEL}", b"", (400, 6)),
    ],
)
async def test_a_question_without_a_channel_or_numbers_is_refused(
    client: httpx.AsyncClient, path: str, body: bytes, wanted: tuple[int, int]
) -> None:
    assert said(await client.post(path, content=body)) == wanted


async def test_a_process_that_ends_says_so(client: httpx.AsyncClient, intakes: Intakes) -> None:
    intakes.closing = True
    answer = await client.post(EVENT, content=envelope(LINE))
    assert (said(answer), answer.headers["retry-after"]) == ((503, 23), "5")
    assert said(await client.get("/services/collector/health")) == (503, 23)


async def test_a_fault_of_ours_is_splunk_s_internal_error(
    client: httpx.AsyncClient, intakes: Intakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(name: str) -> None:
        raise RuntimeError

    monkeypatch.setattr(intakes, "origin", broken)
    assert said(await client.post(EVENT, content=envelope(LINE))) == (500, 8)


def test_channels_are_bounded_and_a_silent_one_makes_place() -> None:
    channels = Channels(most=2)
    for name in ("a", "b", "a"):
        channels.open(("t", name), 0.0)
    channels.number(("t", "a"), 1.0)
    with pytest.raises(Refused) as refused:
        channels.open(("t", "c"), 10.0)
    assert refused.value.code is CHANNELS_FULL
    channels.open(("t", "c"), IDLE_SECONDS + 0.5)
    assert channels.done(("t", "a"), [0], 2.0) == {"0": True}
    assert channels.done(("t", "b"), [0], 2.0) == {"0": False}
