"""Rows in PostgreSQL's binary COPY format (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format").

The driver encodes any row of any table and looks each value's type up again; of the two tables that get thousands of
rows a batch, most of a row repeats the one before it, so its parts are encoded once.
"""

import struct
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from itertools import groupby

from services.inventory.fold import Cell, CellKey

HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
END = struct.pack(">h", -1)
FIRST_DAY = date(2000, 1, 1).toordinal()
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
TEXT = 25
"""The type of a text array's elements (pg_type.dat); dates count days, times microseconds, since 2000."""
AT_ONCE = 4_000
CELL_COLUMNS, ID_COLUMNS = 13, 2
_numbers = struct.Struct(">iqiqiqiqiq").pack
_short = struct.Struct(">i").pack


def ids(days: Mapping[date, list[bytes]]) -> Iterable[bytes]:
    """Rows of `inventory.seen_id`, in key order, from the 16 bytes of each id."""
    yield HEAD
    for day in sorted(days):
        front = struct.pack(">h", ID_COLUMNS) + _day(day) + _short(16)
        yield front + front.join(sorted(days[day]))
    yield END


def cells(folded: Mapping[CellKey, Cell]) -> Iterable[bytes]:
    """Rows of `inventory.cell`, as they come."""
    rows = _Rows()
    yield HEAD
    for _, group in groupby(enumerate(folded.items()), lambda place: place[0] // AT_ONCE):
        yield b"".join([rows.cell(key, cell) for _, (key, cell) in group])
    yield END


class _Rows:
    """Encodes cells and remembers the parts that come again."""

    def __init__(self) -> None:
        self._fronts: dict[tuple[date, str, int], bytes] = {}
        self._middles: dict[tuple[str, str, date], bytes] = {}
        self._ends: dict[tuple[str, ...], bytes] = {}

    def cell(self, key: CellKey, cell: Cell) -> bytes:
        """One row, columns in the order of the table."""
        arrived, instance, generation, who, match, action, day = key
        count, sent, received, first, last, names = cell
        front = self._fronts.get((arrived, instance, generation)) or self._front(arrived, instance, generation)
        middle = self._middles.get((match, action, day)) or self._middle(match, action, day)
        classes = tuple(sorted(names)) if names else ()
        end = self._ends.get(classes) or self._end(classes)
        numbers = _numbers(8, count, 8, sent, 8, received, 8, _micros(first), 8, _micros(last))
        encoded = who.encode()
        return b"".join((front, _short(len(encoded)), encoded, middle, numbers, end))

    def _front(self, arrived: date, instance: str, generation: int) -> bytes:
        made = struct.pack(">h", CELL_COLUMNS) + _day(arrived) + _text(instance) + struct.pack(">ii", 4, generation)
        return self._fronts.setdefault((arrived, instance, generation), made)

    def _middle(self, match: str, action: str, day: date) -> bytes:
        return self._middles.setdefault((match, action, day), _text(match) + _text(action) + _day(day))

    def _end(self, classes: tuple[str, ...]) -> bytes:
        shape = (1, 0, TEXT, len(classes), 1) if classes else (0, 0, TEXT)
        array = struct.pack(f">{len(shape)}i", *shape) + b"".join(map(_text, classes))
        return self._ends.setdefault(classes, _short(len(array)) + array)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _short(len(encoded)) + encoded


def _day(day: date) -> bytes:
    return struct.pack(">ii", 4, day.toordinal() - FIRST_DAY)


def _micros(at: datetime) -> int:
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
