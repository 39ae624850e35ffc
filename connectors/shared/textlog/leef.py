r"""IBM's Log Event Extended Format: `LEEF:1.0|vendor|product|version|event|` and pairs between tabs.

LEEF 2.0 has a sixth field, the sign between pairs: a sign (`^`), its number (`x09`, `0x7C`), or nothing for a tab.
Products leave the field out, or part pairs by something else than they say, so what stands between is looked at. Read
2026-11-21: IBM, "LEEF event components" (https://www.ibm.com/docs/en/dsm?topic=overview-leef-event-components) and
"Predefined LEEF event attributes" (https://www.ibm.com/docs/en/dsm?topic=overview-predefined-leef-event-attributes).
"""

import re

from connectors.base import Rejected
from connectors.shared.textlog.cef import Event

_FIELDS = 5
_RSYSLOG_TAB = "#011"
"""What rsyslog writes for a tab that it received."""
_NUMBER = re.compile(r"(?:0?x)([0-9A-Fa-f]{1,4})")
_PAIR = re.compile(r"\s*([A-Za-z_][\w.\[\]-]*)=", re.ASCII)
_SPACED = re.compile(r"(?:^|(?<=\s))([A-Za-z_][\w.\[\]-]*)=")


def begins(line: str) -> int:
    """Where the event begins in a line; -1 where there is none."""
    found = line.find("LEEF:")
    return found if found >= 0 and "|" in line[found : found + 12] else -1


def read(line: str) -> Event:
    """The event in a line, its values by their names in lower case. Raises Rejected."""
    start = begins(line)
    if start < 0:
        raise Rejected("no LEEF header")
    head = line[start:].rstrip("\r\n").split("|", _FIELDS)
    if len(head) <= _FIELDS:
        raise Rejected(f"the LEEF header has {len(head) - 1} of {_FIELDS} fields")
    version, vendor, product, product_version, event, rest = head
    sign, body = _delimiter(rest) if version.endswith("2.0") else ("", rest)
    return Event(vendor, product, product_version, event, event, _pairs(body, sign))


def _delimiter(rest: str) -> tuple[str, str]:
    """The sign between pairs, where the sixth field is there and names one, and the pairs."""
    field, bar, body = rest.partition("|")
    if not bar or "=" in field.strip():
        return "", rest
    number = _NUMBER.fullmatch(field.strip())
    if number:
        return chr(int(number[1], 16)), body
    return (field if len(field) == 1 and field != " " else "", body)


def _pairs(body: str, sign: str) -> dict[str, str]:
    """Pairs by the sign that stands between them, else by tabs, else by bars, else by the names themselves."""
    if _RSYSLOG_TAB in body and "\t" not in body:
        body = body.replace(_RSYSLOG_TAB, "\t")
    for one in (sign, "\t", "|"):
        if one and one in body:
            return _split(body.split(one), one)
    pieces = _SPACED.split(body)
    return {key.lower(): value.strip() for key, value in zip(pieces[1::2], pieces[2::2], strict=True)}


def _split(pieces: list[str], sign: str) -> dict[str, str]:
    """A piece that names nothing belongs to the value before it."""
    found: dict[str, str] = {}
    last = ""
    for piece in pieces:
        name = _PAIR.match(piece)
        if name:
            last = name[1].lower()
            found[last] = piece[name.end() :].strip()
        elif last and piece.strip():
            found[last] += sign + piece
    return found
