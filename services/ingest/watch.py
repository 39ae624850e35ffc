"""A watched folder: files that grow are read line by line, others whole once they rest; positions are saved after.

A file is known by its inode, so rotation by renaming goes on where it was; one that shrank is read from its beginning.
Reading in the middle first replays what stands just before, so that identical lines keep their occurrence numbers and
a line read twice (a crash between publishing and saving) has one id.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import structlog

from connectors.base import Trouble
from connectors.records import Broken, Directives, Native, natives
from services.ingest import files, sightings
from services.ingest.behind import Behind
from services.ingest.collect import Job, Report, ours
from services.ingest.files import Found
from services.ingest.ids import REPLAY, Occurrences
from services.ingest.intake import Intake, Taken
from services.ingest.listing import ANY_DEPTH
from services.ingest.publish import publish
from services.ingest.sightings import Seen
from services.kit import faults
from services.kit.control import progress
from services.kit.control.progress import FilePosition
from services.kit.control.rows import TROUBLES
from services.kit.errors import PenumbraError, StalePosition

log = structlog.get_logger(__name__)
FOLLOW_SECONDS = 10.0
POLL_SECONDS = 0.25
EASE = 4.0
"""A folder whose listing takes long is listed the less often: at most a fifth of the time goes there."""
RELIST_SECONDS = 900.0
"""How often all of a tree is listed; between, only the days of RECENT and later (listing.py)."""
RECENT = timedelta(days=2)
CUT_SECONDS = 60.0
"""How long a compressed file that ends early is waited for."""
AT_ONCE = 5_000
RECORD_BYTES = 128
"""A record's size in a file that is read whole, for the distance of identical ones; any figure does that stays."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Which files are watched: a folder and a glob pattern under it (`*`, `*.log*`, `**/*.json`)."""

    folder: str
    pattern: str = "*"


async def follow(
    job: Job, folder: Folder, seconds: float = FOLLOW_SECONDS, seen: Seen | None = None, report: Report | None = None
) -> Report:
    """Watches for some time, then gives the lease back so that others may; returns what was read.

    `report` is an empty one to fill in on the way, for those who look on.

    Give the same `seen` for watch after watch of an instance: else each begins with replaying megabytes.
    Raises StalePosition where the lease was lost, BrokenOff where our log or database was away.
    """
    own = Seen() if seen is None else replace(seen, standing=dict(seen.standing))
    watcher = Watcher(job, folder, own, report)
    if seen is not None:
        seen.forget()  # until this watch ended well: one cut off may have counted what it never saved
    report = await _watched(watcher, job, seconds)
    if seen is not None:
        seen.listed = own.listed
        if report.outcome not in TROUBLES:
            seen.standing, seen.positions, seen.token = own.standing, own.positions, job.lease.token
    return report


async def _watched(watcher: "Watcher", job: Job, seconds: float) -> Report:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        async with watcher.saving:
            while not job.stop.is_set() and (began := loop.time()) < end:
                if not await watcher.look_on():
                    pause = max(POLL_SECONDS, EASE * (loop.time() - began))
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(job.stop.wait(), min(pause, seconds))
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
        self._memory = Seen() if seen is None else seen
        self._reached: dict[str, FilePosition] = {}
        self._rested: dict[str, tuple[str, float]] = {}
        self._waiting: set[Path] = set()
        self._seen = self._memory.standing

    async def look(self) -> bool:
        """One look at every file, all saved; whether anything was read. Raises Trouble, OSError, StalePosition."""
        async with self.saving:
            return await self.look_on()

    async def look_on(self) -> bool:
        """As `look`, but what was read last may still be on its way: the next look does not wait for it."""
        began = asyncio.get_running_loop().time()
        listed = self._memory.listed
        folder, pattern = self._folder.folder, self._folder.pattern
        due = listed is None or began - listed >= RELIST_SECONDS or ANY_DEPTH not in pattern
        today = self._runtime.clock.now().date()
        since = None if due else today - RECENT
        self._waiting = set()
        found = await asyncio.to_thread(files.look, folder, pattern, since)
        known = await self._positions()
        await self._again(found, known)
        moved = False
        for one in found:
            if self._stop.is_set():
                return True
            moved = await self._file(one, known) or moved
        if lost := sightings.gone(found, known, folder, since):
            await self.saving.settle()
            await self._forget(lost)
        if due and not self._awaits(today - RECENT):
            self._memory.listed = began
        return moved

    def _awaits(self, since: date) -> bool:
        """Whether a file of days before is to be looked at again, which only listing everything brings back."""
        return any(sightings.is_past(file.parent, self._folder.folder, since) for file in self._waiting)

    async def _again(self, found: Sequence[Found], known: dict[str, FilePosition]) -> None:
        """Takes a file that was read whole for the same where it is, under another inode."""
        for one, at in sightings.reappeared(found, known):
            if await asyncio.to_thread(files.head, one.path, at.head) == at.head:
                await self._save(Taken(), replace(at, file=one.file, stamp=one.stamp), pages=0)

    async def _positions(self) -> dict[str, FilePosition]:
        memory = self._memory
        if memory.positions is None or memory.token not in {self._lease.token, self._lease.token - 1}:
            with ours():
                async with self._runtime.engine.connect() as connection:
                    memory.positions = await progress.files(connection, self._origin.instance)
        memory.token = self._lease.token
        return memory.positions

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

    def _rests(self, one: Found, seconds: float = 0.0) -> bool:
        """Whether two looks saw the file alike, so many seconds apart."""
        now = asyncio.get_running_loop().time()
        stamp, at = self._rested.get(one.file, ("", now))
        if stamp == one.stamp:
            return now - at >= seconds
        self._rested[one.file] = one.stamp, now
        return False

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
        """The whole file, once two looks saw it alike; it is marked read only at its end.

        One whose compressed stream ends early is still being written, or was cut: it is waited for a while.
        """
        rests = self._rests(one)
        if not rests or not (await asyncio.to_thread(files.is_whole, one.path) or self._rests(one, CUT_SECONDS)):
            self._waiting.add(one.path)
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

    async def _forget(self, lost: list[str]) -> None:
        """Drops positions of files that are no more."""
        with ours():
            async with self._runtime.engine.begin() as connection:
                await progress.forget_files(connection, self._lease, lost)
        known = await self._positions()
        for file in lost:
            known.pop(file, None)
            self._reached.pop(file, None)
            self._seen.pop(file, None)
            self._rested.pop(file, None)
