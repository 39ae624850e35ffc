"""Files of a watched folder as they are: who they are, how they are read, and their bytes up to the last whole line."""

import codecs
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

import msgspec

from connectors.base import Connector, Trouble
from connectors.records import Directives
from connectors.records.bytestream import Cut, raw_chunks, unpacked
from services.ingest import listing

HEAD = 256
BLOCK = 1 << 20
LONGEST_LINE = 4 << 20
_MAGIC = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh")
"""gzip, zstd, bzip2 (see connectors/records/bytestream.py)."""
_WIDE = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A file as one look saw it. `file` is device and inode, which a rename keeps; `stamp` is size and time."""

    path: Path
    file: str
    size: int
    stamp: str
    changed: int

    @property
    def written(self) -> datetime:
        """When the file was written last: no record in it is younger."""
        return datetime.fromtimestamp(self.changed // 1_000_000_000, UTC)


def look(folder: str, pattern: str, since: date | None = None) -> list[Found]:
    """The plain files that match, oldest first, each inode once; raises Trouble where the folder can't be read.

    Hidden files are left out: rotation and copying make them; `since` leaves out folders of days before (listing.py).
    """
    root = Path(folder)
    if not root.is_dir() or not os.access(root, os.R_OK | os.X_OK):
        raise Trouble("failing", f"folder {folder} does not exist or can't be read by this user")
    found: dict[str, Found] = {}
    for path in listing.matching(root, pattern, since):
        try:
            info = path.stat()
        except OSError:
            continue  # it was rotated away since the folder was listed; the next look finds it by its new name
        if path.name.startswith(".") or not path.is_file():
            continue
        file = f"{info.st_dev}:{info.st_ino}"
        stamp = f"{info.st_size}:{info.st_mtime_ns}"
        one = Found(path=path, file=file, size=info.st_size, stamp=stamp, changed=info.st_mtime_ns)
        found.setdefault(file, one)
    return sorted(found.values(), key=lambda one: (one.changed, str(one.path)))


def head(path: Path, wanted: str | None = None) -> str:
    """A digest of the first bytes, `length:hex`; with `wanted`, over as many bytes as that one."""
    length = int(wanted.partition(":")[0]) if wanted else HEAD
    with path.open("rb") as file:
        first = file.read(length)
    return f"{len(first)}:{hashlib.blake2b(first, digest_size=16).hexdigest()}"


def way(path: Path, connector: Connector) -> Literal["lines", "whole"]:
    """How a file is read: line by line as it grows, or whole once it rests (compressed, CSV, one JSON document)."""
    with path.open("rb") as file:
        first = file.read(64 * 1024)
    if first.startswith((*_MAGIC, *_WIDE)) or b"\0" in first[:HEAD] or connector.records == "csv":
        return "whole"
    document = re.match(rb"\s*(?:\{|\[\s*[\[{\]])", first) is not None
    if connector.records == "lines" and not document:
        return "lines"
    batches = (dict, list) if connector.records == "lines" else (dict,)
    return "lines" if isinstance(_json(first.lstrip().partition(b"\n")[0]), batches) else "whole"


def is_whole(path: Path) -> bool:
    """Whether a compressed stream goes to its end, as one that is still being written does not; others always do."""
    with path.open("rb") as file:
        if not file.peek(4).startswith(_MAGIC):
            return True
        try:
            for _ in unpacked(raw_chunks(file)):
                pass
        except Cut:
            return False
    return True


def _json(line: bytes) -> object:
    """A line's value; None where it has none, as the first line of a document has."""
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def blocks(path: Path, start: int, end: int | None, *, rest: bool) -> Iterator[tuple[int, bytes]]:
    """(offset, whole lines) from `start` to `end` (None: all there is); `rest` gives the last line without its end.

    A line longer than LONGEST_LINE comes in pieces: it can't be read anyhow, and must not be held.
    """
    with path.open("rb") as file:
        file.seek(start)
        held, at = b"", start
        while end is None or at + len(held) < end:
            wanted = BLOCK if end is None else min(BLOCK, end - at - len(held))
            more = file.read(wanted)
            if not more:
                break
            held += more
            cut = held.rfind(b"\n") + 1
            if cut == 0 and len(held) > LONGEST_LINE:
                cut = len(held)
            if cut:
                yield at, held[:cut]
                held, at = held[cut:], at + cut
        if held and rest:
            yield at, held


def directives(path: Path, end: int, pattern: re.Pattern[bytes]) -> Directives:
    """Those in force at a position: the last of each name that stands before it. Reads the file up to there."""
    found = Directives(pattern)
    starts = re.compile(rb"^(?:" + pattern.pattern + rb")", pattern.flags | re.MULTILINE)
    for offset, block in blocks(path, 0, end, rest=True):
        text = block if offset else block.removeprefix(codecs.BOM_UTF8)
        for line in starts.finditer(text):
            found.takes(text[line.start() : text.find(b"\n", line.start())].removesuffix(b"\r"))
    return found


def line_start(path: Path, before: int) -> int:
    """Where the first whole line at or after `before` begins."""
    if before <= 0:
        return 0
    with path.open("rb") as file:
        file.seek(before - 1)
        return before - 1 + len(file.readline())
