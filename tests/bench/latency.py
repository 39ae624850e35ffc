"""From the event at its source to the webhook at its receiver, while the proxies write 5,000 lines a second.

Ingest, classifier and inventory are processes of their own on a real Kafka; the lines are appended to a watched folder.
3 % of them are use of AI by people whom no directory knows. The events measured are others: the first use of a tool in
a unit, of which each opens an alert. An event's time is that of its line, which is written then; its message's time is
when the receiver had verified it.
"""

import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from pydantic import SecretStr
from sqlalchemy import text

from connectors.base import discover
from deploy.local_kafka import LocalKafka
from deploy.processes import Part
from deploy.receiver import Receiver, Store
from services.app import opened
from services.cli.demo import LOOPBACK
from services.ingest import instances
from services.inventory.delivery.endpoints import Endpoints
from services.kit.postgres import EmbeddedPostgres
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from services.labelling.catalog import open_catalog
from tests.bench import firehose
from tests.bench.measure import peak_mb, say

PER_SECOND = 5_000
MEASURED_PER_SECOND = 10
LINES = 200_000
TICK_SECONDS = 0.05
WARM_SECONDS, SECONDS, LATE_SECONDS = 15.0, 60.0, 30.0
UNITS = [f"Unit {number:02d}" for number in range(20)]
STAMP = len("1763000000.000")
PARTS = ("ingest", "classifier", "inventory")
BY = "the benchmark"
PEOPLE = text("select count(*) from inventory.person")


@dataclass
class Arrivals(Store):
    """Keeps when the first message about each grain came, by this machine's clock."""

    at: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def take(self, message: dict[str, Any]) -> None:
        """Notes the time, once a grain."""
        self.at.setdefault(message["body"]["data"]["grain"], time.time())
        super().take(message)


def run(seconds: float = SECONDS, warm: float = WARM_SECONDS, per_second: int = PER_SECOND) -> dict[str, Any]:
    """Seconds from event to webhook: median, 99th percentile, longest; how many were measured; the rate meanwhile."""
    return asyncio.run(_run(seconds, warm, per_second))


async def _run(seconds: float, warm: float, per_second: int) -> dict[str, Any]:
    arrivals, uses = Arrivals(), _first_uses()
    # Made beforehand: drawing a line takes as long as labelling one, and here it would take it from who is measured.
    lines = itertools.cycle(list(firehose.squid_lines(LINES, seed=int(time.time()))))
    async with _house(arrivals) as (logs, parts):
        with (logs / "access.log").open("a") as file:
            say(f"warming up for {warm:.0f} s …")
            await _write(file, warm, per_second, lines, iter(()))
            say(f"measuring for {seconds:.0f} s …")
            began = time.monotonic()
            events, written = await _write(file, seconds, per_second, lines, iter(uses))
            rate = written / (time.monotonic() - began)
        await _arrived(events, arrivals)
        peaks = {f"{name}_peak_mb": round(peak_mb(part.pid or 0)) for name, part in parts.items()}
    taken = sorted(arrivals.at[grain] - at for grain, at in events.items() if grain in arrivals.at)
    if len(taken) < len(events):
        raise RuntimeError(f"{len(events) - len(taken)} of {len(events)} alerts were not received")
    return {
        "p50_seconds": round(statistics.median(taken), 2), "p99_seconds": round(_percentile(taken, 0.99), 2),
        "max_seconds": round(taken[-1], 2), "fastest_seconds": round(taken[0], 2), "samples": len(taken),
        "lines_per_second": round(rate), **peaks,
    }  # fmt: skip


