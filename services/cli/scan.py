"""`penumbra scan`: the whole product over files, once, without server or database."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from schemas.alert import Standing
    from schemas.observation import Actor as Somebody
    from schemas.person import Person
    from schemas.registry import RegistryEntry
    from services.classifier.files import Scan
    from services.classifier.fold import Actor
    from services.classifier.report import Judge, Report, Seen

_SHOWN = 20
_WIDE = 160


def register(root: typer.Typer) -> None:
    """Adds the command."""
    root.command("scan")(scan)


def scan(
    files: list[str] = typer.Argument(help="Files of native records, compressed or not; - is standard input."),
    source: str = typer.Option("auto", "--format", help="The connector that reads them; auto recognises each file."),
    registry: str | None = typer.Option(None, "--registry", help="CSV of what is registered; sets the standing."),
    form: str | None = typer.Option(None, "--logformat", help="The source's own format setting: a Squid logformat."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Read logs and print the AI in them: tools, solutions, people, and how each stands against the registry."""
    import time

    from services.classifier.files import counts
    from services.classifier.report import Directory, report
    from services.kit.garbage import collect_seldom

    begun = time.perf_counter()
    collect_seldom()
    _check(files)
    entries = _entries(registry) if registry else []
    scanning = _scanning(source)
    for name in files:
        _read(scanning, name, None if source == "auto" else source, form)
    judge = _judge([*entries, *scanning.entries], scanning.left)
    found = report(
        scanning.fold, counts(scanning.tallies), tools=scanning.labeller.index.tools,
        directory=Directory(scanning.links, scanning.units), judge=judge, seconds=time.perf_counter() - begun,
    )  # fmt: skip
    _print(found, as_json=as_json)


def _check(files: list[str]) -> None:
    """All files that can't be read, at once."""
    import os

    from services.kit.errors import Misconfigured

    faults = [
        f"{name}: {'is a folder; name its files' if os.path.isdir(name) else 'no such file'}"  # noqa: PTH112 - as given
        for name in files
        if name != "-" and not os.path.isfile(name) and not _is_pipe(name)  # noqa: PTH113 - the same
    ]
    if faults:
        raise Misconfigured(*faults)


def _is_pipe(name: str) -> bool:
    """Whether it is a pipe or a device: `<(zcat …)` is one."""
    import os

    return os.path.exists(name) and not os.path.isdir(name)  # noqa: PTH110, PTH112 - as given


def _scanning(source: str) -> "Scan":
    from connectors.base import discover, find
    from services.classifier.files import Scan
    from services.cli.classify import catalog
    from services.kit.errors import Misconfigured
    from services.labelling.labeller import Labeller

    named = find(source) if source != "auto" else None
    sources = discover() if named is None else {named.name: named}
    if source != "auto" and source not in sources:
        raise Misconfigured(f"--format {source}: there is no such source; known are {', '.join(sources)}")
    return Scan(sources, Labeller(catalog()), identify=_identifying(), link=_link)


def _identifying() -> "Callable[[Somebody | None], Actor]":
    from services.ingest.identifiers import normalised, of_actor

    def identify(somebody: "Somebody | None") -> "Actor":
        pairs = [(kind, normalised(kind, value)) for kind, value in of_actor(somebody)]
        return tuple([(kind, value) for kind, value in pairs if value is not None])

    return identify


def _link(person: "Person") -> list[tuple[str, str]]:
    from services.ingest import identifiers

    given = [("employee_id", person.employee_id), ("email", person.email or ""), *person.identifiers]
    pairs = ((kind, identifiers.normalised(kind, value)) for kind, value in given)
    return [(kind, value) for kind, value in pairs if value is not None]


def _read(scanning: "Scan", name: str, source: str | None, form: str | None) -> None:
    import msgspec

    from services.classifier.files import Unrecognised
    from services.kit.errors import Misconfigured

    try:
        with _opened(name) as file, _progress(name) as show:
            for records in scanning.read(file, "stdin" if name == "-" else name, source, form=form):
                show(records)
    except OSError as error:
        raise Misconfigured(f"{name}: {error.strerror or error}") from None
    except Unrecognised as error:
        raise Misconfigured(str(error)) from None
    except msgspec.ValidationError as error:
        raise Misconfigured(f"--logformat: {error}") from None


