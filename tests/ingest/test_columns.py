"""A file's columns told apart once when its source is added: shown, stored in its settings, and used from then on."""

from pathlib import Path
from typing import Any

import pytest

from connectors.base import find
from connectors.csv import CONNECTOR
from services.ingest.columns import remembered, told
from services.kit.errors import Misconfigured
from tests.ingest.test_source_commands import Run, run, said

__all__ = ["run"]
HEADER = "Event Time,Ziel,User\n"
ROW = "2026-11-20 10:00:00,claude.ai,alice\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "folder" / "a.csv"
    made.parent.mkdir()
    made.write_text(HEADER + ROW)
    return made


def mapped(file: Path, given: dict[str, Any], **more: Any) -> dict[str, Any]:
    return remembered(CONNECTOR, given, **{"sample": str(file), "folder": None, **more})


def test_what_is_missing_is_said_with_the_columns_and_the_setting(file: Path) -> None:
    with pytest.raises(Misconfigured, match=r"host: no column's name.*'Event Time', 'Ziel', 'User'.*set columns"):
        mapped(file, {})


def test_the_proposal_completes_what_is_given(file: Path) -> None:
    made = mapped(file, {"columns": "Ziel=host", "zone": "8"})
    assert made == {"columns": {"Ziel": "host", "Event Time": "time", "User": "user"}, "zone": "8"}
    assert told(made["columns"]) == "Ziel=host, Event Time=time, User=user"


def test_a_watched_folder_gives_its_newest_file(file: Path) -> None:
    made = mapped(file, {"columns": "Ziel=host"}, sample=None, folder=str(file.parent), pattern="*.csv")
    assert set(made["columns"]) == {"Ziel", "Event Time", "User"}


@pytest.mark.parametrize("folder", [None, "/no/such/folder"])
def test_nothing_to_map_by_is_a_fault_unless_the_columns_are_given(file: Path, folder: str | None) -> None:
    with pytest.raises(Misconfigured, match="give --sample FILE"):
        mapped(file, {}, sample=None, folder=folder)
    given = {"columns": "Ziel=host,Event Time=time"}
    assert mapped(file, given, sample=None, folder=folder) == given


@pytest.mark.parametrize("content", [b"", HEADER.encode(), None])
def test_a_sample_without_rows_or_that_can_not_be_read_is_named(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    with pytest.raises(Misconfigured, match=r"a\.csv: (has no row|No such file)"):
        mapped(file, {})


def test_wrong_settings_are_left_to_those_who_check_them(file: Path) -> None:
    assert mapped(file, {"colums": "x"}) == {"colums": "x"}


def test_a_source_that_knows_its_columns_takes_no_sample(file: Path) -> None:
    squid = find("squid")
    assert squid is not None
    assert remembered(squid, {"zone": "8"}, sample=None, folder=None) == {"zone": "8"}
    with pytest.raises(Misconfigured, match="leave it out"):
        remembered(squid, {}, sample=str(file), folder=None)


async def test_what_was_accepted_is_in_the_source_and_reads_its_files(run: Run, file: Path) -> None:
    words = ["add", "csv", "--name", "proxy", "--folder", str(file.parent), "--config", "columns=Ziel=host"]
    made = await said(run, *words)
    assert made.exit_code == 0, made.stderr
    assert "Its columns: Ziel=host, Event Time=time, User=user" in made.stderr
    shown = await said(run, "show", "proxy", "--json")
    assert '"Event Time":"time"' in shown.stdout
    tried = await said(run, "test", "proxy")
    assert "1 records, 1 observed" in tried.stdout
