from datetime import date
from pathlib import Path

import msgspec
import pytest

from services.inventory.domain import policy
from services.inventory.domain.policy import DEFAULT, Policy


def test_the_file_beside_it_says_what_holds_by_default():
    text = Path(policy.__file__).with_suffix(".toml").read_text()
    assert policy.read(text) == DEFAULT
    assert set(msgspec.toml.decode(text)) == set(Policy.__struct_fields__)


def test_a_file_changes_only_what_it_names():
    found = policy.read("dormant_days = 30\nholidays = [2026-12-25]")
    assert found == Policy(dormant_days=30, holidays=(date(2026, 12, 25),))


@pytest.mark.parametrize("text", ["dormant_days = 0", 'alerting = ["bad"]', "dormant_day = 3", "dormant_days ="])
def test_a_wrong_file_is_refused(text):
    with pytest.raises(msgspec.DecodeError):
        policy.read(text)