def _percentile(ordered: list[float], share: float) -> float:
    """The smallest value that at least this share does not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _first_uses() -> list[tuple[str, str, str]]:
    """Grain, login and host of uses that are each the first of a tool in a unit."""
    signals = open_catalog().hosts
    named = {signals[host].named.tool: host for host in firehose.tool_hosts()}
    pairs = itertools.product(sorted(filter(None, named)), enumerate(UNITS))
    return [(f"tool:{tool}|{unit}", _login(number), named[tool]) for tool, (number, unit) in pairs]


def _login(number: int) -> str:
    return f"member{number:02d}"


async def _write(
    file: TextIO, seconds: float, per_second: int, ordinary: Iterator[str], uses: Iterator[tuple[str, str, str]]
) -> tuple[Mapping[str, float], int]:
    """Appends lines as time goes on; the time of each measured event by grain, and how many lines there were."""
    began, written, events = time.time(), 0, dict[str, float]()
    while (now := time.time()) < began + seconds:
        due = int((now - began) * per_second)
        lines = [f"{now:.3f}{line[STAMP:]}" for line in itertools.islice(ordinary, due - written)]
        for grain, login, host in itertools.islice(uses, int((now - began) * MEASURED_PER_SECOND) - len(events)):
            events[grain] = now
            lines.append(
                f"{now:.3f}    250 10.9.9.9 TCP_TUNNEL/200 4000 CONNECT {host}:443 {login} HIER_DIRECT/203.0.113.10 -\n"
            )
        file.writelines(lines)
        file.flush()
        written = due
        await asyncio.sleep(TICK_SECONDS)
    return events, written


async def _arrived(events: Mapping[str, float], arrivals: Arrivals) -> None:
    """Returns when all have arrived, or it is too late."""
    until = time.monotonic() + LATE_SECONDS
    while not events.keys() <= arrivals.at.keys() and time.monotonic() < until:  # noqa: ASYNC110 - filled by a thread
        await asyncio.sleep(0.1)


@asynccontextmanager
async def _house(arrivals: Arrivals) -> AsyncIterator[tuple[Path, Mapping[str, Part]]]:
    """Kafka, PostgreSQL, the three processes, and the receiver; gives the folder they watch."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pnb-", ignore_cleanup_errors=True)))
        broker, database = LocalKafka(), EmbeddedPostgres(folder)
        stack.push_async_callback(broker.stop)
        await broker.start()
        stack.push_async_callback(database.stop)
        await database.start()
        url = database.url().render_as_string(hide_password=False)
        settings = Settings(
            _env_file=None, data=folder, database_url=SecretStr(url), log_url=broker.url,
            keys=f"file:{folder / 'keys.json'}", allow_private=LOOPBACK,
        )  # type: ignore[call-arg] # fmt: skip # pydantic-settings takes _env_file
        secrets: list[str] = []
        receiver = stack.enter_context(Receiver(lambda: secrets, arrivals))
        runtime = await stack.enter_async_context(opened(settings, url))
        logs = await _sources(runtime, folder)
        secrets.append((await Endpoints(runtime).add(receiver.url, BY))[1])
        environment = {
            "PENUMBRA_DATABASE_URL": url, "PENUMBRA_LOG_URL": broker.url, "PENUMBRA_KEYS": settings.keys or "",
            "PENUMBRA_ALLOW_PRIVATE": ",".join(LOOPBACK),
        }  # fmt: skip
        parts = {name: Part(name, name, folder, environment) for name in PARTS}
        for part in parts.values():
            stack.push_async_callback(part.end)
        await asyncio.gather(*(part.start() for part in parts.values()))
        await _known(runtime)
        yield logs, parts


async def _sources(runtime: Runtime, folder: Path) -> Path:
    """A directory of one person a unit, and a proxy's folder."""
    people, logs = folder / "people", folder / "logs"
    people.mkdir()
    logs.mkdir()
    rows = [f"{number},Member {number},member{number:02d}@example.com,{_login(number)},{unit}" for number, unit in
            enumerate(UNITS)]  # fmt: skip
    (people / "directory.csv").write_text("\n".join(("employee_id,name,email,login,unit", *rows, "")))
    async with runtime.engine.begin() as connection:
        for connector, name, place, pattern in (
            ("directory_csv", "directory", people, "directory.csv"), ("squid", "proxy", logs, "access.log*"),
        ):  # fmt: skip
            await instances.add(
                connection, discover(), connector=connector, name=name, config={}, now=runtime.clock.now(),
                folder=str(place), pattern=pattern,
            )  # fmt: skip
    return logs


async def _known(runtime: Runtime) -> None:
    """Waits until the inventory knows the directory's people."""
    for _ in range(600):
        async with runtime.engine.connect() as connection:
            if (await connection.execute(PEOPLE)).scalar_one() == len(UNITS):
                return
        await asyncio.sleep(0.1)
    raise RuntimeError("the directory was not read within a minute")
