"""A large file read in parts by as many processes as there are processors, where the system forks cheaply (Linux).

Parts begin and end at line ends; what they give is put together by a commutative fold, so the answer is that of one
process. A part whose process dies is read again here.
"""

import itertools
import multiprocessing
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LARGE = 1 << 25
"""A file from this many bytes on is worth a second process."""
MOST = 4
_AHEAD = 1 << 16
Part = tuple[int, int]
Result = TypeVar("Result")


class Slice:
    """Bytes `start` to `end` of an open file, read without moving its position."""

    def __init__(self, descriptor: int, part: Part) -> None:
        self._descriptor = descriptor
        self._at, self._end = part

    def read(self, size: int = _AHEAD) -> bytes:
        """The next bytes, at most `size`."""
        given = os.pread(self._descriptor, min(size, self._end - self._at), self._at)
        self._at += len(given)
        return given


def parts(file: IO[bytes], begins: re.Pattern[bytes], *, large: int = LARGE, most: int = MOST) -> list[Part]:
    """The parts of a regular file, each of whole lines; none where it should be read as it is.

    `begins` is what the file's own bytes must begin with: what is compressed can't be divided.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        return []
    try:
        descriptor = file.fileno()
        size = os.fstat(descriptor).st_size
        plain = size >= large and begins.match(os.pread(descriptor, _AHEAD, 0)) is not None
    except (OSError, ValueError):
        return []
    number = min(len(os.sched_getaffinity(0)), most)
    if not plain or number < 2:  # noqa: PLR2004 - one part is the whole
        return []
    bounds = [0, *(_line_start(descriptor, size * place // number, size) for place in range(1, number)), size]
    return [(start, end) for start, end in itertools.pairwise(bounds) if start < end]


def _line_start(descriptor: int, at: int, size: int) -> int:
    """Where the first line that begins after `at` begins."""
    while at < size:
        ahead = os.pread(descriptor, _AHEAD, at)
        found = ahead.find(b"\n")
        if found >= 0:
            return at + found + 1
        at += len(ahead)
    return size


def gathered(
    work: Callable[[Part], Iterator[int]], result: Callable[[], Result], divided: list[Part]
) -> Iterator[int | Result]:
    """Does the first part here and the others in forked processes: yields progress of the first, then results.

    `work` does a part and yields its progress, `result` gives what it made (picklable).
    """
    context = multiprocessing.get_context("fork")
    children = []
    for part in divided[1:]:
        receiver, sender = context.Pipe(duplex=False)
        child = context.Process(target=_child, args=(work, result, part, sender), daemon=True)
        child.start()
        sender.close()
        children.append((part, receiver, child))
    yield from work(divided[0])
    for part, receiver, child in children:
        told = _received(receiver)
        child.join()
        if told is None:
            yield from work(part)
        else:
            yield told[0]


def _child(work: Callable[[Part], Iterator[int]], result: Callable[[], Any], part: Part, sender: "Connection") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends both, and tells of it once
    for _ in work(part):
        pass
    sender.send((result(),))
    sender.close()


def _received(receiver: "Connection") -> tuple[Any] | None:
    """What the child sent; None where it died before."""
    try:
        told: tuple[Any] = receiver.recv()
    except EOFError:
        return None
    finally:
        receiver.close()
    return told
