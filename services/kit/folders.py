"""Where data lies when nobody said where."""

import os
import sys
from pathlib import Path


def default_data_folder() -> Path:
    """The platform's own place; as root `/var/lib/penumbra`, because PostgreSQL can't run as root in a home folder."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "penumbra"
    if os.geteuid() == 0:
        return Path("/var/lib/penumbra")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "penumbra"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "penumbra"
