"""What a compiled catalog must never call AI: infrastructure many vendors share, and names that only look like AI."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from schemas.observation import Kind, Observation
from schemas.usage import Label, Verdict
from schemas.vendor import Vendor
from services.labelling.examples import Wrong, by_catalog
from services.labelling.index import CatalogIndex

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_BELOW = ("", "www.", "api.", "eu.", "o1.ingest.")


def shared_as_ai(vendors: Iterable[Vendor], index: CatalogIndex) -> Iterator[Wrong]:
    """Shared hosts, and names below them that the catalog does not have, which come out as use of AI."""
    for vendor in vendors:
        for host in (*vendor.hosts, *(host for product in vendor.products for host in product.hosts)):
            if host.shared:
                names = (f"{below}{host.host}" for below in (_BELOW if host.match == "suffix" else ("",)))
                told = ((name, _use_of(name, index)) for name in names if name == host.host or name not in index.hosts)
                for name, found in told:
                    if found is not None:
                        yield Wrong(f"shared host {host.host}", f"{name} {_told(found)}: infrastructure is never AI")


def look_alikes_as_ai(names: Iterable[str], index: CatalogIndex) -> Iterator[Wrong]:
    """Names known to look like AI and not to be it which come out as use of AI: the list or the catalog is wrong."""
    for name in names:
        found = _use_of(name, index)
        if found is not None:
            yield Wrong(f"look-alike {name}", f"it {_told(found)}: the catalog or the list of look-alikes is wrong")


def _use_of(name: str, index: CatalogIndex) -> Label | None:
    found = by_catalog(Observation(source="check", kind=Kind.WEB, at=_AT, host=name, path="/"), index)
    return found if found.verdict in (Verdict.AI, Verdict.EMBEDDED) else None


def _told(found: Label) -> str:
    return f"comes out as {found.verdict.value} {found.tool} by {found.key}"
