"""What a bill of materials says of itself and of its components, read tolerantly."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from connectors.shared.auditlog import person
from connectors.shared.graph.values import items, text, under
from schemas.observation import Actor

_PURL = re.compile(r"pkg:([A-Za-z0-9.+-]+)/([^@?#]+)(?:@([^?#]*))?")
_VCS = re.compile(r"(?:[a-z+]+://)?(?:[^/@]*@)?([\w.-]+)(?::\d+)?[:/]+([^\s?#]+)", re.IGNORECASE)
"""`https://user@host/path.git`, `git+ssh://git@host:22/path`, `git@host:path`."""
_LONGEST = 500
_DEEPEST = 20


class Purl(NamedTuple):
    """A package URL (https://github.com/package-url/purl-spec): type, name with its namespace, version."""

    type: str
    name: str
    version: str | None


class Subject(NamedTuple):
    """What the bill is of. `key` has no version: the next release is the same application."""

    key: str
    name: str | None
    model: bool
    repository: str | None
    makers: tuple[Actor, ...]


def purl(value: Any) -> Purl | None:
    """A package URL read; None for what is none."""
    found = _PURL.match(text(value) or "")
    if found is None:
        return None
    kind, name, version = found.groups()
    return Purl(kind.lower(), unquote(name).strip("/"), unquote(version) if version else None)


def named(component: Mapping[str, Any]) -> str | None:
    """A component's name with its group: `CompVis/stable-diffusion`."""
    group, name = text(component.get("group")), text(component.get("name"))
    return f"{group}/{name}" if group and name else name


def components(bom: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every component, those inside others too, but for the one the bill is of."""
    waiting = [(one, 0) for one in items(bom.get("components"))]
    waiting += [(one, 0) for one in items(under(under(bom, "metadata"), "component").get("components"))]
    for component, depth in waiting:
        yield component
        if depth < _DEEPEST:
            waiting.extend((inner, depth + 1) for inner in items(component.get("components")))


def subject(bom: Mapping[str, Any]) -> Subject | None:
    """The application, repository or model the bill is of; its serial number where it names none."""
    about = under(bom, "metadata")
    component = under(about, "component")
    package = purl(component.get("purl"))
    name = named(component)
    repository = _repository(component) or _repository(bom)
    serial = (text(bom.get("serialNumber")) or "").removeprefix("urn:uuid:")
    key = (f"{package.type}/{package.name}" if package else None) or repository or name or serial
    if not key:
        return None
    authors = [*items(component.get("authors")), *items(about.get("authors"))]
    makers = [who for one in authors if (who := person(email=one.get("email"))) is not None and who.email]
    model = component.get("type") == "machine-learning-model"
    return Subject(key, name, model, repository, tuple(dict.fromkeys(makers)))


def _repository(told: Mapping[str, Any]) -> str | None:
    """Host and path of the version control system: no user, no token, no query."""
    for one in items(told.get("externalReferences")):
        found = _VCS.match((text(one.get("url")) or "")[:_LONGEST]) if one.get("type") == "vcs" else None
        if found:
            return f"{found[1].lower()}/{found[2].removesuffix('.git').strip('/')}"
    return None


def places(bom: Mapping[str, Any]) -> Iterator[str]:
    """The hosts of the services an application calls."""
    for service in items(bom.get("services")):
        endpoints = service.get("endpoints")
        for endpoint in endpoints if isinstance(endpoints, list) else ():
            try:
                host = urlsplit(endpoint).hostname if isinstance(endpoint, str) else None
            except ValueError:
                continue
            if host and "." in host:
                yield host
