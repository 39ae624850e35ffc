"""A watched folder against a real log and database: growth, rotation, cutting, compression, crashes."""

import asyncio
import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from connectors.base import Connector, Trouble
from schemas.deadletter import DeadLetter
from schemas.observation import ProtectedObservation
from schemas.topics import DEAD_LETTER, OBSERVATION
from services.ingest import files, watch
from services.ingest.collect import BrokenOff, Job
from services.ingest.intake import Origin
from services.ingest.sightings import Seen
from services.ingest.watch import Folder, Watcher, follow
from services.kit.control import leases, progress
from services.kit.runtime import Runtime
from tests.ingest.conftest import Add, Read, Settings
from tests.ingest.test_collect import LINE, Killed, held

Start = Callable[[], Watcher]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    made = tmp_path / "logs"
    made.mkdir()
    return made


@pytest.fixture
async def job(add: Add, logged: Runtime, connector: Connector, logs: Path) -> Job:
    await add(folder=str(logs))
    origin = Origin(instance="one", connector=connector, config=Settings())
    return Job(runtime=logged, origin=origin, lease=await held(logged))


@pytest.fixture
def start(job: Job, logs: Path) -> Start:
    """A watcher as a fresh process has it."""
    return lambda: Watcher(job, Folder(folder=str(logs)))


def line(number: int) -> str:
    return f"2026-11-16T11:00:00+00:00 user{number} example.com\n"


async def hosts(read: Read) -> list[ProtectedObservation]:
    return [msgspec.json.decode(r.value or b"", type=ProtectedObservation) for r in await read(OBSERVATION.name)]


async def test_growing_file_is_read_to_its_last_whole_line(start: Start, logs: Path, read: Read) -> None:
    file = logs / "access.log"
    file.write_text(line(1) + line(2) + line(3)[:20])
    watcher = start()
    assert await watcher.look()
    assert not await watcher.look()
    assert watcher.report.counts.records == 2
    with file.open("a") as more:
        more.write(line(3)[20:] + line(4))
    assert await watcher.look()
    assert watcher.report.counts.records == 4
    assert len({one.id for one in await hosts(read)}) == 4


async def test_reading_goes_on_after_a_restart_with_the_same_numbers(start: Start, logs: Path, read: Read) -> None:
    """Ten identical lines are ten events, however the reading is cut."""
    file = logs / "access.log"
    for _ in range(5):
        with file.open("a") as more:
            more.write(line(7) * 2)
        await start().look()
    made = await hosts(read)
    assert len(made) == len({one.id for one in made}) == 10


