"""A runtime on each of the two logs, with the machine's own clock: the company's present is ours."""

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog

from connectors.base import discover
from services.ingest import service
from services.inventory import judging
from services.kit.clock import SystemClock
from services.kit.eventlog.connect import connect as connect_log
from services.kit.runtime import Runtime
from tests.brokers import kafka  # noqa: F401 - the run's broker, found by name


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """One line a message: the default draws every local variable of a trace, which takes seconds."""
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(
        wrapper_class=quiet, processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulls as fast as the simulated vendors answer: their own limits are rehearsed elsewhere."""
    quick = {name: replace(connector, rate=1000.0) for name, connector in discover().items()}
    monkeypatch.setattr(service, "discover", lambda: quick)


@pytest.fixture(autouse=True)
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures that only grow are counted at once: each of these stories waits until nothing is left to be judged."""
    monkeypatch.setattr(judging, "REST", timedelta(0))


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=pytest.mark.kafka)])
def log_settings(request: pytest.FixtureRequest) -> dict[str, object]:
    """The settings of the log under test; only Kafka's asks for the broker."""
    if request.param == "postgres":
        return {}
    broker = request.getfixturevalue("kafka")
    return {"log_url": broker.url, "topic_prefix": broker.prefix()}


@pytest.fixture
async def house(log_settings: dict[str, object], runtime: Runtime) -> AsyncIterator[Runtime]:
    """The runtime on that log."""
    settings = runtime.settings.model_copy(update={"partitions": 2, **log_settings})
    log = connect_log(settings, runtime.engine)
    yield replace(runtime, settings=settings, log=log, clock=SystemClock())
    await log.close()
