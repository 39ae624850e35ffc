"""Opens the HTTP client of one run: the way out, and the rate limit of the credential it uses."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from connectors.base import Http as HttpPort
from services.ingest.collect import Dial
from services.ingest.intake import Origin
from services.kit import egress
from services.kit.clock import Clock
from services.kit.http import Http, Limits
from services.kit.runtime import Runtime
from services.kit.settings import Settings


def dialler(runtime: Runtime, limits: Limits | None = None) -> Dial:
    """A client for each run: cookies and connections of one source never serve another, limits are shared."""
    return outward(runtime.settings, runtime.clock, limits)


def outward(settings: Settings, clock: Clock, limits: Limits | None = None) -> Dial:
    """As `dialler`, where no service runs."""
    shared = limits or Limits()

    @contextlib.asynccontextmanager
    async def dial(origin: Origin) -> AsyncIterator[HttpPort]:
        async with egress.client(settings, headers={"user-agent": "penumbra"}) as client:
            yield Http(client, clock, shared.of(credential(origin), origin.connector.rate))

    return dial


def credential(origin: Origin) -> str:
    """The name of the credential a source uses: the vendor and its secret references, never the secrets."""
    plain: Any = msgspec.to_builtins(origin.config)
    given = plain if isinstance(plain, dict) else {}
    return " ".join([origin.connector.name, *(str(given.get(name)) for name in origin.connector.secrets)])
