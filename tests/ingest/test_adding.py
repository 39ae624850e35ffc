"""A source as it is asked for: every fault of every option at once, and what a watched folder lacks."""

from pathlib import Path

import pytest

from connectors.base import discover
from services.ingest.adding import Asked, days, notice, wanted
from services.kit.errors import Misconfigured

CONNECTORS = discover()


def faults(*asked: object, **options: object) -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        wanted(CONNECTORS, Asked(*asked, **options))  # type: ignore[arg-type] # as a test writes them
    return [fault.partition(": ")[0] for fault in caught.value.faults]


def test_no_fault_hides_another() -> None:
    found = faults("squid", "漢字", ("bogus=1", "zone"), every="5x", folder="logs")
    assert sorted(fault for fault in found if fault.startswith("--")) == [
        "--config bogus", "--config zone", "--every '5x'", "--folder", "--name '漢字'",
    ]  # fmt: skip
    found = faults("nosuch", "漢字", ("zone",), every="5x")
    assert found == ["--config zone", "--every '5x'", "nosuch", "--name '漢字'"]


def test_a_setting_written_without_its_value_is_told_once() -> None:
    found = faults("okta", "idp", ("token", "org=acme.okta.com"), every="0")
    assert found.count("--config token") == 1
    assert "--every '0'" in found


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("squid", "proxy", ("zone=canary",)), "--config zone: write a number"),
        (("m365_management", "m", ("content_types=canary",)), "--config content_types: write Audit."),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_told_in_words(asked: tuple[str, str, tuple[str]], told: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        wanted(CONNECTORS, Asked(*asked))
    assert any(fault.startswith(told) for fault in caught.value.faults), caught.value.faults
    assert "canary" not in str(caught.value)


def test_columns_that_are_not_mapped_are_told_with_the_rest() -> None:
    assert faults("csv", "sheet", every="soon") == ["--every 'soon'", "csv"]


def test_what_it_means() -> None:
    made = wanted(CONNECTORS, Asked("squid", "proxy", ("zone=8",), every="5m", folder="/var/log/squid"))
    assert (made.connector.name, dict(made.config)) == ("squid", {"zone": "8"})
    assert made.every is not None
    assert made.every.total_seconds() == 300


def test_a_registry_file_is_no_source_and_says_how_it_comes_in() -> None:
    with pytest.raises(Misconfigured, match="penumbra registry import FILE"):
        wanted(CONNECTORS, Asked("registry_csv", "register", folder="/srv/registry"))


def test_what_a_watched_folder_lacks(tmp_path: Path) -> None:
    assert notice(None, "*") is None
    assert "does not exist" in (notice(str(tmp_path / "missing"), "*") or "")
    (tmp_path / "access.log").write_text("x")
    assert notice(str(tmp_path), "*.log") is None
    assert "holds no file that matches *.json" in (notice(str(tmp_path), "*.json") or "")


def test_both_days_of_a_back_fill_are_told() -> None:
    with pytest.raises(Misconfigured) as caught:
        days("yesterday", "2026-13-01")
    assert [fault.partition(" ")[0] for fault in caught.value.faults] == ["--from", "--to"]
    assert [bound.day for bound in days("2026-11-01", "2026-11-03")] == [1, 3]
