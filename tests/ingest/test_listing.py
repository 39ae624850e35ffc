"""Trees parted by days: recent ones are listed often, all of them seldom."""

from datetime import date
from pathlib import Path

import pytest

from services.ingest.listing import ended, matching

SINCE = date(2026, 11, 19)


@pytest.mark.parametrize(
    ("folder", "gone"),
    [
        ("AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11/18", True),
        ("AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11/19", False),
        ("AWSLogs/123456789012/CloudTrail/eu-west-1/2026/10", True),
        ("AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11", False),
        ("AWSLogs/123456789012/CloudTrail/eu-west-1/2025", True),
        ("AWSLogs/123456789012", False),
        ("dnslogs/2026-11-18", True),
        ("dnslogs/2026-11-20", False),
        ("gateway_http/20261118", True),
        ("gateway_http/20261121", False),
        ("audit/dt=2026-11-01", True),
        ("audit/year=2026/month=9/day=30", True),
        ("audit/year=2026/month=11/day=30", False),
        ("audit/year=2025", True),
        ("hosts/20265", False),
        ("2026/99/99", False),
        ("releases/2026-11-18-beta", False),
    ],
)
def test_a_folder_of_a_day_that_ended_is_known(folder: str, gone: bool) -> None:
    assert ended(folder, SINCE) is gone


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    for day in ("2026/11/18", "2026/11/20", "2026/11/21/07"):
        folder = tmp_path / "AWSLogs" / "1" / "CloudTrail" / "eu-west-1" / day
        folder.mkdir(parents=True)
        (folder / "a.json.gz").touch()
        (folder / "a.json.gz.tmp").touch()
    (tmp_path / "AWSLogs" / "1" / "CloudTrail-Digest" / "2026" / "11" / "21").mkdir(parents=True)
    (tmp_path / "AWSLogs" / "1" / "CloudTrail-Digest" / "2026" / "11" / "21" / "d.json.gz").touch()
    (tmp_path / ".sync").mkdir()
    (tmp_path / ".sync" / "b.json.gz").touch()
    return tmp_path


def found(root: Path, pattern: str, since: date | None = None) -> list[str]:
    return [path.relative_to(root).as_posix() for path in matching(root, pattern, since)]


def test_all_is_found_or_what_is_recent(bucket: Path) -> None:
    assert len(found(bucket, "**/*.json.gz")) == 4
    assert len(found(bucket, "**/*.json.gz", SINCE)) == 3
    only = "AWSLogs/*/CloudTrail/**/*.json.gz"
    days = [path.removeprefix("AWSLogs/1/CloudTrail/eu-west-1/") for path in found(bucket, only, SINCE)]
    assert days == ["2026/11/20/a.json.gz", "2026/11/21/07/a.json.gz"]
    assert len(found(bucket, only)) == 3


def test_patterns_of_one_folder_are_globs_as_ever(tmp_path: Path) -> None:
    for name in ("access.log", "access.log.1", "2026-01-01.log"):
        (tmp_path / name).touch()
    assert found(tmp_path, "access.log*", SINCE) == ["access.log", "access.log.1"]
    assert found(tmp_path, "*", SINCE) == ["2026-01-01.log", "access.log", "access.log.1"]
