"""The classifier as a service: what the composition root runs."""

from pathlib import Path

from schemas.topics import OBSERVATION
from schemas.vendor import CatalogFault
from services.classifier.consume import Classifier
from services.classifier.decide import Decider
from services.kit.errors import Misconfigured
from services.kit.loop import behind
from services.kit.runtime import Runtime, Service
from services.labelling.catalog import open_catalog


def service(runtime: Runtime) -> Service:
    """Its loops and checks; raises Misconfigured where a catalog file can't be read."""
    try:
        index = open_catalog(Path(folder) for folder in runtime.settings.catalog_dirs)
    except CatalogFault as fault:
        raise Misconfigured(f"PENUMBRA_CATALOG_DIRS: {fault}") from None
    classifier = Classifier(runtime, Decider(index))

    async def lag() -> str | None:
        now_ms = runtime.clock.now().timestamp() * 1000
        return behind(classifier.consumer, OBSERVATION.retention, now_ms)

    return Service(
        name="classifier",
        loops={"classifier-labels": classifier.labels, "classifier": classifier.observations},
        checks={"classifier": classifier.check, "classifier-lag": lag},
    )
