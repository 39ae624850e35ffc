"""Zeek's dns.log, ssl.log and http.log, as TSV under its `#fields` line or as JSON. Pure.

Formats: https://docs.zeek.org/en/master/log-formats.html; fields: https://docs.zeek.org/en/master/logs/dns.html, with
ssl.html and http.html beside it. The order of columns is the site's own, so it is read from `#fields`. Answers, URIs'
queries, referrers and passwords are dropped here. ECH hides `server_name`; then only the lookup tells.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from connectors.base import Ignored, Rejected
from connectors.dns.lookup import SOURCE, Config, Lookup, actor, observed
from connectors.dns.moments import epoch, iso
from connectors.shared.hostnames import ADDRESS, host
from schemas.observation import Kind, Observation

DIRECTIVES = re.compile(rb"#(?:(separator|unset_field|empty_field|path|fields)|set_separator|types|open|close)\b")
USUAL = (
    "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "trans_id", "rtt", "query", "qclass",
    "qclass_name", "qtype", "qtype_name", "rcode", "rcode_name", "AA", "TC", "RD", "RA", "Z", "answers", "TTLs",
    "rejected",
)  # fmt: skip
"""dns.log as Zeek writes it unless told otherwise, for lines that come without their header."""
_SIGNS = {
    "dns": ("query", "qtype", "qtype_name", "trans_id", "rcode_name"),
    "ssl": ("server_name", "cipher", "ssl_history", "cert_chain_fuids", "established"),
    "http": ("trans_depth", "uri", "status_code", "request_body_len"),
    "conn": ("conn_state", "orig_pkts", "resp_pkts", "history"),
    "x509": ("certificate.subject", "certificate.issuer", "certificate.serial"),
}
_READ = {name for names in _SIGNS.values() for name in names} | {
    "ts", "id.orig_h", "id.resp_p", "rejected", "host", "username", "method", "response_body_len", "user_agent",
}  # fmt: skip
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")
_WORD = re.compile(r"[A-Za-z0-9_]{1,24}", re.ASCII)
_HEADERLESS = re.compile(r"\d{9,10}\.\d{1,9}\tC[0-9A-Za-z]{8,20}\t")


class Columns(msgspec.Struct, frozen=True):
    """What Zeek's header lines say; `read` are the columns that are looked at, with their places."""

    names: tuple[str, ...]
    separator: str = "\t"
    unset: tuple[str, ...] = ("-", "(empty)")
    path: str = ""
    read: tuple[tuple[str, int], ...] = ()


@lru_cache(maxsize=256)
def columns(header: bytes) -> Columns | None:
    """The columns of the header lines before a record; None without a `#fields` line."""
    told: dict[str, str] = {}
    separator = "\t"
    for line in header.decode("utf-8", "replace").splitlines():
        if line.startswith("#separator"):
            separator = _unescaped(line.removeprefix("#separator").strip(" ")) or "\t"
        else:
            name, _, value = line.removeprefix("#").partition(separator)
            told[name.strip()] = value
    if not told.get("fields"):
        return None
    unset = (told.get("unset_field", "-"), told.get("empty_field", "(empty)"))
    names = tuple(told["fields"].split(separator))
    places = tuple((name, place) for place, name in enumerate(names) if name in _READ)
    return Columns(names, separator, unset, told.get("path", ""), places)


def row(line: str, header: bytes) -> tuple[str, dict[str, str]] | None:
    """(log's name, columns) of a TSV line, unset ones left out; None where the line is none of Zeek's.

    Raises Rejected where its columns are not those of the header, or no header says which they are.
    """
    known = columns(header) if header else None
    if known is None:
        if not _HEADERLESS.match(line):
            return None
        return "dns", _without_header(line.split("\t"))
    cells = line.split(known.separator)
    if len(cells) == 1:
        return None
    if len(cells) != len(known.names):
        raise Rejected(f"{len(cells)} columns, #fields names {len(known.names)}")
    unset, escaped = known.unset, "\\x" in line
    found = {name: cell for name, place in known.read if (cell := cells[place]) not in unset}
    return known.path, {name: _unescaped(cell) for name, cell in found.items()} if escaped else found


def _without_header(cells: list[str]) -> dict[str, str]:
    names = USUAL if len(cells) == len(USUAL) else tuple(name for name in USUAL if name != "rtt")
    if len(cells) != len(names):
        raise Rejected("a line of Zeek's without its #fields line; send the header lines with it")
    return {name: cell for name, cell in zip(names, cells, strict=True) if cell not in {"-", "(empty)"}}


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "\\x" in text else text


