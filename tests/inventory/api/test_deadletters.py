"""Dead letters over the API: found, replayed and dropped, and their records shown to nobody."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import text

from schemas.deadletter import DeadLetter
from services.kit.control import requests
from services.kit.deadletters import INSERT
from services.kit.runtime import Runtime

CANARY = b"violet-heron-canary"


@pytest.fixture
async def letters(surface: Runtime) -> list[str]:
    """Five of a proxy, for two reasons, and one of a topic, a second apart."""
    made = [
        DeadLetter(
            id=f"{origin}:{number}.1", origin=origin, position=f"access.log#{number}", reason=reason,
            first_failed_at=surface.clock.now() + timedelta(microseconds=number), sealed=surface.keys.seal(CANARY),
        )
        for number, (origin, reason) in enumerate(
            [("hq-proxy", "no time")] * 3 + [("hq-proxy", "9 fields <b>")] * 2 + [("penumbra.usage.v1", "no key")]
        )
    ]  # fmt: skip
    async with surface.engine.begin() as connection:
        await connection.execute(INSERT, [msgspec.structs.asdict(each) for each in made])
    return [each.id for each in made]


async def test_letters_are_listed_page_by_page_without_their_records(operator, letters):
    first = (await operator.get("/api/v1/deadletters", params={"limit": 4})).json()
    rest = (await operator.get("/api/v1/deadletters", params={"limit": 4, "cursor": first["next"]})).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == letters
    assert rest["next"] is None
    groups = [(one["origin"], one["reason"], one["letters"]) for one in first["groups"]]
    assert groups == [("hq-proxy", "no time", 3), ("hq-proxy", "9 fields <b>", 2), ("penumbra.usage.v1", "no key", 1)]
    of_topic = (await operator.get("/api/v1/deadletters", params={"origin": "penumbra.usage.v1"})).json()
    assert [item["id"] for item in of_topic["items"]] == [letters[5]]
    for path in ("", f"/{letters[0]}"):
        shown = (await operator.get(f"/api/v1/deadletters{path}")).text
        assert "sealed" not in shown
        assert CANARY.decode() not in shown


async def test_letters_are_dropped_by_id_and_by_group(operator, letters, engine):
    answer = await operator.post("/api/v1/deadletters/drop", json={"ids": [letters[0]]})
    assert answer.json() == {"dropped": 1}
    assert (await operator.post("/api/v1/deadletters/drop", json={"ids": [letters[0]]})).status_code == 404
    group = {"origin": "hq-proxy", "reason": "no time"}
    assert (await operator.post("/api/v1/deadletters/drop", json=group)).json() == {"dropped": 2}
    assert (await operator.post("/api/v1/deadletters/drop", json=group)).status_code == 404
    waiting = (await operator.get("/api/v1/deadletters")).json()["items"]
    assert [item["id"] for item in waiting] == letters[3:]
    dropped = (await operator.get("/api/v1/deadletters", params={"state": "dropped"})).json()["items"]
    assert [item["id"] for item in dropped] == letters[:3]
    async with engine.connect() as connection:
        rows = await connection.execute(text("select object from control.audit where action = 'deadletter.drop'"))
        assert sorted(rows.scalars()) == ["deadletter:hq-proxy", f"deadletter:{letters[0]}"]


async def test_a_replay_is_asked_of_ingest_once(operator, letters, surface):
    for _ in range(2):
        answer = await operator.post("/api/v1/deadletters/replay", json={"origin": "hq-proxy", "reason": "no time"})
        assert (answer.status_code, answer.json()) == (202, {"asked": 3})
    assert (await operator.get(f"/api/v1/deadletters/{letters[0]}")).json()["replay"] == "waiting"
    async with surface.engine.begin() as connection:
        await requests.ask(connection, requests.TEST, "hq-proxy", "ines.example", surface.clock.now())
        taken = [await requests.take(connection) for _ in range(5)]
    assert [each and each.subject for each in taken] == ["hq-proxy", *letters[:3], None], "a trial waits for no replay"
    async with surface.engine.begin() as connection:
        await requests.finish(connection, taken[1], at=surface.clock.now(), outcome="waiting", message="still no time")
    shown = (await operator.get(f"/api/v1/deadletters/{letters[0]}")).json()
    assert (shown["replay"], shown["replay_message"]) == ("done", "still no time")


async def test_who_may_only_look_around_sees_none(viewer, letters):
    for method, path in (("GET", ""), ("GET", f"/{letters[0]}"), ("POST", "/replay"), ("POST", "/drop")):
        assert (await viewer.request(method, f"/api/v1/deadletters{path}", json={})).status_code == 403


@pytest.mark.parametrize(
    ("params", "status"),
    [({"state": "lost"}, 422), ({"limit": 0}, 422), ({"cursor": "x"}, 422), ({"origin": "?"}, 200)],
)
async def test_what_can_t_be_asked(operator, letters, params, status):
    assert (await operator.get("/api/v1/deadletters", params=params)).status_code == status
