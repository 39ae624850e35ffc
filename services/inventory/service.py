"""The inventory as a service: what the composition root runs."""

from functools import partial
from pathlib import Path

import msgspec

from schemas.topics import USAGE
from schemas.vendor import CatalogFault
from services.inventory import headcount, health, housekeeping, http, people, publishing, record
from services.inventory.delivery import relay
from services.inventory.domain import policy
from services.inventory.estate import PostgresEstate
from services.inventory.judging import Judge
from services.inventory.relabelling import Relabelling
from services.kit.deadletters import curators
from services.kit.errors import Misconfigured
from services.kit.loop import behind
from services.kit.runtime import Check, Loop, Runtime, Service
from services.kit.settings import Settings
from services.labelling.catalog import open_catalog


def service(runtime: Runtime) -> Service:
    """Its loops, routes and checks; raises Misconfigured where a catalog or the policy file can't be read."""
    try:
        index = open_catalog(Path(folder) for folder in runtime.settings.catalog_dirs)
    except CatalogFault as fault:
        raise Misconfigured(f"PENUMBRA_CATALOG_DIRS: {fault}") from None
    numbers = _policy(runtime.settings)
    judge = Judge(runtime, index.tools, numbers)
    usage = record.consumer(runtime)
    consumers = {
        "usage": usage, "people": people.consumer(runtime), "source health": health.consumer(runtime),
        **curators(runtime),
    }  # fmt: skip
    loops: dict[str, Loop] = {name: partial(consumer.run, runtime.log) for name, consumer in consumers.items()}
    loops |= {"judge": judge.run, "clocks": judge.clocks, "delivery": partial(relay.run, runtime)}
    loops["relabelling"] = Relabelling(runtime, index).run
    loops["labels"] = partial(publishing.run, runtime)
    estate = PostgresEstate(runtime, index.tools, numbers)
    loops["headcount"] = partial(headcount.run, runtime, estate)
    loops["housekeeping"] = partial(housekeeping.run, runtime)
    checks: dict[str, Check] = {name: consumer.check for name, consumer in consumers.items()}

    async def lag() -> str | None:
        return behind(usage, USAGE.retention, runtime.clock.now().timestamp() * 1000)

    return Service(
        name="inventory", loops=loops, routers=http.routers(estate),
        checks={**checks, "usage lag": lag},
    )  # fmt: skip


def _policy(settings: Settings) -> policy.Policy:
    """The organisation's numbers, or the built-in ones where it has no file; a sample company's people are nobody's."""
    path = settings.policy
    if path is None:
        return policy.DEFAULT if not settings.sample_company else policy.Policy(smallest_group=1)
    try:
        return policy.read(path.read_bytes().decode())
    except OSError as error:
        raise Misconfigured(f"PENUMBRA_POLICY: {path}: {error.strerror}") from None
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise Misconfigured(f"PENUMBRA_POLICY: {path}: {error}") from None
