"""The files of a watched folder: of a tree parted by days, as buckets are, the recent days often and all of it seldom.

A day stands in the path as objects are laid out: `2026/11/21/` (CloudTrail's
`AWSLogs/<account>/CloudTrail/<region>/YYYY/MM/DD/`), `2026-11-21/` (Umbrella's `dnslogs/YYYY-MM-DD/`), `20261121/`
(Logpush's `{DATE}`), `dt=2026-11-21/`, `year=2026/month=11/day=21/`. A folder of a day, month or year that ended before
the oldest day wanted is not entered. What comes later than that is found when all is listed again.
"""

import os
import re
from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

ANY_DEPTH = "**"
_YEAR, _MONTH, _DAY = r"(?P<y>20\d\d)", r"(?P<m>0?[1-9]|1[0-2])", r"(?P<d>0?[1-9]|[12]\d|3[01])"
_DATED = tuple(
    re.compile(rf"(?:^|/){form}$")
    for form in (
        rf"(?:[A-Za-z_]+=)?{_YEAR}-{_MONTH}-{_DAY}",
        rf"(?:[A-Za-z_]+=)?{_YEAR}(?P<m>[01]\d)(?P<d>[0-3]\d)",
        rf"{_YEAR}/{_MONTH}/{_DAY}",
        rf"year={_YEAR}/month={_MONTH}/day={_DAY}",
        rf"{_YEAR}/{_MONTH}",
        rf"year={_YEAR}/month={_MONTH}",
        rf"(?:year=)?{_YEAR}",
    )
)


def matching(root: Path, pattern: str, since: date | None = None) -> Iterator[Path]:
    """The paths under `root` that match a glob pattern; of folders that name a day, none that ended before `since`."""
    before, anywhere, name = pattern.rpartition(f"{ANY_DEPTH}/")
    if not anywhere or "/" in name or ANY_DEPTH in before:
        yield from sorted(root.glob(pattern))
        return
    for top in sorted(root.glob(before)) if before else [root]:
        if top.is_dir():
            yield from _walk(str(root), str(top), name, since)


def _walk(root: str, top: str, name: str, since: date | None) -> Iterator[Path]:
    """Files of that name at any depth, folder by folder in order; hidden folders are left out."""
    with os.scandir(top) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if since is None or not ended(os.path.relpath(entry.path, root), since):
                yield from _walk(root, entry.path, name, since)
        elif fnmatchcase(entry.name, name):
            yield Path(entry.path)


def ended(folder: str, since: date) -> bool:
    """Whether a folder, as a path with `/`, is of a day, month or year that ended before `since`."""
    for form in _DATED:
        found = form.search(folder)
        if found is not None:
            given = found.groupdict()
            parts = [int(given[part]) for part in ("y", "m", "d") if given.get(part)]
            return tuple(parts) < (since.year, since.month, since.day)[: len(parts)]
    return False
