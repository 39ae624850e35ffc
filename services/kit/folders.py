"""Where data lies when nobody said where, and whether a folder can be had there."""

import os
import sys
from pathlib import Path

from services.kit.errors import Misconfigured

ANOTHER = "give PENUMBRA_DATA another folder"


def default_data_folder() -> Path:
    """The platform's own place; as root `/var/lib/penumbra`, because PostgreSQL can't run as root in a home folder."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "penumbra"
    if os.geteuid() == 0:
        return Path("/var/lib/penumbra")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "penumbra"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "penumbra"


def obstacle(folder: Path) -> str | None:
    """What keeps a data folder from being there, with the next step; None where it is, or can be made."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(path))
    if there.is_symlink() and not there.exists():
        return f"{there} is a link to nothing; mend it, or {ANOTHER}"
    if not there.is_dir():
        return f"{there} is a file where a folder is needed; move it away, or {ANOTHER}"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"this user may not write to {there}; let it, or {ANOTHER}"
    return None


def made(folder: Path) -> Path:
    """The data folder, made where it is missing; raises Misconfigured where it can't be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = obstacle(folder) or f"{folder} can't be made ({error.strerror}); {ANOTHER}"
        raise Misconfigured(f"PENUMBRA_DATA: {why}") from None
    return folder
