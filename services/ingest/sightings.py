"""What a look at a watched folder means for the positions that are kept: which files came back, which are gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from connectors.records import Directives
from services.ingest.files import Found
from services.ingest.ids import Occurrences
from services.ingest.listing import ended
from services.kit.control.progress import FilePosition

OBJECTS = (".gz", ".zst", ".bz2", ".json", ".csv")
"""Endings of files that are written once and not renamed: known by their path and bytes as well as by their inode."""
Known = Mapping[str, FilePosition]
Standing = dict[str, tuple[int, Occurrences, Directives | None]]
"""The occurrences before a position and the directives in force there, by file."""


@dataclass
class Seen:
    """What a watch hands to the next one of its instance, so that it need not read it again.

    `positions` hold as long as no other process held the lease in between, which its `token` tells; `listed` is when
    all of the folder was listed last, in seconds of the loop's clock.
    """

    standing: Standing = field(default_factory=dict)
    positions: dict[str, FilePosition] | None = None
    token: int = 0
    listed: float | None = None

    def forget(self) -> None:
        """Nothing of it can be relied on: what was counted may never have been saved."""
        self.standing, self.positions = {}, None


def reappeared(found: Sequence[Found], known: Known) -> list[tuple[Found, FilePosition]]:
    """Objects that were read whole and stand at their path again under another inode, with what is known of them.

    A bucket that is mounted or synced anew has the same files under other inodes. That their bytes are the same is for
    the caller to see.
    """
    here = {one.file for one in found}
    before = {at.path: at for file, at in known.items() if file not in here and at.path.endswith(OBJECTS)}
    pairs = [(one, before[str(one.path)]) for one in found if one.file not in known and str(one.path) in before]
    return [(one, at) for one, at in pairs if at.position == one.size]


def gone(found: Sequence[Found], known: Known, root: str, since: date | None) -> list[str]:
    """Files that are no more. Where only days from `since` on were listed, others are out of sight, not gone.

    Of a folder without any file no object is: it may be a bucket that is mounted again in a moment.
    """
    here = {one.file for one in found}
    away = ((file, at.path) for file, at in known.items() if file not in here)
    if since is None:
        return [file for file, path in away if found or not path.endswith(OBJECTS)]
    return [file for file, path in away if not path.endswith(OBJECTS) and not is_past(Path(path).parent, root, since)]


def is_past(folder: Path, root: str, since: date) -> bool:
    """Whether a folder, or one between it and the root, is of days before `since`."""
    parts = folder.relative_to(root).parts if folder.is_relative_to(root) else ()
    return any(ended("/".join(parts[: depth + 1]), since) for depth in range(len(parts)))
