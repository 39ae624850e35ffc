"""Squid's native lines folded at nearly the speed of splitting them: only lines whose host matters are parsed.

A block of lines is split at once and checked column by column, each check one call for the whole block: time, sizes,
result, peer. Where a block fails a check, each of its lines is looked at alone; where a line is not plainly native, the
connector's `parse` reads it and says why. What is skipped here is exactly what `parse` would observe and the catalog
does not name (tests/classifier/test_squid_lines.py holds both ways against each other).
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from connectors import squid
from connectors.base import Connector
from connectors.records import Native, Observed, Tally, outcome
from connectors.records.bytestream import Buffer
from connectors.records.native import broken
from connectors.records.text import LONGEST_LINE, rest
from schemas.observation import Observation
from schemas.usage import TRAVELS, Label
from services.classifier.fold import Actor, Fold
from services.labelling.labeller import Labeller

LOOKS_NATIVE = re.compile(rb"\s*\d{10}\.\d{3}\s")
_RESULT = re.compile(rb"(?!UDP_)[A-Z][A-Z_0-9]*/(?!407$)\d+")
_PEER = re.compile(rb"[A-Z][A-Z_0-9]*/[\x21-\x7e]*")
_QUERY = re.compile(r"[?#;]|%3f|%23", re.IGNORECASE)
_SCHEMES = frozenset({b"http:", b"https:", b"ftp:", b"ws:", b"wss:"})
_SEPARATORS = tuple(bytes([code]) for code in (0x0, 0x1C, 0x1D, 0x1E, 0x1F))
"""The mark put at each line's end, and what `str.split` takes for white space and `bytes.split` does not."""
_STRIDE = 11
_COLUMNS = 10
_TIME = 14
_PARTS = 4
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
    """Folds native lines. `identify` gives an observation's actor; `tally` counts as the ordinary way does."""

    def __init__(
        self, connector: Connector, config: object, *, labeller: Labeller, fold: Fold,
        identify: Callable[[Observation], Actor], tally: Tally,
    ) -> None:  # fmt: skip
        self._connector, self._config, self._labeller = connector, config, labeller
        self._fold, self._identify, self.tally = fold, identify, tally
        self._results: set[bytes] = set()
        self._peers: set[bytes] = set()
        self._nothing_tunnels: set[bytes] = set()
        self._nothing_hosts: set[bytes] = set()
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
            actors = [self._actor(*pair, group.line) for pair in group.actors]
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

    def _actor(self, client: bytes, user: bytes, line: bytes) -> Actor:
        """The actor of a client and user, found once: that of a line which differs in these two alone."""
        known = self._actors.get((client, user))
        if known is None:
            if len(self._actors) >= _REMEMBERED:
                self._actors.clear()
            columns = line.split()
            columns[2], columns[7] = client, user
            known = self._actors[client, user] = self._identify(self._parsed(b" ".join(columns)))
        return known

    def _block(self, block: bytes) -> bool:
        """Counts and folds a block of whole lines, all of them plainly native; False where one is not."""
        columns = self._columns(block)
        if columns is None:
            return False
        tunnels, hosts = self._nothing_tunnels, self._nothing_hosts
        urls = columns[6::_STRIDE]
        others = [number for number, url in enumerate(urls) if url not in tunnels]
        skipped = len(urls) - len(others)
        for number in others:
            at = number * _STRIDE
            parts = urls[number].split(b"/", 3)
            if (
                len(parts) == _PARTS
                and parts[2] in hosts
                and not parts[1]
                and parts[0] in _SCHEMES
                and not parts[3].startswith(b"squid-internal-")
                and b"/squid-internal-" not in parts[3]
                and columns[at + 5] != b"CONNECT"
            ):
                skipped += 1
            else:
                self._request(columns[at : at + _COLUMNS])
        self._count(skipped)
        return True

    def _columns(self, block: bytes) -> list[bytes] | None:
        """The block's words, eleven a line (the last marks its end); None where any line is not plainly native."""
        if not block.isascii() or any(mark in block for mark in _SEPARATORS):
            return None
        if any(block.find(b"\n", at, at + _LONG) < 0 for at in range(0, len(block) - _LONG, _LONG)):
            return None
        lines = block.count(b"\n")
        words = block.replace(b"\n", b" \0 ").split()
        if len(words) != _STRIDE * lines or words[_COLUMNS::_STRIDE].count(b"\0") != lines:
            return None
        plain = (
            _all_times(words[0::_STRIDE])
            and b"".join(words[1::_STRIDE]).isdigit()
            and b"".join(words[4::_STRIDE]).isdigit()
            and _all_fit(set(words[3::_STRIDE]), self._results, _RESULT)
            and _all_fit(set(words[8::_STRIDE]), self._peers, _PEER)
        )
        return words if plain else None

    def _line(self, line: bytes) -> None:
        """One line, whatever it is."""
        if not line or line.isspace():
            return
        columns = self._columns(line + b"\n") if len(line) < _LONG and b"\n" not in line else None
        if columns is None:
            self._slowly(line)
        elif columns[6] in self._nothing_tunnels:
            self._count()
        else:
            self._request(columns[:_COLUMNS])

    def _request(self, columns: list[bytes]) -> None:
        """A plainly native line whose host is not known as nothing."""
        url = columns[6]
        scheme, mark, beyond = url.partition(b"//")
        if not mark:
            self._known(url, self._nothing_tunnels, columns, url)
            return
        if columns[5] == b"CONNECT" or scheme not in _SCHEMES or b"/squid-internal-" in url:
            self._slowly(b" ".join(columns))
            return
        authority = beyond.partition(b"/")[0]
        if authority in self._nothing_hosts:
            self._count()
        else:
            self._known(authority, self._nothing_hosts, columns, b"//" + authority)

    def _known(self, token: bytes, nothing: set[bytes], columns: list[bytes], used: bytes) -> None:
        """Groups a line that is use with those alike; of a token not met before learns what it is."""
        if used not in self._used:
            self._learn(token, nothing, columns, used)
            return
        self._count()
        group = self._groups.get((used, columns[3]))
        if group is None:
            if len(self._groups) >= _GROUPS:
                self.close()
            group = self._groups[used, columns[3]] = _Group(b" ".join(columns), columns[0])
        group.times += 1
        group.actors.add((columns[2], columns[7]))
        if columns[0] < group.first:
            group.first = columns[0]
        elif columns[0] > group.last:
            group.last = columns[0]

    def _learn(self, token: bytes, nothing: set[bytes], columns: list[bytes], used: bytes) -> None:
        """Learns what a token is, where neither the path nor anything else of the line can change that.

        Nothing: the line is counted. Use: the lines from the next on are grouped, this one is read in the ordinary way.
        """
        host = squid.host_of(_authority(token, tunnel=token is used))[0]
        label = self._labeller.of_host(host) if host else False
        if isinstance(label, Label) and label.verdict not in TRAVELS:
            _remember(token, nothing)
            self._count()
            return
        seen = self._slowly(b" ".join(columns))
        if seen is None or (label is True and token is not used):
            return
        if label is not True or self._labeller.label(seen).verdict in TRAVELS:
            _remember(used, self._used)

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
            self._fold.add(seen, label, self._identify(seen))
        return seen

    def _count(self, lines: int = 1) -> None:
        """Counts lines that are an observation each."""
        self.tally.records += lines
        self.tally.observed += lines
        self.tally.observations += lines


