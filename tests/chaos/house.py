"""A deployment of its own for one company: five processes on a fresh database and fresh topics."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec
from sqlalchemy import text

from connectors.base import discover
from connectors.registry_csv import read_registry
from deploy.receiver import Receiver
from schemas.registry import Approval, RegistryEntry
from services.app import opened
from services.ingest import instances
from services.inventory import registry
from services.inventory.delivery.endpoints import Endpoints
from services.kit.access import Tokens
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from services.simulator.demo import DemoFiles
from services.simulator.server import listening
from tests.chaos.company import Company
from tests.chaos.forked import Forked, prepare
from tests.chaos.servers import Servers

PARTS = ("ingest-1", "classifier-1", "classifier-2", "inventory-1", "inventory-2")
LOGS = ("postgres", "kafka")
TAKEOVER_SECONDS = 4.0
PARTITIONS = 2
BY = "the chaos harness"
SCOPES = ("tools:read", "solutions:read", "alerts:read", "people:read")
STIRRED = 8
PULL_EVERY = timedelta(seconds=0.5)
WITNESS = (
    "create table public.moved_back (topic text, partition int, before bigint, after bigint)",
    """create function public.witness() returns trigger language plpgsql as $$
    begin
        insert into public.moved_back values (new.topic, new.partition, old.next, new.next);
        return new;
    end $$""",
    """create trigger witness after update on control.position for each row
        when (new.next <= old.next) execute function public.witness()""",
)
"""Writes down each position that did not move on: there a batch was saved a second time. It changes nothing."""


@dataclass
class House:
    """A company and the processes that discover it. `fault_file` of a part is where it is armed while it runs."""

    log: str
    servers: Servers
    runtime: Runtime
    company: Company
    parts: Mapping[str, Forked]
    receiver: Receiver
    token: str
    folder: Path
    entries: Sequence[RegistryEntry]

    def fault_file(self, part: str) -> Path:
        """What arms a running part."""
        return self.folder / f"{part}.fault"

    async def stir(self, seconds: float) -> None:
        """Prohibits some tools that were in order, and after so many seconds takes it back: alerts come and go."""
        known = [entry for entry in self.entries if entry.tools and entry.approval is Approval.APPROVED][:STIRRED]
        changed = [msgspec.structs.replace(entry, approval=Approval.PROHIBITED) for entry in known]
        for entries in (changed, known):
            async with self.runtime.engine.begin() as connection:
                await registry.put(connection, entries, BY, self.runtime.clock.now())
            await asyncio.sleep(seconds)

    @property
    def address(self) -> str:
        """Where an inventory that runs answers."""
        return next(p.address for name, p in self.parts.items() if name.startswith("inventory") and p.pid is not None)


@asynccontextmanager
async def built(
    servers: Servers, folder: Path, log: str, *, rounds: int, seed: int, broken: str = ""
) -> AsyncIterator[House]:
    """The deployment on that log, ready; `broken` names safeguards that its processes leave out."""
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(folder.mkdir)
        settings = _settings(servers, folder, log)
        runtime = await stack.enter_async_context(opened(settings, await servers.fresh_database()))
        environment = _environment(runtime, broken)
        async with runtime.engine.begin() as connection:
            for statement in WITNESS:
                await connection.execute(text(statement))
        company = Company(folder / "company", rounds, seed, runtime.clock.now())
        files = await company.open()
        known: list[str] = []
        receiver = stack.enter_context(Receiver(lambda: known))
        entries = await _furnish(runtime, files, await stack.enter_async_context(listening(company.application())))
        known.append((await Endpoints(runtime).add(receiver.url, BY))[1])
        _, token = await Tokens(runtime.engine, runtime.clock).create(BY, SCOPES, timedelta(days=1), BY)
        parts = await _parts(stack, folder, environment)
        yield House(log, servers, runtime, company, parts, receiver, token, folder, entries)


def _settings(servers: Servers, folder: Path, log: str) -> Settings:
    url = servers.broker.url if log == "kafka" and servers.broker is not None else "postgres"
    return Settings(
        _env_file=None, data=folder, log_url=url, topic_prefix=f"c{secrets.token_hex(4)}.", partitions=PARTITIONS,
        keys=f"file:{folder / 'keys.json'}", allow_private=("127.0.0.0/8",), takeover_seconds=TAKEOVER_SECONDS,
    )  # type: ignore[call-arg] # fmt: skip # pydantic-settings takes _env_file


def _environment(runtime: Runtime, broken: str) -> Mapping[str, str]:
    settings = runtime.settings
    return {
        "PENUMBRA_DATABASE_URL": runtime.engine.url.render_as_string(hide_password=False),
        "PENUMBRA_LOG_URL": settings.log_url, "PENUMBRA_TOPIC_PREFIX": settings.topic_prefix,
        "PENUMBRA_PARTITIONS": str(settings.partitions), "PENUMBRA_KEYS": settings.keys or "",
        "PENUMBRA_ALLOW_PRIVATE": ",".join(settings.allow_private),
        "PENUMBRA_TAKEOVER_SECONDS": str(TAKEOVER_SECONDS), "PENUMBRA_LOG_LEVEL": "INFO",
        "PENUMBRA_CONSOLE_LOG": "0", "PENUMBRA_SAMPLE_COMPANY": "1", "PENUMBRA_BREAK": broken,
    }  # fmt: skip


async def _furnish(runtime: Runtime, files: DemoFiles, base_url: str) -> Sequence[RegistryEntry]:
    """Adds the company's sources, pulled twice a second, and imports its registry, which it returns."""
    connectors, now = discover(), runtime.clock.now()
    entries = read_registry(await asyncio.to_thread(files.registry_csv.read_text))[0]
    async with runtime.engine.begin() as connection:
        for each in files.sources(base_url):
            if each.connector != "registry_csv":
                await instances.add(
                    connection, connectors, connector=each.connector, name=each.name, config=each.config, now=now,
                    folder=each.folder, pattern=each.pattern, every=None if each.folder else PULL_EVERY,
                )  # fmt: skip
        await registry.put(connection, entries, BY, now)
    return entries


async def _parts(stack: AsyncExitStack, folder: Path, environment: Mapping[str, str]) -> Mapping[str, Forked]:
    prepare()
    parts = {
        name: Forked(
            name, name.partition("-")[0], folder, {**environment, "PENUMBRA_FAULT": f"@{folder / name}.fault"}
        )
        for name in PARTS
    }  # fmt: skip
    for part in parts.values():
        stack.push_async_callback(part.kill)
    await asyncio.gather(*(part.start() for part in parts.values()))
    return parts
