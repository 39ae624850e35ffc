"""`make run-kafka`: ingest, two classifiers and two inventories as processes of their own, on a real Kafka.

    python -m deploy.run_kafka [--drill] [--people N] [--writing SECONDS] [--seconds N] [--database URL]

A sample company's proxies write six days in a minute while its APIs are pulled. `--drill` kills (SIGKILL) one of each
service meanwhile and starts it again. Then what the API says is held against the company's truth. It ends with Ctrl-C,
or `--seconds` after the comparison: 0 where all is equal, 1 where not. Nothing stays: the data is a temporary folder,
or with `--database` a database of its own on the PostgreSQL server of that address, dropped at the end.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from deploy.compared import Facts, answered, differences, expected, summary
from deploy.fresh_database import fresh_database
from deploy.kafka_jars import install
from deploy.local_kafka import LocalKafka
from deploy.processes import Part
from services.app import on_signals, opened
from services.cli.demo import LOOPBACK, furnished
from services.kit.access import Tokens
from services.kit.clock import SystemClock
from services.kit.errors import Misconfigured
from services.kit.postgres import EmbeddedPostgres
from services.kit.settings import Settings
from services.simulator.demo import FOLDER, demo_world, plan_demo
from services.simulator.driven import DrivenClock
from services.simulator.squid_log import follow
from services.simulator.truth import truth
from services.simulator.world import World

PARTS = ("ingest-1", "classifier-1", "classifier-2", "inventory-1", "inventory-2")
DRILLED = ("ingest-1", "classifier-1", "inventory-1")
AWAY_SECONDS = 2.0
EQUAL_WITHIN = 240.0
"""A killed ingest's leases end after a minute, a killed classifier's session after ten seconds."""
HELD_SECONDS = 10.0
FOREVER = 1e9
BY = "make run-kafka"
SCOPES = ("tools:read", "solutions:read", "alerts:read", "people:read")


@dataclass(frozen=True)
class Asked:
    """The flags."""

    drill: bool
    people: int
    writing: float
    seconds: float | None
    database: str | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs it; 0 equal, 1 not equal, 130 where it was interrupted before that was known."""
    parser = argparse.ArgumentParser(prog="python -m deploy.run_kafka", description="Penumbra as processes on Kafka.")
    parser.add_argument("--drill", action="store_true", help="kill and restart one of each while the simulator writes")
    parser.add_argument("--people", type=int, default=300, help="people of the sample company")
    parser.add_argument("--writing", type=float, default=60.0, help="seconds in which the proxies write six days")
    parser.add_argument("--seconds", type=float, help="end so long after the comparison [default: at Ctrl-C]")
    parser.add_argument("--database", help="postgresql://… of a server to use [default: one started here]")
    given = parser.parse_args(arguments)
    try:
        return asyncio.run(
            _until_stopped(Asked(given.drill, given.people, given.writing, given.seconds, given.database or None))
        )
    except Misconfigured as fault:
        _say(str(fault))
        return 2


async def _until_stopped(asked: Asked) -> int:
    """Works until done or asked to end; either way everything started is ended before it returns."""
    stop = asyncio.Event()
    on_signals(stop)
    known: list[int] = []
    work, stopped = asyncio.create_task(_run(asked, known)), asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        _say("ending …")
    for task in (work, stopped):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
    return known[0] if known else 130


async def _run(asked: Asked, known: list[int]) -> None:
    install()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pnb-run-", ignore_cleanup_errors=True)))
        settings = await _servers(stack, folder, asked.database)
        runtime = await stack.enter_async_context(opened(settings, _database(settings)))
        world = demo_world(folder, runtime.clock.now(), people=asked.people)
        files = await plan_demo(world, folder / FOLDER, logs=False)
        true = expected(await asyncio.to_thread(truth, world))
        await stack.enter_async_context(furnished(runtime, world, files))
        parts = await _parts(stack, folder, settings)
        await asyncio.gather(_write(world, files.squid_folder, asked.writing), _drill(parts, asked))
        _, token = await Tokens(runtime.engine, runtime.clock).create(BY, SCOPES, timedelta(days=1), BY)
        known.append(await _compare(parts["inventory-1"].address, token, true))
        _say(await asyncio.to_thread(_received, files.folder / "webhooks.jsonl", true))
        if asked.seconds is None:
            _say("open the link above; Ctrl-C ends everything")
        await asyncio.sleep(FOREVER if asked.seconds is None else asked.seconds)


