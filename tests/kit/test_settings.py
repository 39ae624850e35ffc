"""Settings: every fault at once, each by the name of its variable; every one says what it is for."""

import pytest

from services.kit.errors import Misconfigured
from services.kit.folders import default_data_folder
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


def faults(**given: object) -> list[str]:
    with pytest.raises(Misconfigured) as told:
        load(_env_file=None, **given)
    return list(told.value.faults)


def test_database_log_keys_and_data_are_told_together(tmp_path, monkeypatch):
    monkeypatch.delenv("PNB_NO_KEYS", raising=False)
    (tmp_path / "file").touch()
    found = faults(data=tmp_path / "file" / "data", database_url="mysql://h/d", log_url="redis://h", keys="vault:x")
    assert [fault.partition(":")[0] for fault in found] == [
        "PENUMBRA_DATABASE_URL", "PENUMBRA_LOG_URL", "PENUMBRA_KEYS",
    ]  # fmt: skip
    assert faults(data=tmp_path / "file" / "data")[0].startswith(f"PENUMBRA_DATA: {tmp_path / 'file'} is a file")
    assert "PNB_NO_KEYS" in faults(keys="env:PNB_NO_KEYS")[0]
    assert "is a folder" in faults(keys=f"file:{tmp_path}")[0]


@pytest.mark.parametrize(
    "url", ["kafka://", "kafka://a:1,", "kafka://a:b", "kafka://a:0", "kafka://u@a:1", "postgres:x"]
)
def test_a_log_that_is_none(url):
    assert [fault.partition(":")[0] for fault in faults(log_url=url)] == ["PENUMBRA_LOG_URL"]


def test_logs_that_can_be_and_what_signing_in_at_them_takes(tmp_path):
    for url in ("postgres", "kafka://127.0.0.1:9092,[::1]:9093,broker.example.com"):
        assert load(_env_file=None, log_url=url).log_url == url
    missing = tmp_path / "absent.pem"
    found = faults(log_url="kafka://a:1", kafka_security_protocol="SASL_SSL", kafka_ca_file=missing)
    assert sorted(fault.partition(":")[0] for fault in found) == [
        "PENUMBRA_KAFKA_CA_FILE", "PENUMBRA_KAFKA_SASL_PASSWORD", "PENUMBRA_KAFKA_SASL_USERNAME",
    ]  # fmt: skip


def test_choices_and_forms_are_said_in_words():
    found = faults(log_level="loud", topic_prefix="A b", kafka_security_protocol="none")
    assert sorted(found) == [
        "PENUMBRA_KAFKA_SECURITY_PROTOCOL: write PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL",
        "PENUMBRA_LOG_LEVEL: write DEBUG, INFO, WARNING or ERROR",
        "PENUMBRA_TOPIC_PREFIX: write lower-case letters, digits, dots and dashes only",
    ]


def test_a_variable_set_to_nothing_counts_as_unset(monkeypatch):
    for name in ("DATA", "KEYS", "LISTEN", "PARTITIONS"):
        monkeypatch.setenv(f"PENUMBRA_{name}", "")
    settings = load(_env_file=None)
    assert (settings.data, settings.keys, settings.listen) == (default_data_folder(), None, None)
    assert settings.partitions == 4


@pytest.mark.parametrize("place", ["127.0.0.1:0", "[::1]:8480", ":8480"])
def test_places_to_listen_on(place):
    assert load(_env_file=None, listen=place).listen == place