@contextmanager
def _opened(name: str) -> "Iterator[IO[bytes]]":
    if name == "-":
        yield sys.stdin.buffer
    else:
        with open(name, "rb") as file:  # noqa: PTH123 - the name is shown as it was given
            yield file


@contextmanager
def _progress(name: str) -> "Iterator[Callable[[int], None]]":
    """Shows the records read so far, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{name} …") as status:
        yield lambda records: status.update(f"{name}: {records:,} records")


def _entries(path: str) -> "list[RegistryEntry]":
    """The registry file's entries; rows that can't be read are named on standard error."""
    from pathlib import Path

    from connectors.registry_csv import read_registry
    from services.kit.errors import Misconfigured

    try:
        text = Path(path).read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise Misconfigured(f"--registry {path}: {error.strerror}") from None
    entries, faults = read_registry(text)
    for fault in faults:
        place = f"line {fault.line}" + (f", column {fault.column}" if fault.column else "")
        typer.echo(f"{path}: {place}: {fault.message}", err=True)
    return entries


def _judge(entries: "list[RegistryEntry]", left: set[str]) -> "Judge":
    """Standings as the inventory gives them. A file is no live source, so nothing is called dormant."""
    from services.inventory.domain import reconcile
    from services.kit.clock import SystemClock

    today = SystemClock().now().date()
    gone = {entry.owner for entry in entries if entry.owner and entry.owner.lower() in left}

    def judge(seen: "Seen") -> "Standing":
        known = reconcile.Seen(
            tool=seen.tool, solution=seen.solution, units=seen.units, classes=seen.classes, people=seen.people,
            last_seen=seen.last_seen,
        )  # fmt: skip
        return reconcile.reconcile(known, entries, today=today, owners_left=gone, healthy=False).standing

    return judge


def _print(found: "Report", *, as_json: bool) -> None:
    if as_json:
        import msgspec

        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    console.print(_tools(found))
    if found.solutions:
        console.print(_solutions(found))
    if found.suspected:
        console.print(_suspected(found))
    ignored = sum(found.ignored.values())
    console.print(
        f"{found.read:,} records read in {found.seconds:.1f} s: {found.observed:,} observed, {ignored:,} ignored, "
        f"{found.rejected:,} rejected", highlight=False,
    )  # fmt: skip


def _tools(found: "Report") -> "Table":
    from rich.table import Table

    table = Table(title=f"{len(found.tools)} AI tools", title_justify="left")
    for name in ("Tool", "Vendor"):
        table.add_column(name, overflow="fold")
    table.add_column("Standing", no_wrap=True)
    table.add_column("People", justify="right")
    table.add_column("Events", justify="right")
    for name in ("Sent", "Last seen", "Data"):
        table.add_column(name)
    for line in found.tools:
        events = ", ".join(f"{source} {times:,}" for source, times in line.events.items())
        last = line.last_seen.strftime("%Y-%m-%d") if line.last_seen else ""
        table.add_row(
            _plain(line.name), _plain(line.vendor), line.standing.value, f"{line.people:,}", events,
            f"{line.bytes_out:,} B", last, ", ".join(line.data_classes),
        )  # fmt: skip
    return table


def _solutions(found: "Report") -> "Table":
    from rich.table import Table

    table = Table(
        "Solution", "Type", "Tool", "Standing", title=f"{len(found.solutions)} solutions built", title_justify="left"
    )
    for line in found.solutions[:_SHOWN]:
        table.add_row(_plain(line.name or line.id), _plain(line.type), line.tool or "", line.standing.value)
    if len(found.solutions) > _SHOWN:
        table.add_row(f"… and {len(found.solutions) - _SHOWN} more (--json has all)")
    return table


def _suspected(found: "Report") -> "Table":
    from rich.table import Table

    table = Table("Suspected", "Probability", "People", "Evidence", title="Not in the catalog", title_justify="left")
    for line in found.suspected[:_SHOWN]:
        what = line.host or line.app or line.key or ""
        table.add_row(_plain(what), f"{line.probability:.2f}", f"{line.people:,}", _plain("; ".join(line.evidence[:3])))
    return table


def _plain(text: str) -> str:
    """A source's word without markup or control characters."""
    from rich.markup import escape

    return escape("".join(sign if sign.isprintable() else "\ufffd" for sign in text))
