"""Which role a group of the identity provider gives: `group=role` pairs, in the setting or in a file read again.

A line that can't be read gives nothing and is named; the others hold. So a slip never grants, and one wrong line of a
file does not lock everybody out.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import structlog

from services.kit.access.permissions import ROLES

log = structlog.get_logger(__name__)
EVERYBODY = "*"
"""In place of a group: whoever signs in."""
LARGEST = 1 << 20
Parsed = tuple[Mapping[str, frozenset[str]], tuple[str, ...]]


class RoleMap:
    """The map behind a reference: `file:/path` with a pair a line, or the pairs themselves between semicolons.

    A file is looked at before each answer and read again when it has changed, so a changed map acts on the next
    request; one that is gone or can't be read gives nobody a role.
    """

    def __init__(self, reference: str) -> None:
        scheme, _, path = reference.partition(":")
        self._path = Path(path) if scheme == "file" else None
        self._stamp: tuple[int, int] | None = None
        self._parsed: Parsed = ({}, ()) if self._path else parse(reference)

    @property
    def place(self) -> str:
        """Where the map is kept, for people."""
        return str(self._path) if self._path else "PENUMBRA_ROLE_MAP"

    def pairs(self) -> Mapping[str, frozenset[str]]:
        """Group → roles, as they are now."""
        return self._now()[0]

    def faults(self) -> tuple[str, ...]:
        """What of the map can't be read now, a sentence each."""
        return self._now()[1]

    def roles(self, groups: Iterable[str]) -> frozenset[str]:
        """The roles of somebody who is in these groups."""
        pairs = self.pairs()
        return frozenset().union(*(pairs.get(group, frozenset()) for group in (EVERYBODY, *groups)))

    def _now(self) -> Parsed:
        if self._path is None:
            return self._parsed
        try:
            about = self._path.stat()
            stamp = (about.st_mtime_ns, about.st_size)
            if stamp != self._stamp:
                with self._path.open("rb") as file:
                    self._parsed = parse(file.read(LARGEST).decode())
                self._stamp = stamp
                for fault in self._parsed[1]:
                    log.warning("a line of the role map gives nothing", place=self.place, fault=fault)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
            self._stamp, self._parsed = None, ({}, (f"{self._path}: {reason}; nobody has a role by group",))
        return self._parsed


def parse(text: str) -> Parsed:
    """The pairs of a text and what is wrong with the others: `group = role`, `;` or a line's end between them.

    A group's name may hold `=` (`CN=AI Office,OU=Groups`): the last one counts. `#` starts a line of comment.
    """
    pairs: dict[str, frozenset[str]] = {}
    faults: list[str] = []
    for number, line in enumerate(text.replace(";", "\n").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        group, equals, given = (part.strip() for part in line.rpartition("="))
        role = given.lower().replace(" ", "_").replace("-", "_")
        if not equals or not group:
            faults.append(f"pair {number}: write group=role")
        elif role not in ROLES:
            faults.append(f"pair {number}: {given!r} is no role; give one of {', '.join(ROLES)}")
        else:
            pairs[group] = pairs.get(group, frozenset()) | {role}
    return pairs, tuple(faults)
