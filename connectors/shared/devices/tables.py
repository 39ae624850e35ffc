"""Which table a row of osquery came from, and the program it names.

The name of a result line is that of the scheduled query, which anybody may choose, so a row is known by its columns:
osquery/osquery, specs/*.table (https://osquery.io/schema/). In `vscode_extensions` the column `name` is the id
`publisher.name` (osquery/tables/applications/vscode_extensions.cpp), and `publisher` its display name.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from connectors.shared.devices import programs
from schemas.observation import App

_CHROME = re.compile(r"[a-p]{32}")
_EVERYWHERE = ("<all_urls>", "*://*/*", "https://*/*", "http://*/*")
_ANY_ADDRESS = frozenset({"0.0.0.0", "::", "*"})  # noqa: S104 - what is looked for, not listened on


class Program(NamedTuple):
    """What a row names: the program, a word for what it does there, small facts, and whether it stands (no event)."""

    app: App
    action: str
    facts: dict[str, str]
    stands: bool = True


Columns = Mapping[str, Any]


def program(row: Columns, query: str) -> Program | None:
    """The program a row names, None for a table that says nothing of programs. `query` is the query's name."""
    for table in _candidates(tuple(row), query):
        if table.fits is None or table.fits(row):
            return table.read(row)
    return None


class _Table(NamedTuple):
    """How rows of a table are told: by columns, by a query called after it, by what a value looks like."""

    columns: tuple[str, ...]
    read: Callable[[Columns], Program | None]
    called: str = ""
    fits: Callable[[Columns], bool] | None = None


@lru_cache(1 << 12)
def _candidates(columns: tuple[str, ...], query: str) -> tuple[_Table, ...]:
    """The tables that rows with these columns may be of; a query's rows have the same ones, so it is asked once."""
    return tuple(
        table for table in _TABLES if table.called in query and all(column in columns for column in table.columns)
    )


def _said(row: Columns, column: str) -> str:
    value = row.get(column)
    if value.__class__ is str:
        return value.strip()
    return str(value) if isinstance(value, int | float) else ""


def _facts(row: Columns, *columns: str) -> dict[str, str]:
    return {column: value for column in columns if (value := _said(row, column))}


def _app(row: Columns) -> Program | None:
    """`apps` of macOS; `last_opened_time` is seconds since the epoch, -1.0 where never."""
    found = programs.app(_said(row, "bundle_identifier") or None, _said(row, "display_name") or _said(row, "name"))
    facts = _facts(row, "bundle_short_version")
    opened = _said(row, "last_opened_time").partition(".")[0]
    if opened.isdecimal():
        facts["last_opened"] = opened
    return Program(found, "present", facts) if found else None


def _windows(row: Columns) -> Program | None:
    """`programs` of Windows: display name and publisher."""
    found = programs.app(None, _said(row, "name"), _said(row, "publisher") or None)
    return Program(found, "present", _facts(row, "version")) if found else None


def _chromium(row: Columns) -> Program | None:
    key = _said(row, "identifier").lower()
    facts = _facts(row, "version", "browser_type", "from_webstore", "state")
    if any(pattern in _said(row, "permissions") for pattern in _EVERYWHERE):
        facts["reads_all_sites"] = "true"
    return Program(programs.extension("chrome", key, _said(row, "name")), "present", facts)


def _firefox(row: Columns) -> Program | None:
    key = _said(row, "identifier")
    app = programs.extension("firefox", key, _said(row, "name"), _said(row, "creator"))
    return Program(app, "present", _facts(row, "version", "active", "disabled")) if key else None


def _safari(row: Columns) -> Program | None:
    key = _said(row, "identifier")
    app = programs.extension("safari", key, _said(row, "name"))
    return Program(app, "present", _facts(row, "version")) if key else None


def _vscode(row: Columns) -> Program | None:
    key = _said(row, "name")
    app = programs.extension("vscode", key, None, _said(row, "publisher"))
    return Program(app, "present", _facts(row, "version", "vscode_edition")) if "." in key else None


