from datetime import timedelta

import pytest
from sqlalchemy import text

from services.kit.access import Tokens
from services.kit.errors import Misconfigured, NotFound

DAYS = timedelta(days=30)


@pytest.fixture
def tokens(engine, clock) -> Tokens:
    return Tokens(engine, clock)


async def test_a_token_lets_its_scopes_through_and_is_stored_as_a_digest_only(tokens, engine, clock):
    record, token = await tokens.create("siem", ("alerts:read",), DAYS, "ines")
    caller = await tokens.caller(token)
    assert (caller.name, caller.kind, caller.permissions) == ("siem", "token", frozenset({"alerts:read"}))
    async with engine.connect() as connection:
        rows = (await connection.execute(text("select t::text from control.token t"))).scalars().all()
    assert token not in rows[0]
    assert token.rpartition("_")[2] not in rows[0]
    assert [(known.id, known.last_used_at) for known in await tokens.all()] == [(record.id, clock.now())]


async def test_a_scope_may_be_a_role(tokens):
    _, token = await tokens.create("reader", ("viewer",), DAYS, "ines")
    assert (await tokens.caller(token)).may("tools:read")


async def test_an_expired_token_is_refused(tokens, clock):
    _, token = await tokens.create("siem", ("alerts:read",), DAYS, "ines")
    clock.advance(DAYS)
    assert await tokens.caller(token) is None


async def test_a_revoked_token_is_refused_at_once(tokens):
    record, token = await tokens.create("siem", ("alerts:read",), DAYS, "ines")
    await tokens.revoke(record.id, "ines")
    assert await tokens.caller(token) is None
    with pytest.raises(NotFound):
        await tokens.revoke("nosuchid", "ines")


async def test_the_right_id_with_another_secret_is_refused(tokens, engine):
    record, _ = await tokens.create("siem", ("alerts:read",), DAYS, "ines")
    _, other = await tokens.create("other", ("alerts:read",), DAYS, "ines")
    async with engine.begin() as connection:
        digests = (await connection.execute(text("select id, digest from control.token"))).all()
        first = next(row.digest for row in digests if row.id == record.id)
        await connection.execute(
            text("update control.token set digest = :d where id <> :i"), {"d": first, "i": record.id}
        )
    assert await tokens.caller(other) is None


async def test_all_faults_are_told_at_once(tokens):
    with pytest.raises(Misconfigured) as caught:
        await tokens.create(" ", ("alerts:raed",), timedelta(0), "ines")
    assert len(caught.value.faults) == 3
    with pytest.raises(Misconfigured, match="at least one"):
        await tokens.create("siem", (), DAYS, "ines")
