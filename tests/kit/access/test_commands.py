import json
from datetime import UTC, datetime

import pytest

from services.kit.access import Sessions, Tokens
from services.kit.clock import ManualClock
from tests.commands import penumbra


@pytest.fixture
def place(database_url, tmp_path) -> dict[str, str]:
    return {"PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_DATA": str(tmp_path)}


@pytest.fixture
def clock() -> ManualClock:
    """The commands take the machine's time."""
    return ManualClock(datetime.now(UTC))


async def test_a_token_is_made_listed_and_revoked(engine, clock, place):
    made = await penumbra("token", "create", "siem", "--scope", "alerts:read", "--json", **place)
    assert made.code == 0
    token = json.loads(made.out)
    assert (await Tokens(engine, clock).caller(token["token"])).permissions == {"alerts:read"}
    listed = await penumbra("token", "list", "--json", **place)
    assert [known["id"] for known in json.loads(listed.out)] == [token["id"]]
    assert token["token"] not in listed.out
    assert (await penumbra("token", "revoke", token["id"], **place)).code == 0
    assert await Tokens(engine, clock).caller(token["token"]) is None


async def test_wrong_use_lists_every_fault(place):
    ran = await penumbra("token", "create", "siem", "--scope", "alerts:raed", "--days", "0", **place)
    assert (ran.code, ran.out) == (2, "")
    assert "alerts:raed" in ran.err
    assert "days" in ran.err
    assert "Traceback" not in ran.err


async def test_login_prints_a_link_that_works_once(engine, clock, place):
    ran = await penumbra("login", "--name", "ines", "--role", "viewer", **place, PENUMBRA_LISTEN="127.0.0.1:9")
    link = ran.out.strip()
    assert link.startswith("http://127.0.0.1:9/login?token=")
    sessions = Sessions(engine, clock)
    assert await sessions.start(link.partition("=")[2]) is not None
    assert await sessions.start(link.partition("=")[2]) is None


async def test_sessions_are_listed_and_ended(engine, clock, place):
    sessions = Sessions(engine, clock)
    ines, vic = [await sessions.start(await sessions.link(name, "viewer")) for name in ("ines", "vic")]
    listed = json.loads((await penumbra("session", "list", "--json", **place)).out)
    assert {(one["subject"], one["by"], tuple(one["roles"])) for one in listed} == {
        ("ines", "link", ("viewer",)), ("vic", "link", ("viewer",)),
    }  # fmt: skip
    of_ines = next(one["id"] for one in listed if one["subject"] == "ines")
    assert (await penumbra("session", "revoke", of_ines, **place)).code == 0
    assert await sessions.caller(ines) is None
    assert await sessions.caller(vic) is not None
    assert (await penumbra("session", "revoke", "--person", "vic", **place)).code == 0
    assert await sessions.caller(vic) is None
    assert (await penumbra("session", "revoke", "--person", "vic", **place)).code == 1
    wrong = await penumbra("session", "revoke", **place)
    assert (wrong.code, "--person" in wrong.err) == (2, True)
