"""Where the servers of a test run keep their data: in memory where the system has a folder for it, else on the disk.

A test's database is made from a template and dropped again; on a busy disk that took most of a test's time.
"""

import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 << 30


def quick_folder() -> str | None:
    """The folder to make temporary ones in, None for the usual one."""
    try:
        return str(MEMORY) if shutil.disk_usage(MEMORY).free >= ROOM else None
    except OSError:
        return None
