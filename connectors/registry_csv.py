"""The registry as a CSV file: what the organisation declared about its AI tools and solutions.

Columns: `id, name, kind (tool|solution), tools, solution_ids, owner, accountable, units, purpose, data_classes, tier,
stage, approval (approved|tolerated|prohibited|under_review), registered_at, certified_at, expires_at, notes`. UTF-8,
with or without mark; `,`, `;` or tab between columns; lists in a cell by `;` or `|`. Unknown columns are kept.
"""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import IO, Any, NamedTuple, TypeVar, cast

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.records import Broken, Buffer, Native, Replayed, natives
from schemas.registry import Approval, EntryKind, RegistryEntry

COLUMNS = (
    "id", "name", "kind", "tools", "solution_ids", "owner", "accountable", "units", "purpose", "data_classes", "tier",
    "stage", "approval", "registered_at", "certified_at", "expires_at", "notes",
)  # fmt: skip
TIERS = range(1, 5)
TOLD = "penumbra_"
"""Begins the columns an export adds about how an entry stands; an import leaves them out."""
LONGEST_HEADER = 1 << 16
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula at a cell's beginning; an export puts `'` before it, which is taken off."""
Choice = TypeVar("Choice", bound=StrEnum)
_NOTHING = {"", "-", "n/a", "na", "none", "null"}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`columns` maps a file's own column names to those of the registry file."""

    columns: dict[str, str] = {}


class RowFault(NamedTuple):
    """Why a row can't be read: its line in the file (from 1), the column's name (empty: the row), and what to do."""

    line: int
    column: str
    message: str


class _Fault(ValueError):
    """A cell that can't be read."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(f"column {column}: {message}" if column else message)
        self.column, self.message = column, message


def read_registry(text: str) -> tuple[list[RegistryEntry], list[RowFault]]:
    """The entries of a registry file and the rows that can't be read. A row without an owner is read.

    An id met again is a fault of the later row. Raises nothing for bad content.
    """
    entries: list[RegistryEntry] = []
    faults: list[RowFault] = []
    for _, found in rows(io.BytesIO(text.encode("utf-8", "replace"))):
        if isinstance(found, RowFault):
            faults.append(found)
        else:
            entries.append(found)
    return entries, faults


def rows(file: IO[bytes]) -> Iterator[tuple[int, RegistryEntry | RowFault]]:
    """As `read_registry`, row by row in flat memory, each with its line in the file; of entries only ids are kept."""
    head = b""
    while b"\n" not in head.strip() and len(head) < LONGEST_HEADER and (chunk := file.read(LONGEST_HEADER)):
        head += chunk
    if "id" not in _header(_first_line(head)):
        yield 1, RowFault(1, "id", f"no column id in the header; the columns are {', '.join(COLUMNS)}")
        return
    met: set[str] = set()
    for found in natives(cast("IO[bytes]", Replayed(head, file)), CONNECTOR, "file"):
        line = int(re.split(r"[:#]", found.position)[1])
        read = _read(found, line)
        if isinstance(read, RegistryEntry):
            if read.id in met:
                read = RowFault(line, "id", "met before in this file")
            else:
                met.add(read.id)
        yield line, read


def _read(found: Native | Broken, line: int) -> RegistryEntry | RowFault:
    if isinstance(found, Broken):
        return RowFault(line, "", found.reason)
    try:
        return _entry(found.record, Config())
    except _Fault as fault:
        return RowFault(line, fault.column, fault.message)


def _first_line(head: bytes) -> str:
    """The first line that says something, of a file that may be compressed or in UTF-16."""
    buffer = Buffer(head)
    buffer.fill(LONGEST_HEADER)
    return next((line for line in buffer.data.decode("utf-8", "replace").splitlines() if line.strip()), "")


def _header(line: str) -> set[str]:
    return {_plain(part.strip(' "')) for part in re.split(r"[,;\t|]", line)}


@lru_cache(maxsize=1000)
def _plain(column: str) -> str:
    return re.sub(r"[\s-]+", "_", column.strip().lower())


def parse(record: Any, config: Config) -> Iterator[RegistryEntry] | Ignored:
    """One row. Raises Rejected naming the column that can't be read."""
    if not isinstance(record, dict):
        raise Rejected("not a row with columns")
    try:
        return iter((_entry(record, config),))
    except _Fault as fault:
        raise Rejected(str(fault)) from None


def _entry(record: Mapping[str, Any], config: Config) -> RegistryEntry:
    cells, extra = _cells(record, config)
    if "id" not in cells and not cells:
        raise _Fault("", "no column of a registry file")
    if not cells.get("id"):
        raise _Fault("id", "empty; every entry needs one")
    if not cells.get("name"):
        raise _Fault("name", "empty; every entry needs one")
    kind = _choice(cells, "kind", EntryKind) or _kind(cells)
    return RegistryEntry(
        id=cells["id"],
        name=cells["name"],
        kind=kind,
        tools=_list(cells, "tools"),
        solution_ids=_list(cells, "solution_ids"),
        owner=cells.get("owner"),
        accountable=cells.get("accountable"),
        units=_list(cells, "units"),
        purpose=cells.get("purpose"),
        data_classes=tuple(name.lower().replace(" ", "_") for name in _list(cells, "data_classes")),
        tier=_tier(cells),
        stage=cells.get("stage"),
        approval=_choice(cells, "approval", Approval) or Approval.APPROVED,
        registered_at=_date(cells, "registered_at"),
        certified_at=_date(cells, "certified_at"),
        expires_at=_date(cells, "expires_at"),
        notes=cells.get("notes"),
        extra=extra,
    )


def _cells(record: Mapping[str, Any], config: Config) -> tuple[dict[str, str], dict[str, str]]:
    """Cells that say something: of known columns, and of others under their own names."""
    known: dict[str, str] = {}
    extra: dict[str, str] = {}
    for column, value in record.items():
        text = _text(value)
        name = _plain(config.columns.get(column, column))
        if name.startswith(TOLD):
            continue
        if name in COLUMNS:
            if text.lower() not in _NOTHING:
                known.setdefault(name, text)
        elif text:
            extra[column] = text
    return known, extra


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ";".join(_text(part) for part in value)
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA else text


def _kind(cells: Mapping[str, str]) -> EntryKind:
    return EntryKind.SOLUTION if cells.get("solution_ids") and not cells.get("tools") else EntryKind.TOOL


def _list(cells: Mapping[str, str], column: str) -> tuple[str, ...]:
    parts = (part.strip() for part in re.split(r"[;|\n]", cells.get(column, "")))
    return tuple(dict.fromkeys(part for part in parts if part))


def _choice(cells: Mapping[str, str], column: str, among: type[Choice]) -> Choice | None:
    text = re.sub(r"[\s-]+", "_", cells.get(column, "").lower())
    if not text:
        return None
    try:
        return among(text)
    except ValueError:
        raise _Fault(column, f"write one of {', '.join(among)}") from None


def _tier(cells: Mapping[str, str]) -> int | None:
    text = re.sub(r"(?i)^tier\s*", "", cells.get("tier", ""))
    if not text:
        return None
    if not text.isdecimal() or int(text) not in TIERS:
        raise _Fault("tier", "write 1, 2, 3 or 4, or nothing")
    return int(text)


def _date(cells: Mapping[str, str], column: str) -> date | None:
    text = cells.get(column)
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise _Fault(column, "no date; write YYYY-MM-DD") from None


def recognise(record: Any) -> float:
    """How much a row's columns look like a registry file's."""
    if not isinstance(record, dict):
        return 0.0
    known = {_plain(column) for column in record if isinstance(column, str)} & set(COLUMNS)
    telling = known & {"tools", "solution_ids", "approval", "tier", "data_classes", "certified_at", "expires_at"}
    return round(min(0.95, 0.1 * len(known) + 0.2 * len(telling)), 2) if {"id", "name"} <= known and telling else 0.0


CONNECTOR = Connector(
    name="registry_csv",
    title="Registry as CSV",
    kinds=(),
    how=("file",),
    parse=parse,
    recognise=recognise,
    records="csv",
    config=Config,
    docs="connectors/README.md#registry-file",
    permissions=("read the file",),
    plan="any",
    cursor="whole file",
    every=timedelta(days=1),
    evidence="unverified",
    samples=("registry_csv/registry.csv",),
    imported="`penumbra registry import FILE`, the page Registry → Import, or POST /api/v1/registry/import",
)
