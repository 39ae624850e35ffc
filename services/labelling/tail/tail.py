"""The last step of labelling: what nothing named is scored from its name and the record's own evidence.

Nothing that the catalog or an analyst named comes here. A name that holds nothing like an AI word, in a record that
says nothing more, is not scored: the models abstain. A product's name never comes out of here.
"""

from functools import lru_cache
from typing import Protocol

from schemas.observation import App
from schemas.usage import Label, Verdict
from services.labelling.tail import evidence, features, model
from services.labelling.tail.evidence import Evidence
from services.labelling.tail.registered import Registered, registered
from services.labelling.tail.verdict import Weighed, weigh

_PROGRAMS = ("process:", "bundle:", "port:", "card:", "npm:", "pypi:", "docker:", "homebrew:")
_LONGEST = 120
_NO_DOMAIN = -20.0
_REMEMBERED = 20_000


class Said(Protocol):
    """The fields of a record that say something beyond its host; clear and protected observations have them."""

    @property
    def path(self) -> str | None: ...
    @property
    def method(self) -> str | None: ...
    @property
    def content_type(self) -> str | None: ...
    @property
    def labels(self) -> tuple[str, ...]: ...


def pieces(said: Said) -> list[Evidence]:
    """What a record's path, category and content type say; empty of most."""
    found = [
        evidence.of_path(said.path, said.method) if said.path else None,
        evidence.of_labels(said.labels) if said.labels else None,
    ]
    if any(found):
        found.append(evidence.of_stream(said.content_type, said.method))
    return [piece for piece in found if piece is not None]


def of_host(host: str, others: list[Evidence]) -> Label | None:
    """The label of a normalised host that nothing names; None where the models abstain or see nothing.

    By its name alone a host is labelled under its registered domain, by what a record says under itself.
    """
    domain = registered(host)
    if domain is None or not (others or features.hints(domain.label, domain.suffix)):
        return None
    if others and (sub := evidence.of_subdomain(host.removesuffix(domain.name).split("."))) is not None:
        others = [*others, sub]
    return _label(f"host:{host if others else domain.name}", weigh(_of_domain(domain, alone=not others), others))


def log_odds(host: str, others: list[Evidence]) -> float:
    """The log-odds of a host whatever the gate and the thresholds say, to rank by; far below 0 of no domain."""
    domain = registered(host)
    if domain is None:
        return _NO_DOMAIN
    name = _of_domain(domain, alone=False)
    return name.log_ratio + sum(piece.log_ratio for piece in others)


def of_app(app: App, key: str, publishers: frozenset[str], others: list[Evidence]) -> Label | None:
    """The label of an application that nothing names, under `key`; None where the models abstain or see nothing."""
    if not app.name or (app.client_id or "").startswith(_PROGRAMS):
        return None
    publisher = evidence.of_publisher(app.publisher, publishers)
    others = [*others, publisher] if publisher is not None else others
    if not (others or features.app_hints(app.name)):
        return None
    return _label(key, weigh(_of_app(app.name, alone=not others), others))


@lru_cache(_REMEMBERED)
def _domain_score(domain: Registered) -> float:
    return model.shipped("domains").score(features.of_domain(domain))


@lru_cache(_REMEMBERED)
def _app_score(name: str) -> float:
    return model.shipped("apps").score(features.of_app(name))


def _of_domain(domain: Registered, *, alone: bool) -> Evidence:
    return _evidence("domains", domain.name, _domain_score(domain), alone=alone)


def _of_app(name: str, *, alone: bool) -> Evidence:
    return _evidence("apps", " ".join(name.casefold().split()), _app_score(name), alone=alone)


def _evidence(kind: str, name: str, score: float, *, alone: bool) -> Evidence:
    names = model.shipped(kind)
    ratio = names.alone.at(score) if alone else names.beside.at(score)
    how = "name alone" if alone else f"capped at ±{model.CAP:.0f}"
    return Evidence(f"name {name[:_LONGEST]!r}", ratio, f"name model {names.version}, {how}")


def _label(key: str, weighed: Weighed) -> Label | None:
    if weighed.verdict is Verdict.NONE:
        return None
    return Label(key=key, verdict=weighed.verdict, confidence=round(weighed.probability, 4), basis=weighed.basis)
