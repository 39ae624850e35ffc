"""`penumbra up | ingest | classifier | inventory | migrate`: the services, together or apart."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from services.cli.session import Sample
    from services.kit.settings import Settings


def register(root: typer.Typer) -> None:
    """Adds the commands."""

    @root.command()
    def up() -> None:
        """Run everything in one process, with its own PostgreSQL unless PENUMBRA_DATABASE_URL is set."""
        _run(("ingest", "classifier", "inventory"), embedded=True)

    @root.command()
    def ingest() -> None:
        """Run the ingest service alone."""
        _run(("ingest",), embedded=False)

    @root.command()
    def classifier() -> None:
        """Run the classifier alone."""
        _run(("classifier",), embedded=False)

    @root.command()
    def inventory() -> None:
        """Run the inventory, its API and pages alone."""
        _run(("inventory",), embedded=False)

    @root.command()
    def migrate() -> None:
        """Bring the database to this program's revision."""
        import asyncio

        from services.cli.session import runtime
        from services.kit.migrate import migrate as apply

        async def work() -> str:
            async with runtime() as opened:
                return await apply(opened.engine)

        typer.echo(asyncio.run(work()))


def _run(names: Sequence[str], *, embedded: bool) -> None:
    from services.cli.session import configured
    from services.kit import logs
    from services.kit.errors import Misconfigured

    settings = configured(starting=True)
    if settings.database_url is None and not embedded:
        raise Misconfigured("PENUMBRA_DATABASE_URL: services run apart share a PostgreSQL; set postgresql://…")
    logs.configure(settings)
    if (settings.data / "sample-company").exists() and settings.database_url is None:
        settings = settings.model_copy(update={"sample_company": True})
    run(settings, names)


def run(settings: "Settings", names: Sequence[str], sample: "Sample | None" = None) -> None:
    """Runs services on the platform's quickest event loop."""
    import sys

    if sys.platform == "win32":
        import asyncio as loop
    else:
        import uvloop as loop

        from services.cli.session import running
    from services.kit.garbage import collect_seldom

    collect_seldom()
    loop.run(running(settings, names, sample))
