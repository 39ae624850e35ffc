"""Squid's native lines folded at nearly the speed of splitting them: only lines whose host matters are parsed.

One expression without backtracking checks a block of lines and takes their URLs out, in one call. Where any line of
a block is not plainly native, each is looked at alone; where that line is not either, the connector's `parse` reads it
and says why. What is skipped here is exactly what `parse` would observe and the catalog does not name
(tests/classifier/test_squid_lines.py holds both ways against each other).
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import compress, count
from operator import not_

from connectors.base import Connector
from connectors.records import Native, Observed, Tally, outcome
from connectors.records.bytestream import Buffer
from connectors.records.native import broken
from connectors.records.text import LONGEST_LINE, rest
from connectors.squid import columns
from schemas.observation import Actor as Somebody
from schemas.observation import Observation
from schemas.usage import TRAVELS, Label
from services.classifier.fold import Actor, Fold
from services.labelling.labeller import Labeller

LOOKS_NATIVE = re.compile(rb"\s*\d{10}\.\d{3}\s")
_PLAIN = re.compile(
    rb"^\d{10}\.\d{3} ++\d++ [^ ]++ (?!UDP_)[A-Z][A-Z_0-9]*+/(?!407 )\d++ \d++ (?!CONNECT [^ ]*/)[^ ]++ "
    rb"(https?://[^/ ]++(?=/)|[^ ]++)[^ ]*+ [^ ]++ [A-Z][A-Z_0-9]*+/[^ ]*+ [^ \n]++\n",
    re.MULTILINE,
)
"""A line as most proxies write it; group 1 is its URL before the path. A value could run over a line's end, so matches
are counted against lines."""
_INTERNAL = b"squid-internal-"
_QUERY = re.compile(r"[?#;]|%3f|%23", re.IGNORECASE)
_SPACES = tuple(bytes([code]) for code in (*range(0x9, 0xA), *range(0xB, 0xE), *range(0x1C, 0x20)))
"""What else counts as white space when a line is split."""
_LONG = 1 << 15
_REMEMBERED = 200_000
_GROUPS = 5_000


class _Group:
    """Lines that differ in time, size and actor alone: the first of them, their number, their times' bounds."""

    __slots__ = ("actors", "first", "last", "line", "times")

    def __init__(self, line: bytes, at: bytes) -> None:
        self.line = line
        self.first = self.last = at
        self.times = 0
        self.actors: set[tuple[bytes, bytes]] = set()