async def test_killed_before_the_position_is_saved_gives_the_same_ids(
    start: Start, logs: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = logs / "access.log"
    file.write_text(line(7) * 3)
    await start().look()
    with file.open("a") as more:
        more.write(line(7) * 2 + line(8))

    async def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(progress, "save_file", killed)
        await start().look()
    await start().look()
    made = await hosts(read)
    assert len(made) == 9
    assert len({one.id for one in made}) == 6


async def test_rotation_goes_on_under_the_new_name(start: Start, logs: Path, read: Read) -> None:
    old, new = logs / "access.log.1", logs / "access.log"
    new.write_text(line(1) + line(2))
    watcher = start()
    await watcher.look()
    with new.open("a") as more:
        more.write(line(3) + line(4).removesuffix("\n"))
    new.rename(old)
    new.write_text(line(5))
    for _ in range(3):
        await watcher.look()
    assert watcher.report.counts.records == 5
    assert watcher.report.counts.rejected == 0
    assert len({one.id for one in await hosts(read)}) == 5


async def test_cut_file_is_read_from_its_beginning(start: Start, logs: Path, read: Read) -> None:
    file = logs / "access.log"
    file.write_text(line(1) * 50)
    watcher = start()
    await watcher.look()
    file.write_text(line(2))
    await watcher.look()
    assert watcher.report.counts.records == 51


async def test_other_file_of_the_same_inode_is_read_from_its_beginning(start: Start, logs: Path) -> None:
    file = logs / "access.log"
    file.write_text(line(1))
    watcher = start()
    await watcher.look()
    with file.open("r+") as same:
        same.write(line(2) + line(3))
    await watcher.look()
    assert watcher.report.counts.records == 3


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress)])
async def test_compressed_file_is_read_once_and_has_the_ids_of_the_plain_one(
    start: Start, logs: Path, read: Read, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    text = line(1) * 2 + line(2)
    (logs / "a.log").write_text(text)
    (logs / f"a.log.1.{suffix}").write_bytes(pack(text.encode()))
    watcher = start()
    for _ in range(4):
        await watcher.look()
    assert watcher.report.counts.records == 6
    assert len({one.id for one in await hosts(read)}) == 3


async def test_gzip_cut_in_the_middle_gives_what_is_there_and_says_so(
    start: Start, logs: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "CUT_SECONDS", 0.0)
    text = "".join(line(number) for number in range(20_000))
    packed = gzip.compress(text.encode(), mtime=0)
    (logs / "a.log.gz").write_bytes(packed[: len(packed) // 2])
    watcher = start()
    await watcher.look()
    await watcher.look()
    counts = watcher.report.counts
    assert counts.observed > 1000
    assert counts.rejected == 1
    (record,) = await read(DEAD_LETTER.name)
    letter = msgspec.json.decode(record.value or b"", type=DeadLetter)
    assert "cut" in letter.reason
    assert letter.position.startswith("a.log.gz")


async def test_file_that_still_changes_is_not_read_whole(start: Start, logs: Path) -> None:
    file = logs / "a.log.gz"
    watcher = start()
    for size in range(1, 4):
        file.write_bytes(gzip.compress((line(1) * size).encode())[:-4])
        assert not await watcher.look()
    assert watcher.report.counts.records == 0


async def test_stale_watcher_saves_nothing(start: Start, logs: Path, job: Job) -> None:
    (logs / "a.log").write_text(line(1))
    async with job.runtime.engine.begin() as connection:
        await leases.release(connection, job.lease)
    with pytest.raises(Exception, match="lease"):
        await start().look()
    async with job.runtime.engine.connect() as connection:
        assert await progress.files(connection, "one") == {}


async def test_gone_files_are_forgotten_and_hidden_ones_left_out(start: Start, logs: Path, job: Job) -> None:
    (logs / "a.log").write_text(line(1))
    (logs / ".a.log.swp").write_text(line(2))
    watcher = start()
    await watcher.look()
    assert watcher.report.counts.records == 1
    (logs / "a.log").unlink()
    await watcher.look()
    async with job.runtime.engine.connect() as connection:
        assert await progress.files(connection, "one") == {}


async def test_missing_folder_is_trouble(job: Job, tmp_path: Path) -> None:
    report = await follow(job, Folder(folder=str(tmp_path / "missing")))
    assert report.outcome == "failing"
    assert "does not exist" in (report.message or "")
    with pytest.raises(Trouble):
        files.look(str(tmp_path / "missing"), "*")


async def test_following_ends_when_told(job: Job, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "POLL_SECONDS", 0.01)
    (logs / "a.log").write_text(line(1) + LINE + "\n")
    running = asyncio.create_task(follow(job, Folder(folder=str(logs))))
    await asyncio.sleep(0.3)
    job.stop.set()
    report = await asyncio.wait_for(running, 5)
    assert report.counts.observed == 2


def test_blocks_give_whole_lines_with_their_offsets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BLOCK", 7)
    monkeypatch.setattr(files, "LONGEST_LINE", 20)
    file = tmp_path / "f"
    file.write_bytes(b"one\ntwo\nthree and more\nlast")
    found = list(files.blocks(file, 0, None, rest=False))
    assert b"".join(text for _, text in found) == b"one\ntwo\nthree and more\n"
    assert all(file.read_bytes()[at : at + len(text)] == text for at, text in found)
    assert list(files.blocks(file, 23, None, rest=True)) == [(23, b"last")]
    assert files.line_start(file, 5) == 8
    assert files.line_start(file, 4) == 4
    file.write_bytes(b"x" * 100)
    assert sum(len(text) for _, text in files.blocks(file, 0, None, rest=True)) == 100


def test_json_lines_are_read_as_they_grow_and_documents_whole(tmp_path: Path, connector: Connector) -> None:
    documents = Connector(**{**connector.__dict__, "records": "json"})
    rows = Connector(**{**connector.__dict__, "records": "csv"})
    file = tmp_path / "f"
    for text, which, way in (
        (b'{"a":1}\n{"a":2}\n', documents, "lines"),
        (b'{"value": [\n{"a":1}]}', documents, "whole"),
        (b'[{"a":1}]', documents, "whole"),
        (b"a,b\n1,2\n", rows, "whole"),
        (b"\xff\xfea\0", connector, "whole"),
        (b"plain line\n", connector, "lines"),
    ):
        file.write_bytes(text)
        assert files.way(file, which) == way


async def test_watch_after_watch_goes_on_counting_without_reading_again(
    job: Job, logs: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Seen()
    file, folder = logs / "access.log", Folder(folder=str(logs))
    file.write_text(line(7) * 2)
    await follow(job, folder, 0.05, seen)
    with monkeypatch.context() as patched:
        patched.setattr(files, "line_start", None)  # where a replay would begin
        with file.open("a") as more:
            more.write(line(7) * 2)
        assert (await follow(job, folder, 0.05, seen)).counts.records == 2
    assert len({one.id for one in await hosts(read)}) == 4


async def test_watch_in_trouble_hands_nothing_on(
    job: Job, logs: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it counted but never saved would give the same lines other ids."""
    seen = Seen()
    file, folder = logs / "access.log", Folder(folder=str(logs))
    file.write_text(line(7))
    await follow(job, folder, 0.05, seen)

    async def full(*_: object) -> None:
        raise OSError("no space")

    with file.open("a") as more:
        more.write(line(7))
    with monkeypatch.context() as patched, pytest.raises(BrokenOff):
        patched.setattr(progress, "save_file", full)
        await follow(job, folder, 0.05, seen)
    assert (seen.standing, seen.positions) == ({}, None)
    await follow(job, folder, 0.05, seen)
    made = await hosts(read)
    assert len(made) == 3
    assert len({one.id for one in made}) == 2
