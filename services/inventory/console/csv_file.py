"""A table as CSV (RFC 4180, https://www.rfc-editor.org/rfc/rfc4180), sent row by row, so that its size is no matter.

A text that a spreadsheet would take for a formula gets `'` before it, which an import takes off again; numbers stay.
"""

import csv
import io
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from starlette.responses import StreamingResponse

from connectors.registry_csv import FORMULA
from services.inventory.console.words import stamp

MARK = "\ufeff"
"""Without it spreadsheets on Windows take UTF-8 for something else; the registry's import takes it off."""
SOME = 200


def csv_file(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]] | AsyncIterable[Sequence[Any]]
) -> StreamingResponse:
    """The rows as a file `<name>.csv` to be saved."""
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(_lines(columns, rows), media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(
    columns: Sequence[str], rows: Iterable[Sequence[Any]] | AsyncIterable[Sequence[Any]]
) -> AsyncIterator[str]:
    held = io.StringIO()
    writer = csv.writer(held)
    held.write(MARK)
    writer.writerow([cell(name) for name in columns])
    count = 0
    async for row in _each(rows):
        writer.writerow([cell(value) for value in row])
        count += 1
        if count % SOME == 0:
            yield _taken(held)
    yield _taken(held)


async def _each(rows: Iterable[Sequence[Any]] | AsyncIterable[Sequence[Any]]) -> AsyncIterator[Sequence[Any]]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row
        return
    for row in rows:
        yield row


def _taken(held: io.StringIO) -> str:
    text = held.getvalue()
    held.seek(0)
    held.truncate()
    return text


def cell(value: Any) -> str:
    """A value in a cell: lists by `;`, counts by name as `name=3`, times in RFC 3339, nothing for None."""
    if value is None or value == "":
        return ""
    if type(value) is str:  # most are, and a large registry has a hundred thousand cells
        plain = value.replace("\0", "") if "\0" in value else value
        return f"'{plain}" if plain.lstrip(" ").startswith(FORMULA) else plain
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    text = _text(value).replace("\0", "")
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Mapping):
        return ";".join(f"{name}={number}" for name, number in value.items())
    if isinstance(value, list | tuple):
        return ";".join(each if type(each) is str else _text(each) for each in value)
    return str(value)
