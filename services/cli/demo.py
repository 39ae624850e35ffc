"""`penumbra demo`: a sample company, everything in one process, pulled through the ordinary connectors over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from services.kit.runtime import Runtime
    from services.simulator.demo import DemoFiles
    from services.simulator.world import World

LOOPBACK = ("127.0.0.0/8",)
BY = "penumbra demo"


def register(root: typer.Typer) -> None:
    """Adds the command."""

    @root.command()
    def demo(
        people: int = typer.Option(300, "--people", min=50, max=50_000, help="People of a new sample company."),
        seed: int = typer.Option(1, "--seed", help="Which company: the same seed makes the same one."),
    ) -> None:
        """Start everything with a sample company; its pages say that it is one."""
        _demo(people, seed)


def _demo(people: int, seed: int) -> None:
    from services.cli.serve import run
    from services.cli.session import configured
    from services.kit import logs
    from services.kit.errors import Misconfigured
    from services.simulator.demo import FOLDER

    settings = configured(starting=True)
    if (
        settings.database_url is None
        and (settings.data / "postgres").exists()
        and not (settings.data / FOLDER).exists()
    ):
        fault = f"PENUMBRA_DATA: {settings.data} holds an organisation's own data, not a sample company"
        raise Misconfigured(f"{fault}; give the demo another folder")
    given = {"sample_company": True, "allow_private": (*settings.allow_private, *LOOPBACK)}
    settings = settings.model_copy(update=given)
    logs.configure(settings)

    @asynccontextmanager
    async def company(runtime: "Runtime") -> AsyncIterator[None]:
        async with _company(runtime, people, seed):
            yield

    run(settings, ("ingest", "classifier", "inventory"), company)


@asynccontextmanager
async def _company(runtime: "Runtime", people: int, seed: int) -> AsyncIterator[None]:
    """The company of the data folder, made there at first."""
    from services.simulator.demo import FOLDER, demo_world, plan_demo

    data = runtime.settings.data
    typer.echo("making the sample company …", err=True)
    world = demo_world(data, runtime.clock.now(), people=people, seed=seed)
    async with furnished(runtime, world, await plan_demo(world, data / FOLDER)):
        yield


@asynccontextmanager
async def furnished(runtime: "Runtime", world: "World", files: "DemoFiles") -> AsyncIterator[None]:
    """Serves the company's APIs, adds its sources, imports its registry and receives its webhooks."""
    from deploy.receiver import Receiver, Store
    from services.kit.clock import SystemClock
    from services.simulator.server import serve

    secret = files.folder / "webhook.secret"
    store = Store(files.folder / "webhooks.jsonl")
    with Receiver(lambda: secret.read_text().split(), store, _port(files.folder)) as receiver:
        async with serve(world, SystemClock(), known=files.credentials, port=await _served_port(runtime)) as served:
            await _sources(runtime, files, served.base_url)
            await _registry(runtime, files.registry_csv)
            await _webhook(runtime, receiver.url, secret)
            yield
    store.close()


async def _sources(runtime: "Runtime", files: "DemoFiles", base_url: str) -> None:
    from connectors.base import discover
    from services.ingest import instances
    from services.kit.control import sources

    connectors = discover()
    async with runtime.engine.begin() as connection:
        known = {row.name for row in await sources.list_all(connection)}
        for each in files.sources(base_url):
            if each.connector == "registry_csv" or each.name in known:
                continue
            await instances.add(
                connection, connectors, connector=each.connector, name=each.name, config=each.config,
                now=runtime.clock.now(), folder=each.folder, pattern=each.pattern,
            )  # fmt: skip


async def _registry(runtime: "Runtime", path: Path) -> None:
    from connectors.registry_csv import read_registry
    from services.inventory import registry

    entries, _ = read_registry(path.read_text(encoding="utf-8"))
    async with runtime.engine.begin() as connection:
        if not await registry.entries(connection):
            await registry.put(connection, entries, BY, runtime.clock.now())


async def _webhook(runtime: "Runtime", url: str, secret: Path) -> None:
    from services.inventory.delivery.endpoints import Endpoints

    endpoints = Endpoints(runtime)
    if not secret.exists():
        _, shown = await endpoints.add(url, BY, "the sample company's receiver")
        secret.touch(mode=0o600)
        secret.write_text(shown)


def _port(folder: Path) -> int:
    """The receiver's port of an earlier run, so that its endpoint's address still holds; a free one at first."""
    import socket

    kept = folder / "receiver.port"
    if not kept.exists():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            kept.write_text(str(probe.getsockname()[1]))
    return int(kept.read_text())


async def _served_port(runtime: "Runtime") -> int:
    """The APIs' port of an earlier run, kept for the sources that name it; 0 at first."""
    from urllib.parse import urlsplit

    from services.kit.control import sources

    async with runtime.engine.connect() as connection:
        rows = await sources.list_all(connection)
    return next((urlsplit(str(row.config["base_url"])).port or 0 for row in rows if "base_url" in row.config), 0)
