"""`penumbra connector`: the sources Penumbra can read, and help for those who write one."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from connectors.base import Connector

app = typer.Typer(help="The sources Penumbra can read; `new` and `check` for those who write one.")
_SAMPLES = Path("tests/connectors/samples")
_AS_JSON = typer.Option(False, "--json", help="JSON in place of a table.")


def register(root: typer.Typer) -> None:
    """Adds the group."""
    root.add_typer(app, name="connector")


@app.command("list")
def list_(json: bool = _AS_JSON) -> None:
    """Every source, by name."""
    from connectors.base import discover

    rows = [described(connector) for connector in discover().values()]
    if json:
        _print(rows)
        return
    columns = ("name", "title", "kinds", "how", "evidence")
    cells = [
        [", ".join(row[name]) if isinstance(row[name], list) else str(row[name]) for name in columns] for row in rows
    ]
    if not sys.stdout.isatty():
        sys.stdout.writelines("\t".join(line) + "\n" for line in cells)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for name in columns:
        table.add_column(name, no_wrap=name == "name")
    for line in cells:
        table.add_row(*line)
    Console(soft_wrap=True).print(table)


def _cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@app.command("show")
def show(name: str = typer.Argument(help="The connector's name."), json: bool = _AS_JSON) -> None:
    """One source: what it needs, how it pages, how late it is, its settings."""
    row = described(_found(name)) | {"settings": _settings(_found(name))}
    if json:
        _print(row)
        return
    for key, value in row.items():
        sys.stdout.write(f"{key:12}  {_cell(value)}\n" if sys.stdout.isatty() else f"{key}\t{_cell(value)}\n")


@app.command("new")
def new(
    name: str = typer.Argument(help="Lower-case letters, digits and _."),
    into: Path = typer.Option(Path("connectors"), "--into", help="The folder of connectors."),
) -> None:
    """Write the skeleton of a connector: one file, and the place for its sample."""
    from services.kit.errors import Misconfigured

    target = into / f"{name}.py"
    faults = []
    if not (name.isidentifier() and name == name.lower()):
        faults.append(f"NAME {name!r}: lower-case letters, digits and _ only")
    if not into.is_dir():
        faults.append(f"--into {into}: no such folder")
    elif target.exists():
        faults.append(f"{target}: exists; choose another name")
    if faults:
        raise Misconfigured(*faults)
    target.write_text(_SKELETON.replace("NAME", name), encoding="utf-8")
    sys.stdout.write(f"{target}\n")
    sys.stderr.write(f"next: a recorded sample in {_SAMPLES / name}/, then `penumbra connector check {name}`\n")


@app.command("check")
def check(
    name: str | None = typer.Argument(None, help="The connector's name; none checks all."),
    samples: Path = typer.Option(_SAMPLES, "--samples", help="The folder that holds their samples."),
) -> None:
    """Check declarations and run the samples; exit 1 where something is missing."""
    from connectors.base import discover

    chosen = [_found(name)] if name else list(discover().values())
    found = [f"{connector.name}: {fault}" for connector in chosen for fault in _faults(connector, samples)]
    for fault in found:
        sys.stdout.write(f"{fault}\n")
    sys.stderr.write(f"{len(chosen)} checked, {len(found)} faults\n")
    if found:
        raise typer.Exit(1)


def described(connector: "Connector") -> dict[str, Any]:
    """The declaration as INTERFACES names its fields; lateness in seconds."""
    return {
        "name": connector.name,
        "title": connector.title,
        "kinds": [str(kind) for kind in connector.kinds],
        "how": list(connector.how),
        "docs": connector.docs,
        "permissions": list(connector.permissions),
        "plan": connector.plan,
        "cursor": connector.cursor,
        "lateness": connector.lateness.total_seconds(),
        "evidence": connector.evidence,
        "samples": list(connector.samples),
    }


def _settings(connector: "Connector") -> list[str]:
    return list(getattr(connector.config, "__struct_fields__", ()))


def _faults(connector: "Connector", samples: Path) -> list[str]:
    from connectors import declaration

    found = declaration.faults(connector)
    for sample in connector.samples:
        path = samples / sample
        found.extend([] if path.is_file() else [f"samples: {path} is missing"])
        found.extend(_sample_faults(connector, path) if path.is_file() else [])
    return found


def _sample_faults(connector: "Connector", path: Path) -> list[str]:
    from connectors.records import RECOGNISED, SAMPLE, Tally, natives, outcomes, recognise

    tally = Tally(connector.name)
    with path.open("rb") as file:
        for outcome in outcomes(connector, natives(file, connector, path.name), _defaults(connector)):
            tally.count(outcome)
    with path.open("rb") as file:
        ranked = recognise(file.read(SAMPLE), {connector.name: connector})
    faults = [] if tally.observed else [f"samples: nothing is observed in {path}"]
    known = bool(ranked) and ranked[0][1] >= RECOGNISED
    return faults + ([] if known else [f"samples: {path} is not recognised"])


def _defaults(connector: "Connector") -> Any:
    import msgspec

    try:
        return msgspec.convert({}, connector.config)
    except msgspec.ValidationError:
        return None  # settings of a pull source that no record needs to be read


def _found(name: str) -> "Connector":
    from connectors.base import discover, find
    from services.kit.errors import Misconfigured

    found = find(name)
    if found is None:
        raise Misconfigured(f"NAME {name!r}: no such source; it is one of {', '.join(discover())}")
    return found


def _print(value: object) -> None:
    import msgspec

    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


_SKELETON = '''"""NAME: what it is, where its format is documented, what is dropped here."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from schemas.observation import Actor, App, Kind, Observation


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one instance; credentials are references (env: or file:) and named in `secrets`."""


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One native record. Raises Rejected naming what is wrong, never repeating the record."""
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        raise Rejected("no id: not an event of this source")
    if record.get("event") != "used":
        return Ignored("event that says nothing about AI")
    try:
        at = datetime.fromisoformat(record["time"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        raise Rejected("time is not a time") from None
    return iter((
        Observation(
            source="NAME",
            kind=Kind.AUDIT,
            at=at,
            id=f"NAME:{record['id']}",
            actor=Actor(email=record.get("user")),
            app=App(name=record.get("app")),
            action="used",
        ),
    ))


def recognise(record: Any) -> float:
    """How much a record looks like this source's: 0 to 1."""
    return 0.6 if isinstance(record, dict) and {"id", "event", "time"} <= record.keys() else 0.0


CONNECTOR = Connector(
    name="NAME",
    title="NAME",
    kinds=(Kind.AUDIT,),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    docs="",
    permissions=(),
    plan="",
    cursor="",
    evidence="unverified",
    samples=("NAME/events.json",),
)
'''
