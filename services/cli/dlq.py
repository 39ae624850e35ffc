"""`penumbra dlq list|show|replay|drop`: records that could not be read, and what becomes of them."""

import json
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.kit.deadletters import Row
    from services.kit.runtime import Runtime

_BY = "penumbra dlq"
_IDS = typer.Argument(help="Their ids, as `penumbra dlq list` shows.")
Result = TypeVar("Result")


def register(root: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(no_args_is_help=True, help="Dead letters: records that could not be read.")
    for name, command in (("list", list_all), ("show", show), ("replay", replay), ("drop", drop)):
        group.command(name)(command)
    root.add_typer(group, name="dlq")


def _run(act: "Callable[[Runtime], Awaitable[Result]]") -> Result:
    import asyncio

    from services.cli.session import runtime

    async def inside() -> Result:
        async with runtime() as rt:
            return await act(rt)

    return asyncio.run(inside())


def list_all(
    every: bool = typer.Option(False, "--all", help="Replayed and dropped ones too."),
    limit: int = typer.Option(1000, "--limit", min=1, help="At most so many, oldest first."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """List dead letters, oldest first: where from, where in it, and why; never the record."""
    from services.kit import deadletters

    async def act(rt: "Runtime") -> "list[Row]":
        return await deadletters.listed(rt.engine, state=None if every else "waiting", limit=limit)

    rows = _run(act)
    if as_json:
        typer.echo(json.dumps([_shown(row) for row in rows], ensure_ascii=False))
        return
    for row in rows:
        typer.echo("\t".join((row.id, row.state, row.origin, row.position, f"{row.attempts}x", row.reason)))


def show(
    name: str = typer.Argument(metavar="ID", help="Its id."),
    reason: str | None = typer.Option(None, "--reason", help="Show the record itself; why is kept in the audit trail."),
) -> None:
    """Show one dead letter as JSON; with --reason the record in the clear, which may hold what people wrote."""
    from services.kit import deadletters
    from services.kit.access import audit

    async def act(rt: "Runtime") -> "tuple[Row, bytes | None]":
        if reason is None:
            return await deadletters.one(rt.engine, name), None
        found = await deadletters.unsealed(rt.engine, rt.keys, name)
        async with rt.engine.begin() as connection:
            seen = audit.Act(rt.clock.now(), _BY, "deadletter.show", f"deadletter:{name}", {"reason": reason})
            await audit.record(connection, seen)
        return found

    row, record = _run(act)
    shown = _shown(row) if record is None else _shown(row) | {"record": record.decode("utf-8", "replace")}
    typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))


def _shown(row: "Row") -> dict[str, object]:
    return row._asdict() | {"first_failed_at": f"{row.first_failed_at:%Y-%m-%dT%H:%M:%SZ}"}


def replay(names: list[str] = _IDS) -> None:
    """Read them again: a source's record by its connector, a topic's by its consumer; exit 1 if one fails again."""
    outcomes = _run(lambda rt: _replayed(rt, names))
    for name, fault in outcomes.items():
        typer.echo(f"{name}\t{'replayed' if fault is None else 'waiting'}")
        if fault is not None:
            typer.echo(f"{name}: {fault}", err=True)
    if any(outcomes.values()):
        raise typer.Exit(1)


async def _replayed(rt: "Runtime", names: list[str]) -> dict[str, str | None]:
    """The fault of each, None where it went well."""
    from connectors.base import discover
    from schemas.topics import TOPICS
    from services.ingest.replay import replay as read_again
    from services.kit import deadletters
    from services.kit.errors import Misconfigured, NotFound

    connectors = discover()
    outcomes: dict[str, str | None] = {}
    for name in dict.fromkeys(names):
        try:
            row, record = await deadletters.unsealed(rt.engine, rt.keys, name)
            if row.origin in {topic.name for topic in TOPICS}:
                await deadletters.replay(rt.engine, rt.log, rt.keys, name)
                outcomes[name] = None
            else:
                outcomes[name] = (await read_again(rt, row, record, connectors)).fault
        except (NotFound, Misconfigured) as fault:
            outcomes[name] = str(fault)
    return outcomes


def drop(names: list[str] = _IDS) -> None:
    """Give them up; they stay listed under --all until they are tidied away."""
    from services.kit import deadletters
    from services.kit.errors import NotFound

    async def act(rt: "Runtime") -> list[str]:
        faults = []
        for name in dict.fromkeys(names):
            try:
                await deadletters.drop(rt.engine, name)
            except NotFound as fault:
                faults.append(str(fault))
        return faults

    faults = _run(act)
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