def _jetbrains(row: Columns) -> Program | None:
    name = _said(row, "name")
    app = App(name=name, publisher=_said(row, "vendor") or None)
    return Program(app, "present", _facts(row, "version", "product_type")) if name else None


def _package(manager: str) -> Callable[[Columns], Program | None]:
    def read(row: Columns) -> Program | None:
        name = _said(row, "name")
        return Program(programs.package(manager, name), "present", _facts(row, "version")) if name else None

    return read


def _container(row: Columns) -> Program | None:
    """`docker_containers` (image), `docker_images` (tags, with commas): the first is what it is called."""
    found = programs.image(_said(row, "image") or _said(row, "tags").partition(",")[0])
    running = _said(row, "state") == "running"
    return Program(found, "running" if running else "present", _facts(row, "state")) if found else None


def _listening(row: Columns) -> Program | None:
    """`listening_ports`, joined with `processes` or not. An address of none is one of the device's own sockets."""
    port, address = _said(row, "port"), _said(row, "address")
    named = programs.process(_said(row, "path") or _said(row, "name"), _said(row, "cmdline"))
    if not port.isdecimal() or not 0 < int(port) < 1 << 16:
        return None
    facts = {"port": port, "exposed": "true" if address in _ANY_ADDRESS else "false"}
    return Program(named or programs.listening(int(port)), "listening", facts, stands=False)


def _process(row: Columns) -> Program | None:
    found = programs.process(_said(row, "path") or _said(row, "name"), _said(row, "cmdline"))
    return Program(found, "running", {}, stands=False) if found else None


def _lies(part: str) -> Callable[[Columns], bool]:
    """Rows whose path has this part."""

    def fits(row: Columns) -> bool:
        path = row.get("path") or row.get("directory")
        return isinstance(path, str) and part in path

    return fits


def _is_chromium(row: Columns) -> bool:
    key = row.get("identifier")
    return isinstance(key, str) and _CHROME.fullmatch(key.lower()) is not None


_NAMED = ("name", "version")
_TABLES = (
    _Table(("bundle_identifier",), _app),
    _Table(("identifier",), _chromium, fits=_is_chromium),
    _Table(("name", "publisher", "uuid"), _vscode),
    _Table(("name", "vscode_edition"), _vscode),
    _Table(("name",), _vscode, "vscode_extensions"),
    _Table(("identifier", "creator"), _firefox),
    _Table(("identifier",), _firefox, "firefox_addons"),
    _Table(("identifier", "sdk"), _safari),
    _Table(("identifier",), _safari, "safari_extensions"),
    _Table(("name", "product_type"), _jetbrains),
    _Table(("image", "image_id"), _container),
    _Table(("tags", "size_bytes"), _container),
    _Table(("image",), _container, "docker"),
    _Table(("port", "address"), _listening),
    _Table(("port",), _listening, "listening_ports"),
    _Table(("name", "install_source"), _windows),
    _Table(("name", "identifying_number"), _windows),
    _Table(("name", "publisher"), _windows, "programs"),
    _Table(_NAMED, _package("npm"), "npm_packages"),
    _Table(_NAMED, _package("npm"), fits=_lies("/node_modules")),
    _Table(_NAMED, _package("pypi"), "python_packages"),
    _Table(_NAMED, _package("pypi"), fits=_lies("-packages")),
    _Table(_NAMED, _package("homebrew"), "homebrew_packages"),
    _Table(_NAMED, _package("homebrew"), fits=_lies("/Cellar")),
    _Table(_NAMED, _package("homebrew"), fits=_lies("/Caskroom")),
    _Table(("name", "source", "arch", "revision"), _package("deb")),
    _Table(("name", "package_group"), _package("rpm")),
    _Table(("name", "epoch", "arch", "release"), _package("rpm")),
    _Table(("path", "pid"), _process),
    _Table(("name", "pid"), _process, "process"),
)
"""Tested in order: the most particular columns first."""
