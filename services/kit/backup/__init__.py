"""Backup and restore: the whole database as it stood at one moment, and the keys, in one file.

Decision. Rows are copied through the database driver (COPY in one repeatable-read transaction), not by `pg_dump`. The
binaries of the embedded server are built without TLS and refuse a server newer than themselves, and an operator's
machine often has none: what must work in an emergency should need nothing else. The layout of tables is not in the
file: it is made by our own migrations up to the backup's revision, then brought to this program's, so a backup can be
restored by a newer Penumbra and into a newer PostgreSQL. Tables made while running (days of the log, days of seen ids)
are made again from their own catalog entries.

The file is a ZIP (`archive`), sealed with a passphrase where one is given (`sealed`). `taking` and `restoring` do the
work on `tables`.
"""

from services.kit.backup.restoring import Restored, restore
from services.kit.backup.taking import Taken, take

__all__ = ["Restored", "Taken", "restore", "take"]
