"""A log with its topics, a connector of the tests' own, and instances of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI

from connectors.base import Connector, Fetch, Ignored, Page, Parsed, Rejected
from schemas.observation import Actor, Kind, Observation
from schemas.topics import DEAD_LETTER, TOPICS
from services.ingest import cloudevents, hec, push, traces
from services.ingest.pushed import Intakes
from services.kit import access
from services.kit.access import Tokens
from services.kit.control import sources
from services.kit.control.rows import SourceRow
from services.kit.eventlog import Received
from services.kit.runtime import Runtime


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the test connector."""

    account: str = "main"
    pages: int = 1
    token: str | None = None
    tags: tuple[str, ...] = ()


def parse(record: Any, config: Any) -> Iterator[Parsed] | Ignored:
    """`time user host` lines; `skip` is ignored, anything else rejected."""
    if record == b"skip":
        return Ignored("told to skip")
    parts = record.decode().split(" ")
    if len(parts) != 3:
        raise Rejected(f"{len(parts)} fields in place of 3")
    return iter([_observation(*parts)])


def _observation(at: str, user: str, host: str) -> Observation:
    return Observation(source="lines", kind=Kind.WEB, at=datetime.fromisoformat(at), host=host, actor=Actor(id=user))


class Source:
    """What the test connector's `fetch` gives: pages of lines, or an error in their place."""

    def __init__(self) -> None:
        self.pages: list[Page | Exception] = []
        self.asked: list[Fetch] = []

    async def fetch(self, context: Fetch) -> AsyncIterator[Page]:
        self.asked.append(context)
        done = int(context.cursor or 0)
        for page in self.pages[done:]:
            if isinstance(page, Exception):
                raise page
            yield page

    def add(self, *lines: str) -> None:
        number = len(self.pages) + 1
        self.pages.append(Page(records=tuple(map(str.encode, lines)), name=f"page {number}", cursor=str(number)))


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def connector(source: Source) -> Connector:
    return Connector(
        name="lines", title="Lines", kinds=(Kind.WEB,), how=("pull", "push", "file"), parse=parse,
        recognise=lambda _: 0.0, records="lines", config=Settings, fetch=source.fetch, secrets=("token",),
        lookback=timedelta(hours=2), max_back=timedelta(days=7),
    )  # fmt: skip


@pytest.fixture
async def logged(runtime: Runtime) -> Runtime:
    """The runtime with its topics made."""
    names = {topic.name: None for topic in TOPICS} | {DEAD_LETTER.name: 3600.0}
    await runtime.log.ensure(names, 2)
    return runtime


Add = Callable[..., Awaitable[SourceRow]]


@pytest.fixture
def add(logged: Runtime) -> Add:
    async def made(name: str = "one", **given: Any) -> SourceRow:
        fields = {"connector": "lines", "config": {}, "every": timedelta(minutes=5), "next_run_at": logged.clock.now()}
        async with logged.engine.begin() as connection:
            await sources.add(connection, name=name, **{**fields, **given})
            return await sources.get(connection, name, logged.clock.now())

    return made


Read = Callable[[str], Awaitable[list[Received]]]


@pytest.fixture
def read(logged: Runtime) -> Read:
    """All records of a topic, in the order of partitions."""

    async def all_of(topic: str) -> list[Received]:
        found: list[Received] = []
        async with logged.log.subscribe(topic, f"test {len(topic)} {id(found)}") as subscription:
            while batches := await subscription.fetch(1000, 0.2):
                found += [record for batch in batches for record in batch.records]
                await subscription.commit(batches)
        return found

    return all_of


@pytest.fixture
def intakes(logged: Runtime, connector: Connector) -> Intakes:
    """The push intake of a process that knows the test connector alone."""
    return Intakes(logged, {"lines": connector})


@pytest.fixture
async def token(logged: Runtime) -> str:
    """A token that may push."""
    return (await Tokens(logged.engine, logged.clock).create("push", ("push:write",), timedelta(days=1), "test"))[1]


@pytest.fixture
async def client(logged: Runtime, intakes: Intakes, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A sender with that token, before the routes that take records in."""
    app = FastAPI()
    access.install(app, logged)
    for made in (push, hec, cloudevents, traces):
        app.include_router(made.router(intakes))
    headers = {"authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8481", headers=headers) as sender:
        yield sender
