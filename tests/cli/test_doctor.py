"""`penumbra doctor`: what it finds, and that it changes nothing."""

import json

from sqlalchemy import text

from services.kit import keys as kit_keys
from services.kit.control import runs, sources
from services.kit.control.rows import Counts
from tests.commands import penumbra


async def examined(**environment: str) -> tuple[int, dict[str, tuple[bool, str]]]:
    ran = await penumbra("doctor", "--json", **environment)
    return ran.code, {found["name"]: (found["fit"], found["says"]) for found in json.loads(ran.out)}


async def test_a_fit_deployment(database_url, tmp_path, engine):
    place = {"PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_DATA": str(tmp_path)}
    code, found = await examined(**place)
    assert code == 0, found
    assert found["database"][1].startswith("PostgreSQL ")
    assert found["event log"] == (True, "postgres")
    assert "made at the first start" in found["keys"][1]
    assert list(tmp_path.iterdir()) == []


async def test_other_keys_and_a_failing_source_are_unfit(database_url, tmp_path, engine, clock):
    place = {"PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_DATA": str(tmp_path)}
    made = kit_keys.load(None, tmp_path)
    async with engine.begin() as connection:
        await connection.execute(text("insert into control.fingerprint (keys) values ('another')"))
        for name, outcome in (("proxy", "healthy"), ("idp", "no_permission")):
            await sources.add(connection, connector="squid", name=name, config={})
            run = await runs.start(connection, name, 0, clock.now())
            await runs.end(
                connection, run, name, at=clock.now(), outcome=outcome, counts=Counts(records=1, observed=1),
                message=None,
            )  # fmt: skip
    code, found = await examined(**place)
    assert code == 1
    assert found["keys"] == (True, f"fingerprint {made.fingerprint}")
    assert not found["keys of the database"][0]
    assert (found["source idp"][0], found["source proxy"][0]) == (False, True)


async def test_a_database_that_does_not_answer_is_unfit_and_no_traceback(tmp_path):
    place = {"PENUMBRA_DATABASE_URL": "postgresql://u:p@127.0.0.1:9/x", "PENUMBRA_DATA": str(tmp_path)}
    ran = await penumbra("doctor", **place)
    assert ran.code == 1
    assert "UNFIT\tdatabase" in ran.out
    assert "Traceback" not in ran.err
