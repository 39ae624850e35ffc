"""`penumbra catalog check|list|show|stats|sample|import`: what is known as AI; no server, no database."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from services.cli.catalog_import import import_list

if TYPE_CHECKING:
    from schemas.catalog_check import Fault, Filed

_FOLDER = typer.Option([], "--folder", help="A folder of your own catalog files; repeatable, later outranks.")
_JSON = typer.Option(False, "--json", help="Print JSON.")


def register(root: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(no_args_is_help=True, help="The catalog of AI products: what names them, and on what evidence.")
    group.command("check")(check)
    group.command("list")(list_all)
    group.command("show")(show)
    group.command("stats")(stats)
    group.command("sample")(sample)
    group.command("import")(import_list)
    root.add_typer(group, name="catalog")


def check(
    folder: list[Path] = _FOLDER,
    strict: bool = typer.Option(False, "--strict", help="Exit 1 for warnings too."),
    as_json: bool = _JSON,
) -> None:
    """Hold every file to the format and the rules, and run the examples; exit 1 where something is wrong."""
    folders = _folders(folder)
    filed, faults = _faults(folders)
    warned = _warnings(filed)
    if as_json:
        told = [*(f._asdict() for f in faults), *({**w._asdict(), "warning": True} for w in warned)]
        typer.echo(json.dumps(told, indent=2))
    else:
        for fault in faults:
            typer.echo(str(fault))
        for warning in warned:
            typer.echo(f"warning: {warning}")
    products = sum(len(one.vendor.products) for one in filed)
    said = f"{len(filed)} vendors, {products} products, {len(faults)} faults, {len(warned)} warnings"
    typer.echo(said, err=True)
    if faults or (strict and warned):
        raise typer.Exit(1)


def list_all(
    folder: list[Path] = _FOLDER,
    kind: str | None = typer.Option(None, "--kind", help="Only this kind, such as meeting_notes."),
    as_json: bool = _JSON,
) -> None:
    """List the products: id, name, vendor, kind."""
    rows = [
        {"tool": p.id, "name": p.name, "vendor": one.vendor.name, "kind": p.kind, "embedded": p.embedded}
        for one in _read(_folders(folder))
        for p in one.vendor.products
        if kind in {None, p.kind}
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo("\t".join(str(row[column]) for column in ("tool", "name", "vendor", "kind")))


def show(
    product: str = typer.Argument(help="A product id, such as openai.chatgpt."), folder: list[Path] = _FOLDER
) -> None:
    """Print one product whole, as JSON."""
    import msgspec

    from services.kit.errors import Misconfigured

    filed = _read(_folders(folder))
    found = next(((one, p) for one in filed for p in one.vendor.products if p.id == product), None)
    if found is None:
        raise Misconfigured(f"{product}: no such product; see penumbra catalog list{_near(product, filed)}")
    one, told = found
    whole = {"vendor": one.vendor.name, "file": one.file, **msgspec.to_builtins(told)}
    typer.echo(json.dumps(whole, indent=2, ensure_ascii=False))


def stats(folder: list[Path] = _FOLDER, as_json: bool = _JSON) -> None:
    """Count vendors, products, signals by kind and hosts by evidence, and list the facts with source and date."""
    from schemas.catalog_stats import stats as counted

    told = counted(one.vendor for one in _read(_folders(folder)))
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for name, value in told.items():
        typer.echo(f"{name}\t{_words(value)}")


def sample(
    count: int = typer.Option(200, "--count", min=1, help="How many hosts."),
    seed: int = typer.Option(..., "--seed", help="The same seed draws the same hosts of the same catalog."),
    folder: list[Path] = _FOLDER,
) -> None:
    """Draw hosts of use to be checked afresh: host, product and its name, without the evidence."""
    from schemas.catalog_audit import claims, draw

    for claim in draw(claims(one.vendor for one in _read(_folders(folder))), count, seed):
        typer.echo(f"{claim.host}\t{claim.product}\t{claim.name}")


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return str(len(value) if isinstance(value, list) else value)


def _folders(given: Iterable[Path]) -> tuple[Path, ...]:
    """The folders given, else the setting's; raises Misconfigured for one that is none."""
    import os

    from services.kit.errors import Misconfigured

    listed = os.environ.get("PENUMBRA_CATALOG_DIRS", "").split(",")
    folders = tuple(given) or tuple(Path(name.strip()) for name in listed if name.strip())
    absent = [f"{folder}: no such folder" for folder in folders if not folder.is_dir()]
    if absent:
        raise Misconfigured(*absent)
    return folders


def _read(folders: tuple[Path, ...]) -> "tuple[Filed, ...]":
    """The vendors with their files; raises Misconfigured where a file can't be read."""
    from schemas.catalog_check import read_all
    from services.kit.errors import Misconfigured

    filed, unreadable = read_all(folders)
    if unreadable:
        raise Misconfigured(*(str(fault) for fault in unreadable))
    return filed


def _warnings(filed: "tuple[Filed, ...]") -> "list[Fault]":
    from schemas.catalog_warnings import warnings
    from services.kit.clock import SystemClock

    return list(warnings(filed, SystemClock().now().date()))


def _faults(folders: tuple[Path, ...]) -> "tuple[tuple[Filed, ...], list[Fault]]":
    from schemas.catalog_check import Fault, read_all
    from schemas.catalog_check import check as held
    from schemas.hostlist import FOLDER, read
    from schemas.vendor import CatalogFault
    from services.kit.clock import SystemClock

    filed, unreadable = read_all(folders)
    faults = [*unreadable, *held(filed, SystemClock().now().date())]
    for path in sorted(path for folder in folders for path in (folder / FOLDER).glob("*.toml")):
        try:
            read(path)
        except CatalogFault as fault:
            faults.append(Fault(str(path), "file", str(fault).removeprefix(f"{path}: ")))
    if not any("not an expression" in fault.message for fault in faults):
        faults += _labelled(filed)
    return filed, faults


def _labelled(filed: "tuple[Filed, ...]") -> "Iterator[Fault]":
    """What comes out otherwise than it should: examples, shared infrastructure, names that only look like AI."""
    from schemas.catalog_check import Fault
    from services.classifier.corpora.names import lines
    from services.labelling.conflicts import look_alikes_as_ai, shared_as_ai
    from services.labelling.examples import wrong_examples
    from services.labelling.index import build

    index = build(one.vendor for one in filed)
    for file, vendor in filed:
        for wrong in (*wrong_examples(vendor, index), *shared_as_ai([vendor], index)):
            yield Fault(file, wrong.place, wrong.message)
    for wrong in look_alikes_as_ai(lines("lookalikes.txt"), index):
        yield Fault("catalog", wrong.place, wrong.message)


def _near(product: str, filed: "tuple[Filed, ...]") -> str:
    from difflib import get_close_matches

    near = get_close_matches(product, [p.id for one in filed for p in one.vendor.products])
    return f"; near: {', '.join(near)}" if near else ""
