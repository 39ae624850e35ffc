"""A resolver's log in a watched folder or pushed: dated by its file or its arrival, its header remembered."""

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from connectors.dns import CONNECTOR, Config
from connectors.records import natives
from schemas.observation import ProtectedObservation
from schemas.topics import OBSERVATION
from services.ingest.collect import Job
from services.ingest.intake import Intake, Origin
from services.ingest.watch import Folder, Watcher
from services.kit.keys import Keys
from services.kit.runtime import Runtime
from tests.ingest.conftest import Add, Read
from tests.ingest.test_collect import held

ORIGIN = Origin(instance="one", connector=CONNECTOR, config=Config())
LAST_YEAR = b"Dec 31 23:59:58 dnsmasq[8]: query[A] chatgpt.com from 192.0.2.7\n"


def seen(records: list[bytes]) -> list[tuple[str | None, datetime]]:
    return sorted((one.host, one.at) for one in (msgspec.json.decode(r, type=ProtectedObservation) for r in records))


@pytest.fixture
async def job(add: Add, logged: Runtime, tmp_path: Path) -> Job:
    await add(folder=str(tmp_path))
    return Job(runtime=logged, origin=ORIGIN, lease=await held(logged))


async def test_a_watched_file_is_read_on_with_its_header_and_dated_by_its_last_writing(
    job: Job, tmp_path: Path, read: Read
) -> None:
    old, zeek = tmp_path / "dnsmasq.log", tmp_path / "dns.log"
    old.write_bytes(LAST_YEAR)
    os.utime(old, (datetime(2025, 1, 1, 0, 1, tzinfo=UTC).timestamp(),) * 2)
    zeek.write_text("#path\tdns\n#fields\tquery\tts\n")
    await Watcher(job, Folder(folder=str(tmp_path), pattern="*.log")).look()
    with zeek.open("a") as more:
        more.write("claude.ai\t1763287200.0\n")
    again = Watcher(job, Folder(folder=str(tmp_path), pattern="*.log"))
    await again.look()
    assert (again.report.counts.records, again.report.counts.rejected) == (1, 0)
    assert seen([one.value or b"" for one in await read(OBSERVATION.name)]) == [
        ("chatgpt.com", datetime(2024, 12, 31, 23, 59, 58, tzinfo=UTC)),
        ("claude.ai", datetime(2025, 11, 16, 10, tzinfo=UTC)),
    ]


def test_what_is_pushed_is_dated_by_its_arrival(keys: Keys) -> None:
    now = datetime(2027, 1, 1, 0, 0, 3, tzinfo=UTC)
    taken = Intake(ORIGIN, keys).take(natives(LAST_YEAR, CONNECTOR, "push"), now)
    [(_, at)] = seen([one.value or b"" for one in taken.appended[OBSERVATION.name]])
    assert at == datetime(2026, 12, 31, 23, 59, 58, tzinfo=UTC)
