"""`penumbra catalog import FORMAT FILE…`: lists of hosts that others call AI, as a layer below the catalog."""

import json
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import typer

if TYPE_CHECKING:
    from schemas.hostlist import ListFormat
    from services.labelling.admission import Admitted
    from services.labelling.index import CatalogIndex
    from services.labelling.list_formats import Entry, Refused

STANDARD_INPUT = "-"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def import_list(
    form: str = typer.Argument(metavar="FORMAT", help="v2fly, hosts, dnsmasq, plain, adblock, defender or csv."),
    files: list[str] = typer.Argument(help="Files; - is standard input. .gz, .zst, .bz2 as they are."),
    into: Path | None = typer.Option(
        None, "--into", help="Your catalog folder, for its lists/ [default: first of PENUMBRA_CATALOG_DIRS]."
    ),
    name: str | None = typer.Option(None, "--name", help="What the list is called [default: its file's name]."),
    column: str | None = typer.Option(None, "--column", help="csv, defender: the column that holds hosts."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Take hosts over as a layer of lower trust; every line that is not taken is told with its number and reason."""
    from services.kit.errors import Misconfigured
    from services.labelling.catalog import cache_folder, compiled

    kind = _format(form)
    if name is not None and (len(files) > 1 or not _NAME.fullmatch(name)):
        raise Misconfigured(f"--name {name}: one file has one name, of lower case letters, digits, dots and hyphens")
    texts = {file: _text(file) for file in files}
    folder = _folder(into)
    index = compiled(cache=cache_folder())
    told = [_one(kind, file, text, name, folder, column, index) for file, text in texts.items()]
    for line in told:
        typer.echo(json.dumps(line, ensure_ascii=False) if as_json else _words(line))


def _one(
    kind: "ListFormat", file: str, text: str, name: str | None, folder: Path, column: str | None, index: "CatalogIndex"
) -> dict[str, object]:
    from schemas.hostlist import FOLDER, HostList, written
    from services.kit.clock import SystemClock

    called = name or _called(file)
    found = _admitted(kind, file, text, column, index)
    for refused in found.refused:
        typer.echo(f"{file}: {refused}", err=True)
    today: date = SystemClock().now().date()
    source = "standard input" if file == STANDARD_INPUT else Path(file).name
    kept = HostList(name=called, file=source, format=kind, imported=today, hosts=found.hosts)
    place = folder / FOLDER / f"{called}.toml"
    if found.hosts:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(written(kept), encoding="utf-8")
    return {
        "list": called, "file": file, "taken": len(found.hosts), "refused": len(found.refused),
        "written": str(place) if found.hosts else None,
    }  # fmt: skip


def _admitted(kind: "ListFormat", file: str, text: str, column: str | None, index: "CatalogIndex") -> "Admitted":
    from services.kit.errors import Misconfigured
    from services.labelling.admission import admitted
    from services.labelling.list_tables import NoColumn

    try:
        return admitted(_read(kind, file, text, column), index)
    except NoColumn as fault:
        raise Misconfigured(f"{file}: {fault}; name it with --column") from None


def _read(kind: "ListFormat", file: str, text: str, column: str | None) -> "Iterator[Entry | Refused]":
    from services.labelling import list_formats, list_tables

    if kind == "v2fly":
        return list_formats.v2fly(text, lambda other: _beside(file, other))
    if kind == "csv":
        return list_tables.table(text, column)
    if kind == "defender":
        return list_tables.defender(text, column)
    readers = {
        "hosts": list_formats.hosts_file, "dnsmasq": list_formats.dnsmasq, "plain": list_formats.plain,
        "adblock": list_formats.adblock,
    }  # fmt: skip
    return readers[kind](text)


def _format(form: str) -> "ListFormat":
    from schemas.hostlist import ListFormat
    from services.kit.errors import Misconfigured

    known: tuple[ListFormat, ...] = get_args(ListFormat)
    for one in known:
        if one == form:
            return one
    raise Misconfigured(f"FORMAT {form}: one of {', '.join(known)}")


def _folder(into: Path | None) -> Path:
    import os

    from services.kit.errors import Misconfigured

    listed = [name.strip() for name in os.environ.get("PENUMBRA_CATALOG_DIRS", "").split(",") if name.strip()]
    folder = into or (Path(listed[0]) if listed else None)
    if folder is None:
        raise Misconfigured("no folder for the list: give --into, or name your own in PENUMBRA_CATALOG_DIRS")
    if not folder.is_dir():
        raise Misconfigured(f"{folder}: no such folder")
    return folder


def _text(file: str) -> str:
    from connectors.records.bytestream import unpacked
    from services.kit.errors import Misconfigured

    try:
        raw = sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()
    except OSError as error:
        raise Misconfigured(f"{file}: {error.strerror}") from None
    return b"".join(unpacked(iter([raw]))).decode("utf-8", "replace")


def _beside(file: str, other: str) -> str | None:
    """A file that a v2fly list includes: in the same folder, never above it."""
    place = Path(file).parent / other
    if file == STANDARD_INPUT or Path(other).name != other or not place.is_file():
        return None
    return place.read_text("utf-8", "replace")


def _called(file: str) -> str:
    """A file's name as a list's: its letters, digits, dots and hyphens, without the ending of a text."""
    stem = Path(file).name if file != STANDARD_INPUT else "standard-input"
    bare = re.sub(r"\.(gz|zst|bz2|txt|csv|conf|list)", "", stem.lower())
    return re.sub(r"[^a-z0-9._-]+", "-", bare).strip("-._") or "list"


def _words(line: dict[str, object]) -> str:
    where = f", written to {line['written']}" if line["written"] else ", nothing written"
    return f"{line['file']}: {line['taken']} hosts taken, {line['refused']} lines refused{where}"
