"""`penumbra login`: a one-time link into the console."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from services.kit.settings import Settings

ASK_SECONDS = 3.0


def register(root: typer.Typer) -> None:
    """Adds the command."""
    root.command("login")(login)


def login(
    name: str = typer.Option("operator", "--name", help="Who signs in; stands in the audit trail."),
    role: str = typer.Option("admin", "--role", help="viewer, analyst, reviewer, office, auditor, admin …"),
) -> None:
    """Make a one-time sign-in link; it works once, within thirty minutes. Exit 1 if no service answers there."""
    import asyncio

    address, token, answered = asyncio.run(_link(name, role))
    typer.echo(f"{address}/login?token={token}")
    if not answered:
        typer.echo(
            f"nothing answers at {address}: the link works once `penumbra up` or `penumbra inventory` listens there",
            err=True,
        )
        raise typer.Exit(1)


async def _link(name: str, role: str) -> tuple[str, str, bool]:
    """Where the console is, the token, and whether it answers."""
    from services.cli.session import runtime
    from services.kit.access import Sessions

    async with runtime() as rt:
        token = await Sessions(rt.engine, rt.clock).link(name, role)
        places = _places(rt.settings)
        for address in places:
            if await _answers(address):
                return address, token, True
        return places[0], token, False


def _places(settings: "Settings") -> list[str]:
    """Where the settings say it listens, and where the process that owns the data folder said it does, latest first.

    A port 0 says nothing: then only that process knows.
    """
    from services.cli.session import ADDRESS

    host, _, port = (settings.listen or "127.0.0.1:8480").rpartition(":")
    # Behind a port published on loopback the service listens on all addresses; the browser uses this one.
    shown = "127.0.0.1" if host in {"", "0.0.0.0", "[::]"} else host  # noqa: S104 - compared, not bound
    said, kept = [f"http://{shown}:{port}"], settings.data / ADDRESS
    noted = [kept.read_text().strip()] if settings.database_url is None and kept.exists() else []
    return (said if port != "0" or not noted else []) + noted if settings.listen else noted + said


async def _answers(address: str) -> bool:
    import httpx

    try:
        async with httpx.AsyncClient(timeout=ASK_SECONDS, trust_env=False) as client:
            return (await client.get(f"{address}/healthz")).is_success
    except httpx.HTTPError:
        return False