class SquidLines:
    """Folds native lines. `identify` gives an actor's identifiers; `tally` counts as the ordinary way does."""

    def __init__(
        self, connector: Connector, config: object, *, labeller: Labeller, fold: Fold,
        identify: Callable[[Somebody | None], Actor], tally: Tally,
    ) -> None:  # fmt: skip
        self._connector, self._config, self._labeller = connector, config, labeller
        self._fold, self._identify, self.tally = fold, identify, tally
        self._nothing: set[bytes] = set()
        self._used: set[bytes] = set()
        self._groups: dict[tuple[bytes, bytes], _Group] = {}
        self._actors: dict[tuple[bytes, bytes], Actor] = {}

    def read(self, buffer: Buffer) -> Iterator[int]:
        """Folds all that the buffer gives; yields after each block, with the lines counted so far."""
        skipping = False
        while buffer.data or buffer.more():
            end = buffer.data.rfind(b"\n") + 1
            block, tail = buffer.data[:end], buffer.data[end:]
            if skipping and block:
                block, skipping = block[block.find(b"\n") + 1 :], False
            if block and not self._block(block):
                for line in block[:-1].split(b"\n"):
                    self._line(line)
            if len(tail) > LONGEST_LINE and not skipping:
                self.tally.count(broken(b"", "", f"line longer than {LONGEST_LINE} bytes"))
                skipping = True
            buffer.data = b"" if skipping else tail
            yield self.tally.records
            if not buffer.more():
                break
        if buffer.cut is None and not skipping:
            self._line(buffer.data)
        for piece in rest(buffer, ""):
            self.tally.count(piece)
        self.close()

    def close(self) -> None:
        """Folds the groups held."""
        for group in self._groups.values():
            seen = self._parsed(group.line)
            actors = [self._actor(*pair) for pair in group.actors]
            self._fold.add(
                seen, self._labeller.label(seen), *actors,
                times=group.times, first=_time(group.first), last=_time(group.last),
            )  # fmt: skip
        self._groups.clear()

    def _parsed(self, line: bytes) -> Observation:
        found = outcome(self._connector, Native(line, ""), self._config)
        assert isinstance(found, Observed)
        (seen,) = found.items
        assert isinstance(seen, Observation)
        return seen

    def _actor(self, client: bytes, user: bytes) -> Actor:
        """The identifiers of a client and user, found once."""
        known = self._actors.get((client, user))
        if known is None:
            if len(self._actors) >= _REMEMBERED:
                self._actors.clear()
            known = self._actors[client, user] = self._identify(columns.actor(client, user))
        return known

    def _block(self, block: bytes) -> bool:
        """Counts and folds a block of whole lines, all of them plainly native; False where one is not."""
        tokens = _tokens(block)
        if tokens is None:
            return False
        others = list(compress(count(), map(not_, map(self._nothing.__contains__, tokens))))
        self._count(len(tokens) - len(others))
        if others:
            lines = block.split(b"\n")
            for number in others:
                self._known(tokens[number], lines[number])
        return True

    def _line(self, line: bytes) -> None:
        """One line, whatever it is."""
        if not line or line.isspace():
            return
        tokens = _tokens(line + b"\n")
        if tokens is None:
            self._slowly(line)
        elif tokens[0] in self._nothing:
            self._count()
        else:
            self._known(tokens[0], line)

    def _known(self, token: bytes, line: bytes) -> None:
        """Groups a plainly native line that is use with those alike; of a token not met before learns what it is."""
        if token not in self._used:
            self._learn(token, line)
            return
        self._count()
        at, _, client, result, _, _, _, user, *_ = line.split()
        group = self._groups.get((token, result))
        if group is None:
            if len(self._groups) >= _GROUPS:
                self.close()
            group = self._groups[token, result] = _Group(line, at)
        group.times += 1
        group.actors.add((client, user))
        if at < group.first:
            group.first = at
        elif at > group.last:
            group.last = at

    def _learn(self, token: bytes, line: bytes) -> None:
        """Learns what a token is, where neither the path nor anything else of the line can change that.

        Nothing: the line is counted. Use: the lines from the next on are grouped, this one is read in the ordinary way.
        """
        host = columns.host_of(_authority(token.decode("ascii")))[0]
        silent = bool(host) and self._labeller.is_silent(host)
        label = self._labeller.of_host(host) if host and not silent else False
        if silent or (isinstance(label, Label) and label.verdict not in TRAVELS):
            _remember(token, self._nothing)
            self._count()
            return
        seen = self._slowly(line)
        if seen is None or not host or (label is True and seen.path is not None):
            return
        if self._labeller.label(seen).verdict in TRAVELS:
            _remember(token, self._used)

    def _slowly(self, line: bytes) -> Observation | None:
        """The ordinary way: parse, label, fold, count."""
        found = outcome(self._connector, Native(line, ""), self._config)
        self.tally.count(found)
        if not isinstance(found, Observed):
            return None
        (seen,) = found.items
        assert isinstance(seen, Observation)
        label = self._labeller.label(seen)
        if label.verdict in TRAVELS:
            self._fold.add(seen, label, self._identify(seen.actor))
        return seen

    def _count(self, lines: int = 1) -> None:
        """Counts lines that are an observation each."""
        self.tally.records += lines
        self.tally.observed += lines
        self.tally.observations += lines


def _tokens(block: bytes) -> list[bytes] | None:
    """What names the host in each line of a block of whole lines; None where any line is not plainly native."""
    if not block.isascii() or _INTERNAL in block or any(space in block for space in _SPACES):
        return None
    if any(block.find(b"\n", at, at + _LONG) < 0 for at in range(0, len(block), _LONG)):
        return None
    tokens = _PLAIN.findall(block)
    return tokens if len(tokens) == block.count(b"\n") else None


def _remember(token: bytes, memory: set[bytes]) -> None:
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory.add(token)


def _authority(url: str) -> str:
    """What the connector takes for host and port; empty where it is best asked itself."""
    scheme, mark, rest = url.partition("://")
    if mark:
        return _QUERY.split(rest.partition("/")[0], maxsplit=1)[0] if scheme in {"http", "https"} else ""
    return "" if url == "-" or url.startswith(("error:", "cache_object:")) else url.partition("/")[0]


def _time(stamp: bytes) -> datetime:
    """`1157689312.049`, as the connector reads it."""
    return datetime.fromtimestamp(int(stamp[:10]), UTC) + timedelta(milliseconds=int(stamp[11:]))
