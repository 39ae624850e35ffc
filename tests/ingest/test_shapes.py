"""What vendors' senders push, as they push it: Logpush, Netskope, Zapier, OpenTelemetry; and where the token stands."""

import asyncio
import base64
import gzip
import json
import shutil
import socket
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from connectors.base import discover
from schemas.topics import OBSERVATION
from services.ingest import push
from services.ingest.pushed import Intakes
from services.kit import access
from services.kit.clock import ManualClock
from services.kit.runtime import Runtime

SAMPLES = Path(__file__).parent.parent / "connectors" / "samples"
CANARY = b"violet-heron-canary"
TRIAL = gzip.compress(b'{"content":"tests"}')


@pytest.fixture
def clock() -> ManualClock:
    """After all that the samples tell."""
    return ManualClock(datetime(2027, 6, 1, tzinfo=UTC))


@pytest.fixture
def intakes(logged: Runtime) -> Intakes:
    return Intakes(logged, discover())


def lines(name: str) -> list[bytes]:
    return (SAMPLES / name).read_bytes().splitlines()


async def stored(read) -> bytes:
    return b"".join(one.value for one in await read(OBSERVATION.name))


async def test_logpush_tries_its_destination_and_then_sends_packed_lines(client: httpx.AsyncClient, read) -> None:
    packed = {"content-encoding": "gzip"}
    for path in ("/v1/push/cloudflare_gateway", "/services/collector/raw?sourcetype=cloudflare_gateway"):
        assert (await client.post(path, content=TRIAL, headers=packed)).status_code == 200
    assert await stored(read) == b""
    sent = lines("cloudflare_gateway/records.ndjson")
    body = gzip.compress(b"\n".join(sent))
    answer = (await client.post("/v1/push/cloudflare_gateway", content=body, headers=packed)).json()
    assert (answer["records"], answer["rejected"]) == (len(sent), 0)
    assert answer["observed"] > 0
    assert CANARY not in await stored(read)


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("netskope", b"[" + b",".join(lines("netskope/cloud_exchange.ndjson")) + b"]"),
        ("netskope", b"\n".join(lines("netskope/cloud_exchange.ndjson"))),
        ("netskope", b"".join(lines("netskope/cloud_exchange.ndjson"))),
        ("zapier", (SAMPLES / "zapier/audit.csv").read_bytes()),
        ("zapier", b'[{"event":"zap.success","id":"1"}]'),
    ],
)  # fmt: skip
async def test_any_container_a_sender_chooses_is_read(
    client: httpx.AsyncClient, read, source: str, body: bytes
) -> None:
    answer = await client.post(f"/v1/push/{source}", content=body)
    counts = answer.json()
    assert (answer.status_code, counts["rejected"]) == (200, 0)
    assert counts["records"] == counts["observed"] + sum(counts["ignored"].values()) > 0
    assert CANARY not in await stored(read)


async def test_spans_of_generative_ai_come_by_otlp_and_say_nothing_of_what_was_asked(
    client: httpx.AsyncClient, read
) -> None:
    body = (SAMPLES / "otel_genai/traces.json").read_bytes()
    for content, packed in ((body, {}), (gzip.compress(body), {"content-encoding": "gzip"})):
        headers = {"content-type": "application/json", **packed}
        answer = await client.post("/v1/traces", content=content, headers=headers)
        assert answer.status_code == 200
        assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"  # the sample has one without a time
    kept = await stored(read)
    assert b"otel_genai" in kept
    assert CANARY not in kept
    protobuf = await client.post("/v1/traces", content=b"\x0a", headers={"content-type": "application/x-protobuf"})
    assert (protobuf.status_code, "http/json" in protobuf.text) == (415, True)


async def test_a_token_stands_where_its_sender_can_put_it(client: httpx.AsyncClient, token: str) -> None:
    basic = base64.b64encode(f"anyone:{token}".encode()).decode()
    for headers, wanted in (
        ({"authorization": f"Bearer {token}"}, 200), ({"authorization": f"Splunk {token}"}, 200),
        ({"authorization": f"Basic {basic}"}, 200), ({"x-penumbra-token": token}, 200),
        ({"x-penumbra-token": token, "host": "collector.example.com"}, 200),
        ({"authorization": f"Basic {basic[:-4]}"}, 401), ({"authorization": "Basic !"}, 401),
        ({"authorization": f"Digest {token}"}, 401), ({"x-penumbra-token": token[:-1]}, 401), ({}, 401),
    ):  # fmt: skip
        client.headers.pop("authorization", None)
        answer = await client.post("/v1/push/squid", content=b"", headers=headers)
        assert answer.status_code == wanted, headers
    assert (await client.post(f"/v1/push/squid?token={token}", content=b"")).status_code == 401


async def test_what_curl_sends_is_on_the_log_when_it_ends(logged: Runtime, intakes: Intakes, token: str, read) -> None:
    """A sender that is no library of ours, over a socket; where the machine has no curl, httpx is one."""
    app = FastAPI()
    access.install(app, logged)
    app.include_router(push.router(intakes))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as bound:
        running = asyncio.create_task(server.serve(sockets=[bound]))
        address = f"http://127.0.0.1:{bound.getsockname()[1]}/v1/push/squid"
        body = (SAMPLES / "squid" / "native.log").read_bytes()
        told = await _posted(address, token, body)
        server.should_exit = True
        await running
    assert told["records"] == told["observed"] + sum(told["ignored"].values()) + told["rejected"] > 0
    assert len(await read(OBSERVATION.name)) == told["observations"]


async def _posted(address: str, token: str, body: bytes):
    program = shutil.which("curl")
    if program is None:
        async with httpx.AsyncClient() as client:
            headers = {"authorization": f"Bearer {token}"}
            return (await client.post(address, content=body, headers=headers)).json()
    command = [program, "-sf", "-u", f"anyone:{token}", "--data-binary", "@-", address]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    shown, _ = await process.communicate(body)
    assert process.returncode == 0
    return json.loads(shown)