def read(record: Mapping[str, Any], path: str, config: Config) -> Observation | Ignored:
    """What a record says; `path` is the log's name where it is known."""
    log = path or _text(record.get("_path")) or _log(record)
    if log == "dns":
        return lookup(record, config)
    if log == "ssl":
        return _ssl(record)
    if log == "http":
        return _http(record)
    return Ignored(f"zeek {log} log" if _WORD.fullmatch(log) else "another log of Zeek's")


def _log(record: Mapping[str, Any]) -> str:
    """The log a JSON record is of, by its fields."""
    found = {log: sum(field in record for field in fields) for log, fields in _SIGNS.items()}
    best = max(found, key=lambda log: found[log])
    return best if found[best] > 0 else ""


def lookup(record: Mapping[str, Any], config: Config) -> Observation | Ignored:
    """What a record of dns.log says. Raises Rejected."""
    rcode = _text(record.get("rcode_name")) or ""
    kind = _text(record.get("qtype_name")) or str(record.get("qtype") or "")
    return observed(
        Lookup(
            at=at(record), name=_text(record.get("query")) or "", kind=kind, client=client(record),
            blocked=record.get("rejected") in (True, "T"),
            attributes={"rcode": rcode} if _WORD.fullmatch(rcode) else {},
        ),
        config,
    )  # fmt: skip


def _ssl(record: Mapping[str, Any]) -> Observation | Ignored:
    name = _text(record.get("server_name"))
    if name is None:
        return Ignored("TLS without a server name")
    return _visit(record, name)


def _http(record: Mapping[str, Any]) -> Observation | Ignored:
    name = _text(record.get("host"))
    if name is None:
        return Ignored("request without a host")
    uri = _text(record.get("uri")) or ""
    path = re.split(r"[?#;]", uri, maxsplit=1)[0]
    method = _text(record.get("method"))
    made = _visit(record, name, _text(record.get("username")))
    if isinstance(made, Ignored):
        return made
    return msgspec.structs.replace(
        made,
        path=path if path.startswith("/") else None,
        method=method.upper() if method else None,
        status=_number(record.get("status_code")) or None,
        bytes_out=_number(record.get("request_body_len")),
        bytes_in=_number(record.get("response_body_len")),
        user_agent=_text(record.get("user_agent")),
    )


def _visit(record: Mapping[str, Any], name: str, login: str | None = None) -> Observation | Ignored:
    """A connection to a named host. The port is kept where it is none of the usual ones."""
    bare = name.removeprefix("[").partition("]")[0] if name.startswith("[") else name
    bare = bare.rpartition(":")[0] if bare.count(":") == 1 else bare
    to = bare.lower() if ADDRESS.fullmatch(bare) else host(bare)
    if not to:
        return Ignored("request without a host")
    port = _text(record.get("id.resp_p")) or str(record.get("id.resp_p") or _of(record, "resp_p") or "")
    return Observation(
        source=SOURCE,
        kind=Kind.WEB,
        at=at(record),
        host=to,
        actor=actor(client(record), None, login),
        attributes={} if port in {"", "80", "443"} or not port.isdecimal() else {"port": port},
    )


def at(record: Mapping[str, Any]) -> datetime:
    """`ts` as seconds, or as ISO 8601 where JSON was told to write it so."""
    value = record.get("ts")
    try:
        if isinstance(value, str):
            return iso(value) if "T" in value else epoch(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return epoch(f"{value:.6f}")
    except (ValueError, OverflowError, OSError):
        pass
    raise Rejected("ts is not a time")


def client(record: Mapping[str, Any]) -> str | None:
    """Who asked, by address."""
    return _text(record.get("id.orig_h")) or _text(_of(record, "orig_h"))


def _of(record: Mapping[str, Any], key: str) -> Any:
    """A part of `id` where JSON nests it."""
    inner = record.get("id")
    return inner.get(key) if isinstance(inner, dict) else None


def _text(value: Any) -> str | None:
    plain = value.strip() if isinstance(value, str) else ""
    return plain or None


def _number(value: Any) -> int | None:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isdecimal() and len(text) < 19 else None  # noqa: PLR2004 - beyond 64 bits it is damage


def looks_like(record: Mapping[str, Any]) -> float:
    """How much a JSON object looks like a record of Zeek's, 0…1."""
    if "ts" not in record:
        return 0.0
    asked = "id.orig_h" in record or _of(record, "orig_h") is not None
    if asked:
        return 0.95 if _log(record) or "_path" in record else 0.6
    return 0.6 if any(key.startswith("certificate.") or key in {"fuid", "hashAlgorithm"} for key in record) else 0.0
