"""Runtime: what the composition root built and every service is handed; Service: what a service hands back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.kit.clock import Clock
from services.kit.eventlog import EventLog
from services.kit.keys import Keys
from services.kit.settings import Settings

if TYPE_CHECKING:
    from fastapi import APIRouter
    from sqlalchemy.ext.asyncio import AsyncEngine

Stop = asyncio.Event
"""Set when the process is asked to end: a loop finishes what it holds and returns, within ten seconds."""
Loop = Callable[[Stop], Awaitable[None]]
Check = Callable[[], Awaitable[str | None]]
"""A readiness check: None where fit, else why not."""


@dataclass(frozen=True)
class Runtime:
    """The parts every service shares. `engine` speaks asyncpg to PostgreSQL; `log` is Kafka or PostgreSQL."""

    settings: Settings
    engine: "AsyncEngine"
    log: EventLog
    keys: Keys
    clock: Clock


@dataclass(frozen=True)
class Service:
    """A service ready to run: its named loops (each restarted by the root when it fails), routes and checks."""

    name: str
    loops: Mapping[str, Loop] = field(default_factory=dict)
    routers: "tuple[APIRouter, ...]" = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
