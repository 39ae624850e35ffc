"""When what is read reached us: a file's last writing, else now. For logs whose times have no year."""

import io
import os
import stat
from datetime import UTC, datetime
from typing import Any

from services.kit.clock import Clock, SystemClock


def arrived(file: Any, clock: Clock | None = None) -> datetime:
    """The time in UTC after which nothing in the file was written; now for a pipe or what is no file."""
    now = (clock or SystemClock()).now()
    try:
        told = os.fstat(file.fileno())
    except (AttributeError, OSError, io.UnsupportedOperation, ValueError):
        return now
    return min(now, datetime.fromtimestamp(told.st_mtime, UTC)) if stat.S_ISREG(told.st_mode) else now
