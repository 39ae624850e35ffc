"""Chromium, if this machine has one: `CHROMIUM` names it, else the usual places are looked at.

Without a browser these tests are taken out of the collection, and the summary says so and how to get one. The house is
stocked once a worker, and there is one console; each test has it over a fresh copy of that database.
"""

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import text

from services.kit import keys as kit_keys
from services.kit.clock import ManualClock
from services.kit.db import connect
from services.kit.eventlog.connect import connect as connect_log
from services.kit.postgres import EmbeddedPostgres
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.browser.house import Console, serving, signed_in
from tests.browser.stock import stock

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "no browser: tests/browser was left out; install Chromium (apt-get install chromium) or set CHROMIUM=/path/to/it"
)


def find_browser() -> str | None:
    """The path of a Chromium or Chrome."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = [item for item in items if HERE in item.path.parents]
    for item in here:
        # One worker has them all: one Chromium, and one house to stock.
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group("browser"))
    if here and find_browser() is None:
        config.hook.pytest_deselected(items=here)
        items[:] = [item for item in items if item not in here]
        config.stash[_LEFT_OUT] = True


_LEFT_OUT = pytest.StashKey[bool]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash.get(_LEFT_OUT, False):
        terminalreporter.write_line(MISSING, yellow=True)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests of this worker."""
    # Chromium's own sandbox needs a user that isn't root.
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=find_browser(), args=arguments)
        yield started
        await started.close()


@pytest.fixture(scope="session")
def keys() -> kit_keys.Keys:
    """The keys that sealed what the house holds."""
    return kit_keys.make()


class House(NamedTuple):
    """The database to copy, and the paths of what is in it."""

    database: str
    places: Mapping[str, list[str]]


@pytest.fixture(scope="session")
async def house(
    postgres: EmbeddedPostgres, keys: kit_keys.Keys, tmp_path_factory: pytest.TempPathFactory
) -> House:  # fmt: skip
    name, data = f"t_{secrets.token_hex(6)}", tmp_path_factory.mktemp("house")
    await _create(postgres, name, "template1")
    url = postgres.url().set(database=name)
    engine = connect(url)
    settings = Settings(data=data, database_url=url.render_as_string(hide_password=False), _env_file=None)
    log = connect_log(settings, engine)
    places = await stock(Runtime(settings, engine, log, keys, ManualClock(NOON)))
    await log.close()
    await engine.dispose()
    return House(name, places)


async def _create(postgres: EmbeddedPostgres, name: str, template: str) -> None:
    await _run(postgres, f"create database {name} template {template} strategy file_copy")


async def _run(postgres: EmbeddedPostgres, statement: str) -> None:
    admin = connect(postgres.url().set(database="postgres")).execution_options(isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(statement))
    await admin.dispose()


@pytest.fixture(scope="session")
async def served(
    postgres: EmbeddedPostgres, keys: kit_keys.Keys, house: House, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Console]:  # fmt: skip
    """A console of a sample company, with loopback allowed as a private network; making its routes takes a second."""
    url = postgres.url().set(database=f"{house.database}_now")
    settings = Settings(
        data=tmp_path_factory.mktemp("served"), database_url=url.render_as_string(hide_password=False),
        sample_company=True, allow_private=("127.0.0.0/8",), _env_file=None,
    )  # fmt: skip
    engine = connect(url)
    log = connect_log(settings, engine)
    async with serving(Runtime(settings, engine, log, keys, ManualClock(NOON)), house.places) as made:
        yield made
    await log.close()
    await engine.dispose()


@pytest.fixture
def clock() -> ManualClock:
    """A clock at the time a test begins: the noon the house was stocked."""
    return ManualClock(NOON)


@pytest.fixture
async def console(postgres: EmbeddedPostgres, house: House, served: Console, clock: ManualClock) -> Console:
    """The console over the house as it was stocked, whatever the test before did in it."""
    kept = served.runtime.clock
    assert isinstance(kept, ManualClock)
    kept.advance(clock.now() - kept.now())
    name = f"{house.database}_now"
    await served.runtime.engine.dispose()
    await _run(postgres, f"drop database if exists {name} with (force)")
    await _create(postgres, name, house.database)
    return served


@pytest.fixture
async def page(browser: Browser, console: Console) -> AsyncIterator[Page]:
    """A page without script, signed in as an administrator."""
    context = await signed_in(browser, await console.link(), base_url=console.home)
    made = await context.new_page()
    yield made
    await context.close()


@pytest.fixture
async def watched(browser: Browser, console: Console) -> AsyncIterator[Page]:
    """A page with script, signed in as an administrator; fails at the end if anything was complained of on the way."""
    context = await signed_in(browser, await console.link(), script=True, base_url=console.home)
    made = await context.new_page()
    complaints: list[str] = []
    made.on("console", lambda message: complaints.append(message.text))
    made.on("pageerror", lambda error: complaints.append(str(error)))
    yield made
    await context.close()
    # A form that comes back with its faults is an answer of 422, which Chromium tells of as well.
    assert [text for text in complaints if "status of 422" not in text] == []
