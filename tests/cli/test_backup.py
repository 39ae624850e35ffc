"""`penumbra backup` and `penumbra restore` as an operator types them."""

import json

from sqlalchemy import text

from services.kit import keys as kit_keys
from tests.commands import penumbra
from tests.kit.backup.test_restore import emptied as emptied  # noqa: PLC0414 - a fixture asked for by name


async def test_a_round_trip_by_command(database_url, engine, emptied, tmp_path):
    house, other = tmp_path / "house", tmp_path / "other"
    keys = kit_keys.load(None, house)
    async with engine.begin() as connection:
        await connection.execute(text(
            "insert into control.source_instance (id, connector, name) values ('hq', 'squid', 'HQ')"
        ))  # fmt: skip
    place = {"PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_DATA": str(house), "PHRASE": "a long enough phrase"}
    there = {"PENUMBRA_DATABASE_URL": emptied, "PENUMBRA_DATA": str(other), "PHRASE": "a long enough phrase"}
    await engine.dispose()
    file = str(tmp_path / "b")
    clear = await penumbra("backup", file, **place)
    assert (clear.code, "in clear" in clear.err) == (0, True)
    sealed = await penumbra("backup", file, "--passphrase", "env:PHRASE", "--json", **place)
    assert (sealed.code, "in clear" in sealed.err) == (0, False), sealed.err
    refused = await penumbra("restore", file, **there)
    assert (refused.code, "--passphrase" in refused.err, "Traceback" in refused.err) == (2, True, False)
    restored = await penumbra("restore", file, "--passphrase", "env:PHRASE", "--json", **there)
    assert restored.code == 0, restored.err
    assert json.loads(restored.out)["rows"] == json.loads(sealed.out)["rows"]
    assert kit_keys.load(None, other) == keys
    again = await penumbra("restore", file, "--passphrase", "env:PHRASE", **there)
    assert (again.code, "not empty" in again.err) == (2, True)
    listed = await penumbra("source", "list", "--json", **there)
    assert [one["id"] for one in json.loads(listed.out)] == ["hq"]
    doctor = await penumbra("doctor", "--json", **place)
    backup = next(found for found in json.loads(doctor.out) if found["name"] == "backup")
    assert (backup["says"].startswith("the last was taken"), backup["next"]) == (True, [])


async def test_a_damaged_keys_file_is_set_aside_for_the_backups(database_url, engine, emptied, tmp_path):
    house, other = tmp_path / "house", tmp_path / "other"
    keys = kit_keys.load(None, house)
    other.mkdir()
    (other / "keys.json").write_text("rubbish")
    await engine.dispose()
    file = str(tmp_path / "b")
    there = {"PENUMBRA_DATABASE_URL": emptied, "PENUMBRA_DATA": str(other)}
    taken = await penumbra("backup", file, PENUMBRA_DATABASE_URL=database_url, PENUMBRA_DATA=str(house))
    assert taken.code == 0, taken.err
    refused = await penumbra("restore", file, **there)
    assert (refused.code, "--replace" in refused.err) == (2, True)
    restored = await penumbra("restore", file, "--replace", **there)
    assert restored.code == 0, restored.err
    assert kit_keys.load(None, other) == keys
    assert (other / "keys.json.damaged").read_text() == "rubbish"
