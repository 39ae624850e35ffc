"""`penumbra webhook add|test|list|rotate|remove`: where alerts are sent."""

import json
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.kit.runtime import Runtime

_BY = "penumbra webhook"
_ID = typer.Argument(help="Its id, as `penumbra webhook list` shows.")
_JSON = typer.Option(False, "--json", help="Print JSON.")
Result = TypeVar("Result")


def register(root: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(no_args_is_help=True, help="Webhook endpoints: signed, in order for each alert.")
    group.command("add")(add)
    group.command("test")(send_test)
    group.command("list")(list_all)
    group.command("rotate")(rotate)
    group.command("enable")(enable)
    group.command("remove")(remove)
    root.add_typer(group, name="webhook")


def _run(act: "Callable[[Runtime], Awaitable[Result]]") -> Result:
    import asyncio

    from services.cli.session import runtime

    async def inside() -> Result:
        async with runtime() as rt:
            return await act(rt)

    return asyncio.run(inside())


def add(
    url: str = typer.Argument(help="https://host/path; http only into networks of PENUMBRA_ALLOW_PRIVATE."),
    description: str = typer.Option("", "--description", help="What it is."),
    kind: list[str] = typer.Option([], "--type", help="alert.opened, alert.changed or alert.closed; default all."),
    as_json: bool = _JSON,
) -> None:
    """Add an endpoint and print its signing secret: it can't be had again."""
    from services.inventory.delivery.endpoints import Endpoints

    endpoint, secret = _run(lambda rt: Endpoints(rt).add(url, _BY, description, kind))
    typer.echo(json.dumps({"id": endpoint.id, "secret": secret}) if as_json else f"{endpoint.id}\t{secret}")
    typer.echo("Keep the secret now: the receiver verifies signatures with it.", err=True)


def send_test(endpoint: str = _ID) -> None:
    """Send a signed test message at once; exit 1 if the receiver does not take it."""
    from services.inventory.delivery.trial import trial

    outcome = _run(lambda rt: trial(rt, endpoint))
    answer = outcome.error or f"answered {outcome.status}"
    typer.echo(f"{answer} after {outcome.milliseconds} ms", err=not outcome.ok)
    if not outcome.ok:
        raise typer.Exit(1)


def list_all(as_json: bool = _JSON) -> None:
    """List endpoints and how they do; never their secrets."""
    from services.inventory.delivery.endpoints import Endpoints

    endpoints = _run(lambda rt: Endpoints(rt).all())
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(endpoints))
        return
    for endpoint in endpoints:
        success = f"{endpoint.last_success_at:%Y-%m-%d %H:%M}" if endpoint.last_success_at else "never"
        typer.echo(f"{endpoint.id}\t{endpoint.state}\t{endpoint.address}\tlast success {success}")


def rotate(
    endpoint: str = _ID,
    hours: float = typer.Option(24, "--hours", min=0, max=24 * 30, help="How long both secrets sign."),
) -> None:
    """Make a new secret and print it; the former one signs beside it for a while."""
    from datetime import timedelta

    from services.inventory.delivery.endpoints import Endpoints

    typer.echo(_run(lambda rt: Endpoints(rt).rotate(endpoint, _BY, timedelta(hours=hours))))
    typer.echo(f"Both secrets sign for {hours:g} hours.", err=True)


def enable(endpoint: str = _ID) -> None:
    """Switch an endpoint on again that was switched off after 410 or 120 hours of failures."""
    from services.inventory.delivery.endpoints import Endpoints

    _run(lambda rt: Endpoints(rt).enable(endpoint, _BY))
    typer.echo(f"{endpoint} is on", err=True)


def remove(endpoint: str = _ID) -> None:
    """Remove an endpoint; what still waits for it becomes dead letters."""
    from services.inventory.delivery.endpoints import Endpoints

    _run(lambda rt: Endpoints(rt).remove(endpoint, _BY))
    typer.echo(f"{endpoint} is removed", err=True)
