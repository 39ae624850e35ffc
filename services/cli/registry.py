"""`penumbra registry import|export|list`: what the organisation has declared, in and out as CSV."""

import sys
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import IO

    from schemas.registry import RegistryEntry
    from services.inventory.importing import Draft
    from services.kit.runtime import Runtime

_BY = "penumbra registry"
Result = TypeVar("Result")


def register(root: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(no_args_is_help=True, help="The registry: what the organisation has declared.")
    group.command("import")(import_file)
    group.command("export")(export)
    group.command("list")(list_all)
    root.add_typer(group, name="registry")


def _run(act: "Callable[[Runtime], Awaitable[Result]]") -> Result:
    import asyncio

    from services.cli.session import runtime

    async def inside() -> Result:
        async with runtime() as rt:
            return await act(rt)

    return asyncio.run(inside())


def import_file(
    file: str = typer.Argument(help="A CSV file (.gz, .zst and .bz2 too), or - for standard input."),
    strict: bool = typer.Option(False, "--strict", help="All rows or none."),
    preview: bool = typer.Option(False, "--preview", help="Say what it would do, and do nothing."),
) -> None:
    """Add or replace entries; rows that can't be read are named, and with --strict nothing goes in then (exit 1)."""
    import tempfile

    from services.kit.errors import Misconfigured

    with tempfile.TemporaryFile() as held:
        fault = _hold(file, held)
        if fault is not None:
            raise Misconfigured(f"{file}{fault}")
        told = _run(lambda rt: _read(rt, held, file, strict=strict, preview=preview))
    for row in told.faults:
        column = f" column {row.column}:" if row.column else ""
        typer.echo(f"{file}:{row.line}:{column} {row.message}", err=True)
    if told.rejected > len(told.faults):
        typer.echo(f"… and {told.rejected - len(told.faults)} more rows that can't be read", err=True)
    if told.rejected and strict:
        typer.echo(f"{told.rejected} rows can't be read: nothing was imported", err=True)
        raise typer.Exit(1)
    done = "would be imported" if preview else "imported"
    new = told.added + told.changed
    typer.echo(f"{told.readable} {done}, {new} of them new or changed, {told.rejected} rejected", err=True)


async def _read(rt: "Runtime", held: "IO[bytes]", file: str, *, strict: bool, preview: bool) -> "Draft":
    from services.inventory import importing
    from services.inventory.registry_store import Author

    by = Author(_BY, rt.clock.now())
    async with rt.engine.begin() as connection:
        draft = await importing.read(connection, held, file, by)
        told = await importing.told(connection, draft)
        if preview or (strict and told.rejected):
            await importing.drop(connection, draft)
        else:
            await importing.take(connection, draft, by)
    return told


def export() -> None:
    """Print all entries as a registry file; a cell that a spreadsheet would take for a formula begins with '."""
    import csv

    from connectors.registry_csv import COLUMNS

    entries = _run(_entries)
    more = sorted({name for entry in entries for name in entry.extra})
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow([_cell(name) for name in (*COLUMNS, *more)])
    for entry in entries:
        values = (*(getattr(entry, name) for name in COLUMNS), *(entry.extra.get(name) for name in more))
        rows.writerow([_cell(value) for value in values])


def list_all(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """List entries."""
    import msgspec

    entries = _run(_entries)
    if as_json:
        typer.echo(msgspec.json.encode([_whole(entry) for entry in entries]))
        return
    for entry in entries:
        about = ",".join((*entry.tools, *entry.solution_ids)) or "-"
        units = ",".join(entry.units) or "everywhere"
        typer.echo("\t".join((entry.id, entry.name, entry.approval, about, units, entry.owner or "no owner")))


def _whole(entry: "RegistryEntry") -> dict[str, object]:
    """All fields, those that say nothing too."""
    return {name: getattr(entry, name) for name in entry.__struct_fields__}


async def _entries(rt: "Runtime") -> "list[RegistryEntry]":
    from services.inventory.registry import entries

    async with rt.engine.connect() as connection:
        return await entries(connection)


def _cell(value: object) -> str:
    from connectors.registry_csv import FORMULA

    text = ";".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _hold(file: str, held: "IO[bytes]") -> str | None:
    """Unpacks a file into one that can be read twice; says what is wrong with it, None where nothing is."""
    import codecs

    from connectors.records.bytestream import Cut
    from services.kit.errors import Misconfigured

    decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
    try:
        for chunk in _unpacked(file):
            line += decoder.decode(chunk).count("\n")
            held.write(chunk)
        decoder.decode(b"", final=True)
    except OSError as error:
        raise Misconfigured(f"{file}: {error.strerror}") from None
    except Cut as error:
        return f": damaged: {error}"
    except UnicodeDecodeError as error:
        return f":{line + error.object[: error.start].count(10)}: not UTF-8; save the file as UTF-8"
    held.seek(0)
    return None


def _unpacked(file: str) -> "Iterator[bytes]":
    from pathlib import Path

    from connectors.records.bytestream import raw_chunks, unpacked

    if file == "-":
        yield from unpacked(raw_chunks(sys.stdin.buffer))
        return
    with Path(file).open("rb") as opened:
        yield from unpacked(raw_chunks(opened))
