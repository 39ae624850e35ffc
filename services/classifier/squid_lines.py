"""Squid's native lines folded at nearly the speed of splitting them: only lines whose host matters are parsed.

A block of lines is split at once and checked column by column, each check one call for the whole block: time, sizes,
result, peer. Where a block fails a check, each of its lines is looked at alone; where a line is not plainly native, the
connector's `parse` reads it and says why. What is skipped here is exactly what `parse` would observe and the catalog
does not name (tests/classifier/test_squid_lines.py holds both ways against each other).
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from connectors.base import Connector
from connectors.records import Native, Observed, Tally, outcome
from connectors.records.bytestream import Buffer
from connectors.records.native import broken
from connectors.records.text import LONGEST_LINE, rest
from schemas.observation import Observation
from schemas.usage import TRAVELS
from services.classifier.fold import Actor, Fold
from services.labelling.labeller import Labeller

LOOKS_NATIVE = re.compile(rb"\s*\d{10}\.\d{3}\s")
_RESULT = re.compile(rb"(?!UDP_)[A-Z][A-Z_0-9]*/(?!407$)\d+")
_PEER = re.compile(rb"[A-Z][A-Z_0-9]*/[\x21-\x7e]*")
_SCHEMES = frozenset({b"http:", b"https:", b"ftp:", b"ws:", b"wss:"})
_SEPARATORS = tuple(bytes([code]) for code in (0x0, 0x1C, 0x1D, 0x1E, 0x1F))
"""The mark put at each line's end, and what `str.split` takes for white space and `bytes.split` does not."""
_STRIDE = 11
_COLUMNS = 10
_TIME = 14
_LONG = 1 << 15
_REMEMBERED = 200_000
_GROUPS = 50_000


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
        self._groups: dict[tuple[bytes, ...], list[bytes | int]] = {}

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
        for (token, *_), (times, first, last, line) in self._groups.items():
            assert isinstance(times, int)
            found = outcome(self._connector, Native(line, ""), self._config)
            assert isinstance(found, Observed), token
            (seen,) = found.items
            assert isinstance(seen, Observation)
            label = self._labeller.label(seen)
            self._fold.add(
                seen, label, self._identify(seen), times=times, first=_time(first), last=_time(last), bytes_out=0
            )
        self._groups.clear()

    def _block(self, block: bytes) -> bool:
        """Counts and folds a block of whole lines, all of them plainly native; False where one is not."""
        columns = self._columns(block)
        if columns is None:
            return False
        urls, nothing = columns[6::_STRIDE], self._nothing_tunnels
        skipped = 0
        for number, url in enumerate(urls):
            if url in nothing:
                skipped += 1
            else:
                at = number * _STRIDE
                self._request(columns[at : at + _COLUMNS])
        self.tally.records += skipped
        self.tally.observed += skipped
        self.tally.observations += skipped
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
        times = words[0::_STRIDE]
        stamps = b"".join(times)
        plain = (
            set(map(len, times)) == {_TIME}
            and stamps[10::_TIME] == b"." * lines
            and stamps.replace(b".", b"").isdigit()
            and len(stamps.replace(b".", b"")) == (_TIME - 1) * lines
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
        key = (used, columns[2], columns[7], columns[3])
        group = self._groups.get(key)
        at = columns[0]
        if group is None:
            if len(self._groups) >= _GROUPS:
                self.close()
            self._groups[key] = [1, at, at, b" ".join(columns)]
            return
        group[0] += 1  # type: ignore[operator] # the first is the count
        if at < group[1]:  # type: ignore[operator] # the second and third are times
            group[1] = at
        elif at > group[2]:  # type: ignore[operator] # the same
            group[2] = at

    def _learn(self, token: bytes, nothing: set[bytes], columns: list[bytes], used: bytes) -> None:
        """Reads the line in the ordinary way, and remembers the token where the path can't change the answer."""
        seen = self._slowly(b" ".join(columns))
        if seen is None or seen.host is None:
            return
        label = self._labeller.of_host(seen.host)
        tunnel = token is used
        if label is True and not tunnel:
            return
        travels = self._labeller.label(seen).verdict in TRAVELS
        memory = self._used if travels else nothing
        if len(memory) >= _REMEMBERED:
            memory.clear()
        memory.add(used if travels else token)

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

    def _count(self) -> None:
        self.tally.records += 1
        self.tally.observed += 1
        self.tally.observations += 1


def _all_fit(words: set[bytes], known: set[bytes], pattern: re.Pattern[bytes]) -> bool:
    """Whether all words fit the pattern; those that do are remembered."""
    new = words - known
    if not all(map(pattern.fullmatch, new)):
        return False
    if len(known) >= _REMEMBERED:
        known.clear()
    known |= new
    return True


def _time(stamp: bytes | int) -> datetime:
    """`1157689312.049`, as the connector reads it."""
    assert isinstance(stamp, bytes)
    return datetime.fromtimestamp(int(stamp[:10]), UTC) + timedelta(milliseconds=int(stamp[11:]))
