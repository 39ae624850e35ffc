"""`penumbra simulate`: a sample company's known truth, its native logs, its vendors' APIs on loopback."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from services.simulator.world import World

group = typer.Typer(help="A sample company with known truth: its logs, its vendors' APIs.", no_args_is_help=True)
_PEOPLE = typer.Option(None, "--people", help="50 to 50,000. [default: the demo's company, else 300]")
_SEED = typer.Option(None, "--seed", help="Another seed is another company. [default: the demo's, else 1]")
_FROM = typer.Option(None, "--from", help="First moment, e.g. 2026-11-14T08:00:00Z. [default: six days before --to]")
_TO = typer.Option(None, "--to", help="End of the period. [default: an hour ago]")
_SPEED = typer.Option(
    0.0, "--speed", min=0.0, help="Let records arrive from --from on, this many times as fast. 0: all at once."
)


def register(root: typer.Typer) -> None:
    """Adds the group."""
    root.add_typer(group, name="simulate")


@group.command("truth")
def truth(
    json: bool = typer.Option(False, "--json", help="JSON in place of a table."),
    people: int | None = _PEOPLE,
    seed: int | None = _SEED,
    since: str | None = _FROM,
    until: str | None = _TO,
) -> None:
    """Print what discovery should find, known before any record is written."""
    import msgspec

    from services.simulator.truth import truth as tell

    told = tell(_world(people, seed, since, until))
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(told), indent=1).decode())
        return
    for tool in told["tools"]:
        events = " ".join(f"{source}={count}" for source, count in tool["events"].items())
        typer.echo(f"{tool['tool']:28} {tool['standing']:14} people={tool['people']:<6} {events}")
    typer.echo(
        f"{len(told['tools'])} tools, {len(told['solutions'])} solutions, {len(told['alerts'])} alerts", err=True
    )


@group.command("logs")
def logs(
    out: Path = typer.Option(..., "--out", help="Folder for the logs, the directory and the registry."),
    people: int | None = _PEOPLE,
    seed: int | None = _SEED,
    since: str | None = _FROM,
    until: str | None = _TO,
    speed: float = _SPEED,
) -> None:
    """Write the company's native proxy logs, its directory and its registry."""
    from services.simulator import squid_log
    from services.simulator.people import write_directory
    from services.simulator.registry import write_registry

    made = _world(people, seed, since, until)
    out.mkdir(parents=True, exist_ok=True)
    with (out / "directory.csv").open("w", encoding="utf-8", newline="") as file:
        write_directory(made, file)
    with (out / "registry.csv").open("w", encoding="utf-8", newline="") as file:
        write_registry(made, file)
    if speed:
        _follow(made, out / "logs", speed)
        return
    for instance, lines in squid_log.write_logs(made, out / "logs").items():
        typer.echo(f"{out / 'logs' / instance}: {lines} lines", err=True)


@group.command("serve")
def serve(
    people: int | None = _PEOPLE,
    seed: int | None = _SEED,
    since: str | None = _FROM,
    until: str | None = _TO,
    speed: float = _SPEED,
    port: int = typer.Option(0, "--port", help="Port on loopback; 0 takes a free one."),
    out: Path = typer.Option(..., "--out", help="Folder for the logs, the files and the credentials."),
) -> None:
    """Serve the company's vendor APIs on loopback until Ctrl-C; prints the sources to add as JSON lines."""
    import asyncio

    made = _world(people, seed, since, until)
    asyncio.run(_served(made, speed, port, out.resolve()))


async def _served(made: "World", speed: float, port: int, out: Path) -> None:
    import asyncio
    from dataclasses import asdict

    import msgspec

    from connectors.base import find
    from services.kit.clock import SystemClock
    from services.simulator.demo import plan_demo
    from services.simulator.driven import DrivenClock
    from services.simulator.server import serve as served

    wall = SystemClock()
    clock = DrivenClock(made.since if speed else max(made.now, wall.now()), wall, speed or 1.0)
    files = await plan_demo(made, out)
    async with served(made, clock, known=files.credentials, port=port) as company:
        typer.echo(f"serving {company.base_url}", err=True)
        for source in files.sources(company.base_url):
            if (known := find(source.connector)) is not None and known.imported:
                typer.echo(f"no source: penumbra registry import {files.registry_csv}", err=True)
                continue
            typer.echo(msgspec.json.encode(asdict(source)).decode())
        sys.stdout.flush()
        await asyncio.Event().wait()


def _follow(made: "World", folder: Path, speed: float) -> None:
    import asyncio

    from services.kit.clock import SystemClock
    from services.simulator.driven import DrivenClock
    from services.simulator.squid_log import follow

    written = asyncio.run(follow(made, DrivenClock(made.since, SystemClock(), speed), folder))
    typer.echo(f"{folder}: {written} lines", err=True)


def _world(people: int | None, seed: int | None, since: str | None, until: str | None) -> "World":
    """The company the flags describe; with no flag at all the demo's, where one was started on this data folder."""
    from services.kit import settings
    from services.kit.clock import SystemClock
    from services.simulator.demo import FOLDER, WORLD
    from services.simulator.world import saved, world

    if all(flag is None for flag in (people, seed, since, until)):
        kept = saved(settings.load().data / FOLDER / WORLD)
        if kept is not None:
            return kept
    begin, end = (_time(text, flag) for text, flag in ((since, "--from"), (until, "--to")))
    return world(SystemClock().now(), people=people or 300, seed=1 if seed is None else seed, since=begin, until=end)


def _time(text: str | None, flag: str) -> "datetime | None":
    from datetime import datetime

    from services.kit.errors import Misconfigured

    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Misconfigured(f"{flag} {text!r}: write a time with its zone, like 2026-11-14T08:00:00Z")
    return found
