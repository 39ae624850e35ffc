r"""ArcSight's Common Event Format: `CEF:0|vendor|product|version|event|name|severity|key=value key=value`.

In the header `\|` and `\\` are escaped, in the extension `\=`, `\\`, `\n` and `\r`; a value holds spaces and ends where
the next ` key=` begins. Line breaks stay as they are written: a login `EXAMPLE\nancy` that nobody escaped has none. A
custom field (`cs1`) is named by its label (`cs1Label=URL Category`). Syslog's words may stand before. Read 2026-11-21:
Micro Focus, "ArcSight Common Event Format (CEF) Implementation Standard"
(https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors-8.4/pdfdoc/cef-implementation-standard/cef-implementation-standard.pdf).
Some products send fewer header fields than seven, a key that is repeated, or spaces around the extension.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from connectors.base import Rejected

_FIELDS = 7
_NAME = re.compile(r"[A-Za-z_][\w.\[\]-]*")
_ESCAPED = re.compile(r"\\([\\=|])")


class Event(NamedTuple):
    """One event: who wrote it, what it is, and its values by their names in lower case."""

    vendor: str
    product: str
    version: str
    event: str
    name: str
    values: dict[str, str]


def begins(line: str) -> int:
    """Where the event begins in a line; -1 where there is none."""
    found = line.find("CEF:")
    return found if found >= 0 and "|" in line[found : found + 12] else -1


def read(line: str) -> Event:
    """The event in a line: a custom field under its label too, of a repeated key the first. Raises Rejected."""
    start = begins(line)
    if start < 0:
        raise Rejected("no CEF header")
    text = line[start:].rstrip()
    head = text.split("|", _FIELDS)
    if "\\|" in text:
        head = _escaped_header(text)
    if len(head) <= _FIELDS:
        head = _short_header(head)
    _, vendor, product, version, event, name, _, extension = head
    return Event(vendor, product, version, event, name, _extension(extension))


def _escaped_header(text: str) -> list[str]:
    r"""The parts of a header in which a bar or a backslash is escaped."""
    parts = re.split(r"(?<!\\)((?:\\\\)*)\|", text, maxsplit=_FIELDS)
    kept = [part + slashes for part, slashes in zip(parts[::2], [*parts[1::2], ""], strict=True)]
    return [plain(part) for part in kept[:_FIELDS]] + kept[_FIELDS:]


def _short_header(parts: list[str]) -> list[str]:
    """A header of fewer fields: the extension is its last part, where that has a key."""
    if len(parts) < 4 or "=" not in parts[-1]:  # noqa: PLR2004 - the vendor, its product, and one more
        raise Rejected(f"the CEF header has {len(parts) - 1} of {_FIELDS} fields")
    return parts[:-1] + [""] * (_FIELDS + 1 - len(parts)) + parts[-1:]


def _extension(text: str) -> dict[str, str]:
    """Values by their names, of a repeated name the first; a custom field under its label too."""
    if "\t" in text:
        text = text.replace("\t", " ")
    found: dict[str, str] = {}
    labels = []
    for name, value in _pairs(text):
        key, said = name.lower(), value.rstrip(" ")
        if key not in found:
            found[key] = plain(said) if "\\" in said else said
            if key.endswith("label"):
                labels.append(key)
    for key in labels:
        label, labelled = found[key].lower(), found.get(key.removesuffix("label"))
        if label and labelled is not None:
            found.setdefault(label, labelled)
    return found


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """What stands before an equals sign that is not escaped ends in a name, if it is one."""
    name, *pieces = text.split("=")
    name, value, last = name.strip(), "", pieces.pop() if pieces else ""
    for piece in pieces:
        begin, _, following = piece.rpartition(" ")
        if (following.isidentifier() or _NAME.fullmatch(following)) and not _escapes(piece):
            yield name, value + begin
            name, value = following, ""
        else:
            value += piece + "="
    yield name, value + last


def _escapes(piece: str) -> bool:
    """Whether the sign after it is escaped: an odd number of backslashes stands before it."""
    return piece[-1:] == "\\" and (len(piece) - len(piece.rstrip("\\"))) % 2 == 1


def plain(text: str) -> str:
    """A value without its escapes; a backslash that escapes nothing stays, as in a login that nobody escaped."""
    return _ESCAPED.sub(r"\1", text)
