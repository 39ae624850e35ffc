"""Opens the catalog for matching: compiles the vendor files, or takes what an earlier run compiled and kept.

TOML is read in Python and slowly, so the compiled index is kept in the user's cache folder, under a digest of what the
folders list (names, sizes, times to the nanosecond) and of the code that compiled it: a command starts fast, and a
changed file is never read stale. What was kept in the moment a file changed is not trusted, since two changes of one
moment look alike. Without a writable folder nothing is kept.
"""

import contextlib
import gc
import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from schemas import hostlist, usage, vendor
from schemas.vendor import Vendor
from services.labelling import homographs, hosts, index, listed, programs, signals
from services.labelling.index import CatalogIndex, build

_DIGITS = 24
_MOMENT_NS = 50_000_000
"""File systems note times by the tick of the system's clock, some ten milliseconds at most."""
_COMPILERS = (vendor, hostlist, usage, index, signals, programs, hosts, homographs, listed)
_KEPT = 4

T = TypeVar("T")


class Listing(NamedTuple):
    """What folders hold: its digest, and when the newest of it changed (nanoseconds since 1970)."""

    digest: str
    newest: int


def open_catalog(folders: Iterable[Path] = (), *, cache: Path | None = None) -> CatalogIndex:
    """The index of the shipped catalog and the organisation's folders; raises CatalogFault naming file and field."""
    given, place = tuple(folders), cache or cache_folder()
    return _kept("index", CatalogIndex, given, place, lambda: compiled(given, place))


def compiled(folders: tuple[Path, ...] = (), cache: Path | None = None) -> CatalogIndex:
    """The index made afresh from the vendors and the organisation's lists; raises CatalogFault."""
    return build(vendors(folders, cache), hostlist.load(folders))


def vendors(folders: tuple[Path, ...], cache: Path | None) -> tuple[Vendor, ...]:
    """The vendors of `schemas.vendor.load`; the shipped ones from the cache folder where it has them."""
    shipped = _kept("vendors", tuple[Vendor, ...], (), cache, vendor.load)
    found = {one.id: one for one in (*shipped, *vendor.in_folders(folders))}
    return tuple(found.values())


def cache_folder() -> Path | None:
    """The user's cache folder on this platform (XDG, ~/Library/Caches, %LOCALAPPDATA%); None without a home."""
    if sys.platform == "darwin":
        base = "~/Library/Caches"
    elif sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = os.path.expanduser(base)  # noqa: PTH111 - Path.expanduser raises where there is no home
    return None if folder.startswith("~") else Path(folder) / "penumbra"


def _kept(name: str, kind: type[T], folders: tuple[Path, ...], cache: Path | None, make: Callable[[], T]) -> T:
    """What `make` gives for these folders, or gave when it was kept in the cache."""
    if cache is None:
        return make()
    listing = _listing((vendor.CATALOG, *folders))
    path = cache / f"{name}-{listing.digest}.msgpack"
    with contextlib.suppress(OSError, msgspec.MsgspecError):  # nothing kept, or damaged: read the files
        if path.stat().st_mtime_ns > listing.newest + _MOMENT_NS:
            with _collector_off():
                return msgspec.msgpack.decode(path.read_bytes(), type=kind)
    made = make()
    with contextlib.suppress(OSError):  # a read-only home costs time, not the answer
        _keep(path, name, msgspec.msgpack.encode(made))
    return made


@contextlib.contextmanager
def _collector_off() -> Iterator[None]:
    """Everything made within stays: looking for garbage among it takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _listing(folders: Iterable[Path]) -> Listing:
    """The code counts by its content: an update may bring files older than what was kept."""
    digest = hashlib.sha256()
    newest = 0
    for module in _COMPILERS:
        digest.update(Path(str(module.__file__)).read_bytes())
    for folder in folders:
        for place in (folder, folder / hostlist.FOLDER):
            found = _files(place)
            digest.update(repr((str(place), found)).encode("utf-8", "surrogateescape"))
            newest = max((newest, *(max(one[2:]) for one in found)))
    return Listing(digest.hexdigest()[:_DIGITS], newest)


def _files(folder: Path) -> list[tuple[str, int, int, int]]:
    """Name, size, and times of content and of entry (nanoseconds) of the TOML files of a folder, in order of names."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".toml")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted((name, told.st_size, told.st_mtime_ns, told.st_ctime_ns) for name, told in found)


def _keep(path: Path, name: str, content: bytes) -> None:
    """Writes whole or not at all, readable by its owner; what was kept of earlier content is dropped."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)
    for old in sorted(path.parent.glob(f"{name}-*.msgpack"), key=lambda file: file.stat().st_mtime)[:-_KEPT]:
        old.unlink(missing_ok=True)
