"""Any CSV of requests or uses, from any product: its columns are mapped once, in the settings, and remembered.

The mapping is proposed from the header (connectors/csv/columns.py); `penumbra source add csv --sample FILE` stores it.
Query strings are dropped here, and every column that stands for nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import unquote

import msgspec

from connectors.base import Connector, Ignored, Rejected, Unmapped
from connectors.csv.columns import FIELDS, proposed
from connectors.csv.times import moment
from schemas.observation import Actor, App, Kind, Observation

_NOTHING = {"", "-", "--", "n/a", "na", "none", "null", "unknown", "(null)", "(none)"}
_BLOCKED = re.compile(r"block|den(?:y|ied)|drop|reject|reset|quarantine|prevent", re.IGNORECASE)
_QUERY = re.compile(r"[?#;]|%3f|%23", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:[0-9a-fA-F]*:[0-9a-fA-F:.]*|\d{1,3}(?:\.\d{1,3}){3})(?:%\S*)?")
_HOST = re.compile(r"[^\s/\\?#@\[\]<>\"'%:]+")
_THOUSANDS = re.compile(r"(?<=\d)[,'\u00a0\u202f ](?=\d{3}(?:\D|$))")
_USUAL_PORTS = {"", "80", "443"}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one instance.

    `columns` maps the file's own column names to what they stand for, as `Column=field`; names not given are proposed
    from the header. Fields: time, clock (the time of day, where time is a day), host, url, path, user, email,
    employee_id, ip, device, unit, app, client_id, publisher, method, status, action, bytes_out, bytes_in, user_agent,
    content_type, category, id. `kind` is what a row is: a request seen on the network (web), a use that a product
    reported (audit), or a sign-in.
    `time_format` is the form of the times where it is an unusual one, as strptime has it (%d/%m/%Y %H:%M).
    `month_first` is for times like 11/20/2026. `zone` is hours east of UTC, for times that name none.
    """

    columns: dict[str, str] = {}
    kind: Literal["web", "audit", "signin"] = "web"
    time_format: str = ""
    month_first: bool = False
    zone: float = 0.0

    def __post_init__(self) -> None:
        if unknown := sorted({field for field in self.columns.values() if field not in FIELDS}):
            raise ValueError(
                f"columns: {', '.join(unknown)} not known; a column stands for {', '.join(sorted(FIELDS))}"
            )


