"""The settings of an identity provider: every fault at once, each by its variable, and nothing half set."""

import pytest

from services.kit.errors import Misconfigured
from services.kit.settings import load

GOOD = {
    "oidc_issuer": "https://id.example/realms/one", "oidc_client_id": "penumbra",
    "public_url": "https://penumbra.example", "role_map": "sec-ops=analyst",
}  # fmt: skip


def faults(**given: object) -> list[str]:
    with pytest.raises(Misconfigured) as told:
        load(_env_file=None, **given)
    return list(told.value.faults)


def named(found: list[str]) -> list[str]:
    return sorted({fault.partition(":")[0].removeprefix("PENUMBRA_") for fault in found})


def test_a_provider_that_is_set_whole_is_fine():
    assert load(_env_file=None, **GOOD).oidc_issuer == GOOD["oidc_issuer"]
    assert load(_env_file=None, **GOOD | {"oidc_issuer": "http://localhost:8080", "public_url": "http://[::1]:8480/"})


def test_what_is_missing_and_what_is_wrong_alone_are_told_together():
    found = faults(oidc_issuer="https://id.example", oidc_scopes="profile", partitions=0, session_hours=0)
    assert named(found) == [
        "OIDC_CLIENT_ID", "OIDC_SCOPES", "PARTITIONS", "PUBLIC_URL", "ROLE_MAP", "SESSION_HOURS",
    ]  # fmt: skip


def test_one_setting_is_not_said_to_be_wrong_and_missing():
    found = faults(**GOOD | {"oidc_client_id": 7})
    assert len(found) == 1
    assert found[0].startswith("PENUMBRA_OIDC_CLIENT_ID")


@pytest.mark.parametrize("name", ["oidc_client_id", "oidc_client_secret", "role_map"])
def test_settings_of_a_provider_without_its_issuer_are_noticed(name):
    assert named(faults(**{name: "x=viewer"})) == [name.upper()]


@pytest.mark.parametrize(
    "issuer", ["id.example", "http://id.example", "https://", "ftp://id.example", "https://u@id.example", "https://i/?q",
               "https://id.example:x", "http://127.0.0.1.evil.example"],
)  # fmt: skip
def test_an_issuer_that_can_t_be_trusted_or_read_is_refused(issuer):
    assert named(faults(**GOOD | {"oidc_issuer": issuer})) == ["OIDC_ISSUER"]


@pytest.mark.parametrize("address", ["http://penumbra.example", "https://penumbra.example/there", "penumbra.example"])
def test_the_address_people_open_is_https_and_a_host_alone(address):
    assert named(faults(**GOOD | {"public_url": address})) == ["PUBLIC_URL"]
    assert named(faults(public_url=address)) == ["PUBLIC_URL"]


def test_a_secret_is_a_reference_and_must_be_there(tmp_path):
    for given in ("swordfish", "env:PENUMBRA_NO_SUCH_SECRET", f"file:{tmp_path / 'none'}"):
        found = faults(**GOOD | {"oidc_client_secret": given})
        assert named(found) == ["OIDC_CLIENT_SECRET"]
        assert "swordfish" not in found[0]


def test_each_pair_of_a_role_map_that_can_t_be_read_is_named(tmp_path):
    found = faults(**GOOD | {"role_map": "sec-ops=analyst;nonsense;a=superuser;=viewer"})
    assert [fault.split()[2].rstrip(":") for fault in found] == ["2", "3", "4"]
    assert named(faults(**GOOD | {"role_map": f"file:{tmp_path / 'none'}"})) == ["ROLE_MAP"]
    (tmp_path / "empty").write_text("# nobody yet\n")
    assert named(faults(**GOOD | {"role_map": f"file:{tmp_path / 'empty'}"})) == ["ROLE_MAP"]
