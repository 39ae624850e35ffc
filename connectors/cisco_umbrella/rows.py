"""A row's cells, and which of Umbrella's logs it is of."""

import csv
from enum import Enum, auto

from connectors.base import Rejected


class Log(Enum):
    """Umbrella's logs."""

    DNS = auto()
    WEB = auto()
    DLP = auto()
    AUDIT = auto()
    FIREWALL = auto()
    IP = auto()


_LOOKUP, _REQUEST, _HIT, _PACKET, _ADDRESSES = 10, 13, 15, 14, 7
"""Columns of the first version of each log."""
_SEEN = {"Allowed", "Blocked", "Proxied"}
_FOUND = {"real time", "saas api", "real-time"}


def cells_of(line: str) -> list[str]:
    """The cells of a row; nearly every row has quotes around each of them. Raises Rejected."""
    line = line.rstrip("\r\n")
    if line[:1] == '"' and line[-1:] == '"' and '", "' not in line:
        cells = line[1:-1].split('","')
        if line.count('"') == 2 * len(cells):
            return cells
    try:
        return next(csv.reader((line,), skipinitialspace=True), [])
    except csv.Error:
        raise Rejected("the row is not CSV") from None


def log_of(cells: list[str]) -> Log | None:
    """Which log a row is of; None for a row of none that is known."""
    count = len(cells)
    if count < _ADDRESSES or not _is_time(cells[0]):
        return Log.AUDIT if count >= _ADDRESSES and _is_time(cells[1]) else None
    fits = (
        (Log.DNS, count >= _LOOKUP and cells[5] in _SEEN and cells[6][-1:] == ")"),
        (Log.DLP, count >= _HIT and cells[1].lower() in _FOUND),
        (Log.FIREWALL, count >= _PACKET and cells[4] in {"INBOUND", "OUTBOUND"}),
        (Log.WEB, count >= _REQUEST and cells[6].isupper() and "." in cells[7]),
        (Log.IP, count == _ADDRESSES and cells[3].isdecimal() and cells[5].isdecimal()),
    )
    return next((log for log, fit in fits if fit), None)


def _is_time(text: str) -> bool:
    return text[4:5] == "-" and text[10:11] == " " and text[13:14] == ":" and text[:4].isdecimal()
