"""`penumbra source …`: instances of connectors, their schedules, runs and back-fills."""

from typing import TYPE_CHECKING, TypeVar

import typer

from services.cli.source_report import print_json, print_report

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from connectors.overlap import Twice
    from services.ingest.collect import Report
    from services.kit.control.rows import SourceRow
    from services.kit.runtime import Runtime

_NAME = typer.Argument(help="Its id or name, as `penumbra source list` shows.")
_JSON = typer.Option(False, "--json", help="Print JSON.")
_BY = "penumbra source"
FOLLOW_ONCE = 1.5
Result = TypeVar("Result")


def register(root: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(no_args_is_help=True, help="Sources: what is pulled, watched or pushed, and how each does.")
    for name, command in (
        ("add", add), ("test", try_out), ("list", list_all), ("show", show), ("edit", edit), ("pause", pause),
        ("resume", resume), ("run", run), ("backfill", backfill), ("remove", remove),
    ):  # fmt: skip
        group.command(name)(command)
    root.add_typer(group, name="source")


def _run(act: "Callable[[Runtime], Awaitable[Result]]") -> Result:
    import asyncio

    from services.cli.session import runtime

    async def inside() -> Result:
        async with runtime() as rt:
            return await act(rt)

    return asyncio.run(inside())


def add(
    connector: str = typer.Argument(help="The connector, as `penumbra connector list` names it."),
    *,
    name: str = typer.Option(..., "--name", help="What to call the source; its id is made of it."),
    config: list[str] = typer.Option([], "--config", help="NAME=VALUE; a secret as env:NAME or file:/path."),
    every: str | None = typer.Option(None, "--every", help="How often it is pulled: 30s, 5m, 1h."),
    folder: str | None = typer.Option(None, "--folder", help="Watch the files of this folder in place of pulling."),
    pattern: str = typer.Option("*", "--pattern", help="Which files of the folder: *.log*, **/*.json."),
    sample: str | None = typer.Option(None, "--sample", help="A file whose columns are mapped and remembered (csv)."),
) -> None:
    """Add a source; it runs at once where an ingest service runs."""
    from connectors import overlap
    from connectors.base import discover
    from services.ingest import adding, columns, instances

    asked = adding.Asked(connector, name, config, every, folder, pattern, sample)
    known, settings, interval = adding.wanted(discover(), asked)
    if known.propose is not None:
        typer.echo(f"Its columns: {columns.told(settings['columns'])}", err=True)

    async def act(rt: "Runtime") -> str:
        async with rt.engine.begin() as connection:
            made = await instances.add(
                connection, discover(), connector=connector, name=name, config=settings, now=rt.clock.now(),
                every=interval, folder=folder, pattern=pattern,
            )  # fmt: skip
            await _note(rt, connection, "add", made, connector=connector)
            return made

    made = _run(act)
    typer.echo(made)
    for both in _run(_told_twice):
        typer.echo(f"Look: {both}. {overlap.MEND}", err=True)
    missing = adding.notice(folder, pattern)
    if missing is not None:
        typer.echo(missing, err=True)
    typer.echo(f"Try it: penumbra source test {made}", err=True)


def try_out(name: str = _NAME, as_json: bool = _JSON) -> None:
    """Read a first page and publish nothing; exit 1 if the source can't be read."""
    from connectors.base import discover
    from services.ingest import instances
    from services.ingest.dial import dialler
    from services.kit.errors import Misconfigured

    async def act(rt: "Runtime") -> "Report":
        row = await _get(rt, name)
        connector = discover().get(row.connector)
        if connector is None:
            raise Misconfigured(f"{name}: its connector {row.connector} is not installed here")
        return await instances.trial(rt, row, connector, dialler(rt))

    print_report(_run(act), as_json=as_json)


def run(name: str = _NAME, as_json: bool = _JSON) -> None:
    """Run it now, in this process, and say what it did; exit 1 if it ended in trouble."""
    from connectors.base import discover
    from services.ingest.dial import dialler
    from services.ingest.scheduler import Scheduler, owner

    async def act(rt: "Runtime") -> "Report":
        scheduler = Scheduler(
            runtime=rt, connectors=discover(), dial=dialler(rt), owner=owner(), follow_seconds=FOLLOW_ONCE
        )  # fmt: skip
        return await scheduler.run_now((await _get(rt, name)).id)

    print_report(_run(act), as_json=as_json)


def list_all(as_json: bool = _JSON) -> None:
    """List sources with their state, last event and counts."""
    from services.ingest import instances
    from services.kit.control import sources

    async def act(rt: "Runtime") -> "list[SourceRow]":
        async with rt.engine.connect() as connection:
            return await sources.list_all(connection, rt.clock.now())

    rows = _run(act)
    if as_json:
        print_json([instances.shown(row) for row in rows])
        return
    for row in rows:
        last = f"{row.last_event_at:%Y-%m-%d %H:%M}" if row.last_event_at else "never"
        counts = f"{row.records} records, {row.rejected} rejected"
        typer.echo(f"{row.id}\t{row.connector}\t{row.state}\tlast event {last}\t{counts}")


def show(name: str = _NAME, as_json: bool = _JSON) -> None:
    """Show one source: settings, health, what to do next, back-fills and its last runs."""
    from connectors.base import find
    from connectors.next_step import next_step
    from services.cli.plain import lines
    from services.ingest import instances
    from services.kit.control import backfills, runs

    async def act(rt: "Runtime") -> dict[str, object]:
        row = await _get(rt, name)
        async with rt.engine.connect() as connection:
            history = await runs.history(connection, row.id)
            asked = await backfills.of(connection, row.id)
        step = next_step(row.state, find(row.connector), instance=row.id, watched=row.folder)
        return {
            **instances.shown(row),
            "meaning": step.meaning,
            "next": list(step.steps),
            "runs": [instances.run_shown(one) for one in history],
            "backfills": asked,
        }

    found = _run(act)
    if as_json:
        print_json(found)
        return
    for line in lines(found):
        typer.echo(line)


def edit(
    name: str = _NAME,
    *,
    config: list[str] = typer.Option([], "--config", help="NAME=VALUE; NAME= goes back to the usual value."),
    every: str | None = typer.Option(None, "--every", help="How often it is pulled: 30s, 5m, 1h; usual."),
    folder: str | None = typer.Option(None, "--folder", help="Another folder to watch."),
    pattern: str | None = typer.Option(None, "--pattern", help="Which files of the folder."),
) -> None:
    """Change settings or schedule; its place stays, and it runs anew at once where an ingest service runs."""
    from connectors.base import discover
    from services.ingest import instances
    from services.kit.control import sources
    from services.kit.errors import Misconfigured

    usual = every is not None and every.strip().lower() == "usual"
    interval = instances.span(every, "--every") if every is not None and not usual else None
    asked = instances.Asked(instances.pairs(config), interval, usual, folder, pattern)
    if asked == instances.Asked():
        raise Misconfigured("nothing to change: give --config NAME=VALUE, --every, --folder or --pattern")

    async def act(rt: "Runtime") -> dict[str, tuple[object, object]]:
        async with rt.engine.begin() as connection:
            found = await instances.edit(connection, discover(), name, asked, rt.clock.now())
            if found:
                await _note(rt, connection, "edit", (await sources.get(connection, name)).id, changed=found)
            return found

    found = _run(act)
    for field, (was, now) in found.items():
        typer.echo(f"{field}\t{was or ''}\t{now or ''}")
    typer.echo(f"Try it: penumbra source test {name}" if found else "nothing differs; nothing was changed", err=True)


def pause(name: str = _NAME) -> None:
    """Stop pulling until resumed; what is pushed is refused."""
    from services.kit.control import sources

    async def act(rt: "Runtime") -> None:
        async with rt.engine.begin() as connection:
            row = await sources.get(connection, name)
            await sources.pause(connection, row.id)
            await _note(rt, connection, "pause", row.id)

    _run(act)
    typer.echo(f"{name} is paused", err=True)


def resume(name: str = _NAME) -> None:
    """Pull again, from where it stood."""
    from services.kit.control import sources

    async def act(rt: "Runtime") -> None:
        async with rt.engine.begin() as connection:
            row = await sources.get(connection, name)
            await sources.resume(connection, row.id, rt.clock.now())
            await _note(rt, connection, "resume", row.id)

    _run(act)
    typer.echo(f"{name} runs again", err=True)


def backfill(
    name: str = _NAME,
    first: str = typer.Option(..., "--from", help="The first day, 2026-11-01 (UTC)."),
    last: str = typer.Option(..., "--to", help="The day after the last one."),
) -> None:
    """Read days anew: they get a new generation, which replaces what was known of them."""
    from connectors.base import discover
    from services.ingest import adding, instances
    from services.kit.control import sources

    from_at, to_at = adding.days(first, last)

    async def act(rt: "Runtime") -> int:
        async with rt.engine.begin() as connection:
            row = await sources.get(connection, name)
            made = await instances.backfill(connection, discover(), row.id, from_at, to_at)
            await _note(rt, connection, "backfill", row.id, first=first, before=last, generation=made)
            return made

    typer.echo(f"generation {_run(act)}")


def remove(name: str = _NAME) -> None:
    """Forget a source, its cursor and its history; what it saw stays in the inventory."""
    from services.kit.control import sources

    async def act(rt: "Runtime") -> None:
        async with rt.engine.begin() as connection:
            await _note(rt, connection, "remove", await sources.remove(connection, name))

    _run(act)
    typer.echo(f"{name} is removed", err=True)


async def _told_twice(rt: "Runtime") -> "list[Twice]":
    from services.ingest import instances

    async with rt.engine.connect() as connection:
        return await instances.told_twice(connection)


async def _note(rt: "Runtime", connection: "AsyncConnection", act: str, name: str, **detail: object) -> None:
    """The act's entry in the audit trail, in the transaction of the act."""
    from services.kit.access import audit

    await audit.record(connection, audit.Act(rt.clock.now(), _BY, f"source.{act}", f"source:{name}", detail))


async def _get(rt: "Runtime", name: str) -> "SourceRow":
    from services.kit.control import sources

    async with rt.engine.connect() as connection:
        return await sources.get(connection, name, rt.clock.now())
