"""Squid's `logformat` directive compiled into an expression that reads the lines it writes.

Syntax `%[encoding][-][[0]width[.max]][{arg}]code[{arg}]`, an optional `http::` before a code, tables of codes: as
squid-cache/squid:src/format/Token.cc reads them, https://www.squid-cache.org/Doc/config/logformat/ explains them.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

BUILT_IN = {
    "squid": "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt",
    "common": '%>a %[ui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st %Ss:%Sh',
    "combined": '%>a %[ui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh',
}
FIELDS = {
    "ts": "seconds", "tu": "fraction", "tl": "time", "tg": "time", "tS": "start",
    ">a": "client", "SRC": "client", ">A": "client_name", ">eui": "hardware", "SRCEUI48": "hardware",
    "ul": "user", "LOGIN": "user", "un": "user_any", "ue": "user_external", "EXT_USER": "user_external",
    "ui": "user_ident", "IDENT": "user_ident", "Ss": "result", ">Hs": "status", "Hs": "status", "<Hs": "status_server",
    "<st": "bytes_in", ">st": "bytes_out", "st": "bytes_both", "mt": "content_type",
    "rm": "method", ">rm": "method", "METHOD": "method", "ru": "url", ">ru": "url", "URI": "url",
    "<ru": "url_server", ">rd": "host", "DST": "host", "<rd": "host_server", ">rP": "port", "PORT": "port",
    "rp": "path", ">rp": "path", "PATH": "path", "ssl::>sni": "sni", "tls::>sni": "sni",
}  # fmt: skip
HEADERS = {"user-agent": "user_agent", "host": "host_header", "x-forwarded-for": "forwarded", "content-type": "sent"}
"""Request headers that are read; every other one is matched and dropped: referrers, cookies, credentials."""
OTHERS = (
    ">p", "<a", "<A", "<p", "la", ">la", "<la", "lp", ">lp", "<lp", "oa", "tr", "dt", "<pt", "<tt", ">h", "<h", ">ha",
    ">v", "Sh", "rv", ">rv", "<rv", ">rs", "<rs", "<rP", "<rp", "<rm", "rG", ">sh", "<sh", "<sH", "<sS", "<bs", "et",
    "ea", "sn", ">qos", "<qos", ">nfmark", "<nfmark", ">handshake", "err_code", "err_detail", "note", "credentials",
    "us", "busy_time", "master_xaction", "request_attempts", "transport::>connection_id", "proxy_protocol::>h", "ACL",
    "DATA", "EXT_LOG", "EXT_TAG", "MYADDR", "MYPORT", "PROTO", "SRCEUI64", "SRCPORT", "TAG", "USER_CERTCHAIN",
    "USER_CERT",
)  # fmt: skip
_KNOWN = sorted({*FIELDS, *OTHERS}, key=len, reverse=True)
_NAMESPACED = r"(?:adapt|icap|ssl|tls)::[<>]?[a-z_]+"
_CODE = re.compile(
    r"%(?P<encoding>[\"'\[#/])?(?P<left>-)?(?P<width>\d+)?(?:\.\d+)?(?:\{(?P<argument>[^}]*)\})?(?:http::)?"
    rf"(?P<code>%|{'|'.join(map(re.escape, _KNOWN))}|{_NAMESPACED})(?:\{{(?P<after>[^}}]*)\}})?"
)
_LOCAL_TIME = r"\d{1,2}/[A-Za-z]{3}/\d{4}:\d{1,2}:\d{2}:\d{2} [+-]\d{4}"
_PATTERNS = {
    "seconds": r"\d+", "fraction": r"\d+", "start": r"\d+\.\d+", "result": r"[A-Z][A-Z_0-9]*", "status": r"\d+|-",
    "status_server": r"\d+|-", "bytes_in": r"-?\d+|-", "bytes_out": r"-?\d+|-", "bytes_both": r"-?\d+|-",
}  # fmt: skip


class Format(msgspec.Struct, frozen=True):
    """A compiled logformat. `time` is the strptime form of its time where it is not Squid's own."""

    expression: re.Pattern[str]
    time: str | None


@lru_cache(maxsize=64)
def compiled(text: str) -> Format:
    """The Format of a built-in name, a specification, or a whole `logformat NAME …` line.

    Raises ValueError naming what is wrong: an unknown code with its place, or a format without time or destination.
    """
    words = text.split(None, 2)
    specification = words[2] if len(words) == 3 and words[0] == "logformat" else text  # noqa: PLR2004 - directive, name, rest
    specification = BUILT_IN.get(specification.strip(), specification.strip())
    seen: dict[str, str | None] = {}
    pattern = "".join(_pieces(specification, seen))
    if not seen.keys() & {"seconds", "time", "start"}:
        raise ValueError("format: has no time; add %ts.%03tu or %tl")
    if not seen.keys() & {"url", "url_server", "host", "host_server", "sni", "host_header"}:
        raise ValueError("format: has no destination; add %ru or %>rd")
    return Format(re.compile(pattern + r"\s*", re.DOTALL), seen.get("time"))


def _pieces(specification: str, seen: dict[str, str | None]) -> Iterator[str]:
    """The expression piece by piece; `seen` collects the fields met (with the argument of a time)."""
    at, quoted = 0, False
    while at < len(specification):
        if specification[at] != "%":
            literal = re.match(r"[^%]+", specification[at:]).group()  # type: ignore[union-attr] # stands at no %
            yield re.sub(r"(?:\\[ \t])+", r"[ \\t]++", re.escape(literal))
            quoted ^= literal.count('"') % 2 == 1
            at += len(literal)
            continue
        code = _CODE.match(specification, at)
        if code is None:
            raise ValueError(f"format: unknown code at character {at + 1}: {specification[at : at + 12]!r}")
        at = code.end()
        yield _piece(code, quoted, specification[at : at + 1], seen)


def _piece(code: re.Match[str], quoted: bool, following: str, seen: dict[str, str | None]) -> str:  # noqa: FBT001 - internal
    if code["code"] == "%":
        return "%"
    argument = code["argument"] or code["after"]
    field = HEADERS.get((argument or "").split(":")[0].lower()) if code["code"] == ">h" else FIELDS.get(code["code"])
    body = _body(code["code"], field, argument, quoted, following)
    if field is None or field in seen:
        body = f"(?:{body})"
    else:
        seen[field] = argument if field == "time" else None
        body = f"(?P<{field}>{body})"
    return f" *{body}" + (" *" if code["left"] else "") if code["width"] else body


def _body(code: str, field: str | None, argument: str | None, quoted: bool, following: str) -> str:  # noqa: FBT001 - internal
    """What one value may look like between its neighbours."""
    spaced = following in {" ", "\t"}
    if field in _PATTERNS:
        body = _PATTERNS[field]
    elif code in {"tl", "tg"}:
        body = ".+?" if argument else _LOCAL_TIME
    elif quoted and following == '"':
        body = r'(?:[^"\\]|\\.)*+'
    elif following == "]":
        body = r"[^\]]*+"
    elif field in {"url", "url_server"}:
        body = r"\S++(?:[ \t]++\S++)*?" if spaced or not following else ".+?"
    elif spaced:
        body = r"\S++"
    else:
        body = ".*?" if code in {">h", "<h", ">ha", "note"} or not following else r"\S*?"
    return body
