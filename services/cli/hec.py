"""`penumbra hec add|list|remove`: which source gets what comes by Splunk's HTTP Event Collector."""

import json
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

Result = TypeVar("Result")


def register(root: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(no_args_is_help=True, help="Routes of the HTTP Event Collector: sourcetype → source.")
    group.command("add")(add)
    group.command("list")(list_all)
    group.command("remove")(remove)
    root.add_typer(group, name="hec")


def _run(act: "Callable[[AsyncConnection], Awaitable[Result]]") -> Result:
    import asyncio

    from services.cli.session import runtime

    async def inside() -> Result:
        async with runtime() as rt, rt.engine.begin() as connection:
            return await act(connection)

    return asyncio.run(inside())


def add(
    instance: str = typer.Argument(help="The source that gets it, as `penumbra source list` shows."),
    sourcetype: str = typer.Option("", "--sourcetype", help="Events of this sourcetype."),
    source: str = typer.Option("", "--source", help="Events of this source."),
    token: str = typer.Option("", "--token", help="Events sent with this token, by its id (`penumbra token list`)."),
) -> None:
    """Send what matches to a source; of several routes that match, the most exact one counts."""
    from services.kit.control import hec

    parts = {"token": token or None, "sourcetype": sourcetype or None, "source": source or None}
    typer.echo(_run(lambda connection: hec.add(connection, instance, **parts)).id)


def list_all(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """List the routes. A sourcetype that is the name of a source or of a connector needs none."""
    from services.kit.control import hec

    routes = _run(hec.list_all)
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(routes))
        return
    for route in routes:
        parts = {"sourcetype": route.sourcetype, "source": route.source, "token": route.token}
        said = " ".join(f"{name}={json.dumps(value)}" for name, value in parts.items() if value)
        typer.echo(f"{route.id}\t{said}\t→ {route.instance}")


def remove(route: int = typer.Argument(help="Its number, as `penumbra hec list` shows.")) -> None:
    """Forget a route; what it took stays."""
    from services.kit.control import hec

    _run(lambda connection: hec.remove(connection, route))
    typer.echo(f"route {route} is removed", err=True)
