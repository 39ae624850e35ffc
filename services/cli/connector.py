"""`penumbra connector`: the sources Penumbra can read, and help for those who write one."""

import sys
from datetime import UTC, datetime
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
    from services.cli import connector_new

    app.command("new")(connector_new.new)
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


@app.command("check")
def check(
    name: str | None = typer.Argument(None, help="The connector's name; none checks all."),
    samples: Path = typer.Option(_SAMPLES, "--samples", help="The folder that holds their samples."),
    config: list[str] = typer.Option(
        [], "--config", help="NAME=VALUE; a secret as env:NAME or file:/path. Asks the vendor for a first page."
    ),
    as_json: bool = _AS_JSON,
) -> None:
    """Check declarations and run the samples; with settings, try the credentials. Exit 1 where something is missing.

    Nothing is stored or published. What the vendor says is told as healthy, no_permission, not_licensed, not_enabled,
    empty or failing, with the permission that is missing and where to grant it.
    """
    from connectors.base import discover
    from services.kit.errors import Misconfigured

    if config and name is None:
        raise Misconfigured("--config: name the connector whose credentials are tried")
    chosen = [_found(name)] if name else list(discover().values())
    if config:
        _try_credentials(chosen[0], config, as_json=as_json)
        return
    found = [f"{connector.name}: {fault}" for connector in chosen for fault in _faults(connector, samples)]
    if as_json:
        _print({"checked": [connector.name for connector in chosen], "faults": found})
    else:
        sys.stdout.writelines(f"{fault}\n" for fault in found)
    sys.stderr.write(f"{len(chosen)} checked, {len(found)} faults\n")
    if found:
        raise typer.Exit(1)


def _try_credentials(connector: "Connector", config: list[str], *, as_json: bool) -> None:
    import asyncio

    from services.cli.session import configured as settled
    from services.cli.source_report import print_report
    from services.ingest import adding, instances
    from services.ingest.configure import configured
    from services.ingest.dial import outward
    from services.ingest.intake import Origin
    from services.kit import keys, logs
    from services.kit.clock import SystemClock
    from services.kit.errors import Misconfigured

    if connector.fetch is None:
        raise Misconfigured(f"{connector.name} is not pulled: it has no credentials to try")
    asked = adding.Asked(connector.name, connector.name.replace("_", "-"), config)
    known, settings, _ = adding.wanted({connector.name: connector}, asked)
    origin = Origin(instance="check", connector=known, config=configured(known, settings, pulled=True))
    here, clock = settled(), SystemClock()
    logs.configure(here)  # what is logged goes to standard error
    tried = instances.pulled_once(origin, keys.make(), clock, outward(here, clock))
    print_report(asyncio.run(tried), as_json=as_json)


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
        "granted_in": connector.granted_in,
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
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    with path.open("rb") as file:
        for outcome in outcomes(connector, natives(file, connector, path.name), _defaults(connector), written):
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
