"""Settings: every fault at once, each by the name of its variable; every one says what it is for."""

import pytest

from services.kit.errors import Misconfigured
from services.kit.settings import Settings, load


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is_for(name):
    assert len(Settings.model_fields[name].description or "") > 8


def test_all_faults_are_told_at_once(monkeypatch):
    for name, value in {"PARTITIONS": "0", "KAFKA_REPLICATION": "none", "LOG_LEVEL": "loud"}.items():
        monkeypatch.setenv(f"PENUMBRA_{name}", value)
    with pytest.raises(Misconfigured) as told:
        load(_env_file=None)
    assert sorted(fault.partition(":")[0] for fault in told.value.faults) == [
        "PENUMBRA_KAFKA_REPLICATION", "PENUMBRA_LOG_LEVEL", "PENUMBRA_PARTITIONS",
    ]  # fmt: skip


def test_lists_are_read_by_commas(monkeypatch):
    monkeypatch.setenv("PENUMBRA_ALLOW_PRIVATE", "10.0.0.0/8, 192.168.1.0/24,")
    assert load(_env_file=None).allow_private == ("10.0.0.0/8", "192.168.1.0/24")


def test_no_secret_is_in_the_text_of_settings():
    text = repr(Settings(_env_file=None, database_url="postgresql://u:canary@h/d", kafka_sasl_password="canary"))
    assert "canary" not in text


def test_what_would_fail_in_a_running_service_is_told_before_it_starts(tmp_path):
    missing = tmp_path / "missing"
    with pytest.raises(Misconfigured) as told:
        load(
            _env_file=None, listen="nonsense", allow_private="10.0.0.0/99", egress_proxy="nonsense", ca_file=missing,
            policy=missing, catalog_dirs=str(missing), partitions=0,
        )  # fmt: skip
    assert sorted(fault.partition(":")[0] for fault in told.value.faults) == [
        "PENUMBRA_ALLOW_PRIVATE", "PENUMBRA_CATALOG_DIRS", "PENUMBRA_CA_FILE", "PENUMBRA_EGRESS_PROXY",
        "PENUMBRA_LISTEN", "PENUMBRA_PARTITIONS", "PENUMBRA_POLICY",
    ]  # fmt: skip


@pytest.mark.parametrize("place", ["127.0.0.1:0", "[::1]:8480", ":8480"])
def test_places_to_listen_on(place):
    assert load(_env_file=None, listen=place).listen == place