async def _servers(stack: AsyncExitStack, folder: Path, server: str | None) -> Settings:
    """Kafka and PostgreSQL, and the settings that name them; `server` is a PostgreSQL that runs already."""
    _say("starting Kafka …" if server else "starting Kafka and PostgreSQL …")
    broker = LocalKafka()
    stack.push_async_callback(broker.stop)
    await broker.start()
    if server is not None:
        url = await stack.enter_async_context(fresh_database(server))
    else:
        database = EmbeddedPostgres(folder)
        stack.push_async_callback(database.stop)
        await database.start()
        url = database.url().render_as_string(hide_password=False)
    return Settings(
        _env_file=None, data=folder, database_url=SecretStr(url), log_url=broker.url, listen="127.0.0.1:0",
        keys=f"file:{folder / 'keys.json'}", allow_private=LOOPBACK, sample_company=True,
    )  # type: ignore[call-arg] # fmt: skip # pydantic-settings takes _env_file


def _database(settings: Settings) -> str:
    if settings.database_url is None:
        raise RuntimeError("no database")
    return settings.database_url.get_secret_value()


def _environment(settings: Settings) -> Mapping[str, str]:
    return {
        "PENUMBRA_DATABASE_URL": _database(settings), "PENUMBRA_LOG_URL": settings.log_url,
        "PENUMBRA_KEYS": settings.keys or "", "PENUMBRA_SAMPLE_COMPANY": "1",
        "PENUMBRA_ALLOW_PRIVATE": ",".join(settings.allow_private),
    }  # fmt: skip


async def _parts(stack: AsyncExitStack, folder: Path, settings: Settings) -> Mapping[str, Part]:
    """The processes, ready; says the sign-in link of the first inventory."""
    parts = {name: Part(name, name.partition("-")[0], folder, _environment(settings)) for name in PARTS}
    for part in parts.values():
        stack.push_async_callback(part.end)
    links = dict(zip(parts, await asyncio.gather(*(part.start() for part in parts.values())), strict=True))
    for name, part in parts.items():
        _say(f"{name}: process {part.pid} at {part.address}")
    sys.stdout.write(f"ready {links['inventory-1']}\n")
    sys.stdout.flush()
    return parts


async def _write(world: World, folder: Path, seconds: float) -> None:
    """The proxies' logs, six days in so many seconds."""
    speed = (world.until - world.since).total_seconds() / seconds
    lines = await follow(world, DrivenClock(world.since, SystemClock(), speed), folder)
    _say(f"the proxies wrote {lines} lines")


async def _drill(parts: Mapping[str, Part], asked: Asked) -> None:
    """Kills one of each while the proxies write, and starts it again."""
    if not asked.drill:
        return
    for name in DRILLED:
        await asyncio.sleep(asked.writing / (len(DRILLED) + 1) - AWAY_SECONDS)
        _say(f"kill -9 {parts[name].pid} ({name})")
        await parts[name].kill()
        await asyncio.sleep(AWAY_SECONDS)
        await parts[name].start()
        _say(f"{name} is back as process {parts[name].pid}")


async def _compare(address: str, token: str, true: Facts) -> int:
    """Waits until what the API says equals the truth, and whether it stays so; says what differs. 0 equal, 1 not."""
    loop = asyncio.get_running_loop()
    began = shown = loop.time()
    found = await answered(address, token)
    while differences(found, true) and loop.time() < began + EQUAL_WITHIN:
        if loop.time() > shown + HELD_SECONDS:
            _say(f"so far {summary(found, true)}")
            shown = loop.time()
        await asyncio.sleep(1)
        found = await answered(address, token)
    _say(f"{summary(found, true)} after {loop.time() - began:.0f} s; looking again in {HELD_SECONDS:.0f} s")
    await asyncio.sleep(HELD_SECONDS)
    found = await answered(address, token)
    told = differences(found, true)
    for line in told:
        _say(line)
    _say(f"{summary(found, true)}: {'NOT the truth' if told else 'equal to the truth'}")
    return 1 if told else 0


def _received(kept: Path, true: Facts) -> str:
    """What the webhook's receiver took, once each."""
    data = [json.loads(line)["body"]["data"] for line in kept.read_text().splitlines()]
    told = {one["grain"] for one in data} & set(true["alerts"])
    return f"webhook messages received: {len(data)}, about {len(told)} of {len(true['alerts'])} open alerts"


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