def _all_times(words: list[bytes]) -> bool:
    """Whether all words are `seconds.milliseconds` of ten and three digits: joined, marks and digits fall in step."""
    joined = b" ".join(words)
    return (
        len(joined) == (_TIME + 1) * len(words) - 1
        and joined[_TIME :: _TIME + 1].count(b" ") == joined.count(b" ") == len(words) - 1
        and joined[10 :: _TIME + 1].count(b".") == joined.count(b".") == len(words)
        and joined.translate(None, b" .").isdigit()
    )


def _all_fit(words: set[bytes], known: set[bytes], pattern: re.Pattern[bytes]) -> bool:
    """Whether all words fit the pattern; those that do are remembered."""
    new = words - known
    if not all(map(pattern.fullmatch, new)):
        return False
    if len(known) >= _REMEMBERED:
        known.clear()
    known |= new
    return True


def _remember(token: bytes, memory: set[bytes]) -> None:
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory.add(token)


def _authority(token: bytes, *, tunnel: bool) -> str:
    """What the connector takes for host and port: nothing of a path or query. Empty where it reports no request."""
    text = token.decode("ascii")
    if not tunnel:
        return _QUERY.split(text, maxsplit=1)[0]
    if text == "-" or text.startswith(("error:", "cache_object:")) or "/squid-internal-" in text:
        return ""
    return text.partition("/")[0]


def _time(stamp: bytes) -> datetime:
    """`1157689312.049`, as the connector reads it."""
    return datetime.fromtimestamp(int(stamp[:10]), UTC) + timedelta(milliseconds=int(stamp[11:]))
