"""`penumbra registry import|export|list`: what the organisation has declared, in and out as CSV."""

import sys
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from schemas.registry import RegistryEntry
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
) -> None:
    """Add or replace entries; rows that can't be read are named, and with --strict nothing goes in then (exit 1)."""
    from connectors.registry_csv import read_registry
    from services.inventory.registry import put

    entries, faults = read_registry(_text(file))
    for fault in faults:
        column = f" column {fault.column}:" if fault.column else ""
        typer.echo(f"{file}:{fault.line}:{column} {fault.message}", err=True)
    if faults and strict:
        typer.echo(f"{len(faults)} rows can't be read: nothing was imported", err=True)
        raise typer.Exit(1)

    async def act(rt: "Runtime") -> int:
        async with rt.engine.begin() as connection:
            return await put(connection, entries, _BY, rt.clock.now())

    changed = _run(act) if entries else 0
    typer.echo(f"{len(entries)} imported, {changed} of them new or changed, {len(faults)} rejected", err=True)


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


def _text(file: str) -> str:
    from connectors.records.bytestream import Cut
    from services.kit.errors import Misconfigured

    content = b""
    try:
        content = b"".join(_unpacked(file))
        return content.decode("utf-8-sig")
    except OSError as error:
        raise Misconfigured(f"{file}: {error.strerror}") from None
    except Cut as error:
        raise Misconfigured(f"{file}: damaged: {error}") from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Misconfigured(f"{file}:{line}: not UTF-8; save the file as UTF-8") from None


def _unpacked(file: str) -> "Iterator[bytes]":
    from pathlib import Path

    from connectors.records.bytestream import raw_chunks, unpacked

    if file == "-":
        yield from unpacked(raw_chunks(sys.stdin.buffer))
        return
    with Path(file).open("rb") as opened:
        yield from unpacked(raw_chunks(opened))
