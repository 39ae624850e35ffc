"""Variables that are no setting: told with the setting they are near to; one that a secret refers to is not mended."""

import pytest

from services.kit.slips import slips
from tests.commands import penumbra


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("PENUMBRA_LOG_LEVLE", "PENUMBRA_LOG_LEVEL"), ("PENUMBRA_PARTITION", "PENUMBRA_PARTITIONS"),
        ("penumbra_listne", "PENUMBRA_LISTEN"), ("PENUMBRA_OKTA_TOKEN", None), ("PENUMBRA_BROKERS", None),
    ],
)  # fmt: skip
def test_a_name_that_is_no_setting_is_told_with_the_nearest(name, near):
    assert slips([name]) == [(name, near)]
    assert (near or f"env:{name}") in str(slips([name])[0])


def test_settings_and_other_programs_variables_are_no_slips():
    assert slips(["PENUMBRA_DATA", "penumbra_data", "PENUMBRA_FAULT", "PATH", "PENUMBRAL"]) == []


async def test_it_is_told_before_the_faults_of_the_rest(tmp_path):
    (tmp_path / "file").touch()
    ran = await penumbra("up", PENUMBRA_DATA=str(tmp_path / "file" / "data"), PENUMBRA_LSTEN="127.0.0.1:0")
    assert (ran.code, ran.out) == (2, "")
    told = ran.err.splitlines()
    assert told[0].startswith("penumbra: PENUMBRA_LSTEN:")
    assert told[0].endswith("did you mean PENUMBRA_LISTEN?")
    assert told[-1].startswith(f"penumbra: PENUMBRA_DATA: {tmp_path / 'file'} is a file")
