"""A real connector through the real client, scheduler, log and database: pages, a limit, a restart, a sign-in page."""

import dataclasses
import json
from pathlib import Path

import msgspec
import pytest

from connectors.base import discover
from schemas.observation import ProtectedObservation
from schemas.topics import OBSERVATION
from services.ingest.dial import credential, dialler
from services.ingest.intake import Origin
from services.ingest.scheduler import Scheduler
from services.kit.control import sources
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.ingest.conftest import Add, Read
from tests.kit.http.server import Answer, Server


def event(number: int) -> dict[str, object]:
    return {
        "uuid": f"00000000-0000-4000-8000-{number:012d}", "published": "2026-11-16T11:00:00.000Z",
        "eventType": "user.authentication.sso", "version": "0", "severity": "INFO", "displayMessage": "sign-in",
        "actor": {"id": "00u1", "type": "User", "alternateId": "jane@example.com", "displayName": "Jane Roe"},
        "outcome": {"result": "SUCCESS"}, "client": {"ipAddress": "192.0.2.7"}, "securityContext": {},
        "debugContext": {},
        "authenticationContext": {}, "legacyEventType": None, "transaction": {"id": "t"}, "request": {"ipChain": []},
        "target": [{"id": "0oa1", "type": "AppInstance", "alternateId": "ChatGPT", "displayName": "ChatGPT"}],
    }  # fmt: skip


def page(server: Server, numbers: range, following: str) -> Answer:
    link = f'<{server.url}/api/v1/logs?after={following}>; rel="next"'
    return Answer(
        200, {"content-type": "application/json", "Link": link}, json.dumps([event(n) for n in numbers]).encode()
    )


async def test_okta_is_pulled_page_by_page_and_goes_on_where_it_was(
    logged: Runtime, add: Add, read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PNB_TEST_TOKEN", "canary-token")
    settings = Settings(data=tmp_path, allow_private=("127.0.0.0/8",), _env_file=None)
    runtime = dataclasses.replace(logged, settings=settings)
    scheduler = Scheduler(runtime=runtime, connectors=discover(), dial=dialler(runtime), owner="test")
    async with Server() as server:
        config = {"org": "example.okta.com", "token": "env:PNB_TEST_TOKEN", "base_url": server.url}
        await add("okta", connector="okta", config=config)
        server.script = [
            Answer(429, {"x-rate-limit-remaining": "0", "Retry-After": "0"}),
            page(server, range(1000), "a"),
            page(server, range(1000, 1003), "b"),
        ]
        first = await scheduler.run_now("okta")
        assert (first.outcome, first.counts.records, first.counts.rejected) == ("healthy", 1003, 0)
        assert server.seen[0].headers["authorization"] == "SSWS canary-token"
        server.script = [Answer(200, {"content-type": "text/html"}, b"<html>Sign in</html>")]
        second = await scheduler.run_now("okta")
        assert second.outcome == "failing"
        assert "HTML page" in (second.message or "")
        assert server.seen[-1].target == "/api/v1/logs?after=b"
        server.script = [Answer(403)]
        assert (await scheduler.run_now("okta")).outcome == "no_permission"
    records = await read(OBSERVATION.name)
    made = [msgspec.json.decode(record.value or b"", type=ProtectedObservation) for record in records]
    assert {one.id for one in made} >= {f"okta:{event(n)['uuid']}" for n in range(1003)}
    assert all(b"jane" not in (record.value or b"").lower() for record in records)
    async with runtime.engine.connect() as connection:
        row = await sources.get(connection, "okta", runtime.clock.now())
    assert "canary" not in repr(row)


def test_credential_is_named_by_reference() -> None:
    okta = discover()["okta"]
    origin = Origin(instance="a", connector=okta, config=okta.config(org="example.okta.com", token="env:T"))
    assert credential(origin) == "okta env:T"
    assert credential(Origin(instance="a", connector=okta, config=None)) == "okta None"
