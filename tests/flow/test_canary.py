"""The canary: a phrase in every private place of every sample, looked for in everything the product keeps or says."""

import asyncio
import base64
import contextlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from deploy.receiver import Receiver
from services import app
from services.inventory.delivery.endpoints import Endpoints
from services.kit.access import Tokens
from services.kit.clock import SystemClock
from services.kit.deadletters import retentions
from services.kit.runtime import Runtime

CANARY = "violet-heron-canary"
SAMPLES = Path(__file__).parent.parent / "connectors" / "samples"
BROKEN = f'1763290000.1 5 10.0.0.1 TCP_MISS/200 "{CANARY}\n'
PLANTED = (
    "1763290000.123     45 192.0.2.7 TCP_MISS/200 900 POST "
    f"https://chatgpt.com/backend-api/conversation?prompt={CANARY} ann HIER_DIRECT/203.0.113.9 text/html\n"
)
TABLES = text("""
    select table_schema || '.' || table_name from information_schema.tables
    where table_schema in ('log', 'control', 'inventory') and table_type = 'BASE TABLE'""")
PAGES = (
    "/",
    "/alerts",
    "/tools",
    "/overview.json",
    "/alerts.json",
    "/tools.json",
    "/metrics",
    "/readyz",
    "/openapi.json",
)
API = ("overview", "tools", "solutions", "alerts", "sources", "deliveries", "audit", "registry", "webhooks")


def pushes() -> list[tuple[str, bytes]]:
    """(source, body): the samples of what can be pushed, and two lines of this test."""
    found = [
        ("m365_management", (SAMPLES / "m365_management" / "records.json").read_bytes()),
        ("okta", (SAMPLES / "okta" / "events.json").read_bytes()),
        ("squid", (SAMPLES / "squid" / "native.log").read_bytes()),
        ("squid", (PLANTED + BROKEN).encode()),
    ]
    assert all(CANARY.encode() in body for _, body in found)
    return found


async def everything_stored(runtime: Runtime) -> dict[str, str]:
    """Every row of every table as text, binary columns decoded."""
    stored = {}
    async with runtime.engine.connect() as connection:
        for table in (await connection.execute(TABLES)).scalars():
            rows = (await connection.execute(text(f"select * from {table}"))).all()
            stored[table] = "\n".join(
                " ".join(c.decode("utf-8", "replace") if isinstance(c, bytes) else str(c) for c in row) for row in rows
            )
    return stored


async def test_the_canary_is_kept_and_told_nowhere(runtime: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    settings = runtime.settings.model_copy(update={"listen": "127.0.0.1:0", "allow_private": ("127.0.0.0/8",)})
    house = replace(runtime, settings=settings, clock=SystemClock())
    await house.log.ensure(retentions(), 2)
    secrets: list[str] = []
    with Receiver(lambda: secrets) as receiver:
        secrets.append((await Endpoints(house).add(receiver.url, "test"))[1])
        token = (
            await Tokens(house.engine, house.clock).create("t", ("admin", "push:write"), timedelta(days=1), "test")
        )[1]
        stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
        running = asyncio.create_task(
            app.run(house, ("ingest", "classifier", "inventory"), ready=ready.set_result, stop=stop)
        )
        async with httpx.AsyncClient(base_url=await ready, headers={"authorization": f"Bearer {token}"}) as client:
            answers = [await client.post(f"/v1/push/{source}", content=body) for source, body in pushes()]
            assert [answer.status_code for answer in answers] == [200] * len(answers)
            assert sum(answer.json()["rejected"] for answer in answers) >= 1
            for _ in range(200):
                await asyncio.sleep(0.1)
                found = (await client.get("/api/v1/tools")).json()["items"]
                if "openai.chatgpt" in {item["tool"] for item in found} and receiver.store.received:
                    break
            said = {path: (await client.get(path)).text for path in (*PAGES, *(f"/api/v1/{name}" for name in API))}
        stored = await everything_stored(house)
        stop.set()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        sent = json.dumps(receiver.store.received)
    assert "openai.chatgpt" in said["/api/v1/tools"]
    kept = "".join(content for table, content in stored.items() if table.startswith("log."))
    assert "/backend-api/conversation" in kept, "the log can be read as text, so looking for the phrase means something"
    assert stored["control.dead_letter"], "the broken line is a dead letter"
    assert sent != "[]"
    out, err = capfd.readouterr()
    encoded = base64.b64encode(CANARY.encode()).decode()[:20]
    for place, content in {**stored, **said, "webhooks": sent, "stdout": out, "log lines": err}.items():
        assert CANARY not in content, place
        assert encoded not in content, place