def propose(columns: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that remember which of a file's columns stands for what. Raises Unmapped."""
    decided = msgspec.convert(given.get("columns") or {}, dict[str, str])
    return {**given, "columns": proposed(columns, decided)}


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One row, as {column: cell}. Raises Rejected naming the field that can't be read."""
    if not isinstance(record, dict):
        raise Rejected("not a row with columns")
    config = config or _DEFAULTS
    cells = _cells(record, config)
    host, port, path = _destination(cells)
    app = App(name=cells.get("app"), client_id=cells.get("client_id"), publisher=cells.get("publisher"))
    if not host and app.name is None and app.client_id is None:
        return Ignored("row names no destination")
    return iter((_observation(cells, config, app, (host, port, path)),))


def _cells(record: Mapping[Any, Any], config: Config) -> dict[str, str]:
    """What the row says by field; of several columns for one field the first that says something."""
    try:
        mapping = proposed([column for column in record if isinstance(column, str)], config.columns)
    except Unmapped:
        raise Rejected(
            "its columns are not mapped: a time, and a host or url, must be told apart; set `columns`"
        ) from None
    found: dict[str, str] = {}
    for column, field in mapping.items():
        value = record[column]
        said = str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
        if said.lower() not in _NOTHING:
            found.setdefault(field, said)
    return found


def _observation(cells: Mapping[str, str], config: Config, app: App, where: tuple[str, str, str | None]) -> Observation:
    host, port, path = where
    method, vendor_id = cells.get("method"), cells.get("id")
    return Observation(
        source="csv",
        kind=Kind(config.kind) if host else Kind.AUDIT if config.kind == "web" else Kind(config.kind),
        at=_at(cells, config),
        id=f"csv:{vendor_id}" if vendor_id else "",
        host=host or None,
        path=path,
        method=method.upper() if method else None,
        status=_size(cells.get("status")) or None,
        actor=_actor(cells),
        app=app if app != App() else None,
        action=_action(cells, config.kind),
        bytes_out=_size(cells.get("bytes_out")),
        bytes_in=_size(cells.get("bytes_in")),
        user_agent=cells.get("user_agent"),
        content_type=cells.get("content_type"),
        labels=tuple(part for text in re.split(r"[;|]", cells.get("category", "")) if (part := text.strip())),
        attributes={} if port in _USUAL_PORTS else {"port": port},
    )


def _action(cells: Mapping[str, str], kind: str) -> str:
    if _BLOCKED.search(cells.get("action", "")):
        return "blocked"
    return "allowed" if kind == "web" else "used" if kind == "audit" else "signin"


def _destination(cells: Mapping[str, str]) -> tuple[str, str, str | None]:
    """Host, port, and path without its query."""
    url = cells.get("url", "")
    bare = _QUERY.split(url.partition("://")[2] or url, maxsplit=1)[0]
    authority, slash, rest = bare.partition("/")
    host, port = next((one for text in (cells.get("host", ""), authority) if (one := _host(text))[0]), ("", ""))
    apart = _QUERY.split(cells.get("path", ""), maxsplit=1)[0]
    return host, port, (slash + rest) or apart or None


def _host(text: str) -> tuple[str, str]:
    """Host in lower case and port of an address, with or without scheme, user, path."""
    bare = _QUERY.split(text.partition("://")[2] or text, maxsplit=1)[0].partition("/")[0].rpartition("@")[2]
    if bare.startswith("["):
        host, _, port = bare[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = bare.partition(":") if bare.count(":") == 1 else (bare, "", "")
    host = host.strip().lower().rstrip(".")
    fits = (_ADDRESS if ":" in host else _HOST).fullmatch(host)
    return (host, port if port.isdecimal() else "") if fits else ("", "")


def _actor(cells: Mapping[str, str]) -> Actor | None:
    user, email = unquote(cells.get("user", "")) or None, cells.get("email")
    ip = cells.get("ip", "").partition("/")[0]
    address = email or (user if user and "@" in user else None)
    made = Actor(
        id=user,
        email=address.lower() if address and "@" in address else None,
        employee_id=cells.get("employee_id"),
        ip=ip if _ADDRESS.fullmatch(ip) else None,
        device=cells.get("device"),
        unit=cells.get("unit"),
    )
    return made if made != Actor() else None


def _size(text: str | None) -> int | None:
    """A whole number, with or without signs between thousands."""
    plain = _THOUSANDS.sub("", text or "").removesuffix(".0")
    return int(plain) if plain.isdecimal() and plain.isascii() and len(plain) < 20 else None  # noqa: PLR2004 - beyond 64 bits it is damage


def _at(cells: Mapping[str, str], config: Config) -> datetime:
    text = " ".join(filter(None, (cells.get("time"), cells.get("clock"))))
    if not text:
        raise Rejected("time: the row has none")
    try:
        return moment(text, form=config.time_format, month_first=config.month_first, zone=config.zone)
    except (ValueError, OverflowError, OSError):
        raise Rejected("time: not one that is known; set `time_format` or `month_first`") from None


def recognise(record: Any) -> float:
    """How much a row's columns look like requests; a source that knows the product itself comes before."""
    if not isinstance(record, dict) or not record or not all(isinstance(cell, str) for cell in record.values()):
        return 0.0
    try:
        cells = _cells(record, _DEFAULTS)
    except Rejected:
        return 0.0
    try:
        _at(cells, _DEFAULTS)
    except Rejected:
        return 0.3
    return 0.8


_DEFAULTS = Config()
CONNECTOR = Connector(
    name="csv",
    title="Any CSV, its columns mapped once",
    kinds=(Kind.WEB, Kind.AUDIT, Kind.SIGNIN),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="csv",
    config=Config,
    propose=propose,
    generic=True,
    docs="connectors/README.md#any-csv",
    permissions=("read the file",),
    plan="any",
    cursor="whole file",
    lateness=timedelta(days=1),
    evidence="unverified",
    samples=("csv/requests.csv", "csv/uploads.csv"),
)
