"""Squid's access logs as squid writes them: the office's native format, the branch's own `logformat`, rotated and not.

Native: https://wiki.squid-cache.org/Features/LogFormat; elapsed is right-aligned, a user nobody knows is `-`.
"""

import asyncio
import gzip
import heapq
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from services.kit.clock import Clock
from services.simulator import company, people, tools
from services.simulator.events import Event
from services.simulator.malformed import malformed
from services.simulator.plan import plan
from services.simulator.world import World, moment, ms

PEER = "203.0.113.10"
INSTANCES = (company.SQUID_OFFICE, company.SQUID_BRANCH)
_DENIED = 403


class Lines:
    """Renders planned visits as log lines (bytes, without the newline)."""

    def __init__(self, world: World) -> None:
        self._staff = people.staff(world)
        self._strangers = people.strangers(world)

    def line(self, event: Event) -> bytes:
        """The line the event's own proxy writes."""
        who: people.Person | people.Stranger
        who = self._staff[event.who] if event.who >= 0 else self._strangers[-1 - event.who]
        line = _branch if event.source == company.SQUID_BRANCH else _native
        return line(event, who.ip, who.login or "-").encode()


def _native(event: Event, ip: str, user: str) -> str:
    denied = event.status == _DENIED
    action, peer = ("TCP_DENIED", "HIER_NONE/-") if denied else ("TCP_TUNNEL", f"HIER_DIRECT/{PEER}")
    return (
        f"{_stamp(event)} {_elapsed(event):6d} {ip} {action}/{event.status:03d} {event.bytes_in} CONNECT "
        f"{event.host}:443 {user} {peer} -"
    )


def _branch(event: Event, ip: str, user: str) -> str:
    """The branch opens TLS, so its lines hold paths (with a query string nobody may keep) and browsers."""
    denied = event.status == _DENIED
    action, peer = ("TCP_DENIED", "HIER_NONE/-") if denied else ("TCP_MISS", f"HIER_DIRECT/{PEER}")
    method = "POST" if event.bytes_out > event.bytes_in else "GET"
    browser = tools.AGENTS_OF_BROWSERS[event.who % len(tools.AGENTS_OF_BROWSERS)]
    return (
        f"{_stamp(event)} {_elapsed(event):6d} {ip} {action}/{event.status:03d} {event.bytes_in} {event.bytes_out} "
        f'{method} https://{event.host}{event.path}?session={event.at % 99991} {user} {peer} text/html "{browser}"'
    )


def _stamp(event: Event) -> str:
    return f"{event.at // 1000}.{event.at % 1000:03d}"


def _elapsed(event: Event) -> int:
    """Milliseconds; of the event's own numbers, so that identical events leave identical lines."""
    return (event.at * 31 + event.bytes_in) % 9000 + 5


def timed_lines(world: World, instance: str | None = None) -> Iterator[tuple[int, str, bytes]]:
    """Every line in order of time, malformed ones among them: time (ms), instance, line. Flat in memory."""
    wanted = INSTANCES if instance is None else (instance,)
    render = Lines(world).line
    visits = ((event.at, event.source, render(event)) for event in plan(world) if event.source in wanted)
    faults = ((at, name, line) for name in wanted for at, line in malformed(world, name))
    return heapq.merge(visits, sorted(faults), key=lambda timed: timed[0])


def rotated_at(world: World) -> int:
    """When the logs were rotated last: in the middle of the period (ms)."""
    return (ms(world.since) + ms(world.until)) // 2


def write_logs(world: World, folder: Path) -> dict[str, int]:
    """Writes each proxy's `access.log` and the rotated `access.log.1.gz` below `folder/<instance>/`.

    Gives the number of lines by instance. The same world gives the same bytes.
    """
    written = dict.fromkeys(INSTANCES, 0)
    old = {name: _rotated(_home(folder, name) / "access.log.1.gz") for name in INSTANCES}
    new = {name: (_home(folder, name) / "access.log").open("wb") for name in INSTANCES}
    turn = rotated_at(world)
    try:
        for at, name, line in timed_lines(world):
            (old if at < turn else new)[name].write(line + b"\n")
            written[name] += 1
    finally:
        for file in (*old.values(), *new.values()):
            file.close()
    return written


def _home(folder: Path, instance: str) -> Path:
    home = folder / instance
    home.mkdir(parents=True, exist_ok=True)
    return home


def _rotated(path: Path) -> BinaryIO:
    """A gzip file without a date in its header, so that the same lines give the same bytes."""
    return gzip.GzipFile(path, "wb", mtime=0)  # type: ignore[return-value] # it writes bytes; typeshed makes it no BinaryIO


async def follow(world: World, clock: Clock, folder: Path, *, poll: timedelta = timedelta(seconds=0.2)) -> int:
    """Appends each line when `clock` passes its time, as a running proxy does; gives the number written at the end."""
    files = {name: (_home(folder, name) / "access.log").open("ab") for name in INSTANCES}
    written = 0
    try:
        for at, name, line in timed_lines(world):
            while moment(at) > clock.now():
                _flush(files.values())
                await asyncio.sleep(poll.total_seconds())
            files[name].write(line + b"\n")
            written += 1
    finally:
        for file in files.values():
            file.close()
    return written


def _flush(files: Iterable[BinaryIO]) -> None:
    for file in files:
        file.flush()
