"""The file of a backup: a ZIP with `manifest.json`, `keys.json` and one `rows/<table>` for each table, sealed or not.

An unsealed one can be looked into with any unzip; rows are in PostgreSQL's text format of COPY.
"""

import contextlib
import io
import os
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, cast

import msgspec

from services.kit.backup import sealed
from services.kit.backup.tables import Table
from services.kit.errors import Misconfigured

FORMAT = 1
MANIFEST, KEYS, ROWS = "manifest.json", "keys.json", "rows/"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds: of which moment and revision, under which keys, and every table with its rows."""

    format: int
    taken_at: datetime
    revision: str
    fingerprint: str
    log: str
    tables: tuple[Table, ...]
    rows: dict[str, int]
    sequences: dict[str, tuple[int, bool]]


@contextlib.contextmanager
def written(path: Path, passphrase: str | None) -> Iterator[zipfile.ZipFile]:
    """A new archive at `path`, whole or not at all, readable by its owner only; raises Misconfigured."""
    draft = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise Misconfigured(f"{path}: {error.strerror}; give a file in a folder that can be written") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            with contextlib.ExitStack() as stack:
                target = cast("IO[bytes]", stack.enter_context(sealed.Writer(file, passphrase))) if passphrase else file
                yield stack.enter_context(zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=4))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def opened(path: Path, passphrase: str | None) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """An archive to read, and its manifest; raises Misconfigured saying what is wrong with it."""
    try:
        with path.open("rb") as file:
            if sealed.is_sealed(file) and passphrase is None:
                raise Misconfigured(f"{path} is sealed; give its passphrase: --passphrase env:NAME or file:/path")
            source = io.BufferedReader(sealed.Reader(file, passphrase)) if sealed.is_sealed(file) else file  # type: ignore[arg-type] # is_sealed without a passphrase was refused above
            with zipfile.ZipFile(cast("IO[bytes]", source)) as archive:
                yield archive, _manifest(path, archive)
    except (zipfile.BadZipFile, EOFError) as error:
        raise Misconfigured(f"{path} is no whole backup ({error}); use another") from None
    except OSError as error:
        raise Misconfigured(f"{path}: {error.strerror}; give a backup that can be read") from None


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        found = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
    except (KeyError, msgspec.DecodeError):
        raise Misconfigured(f"{path} is no backup of Penumbra's") from None
    if found.format != FORMAT:
        raise Misconfigured(f"{path} is of format {found.format}, this program reads {FORMAT}; use a newer penumbra")
    return found
