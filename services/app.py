"""The composition root: settings → runtime → the chosen services, their loops and one HTTP server, in one TaskGroup."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import URL, text

from services.kit import keys as kit_keys
from services.kit.clock import SystemClock
from services.kit.db import check, connect
from services.kit.deadletters import retentions
from services.kit.errors import LogTruncated, Misconfigured, Transient, heed_cancellation
from services.kit.eventlog.connect import connect as connect_log
from services.kit.loop import TooManyRejected
from services.kit.meters import RESTARTS
from services.kit.migrate import migrate
from services.kit.runtime import Loop, Runtime, Service
from services.kit.settings import Settings
from services.kit.web import application, listen, serve

log = structlog.get_logger(__name__)
END_SECONDS = 9.0
AGAIN_SECONDS = 0.2
PAUSE_SECONDS, STEADY_SECONDS = 0.5, 30.0
"""The first pause before a loop that failed starts again, and how long it must have run for the pause to be that."""
FINAL = (LogTruncated, TooManyRejected, Misconfigured)
"""Faults that starting again can't mend: the loop stays down and `/readyz` says why."""


def services() -> Mapping[str, Callable[[Runtime], Service]]:
    """The services by name, each imported only where it is chosen."""

    def ingest(runtime: Runtime) -> Service:
        from services.ingest.service import service  # noqa: PLC0415 - only the chosen ones are loaded

        return service(runtime)

    def classifier(runtime: Runtime) -> Service:
        from services.classifier.service import service  # noqa: PLC0415 - the same

        return service(runtime)

    def inventory(runtime: Runtime) -> Service:
        from services.inventory.service import service  # noqa: PLC0415 - the same

        return service(runtime)

    return {"ingest": ingest, "classifier": classifier, "inventory": inventory}


@asynccontextmanager
async def opened(settings: Settings, url: object) -> AsyncIterator[Runtime]:
    """A runtime on a database: migrated, keys checked against it, topics made; closed at the end.

    Raises Misconfigured where the database does not answer, is too old, or was written under other keys.
    """
    engine = connect(url if isinstance(url, URL) else str(url))
    try:
        trouble = await check(engine)
        if trouble:
            raise Misconfigured(f"PENUMBRA_DATABASE_URL: {trouble}; start it, or mend the address")
        await migrate(engine)
        async with engine.connect() as connection:
            known = (await connection.execute(text("select keys from control.fingerprint"))).scalar_one_or_none()
        keys = kit_keys.load(settings.keys, settings.data, written_under=known)
        runtime = Runtime(settings, engine, connect_log(settings, engine), keys, SystemClock())
        try:
            await _same_keys(runtime)
            await _topics(runtime)
            yield runtime
        finally:
            await runtime.log.close()
    finally:
        await engine.dispose()


async def _topics(runtime: Runtime) -> None:
    """Makes the topics that are missing; a log that does not answer is a fault of its address until it does."""
    try:
        await runtime.log.ensure(retentions(), runtime.settings.partitions)
    except (Transient, TimeoutError) as trouble:
        why = type(trouble.__cause__).__name__ if trouble.__cause__ is not None else str(trouble) or "in time"
        fault = f"PENUMBRA_LOG_URL: {runtime.settings.log_url} does not answer ({why})"
        raise Misconfigured(f"{fault}; see that its brokers run and can be reached from here") from None


async def _same_keys(runtime: Runtime) -> None:
    """Remembers the keys' fingerprint at first, and refuses others later."""
    given = {"keys": runtime.keys.fingerprint}
    async with runtime.engine.begin() as connection:
        first = await connection.execute(
            text("insert into control.fingerprint (keys) values (:keys) on conflict do nothing"), given
        )
        known = (await connection.execute(text("select keys from control.fingerprint"))).scalar_one()
    if first.rowcount:
        place = runtime.settings.keys or f"file:{runtime.settings.data / 'keys.json'}"
        log.info("the database is kept under these keys from now on: keep a backup of both", keys=known, place=place)
    if known != runtime.keys.fingerprint:
        fault = f"PENUMBRA_KEYS: the database was written under keys {known}, these are {given['keys']}"
        raise Misconfigured(f"{fault}; restore the keys that belong to it")


async def run(runtime: Runtime, names: Sequence[str], *, ready: Callable[[str], object], stop: asyncio.Event) -> None:
    """Runs the named services until `stop`, then ends them in order within ten seconds."""
    made = [services()[name](runtime) for name in names]
    app = application(runtime, made)
    socket, address = listen(runtime.settings, names)
    loops = {f"{service.name}: {name}": loop for service in made for name, loop in service.loops.items()}
    faults: dict[str, str] = app.state.faults
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(socket)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        tasks = [group.create_task(_kept(name, loop, stop, faults), name=name) for name, loop in loops.items()]
        group.create_task(_end(tasks, stop))
        server = group.create_task(serve(app, socket, stop))
        await asyncio.sleep(0)
        shown = ready(address)
        if asyncio.iscoroutine(shown):
            await shown
        await server


async def _kept(name: str, loop: Loop, stop: asyncio.Event, faults: dict[str, str]) -> None:
    """Runs a loop and starts it again when it fails, more and more slowly; one that can't be helped stays down."""
    pause, clock = PAUSE_SECONDS, asyncio.get_running_loop()
    while not stop.is_set():
        began = clock.time()
        try:
            await loop(stop)
        except FINAL as fault:
            faults[name] = str(fault)
            log.error("a loop stopped for good", loop=name, fault=str(fault))  # noqa: TRY400 - the message says it all
            return
        except Exception:
            heed_cancellation()
            RESTARTS.labels(name).inc()
            if clock.time() - began > STEADY_SECONDS:
                pause = PAUSE_SECONDS
            log.exception("a loop failed; starting it again", loop=name, seconds=pause)
        else:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        pause = min(pause * 2, 30.0)


async def _end(tasks: Sequence[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """After `stop`, gives the loops their time and cancels what is left: nothing is saved by halves."""
    await stop.wait()
    _, late = await asyncio.wait(tasks, timeout=END_SECONDS) if tasks else ((), ())
    for task in late:
        log.warning("a loop is cut off; what it had not saved is read again", loop=task.get_name())
    while late:  # a library may take a cancellation for its own and go on
        for task in late:
            task.cancel()
        _, late = await asyncio.wait(late, timeout=AGAIN_SECONDS)


def on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and Ctrl-C ask for an end."""
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
