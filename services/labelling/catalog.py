"""Opens the catalog for matching: reads the vendor files, or what an earlier run kept of them, and builds the index.

TOML is read in Python and slowly, so decoded vendors are kept in the user's cache folder under a digest of the files'
content: a command starts fast, and a changed file is never read stale. Without a writable folder nothing is kept.
"""

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from schemas import vendor
from schemas.vendor import Vendor
from services.labelling.index import CatalogIndex, build

_DIGITS = 24
_FORMAT = hashlib.sha256(Path(vendor.__file__).read_bytes()).digest()
"""The structs the kept vendors were encoded with: another version of them reads the files again."""


def open_catalog(folders: Iterable[Path] = (), *, cache: Path | None = None) -> CatalogIndex:
    """The index of the shipped catalog and the organisation's folders; raises CatalogFault naming file and field."""
    return build(vendors(tuple(folders), cache if cache is not None else cache_folder()))


def vendors(folders: tuple[Path, ...], cache: Path | None) -> tuple[Vendor, ...]:
    """The vendors of `schemas.vendor.load`, from the cache folder where it has them."""
    kept = cache / f"catalog-{_digest((vendor.CATALOG, *folders))}.msgpack" if cache is not None else None
    if kept is not None:
        with contextlib.suppress(OSError, msgspec.MsgspecError):  # nothing kept, or damaged: read the files
            return msgspec.msgpack.decode(kept.read_bytes(), type=tuple[Vendor, ...])
    found = vendor.load(folders)
    if kept is not None:
        with contextlib.suppress(OSError):  # a read-only home costs time, not the answer
            _keep(kept, msgspec.msgpack.encode(found))
    return found


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


def _digest(folders: Iterable[Path]) -> str:
    digest = hashlib.sha256(_FORMAT)
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            digest.update(hashlib.sha256(path.read_bytes()).digest() + path.name.encode() + b"\0")
        digest.update(b"\n")
    return digest.hexdigest()[:_DIGITS]


def _keep(path: Path, content: bytes) -> None:
    """Writes whole or not at all, readable by its owner; catalogs kept of earlier content are dropped."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)
    for old in sorted(path.parent.glob("catalog-*.msgpack"), key=lambda file: file.stat().st_mtime)[:-4]:
        old.unlink(missing_ok=True)
