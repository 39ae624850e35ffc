"""A list of hosts that others call AI, as `penumbra catalog import` keeps it: a layer of lower trust than the catalog.

One TOML file a list in the folder `lists` beside an organisation's own catalog files. Each host carries the line it
stood in. It never names a product, and the catalog and the organisation's own files always outrank it.
"""

import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from schemas.vendor import CatalogFault, Strict

FOLDER = "lists"
ListFormat = Literal["v2fly", "hosts", "dnsmasq", "plain", "adblock", "defender", "csv"]


class ListedHost(Strict, frozen=True, kw_only=True):
    """A host of a list, normalised; `line` is where it stood, from 1; `file` where that is another than the list's."""

    host: str
    match: Literal["suffix", "exact"] = "suffix"
    line: int
    file: str | None = None


class HostList(Strict, frozen=True, kw_only=True):
    """One list: its name, the file and format it was read from, and the day."""

    name: str
    file: str
    format: ListFormat
    imported: date
    hosts: tuple[ListedHost, ...]


def read(path: Path) -> HostList:
    """One list; raises CatalogFault naming the file and the field."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), HostList)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise CatalogFault(f"{path}: {error}") from None


def load(folders: Iterable[Path]) -> tuple[HostList, ...]:
    """The lists beside the organisation's catalog files, in the order of folders and names."""
    return tuple(read(path) for folder in folders for path in sorted((folder / FOLDER).glob("*.toml")))


def written(found: HostList) -> str:
    """The list as TOML, a host a line; `read` reads it back as it was."""
    head = [f"{name} = {_text(getattr(found, name))}" for name in ("name", "file", "format")]
    lines = [f"  {{ {', '.join(_field(host, name) for name in _told(host))} }}," for host in found.hosts]
    return "\n".join([*head, f"imported = {found.imported.isoformat()}", "hosts = [", *lines, "]", ""])


def _told(host: ListedHost) -> Iterable[str]:
    return ("host", *(("match",) if host.match == "exact" else ()), "line", *(("file",) if host.file else ()))


def _field(host: ListedHost, name: str) -> str:
    value = getattr(host, name)
    return f"{name} = {value if isinstance(value, int) else _text(value)}"


def _text(value: str) -> str:
    """A TOML basic string: its escapes are those of JSON but for U+007F (https://toml.io/en/v1.0.0#string)."""
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
