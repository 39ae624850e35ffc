"""CycloneDX bills of materials: models and AI libraries in an application or repository, which is the solution.

Read 2026-11-21: https://cyclonedx.org/docs/1.7/json/ (1.2 to 1.7 differ in nothing read here), and the specification's
own files, CycloneDX/specification:tools/src/test/resources/1.6/valid-bom-1.6.json, valid-machine-learning-1.6.json and
valid-saasbom-1.6.json. A record is a whole bill. What isn't about AI is dropped, and so are descriptions, model cards
and licences. A bill without its time counts as of when its file was written or came.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.cyclonedx.bom import Purl, Subject, components, named, places, purl, subject
from connectors.cyclonedx.libraries import library
from connectors.shared.ai_product import facts, provider
from connectors.shared.auditlog import maybe
from connectors.shared.graph.values import text, under
from schemas.observation import App, Kind, Object, Observation, Solution

SOURCE = "cyclonedx"
_MODEL = "machine-learning-model"
_PROVIDERS = ("openai", "anthropic", "google", "mistral ai", "cohere", "deepseek", "xai", "nvidia", "alibaba")


def parse(record: Any, _config: object = None, arrived: datetime | None = None) -> Iterator[Observation] | Ignored:
    """One bill: an observation for each model, AI library and service. Raises Rejected for what is no bill."""
    if not isinstance(record, dict) or record.get("bomFormat") != "CycloneDX":
        raise Rejected("no bomFormat CycloneDX: not a bill of materials in JSON")
    at = maybe(under(record, "metadata").get("timestamp")) or arrived
    if at is None:
        raise Rejected("neither metadata.timestamp nor the file's own time says when it was made")
    whole = subject(record)
    if whole is None:
        return Ignored("bill without component, repository or serial number")
    bill = text(record.get("serialNumber"))
    parts = [*_itself(record), *components(record)]
    found = [*_services(record, whole, at, bill), *(one for part in parts for one in _component(part, whole, at, bill))]
    once = {(one.action, one.object): one for one in found}
    return iter(once.values()) if once else Ignored("bill of materials without AI")


def _itself(bom: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A bill of a model is about that model."""
    component = under(under(bom, "metadata"), "component")
    if component.get("type") == _MODEL:
        yield component


def _component(component: Mapping[str, Any], whole: Subject, at: datetime, bill: str | None) -> Iterator[Observation]:
    name, package = named(component), purl(component.get("purl"))
    if name is None:
        return
    if component.get("type") == _MODEL:
        thing = Object(type="model", name=name)
        yield _observation("model", whole, at, bill, _maker(component, package, name), thing, component, package)
    elif package is not None and (app := library(package.type, package.name)) is not None:
        key = f"{package.type}:{package.name}"
        thing = Object(type="package", id=key, name=package.name)
        yield _observation("library", whole, at, bill, app, thing, component, package)


_KNOWN = frozenset(app for word in (*_PROVIDERS, "huggingface") if (app := provider(word.replace(" ", "_"))))


def _maker(component: Mapping[str, Any], package: Purl | None, name: str) -> App:
    """Whose model it is: its publisher's, or the Hub's it is kept at; else it stands under its own name."""
    if package is not None and package.type == "huggingface":
        return provider("huggingface") or App(name=name)
    for said in (component.get("publisher"), under(component, "supplier").get("name"), component.get("group")):
        word = (text(said) or "").lower()
        if word in _PROVIDERS:
            return provider(word.replace(" ", "_")) or App(name=name)
    return App(name=text(component.get("name")) or name, publisher=text(component.get("publisher")))


def _services(bom: Mapping[str, Any], whole: Subject, at: datetime, bill: str | None) -> Iterator[Observation]:
    """Each host called: the catalog says which are AI."""
    for host in dict.fromkeys(places(bom)):
        yield Observation(
            source=SOURCE, kind=Kind.BUILD, at=at, id=_id(bill, "service", host), host=host, action="service",
            object=Object(type="service", name=host), solution=_solution(whole, None, None),
            attributes=facts(application=whole.name, repository=whole.repository),
        )  # fmt: skip


def _observation(
    action: str, whole: Subject, at: datetime, bill: str | None, app: App, thing: Object,
    component: Mapping[str, Any], package: Purl | None,
) -> Observation:  # fmt: skip
    return Observation(
        source=SOURCE,
        kind=Kind.BUILD,
        at=at,
        id=_id(bill, action, thing.id or thing.name or ""),
        app=app,
        action=action,
        object=thing,
        solution=_solution(whole, app, thing.name if action == "model" else None),
        attributes=facts(
            application=whole.name, repository=whole.repository, package=package.name if package else None,
            version=component.get("version") or (package.version if package else None),
        ),
    )  # fmt: skip


def _id(bill: str | None, action: str, key: str) -> str:
    return f"{SOURCE}:{bill}:{action}:{key}" if bill else ""


def _solution(whole: Subject, app: App | None, model: str | None) -> Solution:
    """What the bill is of. A model that stands under its own name is touched, and is no system it is connected to."""
    kind = "ml_model" if whole.model else "application"
    uses = app.name if app and app.name and (model is None or app in _KNOWN) else None
    return Solution(
        id=f"{kind}:{whole.key}",
        type=kind,
        name=whole.name,
        environment=whole.repository,
        connectors=(uses,) if uses else (),
        makers=whole.makers,
        touches=(model,) if model and model != whole.name else (),
    )


def recognise(record: Any) -> float:
    """How much a JSON object looks like a bill of materials."""
    return 0.98 if isinstance(record, dict) and record.get("bomFormat") == "CycloneDX" else 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="CycloneDX bills of materials",
    kinds=(Kind.BUILD,),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    docs="https://cyclonedx.org/docs/1.7/json/",
    permissions=("none: a build sends its bill here, or files of them are read",),
    granted_in="the build's pipeline: one more step that posts the bill",
    plan="any program that writes CycloneDX as JSON (cdxgen, Syft, Trivy, cyclonedx-py, cyclonedx-npm …)",
    cursor="whole file",
    evidence="vendor example",
    samples=("cyclonedx/bills.json", "cyclonedx/model.json"),
    dates_by_arrival=True,
)
