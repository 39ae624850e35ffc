from datetime import timedelta

import pytest

from services.kit.access import Sessions
from services.kit.access.sessions import IDLE, LINK, LONGEST
from services.kit.errors import Misconfigured


@pytest.fixture
def sessions(engine, clock) -> Sessions:
    return Sessions(engine, clock)


async def test_a_link_works_once(sessions):
    link = await sessions.link("ines", "viewer")
    session = await sessions.start(link)
    assert session is not None
    assert session != link
    assert await sessions.start(link) is None
    caller = await sessions.caller(session)
    assert (caller.name, caller.kind, caller.may("tools:read"), caller.may("alerts:decide")) == (
        "ines", "session", True, False,
    )  # fmt: skip


async def test_a_link_is_short_lived(sessions, clock):
    link = await sessions.link()
    clock.advance(LINK)
    assert await sessions.start(link) is None


async def test_an_idle_session_ends(sessions, clock):
    session = await sessions.start(await sessions.link())
    clock.advance(IDLE)
    assert await sessions.caller(session) is None


async def test_a_used_session_goes_on_but_not_for_ever(sessions, clock):
    session = await sessions.start(await sessions.link())
    step = IDLE - timedelta(hours=1)
    for _ in range(int(LONGEST / step)):
        clock.advance(step)
        assert await sessions.caller(session) is not None
    clock.advance(step)
    assert await sessions.caller(session) is None


async def test_signing_out_ends_it_on_the_server(sessions):
    session = await sessions.start(await sessions.link())
    await sessions.end(session)
    assert await sessions.caller(session) is None


async def test_an_unknown_role_is_refused(sessions):
    with pytest.raises(Misconfigured, match="superuser"):
        await sessions.link("ines", "superuser")


async def test_the_administrator_may_not_reveal_people(sessions):
    session = await sessions.start(await sessions.link("ines", "admin"))
    assert not (await sessions.caller(session)).may("people:reveal")
