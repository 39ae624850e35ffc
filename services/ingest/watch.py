"""A watched folder: files that grow are read line by line, others whole once they rest; positions are saved after.

A file is known by its inode, so rotation by renaming goes on where it was; one that shrank is read from its beginning.
Reading in the middle first replays what stands just before, so that identical lines keep their occurrence numbers and
a line read twice (a crash between publishing and saving) has one id.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import structlog

from connectors.base import Trouble
from connectors.records import Broken, Directives, Native, natives
from services.ingest import files
from services.ingest.behind import Behind
from services.ingest.collect import Job, Report, ours
from services.ingest.files import Found
from services.ingest.ids import REPLAY, Occurrences
from services.ingest.intake import Intake, Taken
from services.ingest.publish import publish
from services.kit import faults
from services.kit.control import progress
from services.kit.control.progress import FilePosition
from services.kit.control.rows import TROUBLES
from services.kit.errors import PenumbraError, StalePosition

log = structlog.get_logger(__name__)
FOLLOW_SECONDS = 10.0
POLL_SECONDS = 0.25
AT_ONCE = 5_000
RECORD_BYTES = 128
"""A record's size in a file that is read whole, for the distance of identical ones; any figure does that stays."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Which files are watched: a folder and a glob pattern under it (`*`, `*.log*`, `**/*.json`)."""

    folder: str
    pattern: str = "*"


Seen = dict[str, tuple[int, Occurrences, Directives | None]]
"""The occurrences before a position and the directives in force there, by file."""


async def follow(
    job: Job, folder: Folder, seconds: float = FOLLOW_SECONDS, seen: Seen | None = None, report: Report | None = None
) -> Report:
    """Watches for some time, then gives the lease back so that others may; returns what was read.

    `report` is an empty one to fill in on the way, for those who look on.

    Give the same `seen` for watch after watch of an instance: else each begins with replaying megabytes.
    Raises StalePosition where the lease was lost, BrokenOff where our log or database was away.
    """
    known = dict(seen or {})
    watcher = Watcher(job, folder, known, report)
    if seen is not None:
        seen.clear()  # until this watch ended well: one cut off may have counted what it never saved
    report = await _watched(watcher, job, seconds)
    if seen is not None and report.outcome not in TROUBLES:
        seen.update(known)
    return report


async def _watched(watcher: "Watcher", job: Job, seconds: float) -> Report:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        async with watcher.saving:
            while not job.stop.is_set() and loop.time() < end:
                if not await watcher.look_on():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(job.stop.wait(), POLL_SECONDS)
    except StalePosition:
        raise
    except (PenumbraError, Trouble, OSError) as error:
        watcher.report.failed(error)
        log.warning("watched folder is in trouble", source=job.origin.instance, why=watcher.report.message)
    return watcher.report


