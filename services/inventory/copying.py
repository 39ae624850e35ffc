"""Rows in PostgreSQL's binary COPY format (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format").

The driver encodes any row of any table and looks each value's type up again; of the two tables that get thousands of
rows a batch, most of a row repeats the one before it, so its parts are encoded once.
"""

import struct
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from services.inventory.fold import Cell, Cells

HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
END = struct.pack(">h", -1)
FIRST_DAY = date(2000, 1, 1).toordinal()
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
TEXT = 25
"""The type of a text array's elements (pg_type.dat); dates count days, times microseconds, since 2000."""
CELL_COLUMNS, ID_COLUMNS = 13, 2
_columns = struct.Struct(">h").pack
_length = struct.Struct(">i").pack
_integer = struct.Struct(">ii").pack
_numbers = struct.Struct(">iqiqiqiqiq").pack


def ids(days: Mapping[date, Iterable[bytes]]) -> Iterable[bytes]:
    """Rows of `inventory.seen_id`, in key order, from the 16 bytes of each id."""
    yield HEAD
    for day in sorted(days):
        front = _columns(ID_COLUMNS) + _day(day.toordinal()) + _length(16)
        yield front + front.join(sorted(days[day]))
    yield END


def cells(folded: Cells) -> Iterable[bytes]:
    """Rows of `inventory.cell`, as they come."""
    rows = _Rows()
    yield HEAD
    for (arrived, instance, generation, action, day), of in folded.items():
        rows.begin(_day(arrived) + _text(instance) + _integer(4, generation), _text(action) + _day(day))
        yield b"".join([rows.row(who, match, cell) for (who, match), cell in of.items()])
    yield END


class _Rows:
    """Encodes cells and remembers the parts that come again."""

    def __init__(self) -> None:
        self._middles: dict[str, bytes] = {}
        self._ends: dict[tuple[str, ...], bytes] = {}

    def begin(self, before: bytes, after: bytes) -> None:
        """The columns before the actor and those after the match key, for the rows to come."""
        self._front, self._after = _columns(CELL_COLUMNS) + before, after
        self._middles.clear()

    def row(self, who: str, match: str, cell: Cell) -> bytes:
        """One row, columns in the order of the table."""
        count, sent, received, first, last, names = cell
        middle = self._middles.get(match) or self._middles.setdefault(match, _text(match) + self._after)
        classes = tuple(sorted(names)) if names else ()
        end = self._ends.get(classes) or self._ends.setdefault(classes, _texts(classes))
        numbers = _numbers(8, count, 8, sent, 8, received, 8, _micros(first), 8, _micros(last))
        return b"".join((self._front, _text(who), middle, numbers, end))


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _length(len(encoded)) + encoded


def _texts(values: tuple[str, ...]) -> bytes:
    """A text array: dimensions, no nulls, the elements' type; then of the one dimension its length and first index."""
    shape = (1, 0, TEXT, len(values), 1) if values else (0, 0, TEXT)
    array = struct.pack(f">{len(shape)}i", *shape) + b"".join(map(_text, values))
    return _length(len(array)) + array


def _day(ordinal: int) -> bytes:
    return _integer(4, ordinal - FIRST_DAY)


def _micros(at: datetime) -> int:
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
