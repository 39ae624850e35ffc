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


async def test_each_thing_that_is_wrong_says_what_to_do(database_url, tmp_path, engine, clock):
    place = {"PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_DATA": str(tmp_path), "PENUMBRA_LOG_LEVLE": "INFO"}
    keys = kit_keys.load(None, tmp_path)
    (tmp_path / "keys.json").chmod(0o644)
    (tmp_path / "address").write_text("http://127.0.0.1:9")
    async with engine.begin() as connection:
        for query in (
            """insert into control.dead_letter (id, origin, position, reason, attempts, first_failed_at, sealed)
               values ('a:1', 'idp', 'p', 'r', 1, now(), 'x')""",
            """insert into inventory.webhook (id, url, secret, created_by, created_at, failing_since)
               values ('wh_1', 'https://siem.example.com/hook?key=canary', 's', 'ines', now(), now())""",
            "insert into log.topic (name, partitions) values ('t', 1)",
            "insert into log.head (topic, partition, next) values ('t', 0, 12)",
            """insert into control.position (log, grp, topic, partition, next, saved_at)
               values ('postgres', 'inventory', 't', 0, 5, now() - interval '1 hour')""",
        ):
            await connection.execute(text(query))
        await sources.add(connection, connector="okta", name="idp", config={})
        run = await runs.start(connection, "idp", 0, clock.now())
        await runs.end(
            connection, run, "idp", at=clock.now(), outcome="no_permission", counts=Counts(), message="may not"
        )
    ran = await penumbra("doctor", "--json", **place)
    assert ran.code == 1
    assert "canary" not in ran.out
    found = {each["name"]: each for each in json.loads(ran.out)}
    assert all(each["next"] for each in found.values() if not each["fit"]), "each unfit one has a next step"
    assert found["keys"]["next"] == [f"chmod 600 {tmp_path / 'keys.json'}"]
    assert found["setting PENUMBRA_LOG_LEVLE"]["next"] == ["Did you mean PENUMBRA_LOG_LEVEL?"]
    assert found["lag inventory of t"]["says"].startswith("7 records unread, in partition 0; none read since")
    assert (found["lag inventory of t"]["fit"], found["webhook wh_1"]["fit"]) == (False, False)
    assert any("okta.logs.read" in step for step in found["source idp"]["next"])
    assert (found["dead letters of idp"]["fit"], found["clock"]["fit"], found["backup"]["fit"]) == (True, True, True)
    assert found["backup"]["next"]
    assert "nothing answers" in found["services"]["says"]
    assert keys.fingerprint


async def test_settings_that_can_t_be_read_are_findings(tmp_path):
    wrong = {"PENUMBRA_DATA": str(tmp_path), "PENUMBRA_PARTITIONS": "none", "PENUMBRA_LOG_LEVEL": "LOUD"}
    ran = await penumbra("doctor", "--json", **wrong)
    assert ran.code == 1
    found = [each for each in json.loads(ran.out) if each["name"] == "settings"]
    assert len(found) == 2
    assert not any(each["fit"] for each in found)
