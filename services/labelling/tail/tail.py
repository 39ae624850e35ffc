"""The last step of labelling: what nothing named is scored from its name and the record's own evidence.

Nothing that the catalog or an analyst named comes here. A name that holds nothing like an AI word, in a record that
says nothing more, is not scored: the models abstain. A product's name never comes out of here.
"""

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Protocol

from schemas.observation import App
from schemas.usage import Label, Verdict
from services.labelling.tail import evidence, features
from services.labelling.tail.evidence import Evidence
from services.labelling.tail.registered import Registered, registered
from services.labelling.tail.verdict import CAP, PRIOR_WORD, Weighed, weigh

if TYPE_CHECKING:
    from services.labelling.tail.model import NameModel

_PROGRAMS = ("process:", "bundle:", "port:", "card:", "npm:", "pypi:", "docker:", "homebrew:")
NAME_ALONE = "name alone"
"""Stands in the basis of what was weighed by nothing but its name."""
_LONGEST = 120
_NO_DOMAIN = -20.0
_REMEMBERED = 20_000
_ENDINGS = 200_000


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


def says_more(said: Said) -> bool:
    """Whether a record says anything beyond its name: asked of every record, so it is two look-ups."""
    path, labels = said.path, said.labels
    return (path is not None and evidence.of_path(path, said.method) is not None) or (
        bool(labels) and evidence.of_labels(labels) is not None
    )


def may_speak(host: str) -> bool:
    """Whether anything could be said of a plain host by its name alone: told from its last two or three labels."""
    cut = host.rfind(".", 0, host.rfind("."))
    may = _may_end_so(host[cut + 1 :])
    if may is None:
        may = features.HINT.search(host[host.rfind(".", 0, max(cut, 0)) + 1 :]) is not None
    return may


def looks_further(ending: str) -> bool:
    """Whether the last two labels are not enough for `may_speak`: they are a public suffix."""
    return _may_end_so(ending) is None


@lru_cache(_ENDINGS)
def _may_end_so(ending: str) -> bool | None:
    """Whether an ending holds anything like an AI word; None of a public suffix, which says nothing yet."""
    if features.HINT.search(ending) is not None:
        return True
    return None if registered(ending) is None else False


def is_weighed(label: Label) -> bool:
    """Whether a label came out of here."""
    return bool(label.basis) and label.basis[-1].startswith(PRIOR_WORD)


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
    if domain is None:
        return None
    if not others:
        return _by_name_alone(domain)
    if (sub := evidence.of_subdomain(host.removesuffix(domain.name).split("."))) is not None:
        others = [*others, sub]
    return _label(f"host:{host}", weigh(_of_domain(domain, alone=False), others))


@lru_cache(_REMEMBERED)
def _by_name_alone(domain: Registered) -> Label | None:
    if not features.hints(domain.label, domain.suffix):
        return None
    return _label(f"host:{domain.name}", weigh(_of_domain(domain, alone=True), ()))


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


@cache
def _model(kind: str) -> "NameModel":
    from services.labelling.tail.model import shipped  # noqa: PLC0415 - numpy is imported where a name is scored

    return shipped(kind)


@lru_cache(_REMEMBERED)
def _domain_score(domain: Registered) -> float:
    return _model("domains").score(features.of_domain(domain))


@lru_cache(_REMEMBERED)
def _app_score(name: str) -> float:
    return _model("apps").score(features.of_app(name))


def _of_domain(domain: Registered, *, alone: bool) -> Evidence:
    return _evidence("domains", domain.name, _domain_score(domain), alone=alone)


def _of_app(name: str, *, alone: bool) -> Evidence:
    return _evidence("apps", " ".join(name.casefold().split()), _app_score(name), alone=alone)


def _evidence(kind: str, name: str, score: float, *, alone: bool) -> Evidence:
    names = _model(kind)
    ratio = names.alone.at(score) if alone else names.beside.at(score)
    how = NAME_ALONE if alone else f"capped at ±{CAP:.0f}"
    return Evidence(f"name {name[:_LONGEST]!r}", ratio, f"name model {names.version}, {how}")


def _label(key: str, weighed: Weighed) -> Label | None:
    if weighed.verdict is Verdict.NONE:
        return None
    return Label(key=key, verdict=weighed.verdict, confidence=round(weighed.probability, 4), basis=weighed.basis)


def version() -> str:
    """The digests of the name models, of hosts and of applications: another one may weigh the same name otherwise."""
    return f"{_model('domains').version}+{_model('apps').version}"
