"""The cells of a PAN-OS line: commas between, quotes around what holds commas, more cells with every version.

Only as many cells are made as a log type needs: a line has up to 130, and a firewall writes thousands a second.
"""

import csv

from connectors.base import Rejected

_ALL = 1 << 12
"""More cells than any line has."""


def first(line: str, many: int) -> list[str]:
    """The first `many` cells, then what is left of the line in one. Raises Rejected."""
    cells = line.split(",", many)
    quote = line.find('"')
    if quote < 0 or quote >= len(line) - (len(cells[-1]) if len(cells) > many else 0):
        return cells
    whole = every(line)
    return [*whole[:many], _joined(whole[many:])] if len(whole) > many else whole


def more(cells: list[str], many: int) -> list[str]:
    """What `first` gave, with `many` cells of the rest of the line that its last one holds. Raises Rejected."""
    return cells[:-1] + first(cells[-1], many)


def every(text: str, many: int = _ALL) -> list[str]:
    """All cells without their quotes, or at least the first `many`. Raises Rejected."""
    if '"' not in text:
        return text.split(",")
    if '""' in text:
        return _by_csv(text)
    cells = [""]
    for number, part in enumerate(text.split('"')):
        if number & 1:
            cells[-1] += part
            continue
        begin, *others = part.split(",", many + 1 - len(cells))
        cells[-1] += begin
        cells += others
        if len(cells) > many:
            break
    return cells


def leading(text: str) -> tuple[str, str]:
    """The first cell, which is often quoted, and what stands after it. Raises Rejected."""
    if text[:1] != '"':
        cell, _, rest = text.partition(",")
        return cell, rest
    end = text.find('",', 1)
    if end < 0:
        return text[1:].removesuffix('"'), ""
    if '"' in text[1:end]:
        cell, *others = _by_csv(text)
        return cell, _joined(others)
    return text[1:end], text[end + 2 :]


def _joined(cells: list[str]) -> str:
    """Cells as a line again, quoted where they need it."""
    return ",".join('"' + cell.replace('"', '""') + '"' if "," in cell or '"' in cell else cell for cell in cells)


def _by_csv(text: str) -> list[str]:
    try:
        return next(csv.reader((text.replace("\r", " ").replace("\n", " "),)), [""])
    except csv.Error:
        raise Rejected("a quote is not closed, or a cell is too long") from None
