"""What a command that needs the database opens, and closes again when it ends."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.kit.runtime import Runtime
    from services.kit.settings import Settings

ADDRESS = "address"
"""The file in the data folder that says where the process that owns it listens, for `penumbra login`."""
Sample = Callable[["Runtime"], AbstractAsyncContextManager[None]]
"""Something set up on the opened runtime before the services start, and taken down after they ended."""


def configured(*, starting: bool = False) -> "Settings":
    """The settings; variables that are none are told on standard error, all of them where a service is `starting`.

    Raises Misconfigured with every fault.
    """
    import typer

    from services.kit.settings import load
    from services.kit.slips import here

    for slip in here():
        if starting or slip.near is not None:
            typer.echo(f"penumbra: {slip}", err=True)
    return load()


@asynccontextmanager
async def runtime() -> AsyncIterator["Runtime"]:
    """Settings → database → log → keys. Without a URL it uses the embedded server: the running one, or its own."""
    from services.app import opened
    from services.kit import logs
    from services.kit.postgres import owned

    settings = configured()
    logs.configure(settings)  # what is logged goes to standard error: a command's output is data
    async with AsyncExitStack() as stack:
        url: object = settings.database_url.get_secret_value() if settings.database_url else None
        if url is None:
            url = (await stack.enter_async_context(owned(settings.data))).url()
        yield await stack.enter_async_context(opened(settings, url))


async def running(settings: "Settings", names: Sequence[str], sample: Sample | None = None) -> None:
    """Runs services until a signal, owning the embedded server where there is no URL; prints the ready line."""
    import asyncio

    import typer

    from services import app
    from services.kit.postgres import EmbeddedPostgres

    stop = asyncio.Event()
    app.on_signals(stop)
    async with AsyncExitStack() as stack:
        url: object = settings.database_url.get_secret_value() if settings.database_url else None
        if url is None:
            server = EmbeddedPostgres(settings.data)
            await server.start()
            stack.push_async_callback(server.stop)
            watching = asyncio.create_task(server.supervise(stop))
            stack.callback(watching.cancel)
            url = server.url()
        opened = await stack.enter_async_context(app.opened(settings, url))
        if sample is not None:
            await stack.enter_async_context(sample(opened))

        async def ready(address: str) -> None:
            from services.kit.access import Sessions

            link = "/"
            if "inventory" in names:
                link = f"/login?token={await Sessions(opened.engine, opened.clock).link('operator', 'admin')}"
            _note(settings, address)
            typer.echo(f"ready {address}{link}")

        await app.run(opened, names, ready=ready, stop=stop)


def _note(settings: "Settings", address: str) -> None:
    """Keeps the address for `penumbra login`; with a database and keys from elsewhere no data folder is needed."""
    import structlog

    from services.kit.errors import Misconfigured
    from services.kit.folders import made

    try:
        (made(settings.data) / ADDRESS).write_text(address)
    except (OSError, Misconfigured) as error:
        if not settings.needs_no_folder:
            raise
        structlog.get_logger(__name__).info("no data folder to note the address in", why=str(error))