class Watcher:
    """Reads one folder for the holder of one lease. `saving` holds what is on its way to the log."""

    def __init__(self, job: Job, folder: Folder, seen: Seen | None = None, report: Report | None = None) -> None:
        self.report = Report() if report is None else report
        self._runtime, self._origin, self._lease, self._stop = job.runtime, job.origin, job.lease, job.stop
        self._folder = folder
        self.saving = Behind()
        self._known: dict[str, FilePosition] | None = None
        self._reached: dict[str, FilePosition] = {}
        self._rested: dict[str, str] = {}
        self._seen: Seen = {} if seen is None else seen

    async def look(self) -> bool:
        """One look at every file, all saved; whether anything was read. Raises Trouble, OSError, StalePosition."""
        async with self.saving:
            return await self.look_on()

    async def look_on(self) -> bool:
        """As `look`, but what was read last may still be on its way: the next look does not wait for it."""
        found = await asyncio.to_thread(files.look, self._folder.folder, self._folder.pattern)
        known = await self._positions()
        moved = False
        for one in found:
            if self._stop.is_set():
                return True
            moved = await self._file(one, known) or moved
        gone = [file for file in known if file not in {one.file for one in found}]
        if gone:
            await self.saving.settle()
            await self._forget(gone)
        return moved

    async def _positions(self) -> dict[str, FilePosition]:
        if self._known is None:
            with ours():
                async with self._runtime.engine.connect() as connection:
                    self._known = await progress.files(connection, self._origin.instance)
        return self._known

    async def _file(self, one: Found, known: dict[str, FilePosition]) -> bool:
        at = self._reached.get(one.file) or known.get(one.file)
        if one.size == 0 or (at is not None and at.stamp == one.stamp and at.path == str(one.path)):
            return False
        try:
            way, start = await asyncio.to_thread(self._start, one, at)
            return await (self._lines(one, start) if way == "lines" else self._whole(one, start))
        except FileNotFoundError:
            return False  # rotated away meanwhile; the next look finds it by its new name

    def _start(self, one: Found, at: FilePosition | None) -> tuple[str, FilePosition]:
        """How to read the file and from where: from its beginning where it is new, another, or was cut."""
        same = at is not None and one.size >= at.position and files.head(one.path, at.head) == at.head
        if at is None or not same:
            self._seen.pop(one.file, None)
            at = FilePosition(file=one.file, path=str(one.path), position=0, head=files.head(one.path))
        elif int(at.head.partition(":")[0]) < files.HEAD:
            at = replace(at, head=files.head(one.path))
        return files.way(one.path, self._origin.connector), at

    async def _lines(self, one: Found, at: FilePosition) -> bool:
        """Block by block to the last whole line; of a file that was rotated away and rests, the last line too."""
        rotated = at.path != str(one.path)
        closing = rotated and self._rests(one)
        blocks = files.blocks(one.path, at.position, one.size, rest=closing)
        intake, standing = await asyncio.to_thread(self._intake, one, at.position)
        read = replace(at, path=str(one.path), stamp=one.stamp)
        moved = False
        while (block := await asyncio.to_thread(next, blocks, None)) is not None:
            offset, text = block
            taken = await asyncio.to_thread(self._take, intake, one, offset, text, standing)
            to = offset + len(text)
            at = replace(at if rotated or to < one.size else read, position=to)
            await self._begin(taken, at)
            moved = True
        done = replace(read, position=at.position)
        if at != done and (closing or (not rotated and at.position == one.size)):
            await self._begin(Taken(), done, pages=0)
        return moved

    async def _begin(self, taken: Taken, at: FilePosition, pages: int = 1) -> None:
        """Saves it behind what is read next, which goes on from here."""
        await self.saving.begin(partial(self._save, taken, at, pages))
        self._reached[at.file] = at
        if at.file in self._seen:
            self._seen[at.file] = (at.position, *self._seen[at.file][1:])

    def _rests(self, one: Found) -> bool:
        """Whether two looks saw the file alike."""
        before, self._rested[one.file] = self._rested.get(one.file), one.stamp
        return before == one.stamp

    def _intake(self, one: Found, position: int) -> tuple[Intake, Directives | None]:
        """An intake that knows what stands before the position: as it was kept, else by replaying the file there."""
        kept = self._seen.get(one.file)
        if kept is not None and kept[0] == position:
            return Intake(self._origin, self._runtime.keys, kept[1]), kept[2]
        seen, pattern = Occurrences(), self._origin.connector.directives
        intake = Intake(self._origin, self._runtime.keys, seen)
        start = files.line_start(one.path, position - REPLAY)
        standing = files.directives(one.path, start, pattern) if pattern is not None else None
        if position:
            for offset, text in files.blocks(one.path, start, position, rest=True):
                self._take(intake, one, offset, text, standing)
        self._seen[one.file] = (position, seen, standing)
        return intake, standing

    def _take(self, intake: Intake, one: Found, offset: int, text: bytes, standing: Directives | None) -> Taken:
        name = f"{one.path.name}@{offset}" if offset else one.path.name
        records = natives(text, self._origin.connector, name, standing)
        return intake.take(records, self._runtime.clock.now(), at=offset, written=one.written)

    async def _whole(self, one: Found, at: FilePosition) -> bool:
        """The whole file, once two looks saw it alike; it is marked read only at its end."""
        if not self._rests(one):
            return False
        await self.saving.settle()
        intake = Intake(self._origin, self._runtime.keys)
        with one.path.open("rb") as file:
            records = natives(file, self._origin.connector, one.path.name)
            for number in itertools.count():
                taken = await asyncio.to_thread(self._slice, intake, one, records, number)
                if taken.records == 0:
                    break
                with ours():
                    await publish(self._runtime.log, taken)
                faults.point("ingest.slice_published")
                self.report.add(taken, pages=0)
        done = replace(at, path=str(one.path), position=one.size, stamp=one.stamp)
        await self._save(Taken(), done)
        self._reached[one.file] = done
        return True

    def _slice(self, intake: Intake, one: Found, records: Iterator[Native | Broken], number: int) -> Taken:
        part = itertools.islice(records, AT_ONCE)
        at = number * AT_ONCE * RECORD_BYTES
        return intake.take(part, self._runtime.clock.now(), at=at, written=one.written)

    async def _save(self, taken: Taken, at: FilePosition, pages: int = 1) -> None:
        """Publishes, then saves the position: in this order nothing is lost."""
        faults.point("ingest.read")
        with ours():
            await publish(self._runtime.log, taken)
            faults.point("ingest.lines_published")
            async with self._runtime.engine.begin() as connection:
                await progress.save_file(connection, self._lease, at)
        faults.point("ingest.position_saved")
        self.report.add(taken, pages)
        known = await self._positions()
        known[at.file] = at

    async def _forget(self, gone: list[str]) -> None:
        """Drops positions of files that are no more."""
        with ours():
            async with self._runtime.engine.begin() as connection:
                await progress.forget_files(connection, self._lease, gone)
        known = await self._positions()
        for file in gone:
            known.pop(file, None)
            self._reached.pop(file, None)
            self._seen.pop(file, None)
            self._rested.pop(file, None)
