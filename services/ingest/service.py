"""The ingest service: the scheduler that pulls and watches, what is pushed, and the telling of each source's health."""

import asyncio
import contextlib

from connectors.base import discover
from services.ingest import cloudevents, figures, hec, push, requests, traces
from services.ingest.dial import dialler
from services.ingest.pushed import Intakes
from services.ingest.scheduler import LEASE_SECONDS, Scheduler, owner, repeated
from services.ingest.scim.provision import Provisioning
from services.ingest.scim.routes import router as scim
from services.ingest.syslog import serving
from services.ingest.telling import tell_changes
from services.ingest.truth import meter
from services.kit.runtime import Runtime, Service

HEALTH_SECONDS = 5.0
COUNT_SECONDS = 1.0


def service(runtime: Runtime) -> Service:
    """Ingest on a runtime. Any number of processes may run it: leases share the sources out."""
    connectors = discover()
    dial = dialler(runtime)
    scheduler = Scheduler(
        runtime=runtime, connectors=connectors, dial=dial, owner=owner(),
        lease_seconds=runtime.settings.takeover_seconds or LEASE_SECONDS,
    )  # fmt: skip
    intakes = Intakes(runtime, connectors)

    async def count(stop: asyncio.Event) -> None:
        """Saves pushed counts now and then, and once more at the end."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), COUNT_SECONDS)
            intakes.closing = stop.is_set()
            await intakes.save_counts()

    return Service(
        name="ingest",
        loops={
            "scheduler": scheduler.work,
            "source health": repeated(runtime, HEALTH_SECONDS, tell_changes),
            "push counts": count,
            "truth": meter.loop(runtime, connectors),
            "figures": repeated(runtime, figures.MEASURE_SECONDS, figures.measure),
            "requests": requests.loop(runtime, connectors, dial),
            **({"syslog": syslog} if (syslog := serving.loop(intakes)) is not None else {}),
        },
        routers=(
            *(each.router(intakes) for each in (push, hec, cloudevents, traces)),
            scim(Provisioning(intakes)),
        ),
    )
