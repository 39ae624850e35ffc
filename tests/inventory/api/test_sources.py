"""Operating sources over the API: each fault at its field, each act with its trace, nothing shown that is a secret."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import text

from services.ingest.noted import Word
from services.kit.access import Tokens
from services.kit.control import requests, runs, sources, truth, words
from services.kit.control.rows import Counts
from services.kit.control.truth import Share, Truth
from services.kit.runtime import Runtime

OKTA = {"connector": "okta", "name": "Okta EU", "config": {"org": "example.okta.com", "token": "env:OKTA_TOKEN"}}
SQUID = {"connector": "squid", "name": "HQ proxy", "folder": "/var/log/squid", "pattern": "access.log*"}
STATED = Truth(
    as_of=datetime(2026, 11, 16, 11, 55, tzinfo=UTC), hour=Share(share=0.9, least=0.85, most=0.95),
    day=Share(share=0.99, least=0.98, most=1.0), week=Share(why="not read long enough"), lateness=(60.0, 300.0, 900.0),
)  # fmt: skip


async def add(operator, body=OKTA) -> dict:
    answer = await operator.post("/api/v1/sources", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def trail(engine) -> list[tuple[str, str]]:
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("select action, object from control.audit where action like 'source.%' order by number")
        )
        return [(row.action, row.object) for row in rows]


async def test_the_life_of_a_source(operator, engine):
    made = await add(operator)
    assert (made["source"]["id"], made["source"]["state"]) == ("okta-eu", "never_run")
    assert made["acts"] == ["test", "pause", "run", "backfill", "remove"]
    assert made["config"] == OKTA["config"], "a reference may be shown"
    for act, state in (("pause", "paused"), ("resume", "never_run")):
        assert (await operator.post(f"/api/v1/sources/okta-eu/{act}")).json()["source"]["state"] == state
    assert (await operator.post("/api/v1/sources/okta-eu/run")).status_code == 202
    days = {"first": "2026-11-01", "last": "2026-11-01"}
    assert (await operator.post("/api/v1/sources/okta-eu/backfill", json=days)).json() == {"generation": 1}
    asked = (await operator.get("/api/v1/sources/okta-eu")).json()["backfills"]
    assert [(one["from_at"], one["to_at"], one["state"]) for one in asked] == [
        ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "waiting")
    ]
    assert (await operator.delete("/api/v1/sources/okta-eu")).status_code == 204
    assert (await operator.get("/api/v1/sources/okta-eu")).status_code == 404
    acts = [f"source.{name}" for name in ("add", "pause", "resume", "run", "backfill", "remove")]
    assert [action for action, _ in await trail(engine)] == acts
    assert {thing for _, thing in await trail(engine)} == {"source:okta-eu"}


async def test_every_fault_is_at_its_field(operator, engine):
    wrong = {
        "connector": "okta", "name": "!!", "config": {"token": "canary", "colour": "red"}, "every": "soon",
    }  # fmt: skip
    answer = await operator.post("/api/v1/sources", json=wrong)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    faults = {fault["place"]: fault["message"] for fault in answer.json()["errors"]}
    assert set(faults) == {"name", "every", "config.org", "config.token", "config.colour"}
    assert "canary" not in answer.text
    assert await trail(engine) == []
    unknown = await operator.post("/api/v1/sources", json={"connector": "nothing", "name": "x"})
    assert [fault["place"] for fault in unknown.json()["errors"]] == ["connector"]
    pushed = {"connector": "squid", "name": "x", "every": "5m"}
    assert [f["place"] for f in (await operator.post("/api/v1/sources", json=pushed)).json()["errors"]] == ["every"]
    relative = SQUID | {"folder": "logs"}
    assert [f["place"] for f in (await operator.post("/api/v1/sources", json=relative)).json()["errors"]] == ["folder"]
    for name in ("HQ proxy", "new"):
        await operator.post("/api/v1/sources", json=SQUID)
        again = await operator.post("/api/v1/sources", json=SQUID | {"name": name})
        assert [fault["place"] for fault in again.json()["errors"]] == ["name"]


@pytest.mark.parametrize(
    ("first", "last", "places"),
    [
        ("yesterday", "", ["first", "last"]), ("2026-11-03", "2026-11-01", ["last"]),
        ("2026-11-16", "2026-11-17", ["last"]), ("2025-01-01", "2025-01-02", ["first"]),
    ],
)  # fmt: skip
async def test_days_that_can_t_be_read_anew(operator, first, last, places):
    await add(operator)
    answer = await operator.post("/api/v1/sources/okta-eu/backfill", json={"first": first, "last": last})
    assert [fault["place"] for fault in answer.json()["errors"]] == places


async def test_what_can_t_be_asked_of_a_source_says_why(operator):
    await add(operator, SQUID)
    await add(operator, {"connector": "squid", "name": "pushed"})
    days = {"first": "2026-11-01", "last": "2026-11-01"}
    refused = await operator.post("/api/v1/sources/hq-proxy/backfill", json=days)
    assert (refused.status_code, "not pulled" in refused.text) == (409, True)
    refused = await operator.post("/api/v1/sources/pushed/run")
    assert (refused.status_code, "its sender" in refused.text) == (409, True)
    await operator.post("/api/v1/sources/hq-proxy/pause")
    assert (await operator.post("/api/v1/sources/hq-proxy/run")).status_code == 409
    for act in ("pause", "resume", "run", "test"):
        assert (await operator.post(f"/api/v1/sources/nothing/{act}")).status_code == 404


async def test_a_trial_waits_for_ingest_and_shows_its_answer(operator, engine, clock):
    await add(operator)
    waiting = await operator.post("/api/v1/sources/okta-eu/test", params={"wait": 0})
    assert (waiting.status_code, waiting.json()["state"]) == (202, "waiting")
    place = waiting.headers["location"]

    async def ingest() -> None:
        taken = None
        while taken is None:
            async with engine.begin() as connection:
                taken = await requests.take(connection)
        async with engine.begin() as connection:
            await requests.finish(connection, taken, at=clock.now(), outcome="no_permission", message="it may not")

    await ingest()
    assert (await operator.get(place)).json()["message"] == "it may not"
    answer, _ = await asyncio.gather(operator.post("/api/v1/sources/okta-eu/test", params={"wait": 5}), ingest())
    place = answer.headers["location"]
    assert (answer.status_code, answer.json()["outcome"]) == (200, "no_permission")
    assert any("okta.logs.read" in step for step in answer.json()["steps"])
    assert (await operator.get(place)).json() == answer.json()
    assert (await operator.get(place.replace("okta-eu/tests/", "okta-eu/tests/9"))).status_code == 404


async def test_health_is_told_with_what_is_known(operator, surface: Runtime):
    await add(operator, SQUID)
    now = surface.clock.now()
    async with surface.engine.begin() as connection:
        for number in range(3):
            run = await runs.start(connection, "hq-proxy", 0, now - timedelta(minutes=9 - number))
            await runs.end(
                connection, run, "hq-proxy", at=now, outcome="healthy", began=now, lateness=(60.0, 300.0),
                counts=Counts(records=20, observed=12, ignored={"static file": 6}, rejected=2),
                last_event_at=now - timedelta(minutes=5),
            )  # fmt: skip
        await truth.first_seen(connection, "hq-proxy", (), 1)
        await truth.say(connection, "hq-proxy", STATED)
        for days, said in ((20, "old"), (2, "ai.assistant.opened")):
            word = Word(observed=2, ignored=1, actors=["email:1"])
            await words.count(connection, "hq-proxy", {said: word}, now - timedelta(days=days))
    found = (await operator.get("/api/v1/sources/hq-proxy")).json()
    source = found["source"]
    assert (source["lag_seconds"], source["records"], source["rejected"]) == (300.0, 60, 6)
    assert msgspec.convert(source["completeness"], Truth) == STATED
    assert (source["permission"], source["weaknesses"], source["new_words"]) == ("granted", ["rejecting"], 1)
    (new,) = found["vocabulary"]
    assert (new["word"], new["observed"], new["ignored"]) == ("ai.assistant.opened", 2, 1)
    assert "email:1" not in str(found)
    assert found["reasons"] == {"static file": 18}
    (listed,) = (await operator.get("/api/v1/sources")).json()["items"]
    assert listed == source
    first = (await operator.get("/api/v1/sources/hq-proxy/runs", params={"limit": 2})).json()
    rest = (await operator.get("/api/v1/sources/hq-proxy/runs", params={"cursor": first["next"]})).json()
    assert [run["id"] for run in first["items"] + rest["items"]] == [run["id"] for run in found["runs"]]
    assert rest["next"] is None


async def test_kinds_of_sources_say_what_they_need(operator):
    items = {item["name"]: item for item in (await operator.get("/api/v1/connectors")).json()["items"]}
    assert {"okta", "squid", "m365_management", "directory_csv"} <= items.keys()
    assert "registry_csv" not in items
    okta = (await operator.get("/api/v1/connectors/okta")).json()
    assert okta == items["okta"]
    assert [(s["name"], s["required"], s["secret"]) for s in okta["settings"]][:2] == [
        ("org", True, False), ("token", True, True),
    ]  # fmt: skip
    assert (await operator.get("/api/v1/connectors/nothing")).status_code == 404


async def test_who_may_only_look_changes_nothing(viewer, operator, app, surface):
    await add(operator)
    assert (await viewer.get("/api/v1/sources/okta-eu")).status_code == 200
    asked = [("POST", f"/api/v1/sources/okta-eu/{act}") for act in ("pause", "resume", "run", "test", "backfill")]
    for method, path in [*asked, ("POST", "/api/v1/sources"), ("DELETE", "/api/v1/sources/okta-eu")]:
        assert (await viewer.request(method, path)).status_code == 403, path
    async with surface.engine.connect() as connection:
        assert not (await sources.get(connection, "okta-eu")).paused
    _, secret = await Tokens(surface.engine, surface.clock).create(
        "ops", ("integrator",), timedelta(days=1), "ines.example"
    )
    by_token = {"authorization": f"Bearer {secret}"}
    assert (await viewer.post("/api/v1/sources/okta-eu/pause", headers=by_token)).status_code == 200


async def test_a_run_under_way_and_refused_runs_are_told_with_their_counts(operator, engine, clock):
    await add(operator)
    async with engine.begin() as connection:
        for records in (4, 2):
            run = await runs.start(connection, "okta-eu", 0, clock.now())
            counts = Counts(pages=1, records=records, observed=records)
            await runs.end(connection, run, "okta-eu", at=clock.now(), outcome="no_permission", counts=counts)
        run = await runs.start(connection, "okta-eu", 0, clock.now() - timedelta(minutes=3))
        await runs.note(connection, run, Counts(pages=1, records=10, observed=8, rejected=2))
    (item,) = (await operator.get("/sources.json")).json()["items"]
    assert (item["records"], item["observed"], item["rejected"], item["failures"]) == (16, 14, 2, 2)
    assert item["running_since"] == (clock.now() - timedelta(minutes=3)).isoformat().replace("+00:00", "Z")
    page = " ".join((await operator.get("/sources")).text.split())
    assert "going on for 3 min" in page
    assert "2 runs in a row could not read it" in page
