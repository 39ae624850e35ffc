"""`penumbra classify`: is it AI? One JSON answer a line, without server or database."""

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from services.classifier.answers import Answer, Unreadable
    from services.labelling.index import CatalogIndex

_TOLD = 10
_WRONG_USE = 2


def register(root: typer.Typer) -> None:
    """Adds the command."""
    root.command("classify")(classify)


def classify(
    hosts: bool = typer.Option(False, "--hosts", help="Lines are hosts, or host/path."),
    apps: bool = typer.Option(False, "--apps", help="Lines are name<TAB>publisher<TAB>client_id."),
    every: bool = typer.Option(
        False, "--all", help="Print observations that are `none` too; names are always printed."
    ),
) -> None:
    """Say of each line of standard input whether it is AI, as JSON, in the input's order."""
    from services.classifier import answers
    from services.kit.errors import Misconfigured
    from services.labelling.labeller import Labeller

    if hosts and apps:
        raise Misconfigured("--hosts and --apps: give one of them, or neither for observations")
    labeller = Labeller(catalog())
    if hosts:
        found: Iterable[object] = answers.of_hosts(_lines(), labeller)
    elif apps:
        found = answers.of_apps(_lines(), labeller)
    else:
        found = _told(answers.of_observations(_lines(), labeller), every=every)
    _print(found)


def catalog() -> "CatalogIndex":
    """The catalog with the organisation's folders, read without pydantic: this command starts in half a second."""
    import os
    from pathlib import Path

    from schemas.vendor import CatalogFault
    from services.kit.errors import Misconfigured
    from services.labelling.catalog import open_catalog

    folders = os.environ.get("PENUMBRA_CATALOG_DIRS", "").replace(" ", "").split(",")
    try:
        return open_catalog(Path(folder) for folder in folders if folder)
    except CatalogFault as fault:
        raise Misconfigured(str(fault)) from None


def _lines() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace")


def _told(found: "Iterable[Answer | Unreadable]", *, every: bool) -> "Iterator[Answer]":
    """Answers that are to be printed; unreadable lines go to standard error, and end the command if all were."""
    from services.classifier.answers import Unreadable

    read = unreadable = 0
    for one in found:
        if isinstance(one, Unreadable):
            unreadable += 1
            if unreadable <= _TOLD:
                typer.echo(f"line {one.line}: not an observation: {one.fault}", err=True)
            continue
        read += 1
        if every or one.verdict.value != "none":
            yield one
    if unreadable:
        typer.echo(f"{unreadable} of {read + unreadable} lines could not be read", err=True)
        if not read:
            typer.echo("standard input holds no observations; for names give --hosts or --apps", err=True)
            raise typer.Exit(_WRONG_USE)


def _print(answers: Iterable[object]) -> None:
    import msgspec

    encode, out = msgspec.json.Encoder().encode, sys.stdout.buffer
    at_once = sys.stdout.isatty()
    for answer in answers:
        out.write(encode(answer) + b"\n")
        if at_once:
            out.flush()
    out.flush()
