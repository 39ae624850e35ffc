"""How far each instance got: cursors of pulls, positions of watched files. Saved only by the lease's holder."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.control import leases
from services.kit.control.leases import Lease

_READ = text("select text from control.cursor where instance = :instance and generation = :generation")
_SAVE = text("""
    insert into control.cursor (instance, generation, text) values (:instance, :generation, :text)
    on conflict (instance, generation) do update set text = excluded.text, saved_at = now()""")
_FILES = text("select file, path, position, head, stamp from control.file_position where instance = :instance")
_SAVE_FILE = text("""
    insert into control.file_position (instance, file, path, position, head, stamp)
    values (:instance, :file, :path, :position, :head, :stamp)
    on conflict (instance, file) do update
        set path = excluded.path, position = excluded.position, head = excluded.head,
            stamp = excluded.stamp, saved_at = now()""")
_FORGET = text("delete from control.file_position where instance = :instance and file = any(:files)")


@dataclass(frozen=True, kw_only=True)
class FilePosition:
    """Where reading of one file goes on. `file` is device and inode, `position` bytes after decompression.

    `head` is a digest of the first bytes (another file may get the same inode), `stamp` is size and time of change when
    it was read to its end, for files that are only read whole.
    """

    file: str
    path: str
    position: int
    head: str
    stamp: str = ""


async def cursor(connection: AsyncConnection, instance: str, generation: int) -> str | None:
    """The cursor saved last, None at the first run of a generation."""
    found = await connection.execute(_READ, {"instance": instance, "generation": generation})
    row = found.first()
    return str(row.text) if row is not None else None


async def save_cursor(connection: AsyncConnection, lease: Lease, cursor_text: str) -> None:
    """Saves the cursor of the lease's generation; raises StalePosition where the lease is no longer held."""
    await leases.check(connection, lease)
    given = {"instance": lease.instance, "generation": lease.generation, "text": cursor_text}
    await connection.execute(_SAVE, given)


async def files(connection: AsyncConnection, instance: str) -> dict[str, FilePosition]:
    """The positions of an instance's files, by file."""
    rows = (await connection.execute(_FILES, {"instance": instance})).all()
    return {row.file: FilePosition(**row._mapping) for row in rows}  # noqa: SLF001 - a row as a mapping


async def save_file(connection: AsyncConnection, lease: Lease, at: FilePosition) -> None:
    """Saves a file's position; raises StalePosition where the lease is no longer held."""
    await leases.check(connection, lease)
    given = {
        "instance": lease.instance, "file": at.file, "path": at.path, "position": at.position,
        "head": at.head, "stamp": at.stamp,
    }  # fmt: skip
    await connection.execute(_SAVE_FILE, given)


async def forget_files(connection: AsyncConnection, lease: Lease, gone: list[str]) -> None:
    """Drops positions of files that are no more; raises StalePosition where the lease is no longer held."""
    await leases.check(connection, lease)
    await connection.execute(_FORGET, {"instance": lease.instance, "files": gone})
