"""A tree as a bucket lays it out: late objects, objects still being written, mounted again, listed by days."""

import gzip
from pathlib import Path

import msgspec
import pytest

from schemas.topics import DEAD_LETTER, OBSERVATION
from services.ingest import files, listing, watch
from services.ingest.collect import Job
from services.ingest.intake import Origin
from services.ingest.sightings import Seen
from services.ingest.watch import Folder, Watcher
from tests.ingest.conftest import Settings
from tests.ingest.test_collect import held
from tests.ingest.test_watch import line

TRAIL = "AWSLogs/123456789012/CloudTrail/eu-west-1"


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    made = tmp_path / "bucket"
    made.mkdir()
    return made


@pytest.fixture
async def job(add, logged, connector, bucket: Path) -> Job:
    await add(folder=str(bucket), pattern="**/*.gz")
    origin = Origin(instance="one", connector=connector, config=Settings())
    return Job(runtime=logged, origin=origin, lease=await held(logged))


@pytest.fixture
def folder(bucket: Path) -> Folder:
    return Folder(folder=str(bucket), pattern="**/*.gz")


def put(bucket: Path, day: str, name: str, *numbers: int) -> Path:
    path = bucket / TRAIL / day / f"{name}.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(map(line, numbers)).encode(), mtime=0))
    return path


def unmount(bucket: Path) -> None:
    bucket.rename(bucket.with_name("away"))
    bucket.mkdir()


async def ids(read) -> list[str]:
    return [msgspec.json.decode(record.value)["id"] for record in await read(OBSERVATION.name)]


async def test_objects_are_read_once_whatever_comes_late(
    job: Job, folder: Folder, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock stands at 16 November: older days than the 14th are listed only each RELIST_SECONDS."""
    for day in ("2026/11/10", "2026/11/15", "2026/11/16"):
        put(bucket, day, "a", 1)
    seen = Seen()
    watcher = Watcher(job, folder, seen)
    for _ in range(2):
        await watcher.look()
    assert watcher.report.counts.records == 3
    put(bucket, "2026/11/15", "late", 2)
    put(bucket, "2026/11/10", "very late", 3)
    for _ in range(3):
        await watcher.look()
    assert watcher.report.counts.records == 4
    monkeypatch.setattr(watch, "RELIST_SECONDS", 0.0)
    for _ in range(3):
        await watcher.look()
    assert watcher.report.counts.records == 5


async def test_an_object_that_is_still_being_written_is_waited_for(
    job: Job, folder: Folder, bucket: Path, read, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = put(bucket, "2026/11/16", "a", *range(500)).read_bytes()
    path = bucket / TRAIL / "2026/11/16/a.gz"
    path.write_bytes(whole[:-100])
    watcher = Watcher(job, folder)
    for _ in range(4):
        await watcher.look()
    assert watcher.report.counts.records == 0
    path.write_bytes(whole)
    for _ in range(2):
        await watcher.look()
    assert (watcher.report.counts.observed, len(await read(DEAD_LETTER.name))) == (500, 0)
    path.with_name("b.gz").write_bytes(whole[:-100])
    monkeypatch.setattr(watch, "CUT_SECONDS", 0.0)
    for _ in range(2):
        await watcher.look()
    assert watcher.report.counts.rejected == 1


async def test_a_bucket_that_is_mounted_again_is_not_read_again(job: Job, folder: Folder, bucket: Path) -> None:
    numbers = range(3)
    for number in numbers:
        put(bucket, "2026/11/16", f"object{number}", number)
    watcher = Watcher(job, folder)
    for _ in range(2):
        await watcher.look()
    unmount(bucket)
    await Watcher(job, folder).look()
    for number in numbers:
        put(bucket, "2026/11/16", f"object{number}", number or 7)
    after = Watcher(job, folder)
    for _ in range(3):
        await after.look()
    assert after.report.counts.records == 1, "only the one whose bytes are others"


async def test_positions_are_kept_from_watch_to_watch_unless_another_held_the_lease(
    job: Job, folder: Folder, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(bucket, "2026/11/16", "a", 1)
    seen = Seen()
    await watch.follow(job, folder, 0.6, seen)
    assert seen.positions is not None
    asked: list[str] = []

    async def files_of(connection, instance: str):
        asked.append(instance)
        return {}

    monkeypatch.setattr(watch.progress, "files", files_of)
    await watch.follow(job, folder, 0.1, seen)
    assert asked == []
    seen.token -= 2
    await watch.follow(job, folder, 0.1, seen)
    assert asked == ["one"]


async def test_old_days_are_not_even_looked_into(job: Job, folder: Folder, bucket: Path, monkeypatch) -> None:
    put(bucket, "2026/11/10", "a", 1)
    put(bucket, "2026/11/16", "b", 1)
    watcher = Watcher(job, folder)
    for _ in range(2):
        await watcher.look()
    looked: list[str] = []
    walk = listing._walk

    def walked(root: str, top: str, name: str, since):
        looked.append(top)
        return walk(root, top, name, since)

    monkeypatch.setattr(listing, "_walk", walked)
    await watcher.look()
    assert not any(top.endswith("2026/11/10") for top in looked)
    assert any(top.endswith("2026/11/16") for top in looked)
    assert len(files.look(folder.folder, folder.pattern)) == 2
