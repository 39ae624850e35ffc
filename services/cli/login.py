"""`penumbra login`: a one-time link into the console."""

import typer


def register(root: typer.Typer) -> None:
    """Adds the command."""
    root.command("login")(login)


def login(
    name: str = typer.Option("operator", "--name", help="Who signs in; stands in the audit trail."),
    role: str = typer.Option("admin", "--role", help="viewer, analyst, reviewer, office, auditor, admin …"),
) -> None:
    """Make a one-time sign-in link; it works once, within thirty minutes."""
    import asyncio

    typer.echo(asyncio.run(_link(name, role)))


async def _link(name: str, role: str) -> str:
    from services.cli.session import ADDRESS, runtime
    from services.kit.access import Sessions

    async with runtime() as rt:
        token = await Sessions(rt.engine, rt.clock).link(name, role)
        kept = rt.settings.data / ADDRESS
        if rt.settings.database_url is None and kept.exists():
            return f"{kept.read_text()}/login?token={token}"
        host, _, port = (rt.settings.listen or "127.0.0.1:8480").rpartition(":")
        # Behind a port published on loopback the service listens on all addresses; the browser uses this one.
        shown = "127.0.0.1" if host in {"", "0.0.0.0", "[::]"} else host  # noqa: S104 - compared, not bound
        return f"http://{shown}:{port}/login?token={token}"
