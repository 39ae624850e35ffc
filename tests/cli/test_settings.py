"""`penumbra settings`: every setting, where it comes from, secrets masked."""

import json

from services.cli.settings import rows_of, shown
from services.kit.settings import Settings
from tests.commands import penumbra


async def test_every_setting_is_shown_with_its_origin_and_no_secret(tmp_path):
    ran = await penumbra(
        "settings", "--json", PENUMBRA_DATA=str(tmp_path), PENUMBRA_KAFKA_SASL_PASSWORD="canary",
        PENUMBRA_DATABASE_URL="postgresql://user:canary@127.0.0.1/x", PENUMBRA_EGRESS_PROXY="http://me:canary@proxy:3128",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "canary" not in ran.out
    rows = {row["name"]: row for row in json.loads(ran.out)}
    assert rows.keys() == {f"PENUMBRA_{name.upper()}" for name in Settings.model_fields}
    assert rows["PENUMBRA_DATA"]["origin"] == "env"
    assert rows["PENUMBRA_DATA"]["value"] == str(tmp_path)
    assert rows["PENUMBRA_EGRESS_PROXY"]["value"] == "http://********@proxy:3128"
    assert rows["PENUMBRA_TOPIC_PREFIX"]["origin"] == "default"


def test_a_line_of_the_env_file_is_named_as_such(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PENUMBRA_PARTITIONS", raising=False)
    (tmp_path / ".env").write_text("PENUMBRA_PARTITIONS=7\n")
    rows = {row["name"]: row for row in rows_of(Settings())}
    assert (rows["PENUMBRA_PARTITIONS"]["value"], rows["PENUMBRA_PARTITIONS"]["origin"]) == ("7", ".env")


async def test_wrong_settings_are_all_named_and_exit_2():
    ran = await penumbra("settings", PENUMBRA_PARTITIONS="0", PENUMBRA_LOG_LEVEL="loud", PENUMBRA_TOPIC_PREFIX="A b")
    assert (ran.code, ran.out) == (2, "")
    for name in ("PENUMBRA_PARTITIONS", "PENUMBRA_LOG_LEVEL", "PENUMBRA_TOPIC_PREFIX"):
        assert name in ran.err


def test_lists_are_shown_as_they_are_written():
    assert shown(("10.0.0.0/8", "::1/128")) == "10.0.0.0/8,::1/128"
    assert shown(None) is None
