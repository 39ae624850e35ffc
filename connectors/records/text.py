"""Text lines, and CSV or TSV rows with a header, out of a Buffer; memory holds one line or row."""

import csv
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Self

from connectors.records.bytestream import Buffer
from connectors.records.directives import Directives
from connectors.records.native import Broken, Native, broken

if TYPE_CHECKING:
    import _csv

LONGEST_LINE = 1 << 20
LONGEST_ROW = 1 << 22
UNCLOSED = "a quote is opened and not closed, or not before a separator"
DELIMITERS = ",;\t|"


def lines(buffer: Buffer, longest: int = LONGEST_LINE) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers from 1, without their ends; longer ones come cut at `longest` + 1 bytes.

    The last line has no end where the text has none; where the stream was cut it stays in the buffer.
    """
    for first, block in blocks(buffer, longest):
        yield from enumerate(block, first)


def blocks(buffer: Buffer, longest: int = LONGEST_LINE) -> Iterator[tuple[int, list[bytes]]]:
    """The same lines as they were read, many at once, with the number of each block's first: a step a line is dear."""
    number, skipping = 1, False
    while buffer.data or buffer.more():
        *whole, rest = buffer.data.split(b"\n")
        if whole and skipping:
            skipping = False
            del whole[0]
        if b"\r" in buffer.data:
            whole = [line.removesuffix(b"\r") for line in whole]
        if len(rest) > longest and not skipping:
            skipping = True
            whole.append(rest[: longest + 1])
        yield number, whole
        number += len(whole)
        buffer.data = b"" if skipping else rest
        if not buffer.more():
            break
    if buffer.data and not skipping and buffer.cut is None:
        last, buffer.data = buffer.data, b""
        yield number, [last]


class Run(NamedTuple):
    """Lines that follow one another under the same directives, with the number of the first; it may hold none."""

    first: int
    lines: list[bytes]
    before: bytes


def runs(buffer: Buffer, directives: Directives | None = None) -> Iterator[Run]:
    """The lines of a text, parted where a directive stands."""
    for first, block in blocks(buffer):
        start = 0
        if directives is None:
            yield Run(first, block, b"")
            continue
        for place in directives.places(block):
            if len(block[place]) <= LONGEST_LINE:
                yield Run(first + start, block[start:place], directives.before)
                directives.takes(block[place])
                start = place + 1
        yield Run(first + start, block[start:], directives.before)


def text_records(buffer: Buffer, name: str, directives: Directives | None = None) -> Iterator[Native | Broken]:
    """Each line that is not blank, as bytes; after the directives that hold for it where a text may have some."""
    number = 0
    for first, block, before in runs(buffer, directives):
        for number, line in enumerate(block, first):
            if line and not line.isspace():
                yield record_of(line, before, f"{name}:{number}")
        number = first + len(block) - 1
    yield from rest(buffer, f"{name}:{number + 1}")


def record_of(line: bytes, before: bytes, position: str) -> Native | Broken:
    """A line that is not blank as a record."""
    if len(line) > LONGEST_LINE:
        return broken(line, position, f"line longer than {LONGEST_LINE} bytes")
    return Native(before + line if before else line, position)


def rest(buffer: Buffer, position: str) -> Iterator[Broken]:
    """The piece of a record that a cut stream ends with."""
    if buffer.cut is not None:
        yield broken(buffer.data, position, buffer.cut)
        buffer.data = b""


def delimiter_of(header: str) -> str:
    """The separator met most in a header line, outside quotes; a comma where there is none."""
    bare = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=lambda sign: (bare.count(sign), -DELIMITERS.index(sign)))


def looks_like_rows(head: bytes) -> bool:
    """Whether a text's first line may be a header: separated, named, each name once or nearly so, none a number."""
    first = _cell_text(head.split(b"\n", 1)[0])
    names = next(csv.reader([first], delimiter=delimiter_of(first)), [])
    words = [name for name in names if any(sign.isalpha() for sign in name)]
    return len(names) > 1 and len(words) >= len(names) - len(names) // 4 and not first.lstrip().startswith(("<", "{"))


def decoded(line: bytes) -> str:
    """UTF-8, else Windows-1252: what spreadsheets on Windows export; what is neither becomes U+FFFD."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _cell_text(line: bytes) -> str:
    """A line for csv.reader, which takes neither zero bytes nor a bare carriage return."""
    return decoded(line).replace("\0", "").replace("\r", " ")


class _Lines:
    """Feeds csv.reader and remembers the lines of the row it is reading, which may be fed again."""

    def __init__(self, buffer: Buffer) -> None:
        self._lines = lines(buffer, LONGEST_ROW)
        self._again: list[tuple[int, bytes]] = []
        self.row: list[tuple[int, bytes]] = []
        self.number = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        found = self._again.pop() if self._again else next(self._lines)
        self.row.append(found)
        self.number = found[0]
        return _cell_text(found[1]) + "\n"

    @property
    def raw(self) -> bytes:
        """The bytes of the row."""
        return b"\n".join(line for _, line in self.row)

    def only_first(self) -> bytes:
        """The row's first line; those after it are fed again."""
        (_, first), *others = self.row
        self._again += reversed(others)
        return first


def row_records(buffer: Buffer, name: str) -> Iterator[Native | Broken]:
    """Each row after the header as {column: cell}; cells are stripped, a repeated column's name gets its number."""
    source = _Lines(buffer)
    header_line = next((line for line in source if line.strip()), None)
    if header_line is None:
        yield from rest(buffer, f"{name}:1")
        return
    delimiter = delimiter_of(header_line)
    columns = _columns(next(csv.reader([header_line], delimiter=delimiter)))
    csv.field_size_limit(LONGEST_ROW)
    reader = csv.reader(source, delimiter=delimiter)
    while (cells := _next_row(reader, source, len(columns))) is not None:
        position = f"{name}:{source.row[0][0]}"
        if isinstance(cells, str):
            yield broken(source.only_first(), position, cells)
        elif any(cell.strip() for cell in cells):
            yield _row(columns, cells, source.raw, position)
    yield from rest(buffer, f"{name}:{source.number + 1}")


def _next_row(reader: "_csv.Reader", source: _Lines, columns: int) -> list[str] | str | None:
    """The cells of the next row, why it is none, or None at the end.

    A quote that somebody forgot to close takes in the lines up to the next one in the file. So a row of several lines
    has to be CSV to the letter and of the header's columns; else its first line alone is at fault.
    """
    source.row = []
    try:
        cells = next(reader, None)
        if len(source.row) > 1 and cells is not None:
            text = [_cell_text(line) + "\n" for _, line in source.row]
            strict = next(csv.reader(text, delimiter=reader.dialect.delimiter, strict=True))
            if any(cell.strip() for cell in strict[columns:]):
                return UNCLOSED
    except csv.Error:
        return UNCLOSED if len(source.row) > 1 else "row is not CSV: its quotes or its length are wrong"
    return cells


def _columns(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    columns = []
    for place, name in enumerate(names, 1):
        plain = " ".join(name.split()) or f"column {place}"
        seen[plain] = seen.get(plain, 0) + 1
        columns.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return columns


def _row(columns: list[str], cells: list[str], raw: bytes, position: str) -> Native | Broken:
    if any(cell.strip() for cell in cells[len(columns) :]):
        return broken(raw, position, f"row of {len(cells)} columns, the header has {len(columns)}")
    return Native(dict(zip(columns, (cell.strip() for cell in cells), strict=False)), position)
