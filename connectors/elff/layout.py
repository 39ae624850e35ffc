"""Which column of a W3C extended log stands for what: from a `#Fields:` line, a configured list, or a known order.

Directives and quoting: https://www.w3.org/TR/WD-logfile.html (rows by white space, strings in double quotes, a quote in
a string doubled, `-` empty, times in GMT). Names of ProxySG's fields: Symantec, "Access Log Fields"
(origin-symwisedownload.symantec.com/resources/webguides/cacheflow/3x/3_4/webguide/Content/CPL/Access-Log-Fields.htm);
orders that ProxySG ships: knowledge.broadcom.com/external/article?legacyId=TECH244752, and logs of SGOS 3 and 6
published by others. Netskope's transaction events: docs.netskope.com/en/transaction-events-formats. Microsoft's ISA and
TMG names (`r-host`, `s-operation`, `c-agent`) could not be checked against its pages.
"""

import re
from functools import lru_cache

import msgspec

ROLES: dict[str, tuple[str, ...]] = {
    "date": ("date",),
    "time": ("time",),
    "moment": ("datetime", "date-time", "x-timestamp", "localtime", "gmttime"),
    "epoch": ("timestamp", "x-timestamp-unix", "x-cs-timestamp"),
    "client": ("c-ip",),
    "client_name": ("c-dns", "x-c-device", "x-c-hostname"),
    "forwarded": ("cs(x-forwarded-for)",),
    "user": ("cs-username", "x-c-authn-user", "cs-user", "x-c-username"),
    "host": ("cs-host", "x-cs-host", "cs-uri-host", "cs(host)", "r-host", "r-dns", "x-cs-domain"),
    "sni": ("x-cs-sni", "x-cs-ssl-sni"),
    "certificate": ("x-rs-certificate-hostname",),
    "address": ("r-ip", "cs-uri-address", "x-s-ip", "s-supplier-ip"),
    "url": ("cs-uri", "cs-url", "x-cs-url", "c-uri", "url"),
    "path": ("cs-uri-path", "x-cs-uri-path", "cs-uri-stem"),
    "port": ("cs-uri-port", "r-port", "cs-port"),
    "method": ("cs-method", "s-operation"),
    "status": ("sc-status",),
    "result": ("s-action", "action", "x-policy-action"),
    "filtered": ("sc-filter-result",),
    "exception": ("x-exception-id",),
    "categories": ("cs-categories", "cs-category", "sc-filter-category", "x-cs-app-category", "x-category"),
    "app": ("x-bluecoat-application-name", "x-cs-app"),
    "activity": ("x-bluecoat-application-operation", "x-cs-app-activity"),
    "agent": ("cs(user-agent)", "c-agent", "cs-user-agent"),
    "content_type": ("rs(content-type)", "cs-mime-type", "sc(content-type)", "rs-content-type"),
    "bytes_in": ("sc-bytes",),
    "bytes_out": ("cs-bytes",),
}
"""What a column may stand for: field names in lower case, the better one first. No other column is read."""
_SHIPPED = {
    "bcreportermain_v1": "date time time-taken c-ip cs-username cs-auth-group x-exception-id sc-filter-result "
    "cs-categories cs(Referer) sc-status s-action cs-method rs(Content-Type) cs-uri-scheme cs-host cs-uri-port "
    "cs-uri-path cs-uri-query cs-uri-extension cs(User-Agent) s-ip sc-bytes cs-bytes x-virus-id "
    "x-bluecoat-application-name x-bluecoat-application-operation",
    "bcreportermain_v1 with suppliers": "date time time-taken c-ip cs-username cs-auth-group s-supplier-name "
    "s-supplier-ip s-supplier-country s-supplier-failures x-exception-id sc-filter-result cs-categories cs(Referer) "
    "sc-status s-action cs-method rs(Content-Type) cs-uri-scheme cs-host cs-uri-port cs-uri-path cs-uri-query "
    "cs-uri-extension cs(User-Agent) s-ip sc-bytes cs-bytes x-virus-id x-bluecoat-application-name "
    "x-bluecoat-application-operation",
    "main": "date time time-taken c-ip sc-status s-action sc-bytes cs-bytes cs-method cs-uri-scheme cs-host "
    "cs-uri-port cs-uri-path cs-uri-query cs-username cs-auth-group s-hierarchy s-supplier-name rs(Content-Type) "
    "cs(Referer) cs(User-Agent) sc-filter-result cs-categories x-virus-id s-ip",
    "main of SGOS 3": "date time time-taken c-ip sc-status s-action sc-bytes cs-bytes cs-method cs-uri-scheme cs-host "
    "cs-uri-path cs-uri-query cs-username s-hierarchy s-supplier-name rs(Content-Type) cs(User-Agent) "
    "sc-filter-result sc-filter-category x-virus-id s-ip",
    "bcreporterssl_v1": "date time time-taken c-ip cs-username cs-auth-group s-supplier-name s-supplier-ip "
    "s-supplier-country s-supplier-failures x-exception-id sc-filter-result cs-categories sc-status s-action "
    "cs-method rs(Content-Type) cs-uri-scheme cs-host cs-uri-port cs-uri-extension cs(User-Agent) s-ip sc-bytes "
    "cs-bytes x-virus-id",
}
RELAYED = rb"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ (?:\S+: )?)?"
"""What a syslog relay puts before a line (RFC 3164)."""
RELAY = re.compile(RELAYED.decode())
_TOKEN = re.compile(r'"((?:[^"]|"")*+)"(?=\s|$)|(\S++)')
_LIKE = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "time": re.compile(r"\d\d:\d\d:\d\d(?:\.\d+)?"),
    "client": re.compile(r"[0-9A-Fa-f:.]{3,45}"),
    "status": re.compile(r"\d{1,3}|-"),
    "method": re.compile(r"[A-Z_-]+|unknown"),
    "port": re.compile(r"\d{1,5}|-"),
    "path": re.compile(r"[/*].*|-"),
    "bytes_in": re.compile(r"\d+|-"),
    "bytes_out": re.compile(r"\d+|-"),
}
"""What a value must look like where the order of columns is guessed."""


class Layout(msgspec.Struct, frozen=True):
    """A row's columns: how many, whether more may follow, whether tabs part them, and the places of each role."""

    size: int
    more: bool
    tabs: bool
    places: dict[str, tuple[int, ...]]

    def values(self, row: str) -> list[str]:
        """The row's values in order, without quotes."""
        return split(row, tabs=self.tabs)

    def said(self, values: list[str], role: str) -> str | None:
        """The first column of that role that says something."""
        for place in self.places.get(role, ()):
            if (value := values[place].strip()) and value != "-":
                return value
        return None


def split(row: str, *, tabs: bool = False) -> list[str]:
    """A row's values: by tabs, else by white space outside quotes.

    A value never begins with an encoded blank: one that does was parted from the value before it by a relay that turned
    `;` into a blank (`text/plain;%20charset=…`).
    """
    if tabs:
        return [bare(value) for value in row.split("\t")]
    whole = row.replace(" %20", ";%20") if " %20" in row else row
    if '"' not in whole:
        return whole.split()
    return _parted(whole.split('"')) or [plain or quoted.replace('""', '"') for quoted, plain in _TOKEN.findall(whole)]


def _parted(parts: list[str]) -> list[str]:
    """The values of a row cut at its quotes, in a third of an expression's time; nothing where a quote is odd.

    Every second part is a quoted value; those between stand apart by blanks, or the quote was no such one.
    """
    quoted, plain = parts[1::2], parts[::2]
    if len(quoted) == len(plain) or "" in quoted:
        return []
    before, *inner = plain
    after = inner.pop()
    if (before and not before[-1].isspace()) or (after and not after[0].isspace()):
        return []
    for text in inner:
        if not text or not text[0].isspace() or not text[-1].isspace():
            return []  # two quotes side by side are one, in a value
    values = before.split()
    for value, text in zip(quoted, (*inner, after), strict=True):
        values.append(value)
        values += text.split()
    return values


def bare(value: str) -> str:
    """A value without blanks around it and without its quotes."""
    value = value.strip()
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1].replace('""', '"') if quoted else value


@lru_cache(256)
def compiled(fields: str) -> Layout:
    """The layout of a list of field names, with or without `#Fields:`, or of an order known by name.

    Raises ValueError saying what the list lacks.
    """
    known = _SHIPPED.get(fields.strip())
    text = known or re.sub(r"^.*?#\s*fields\s*:", "", fields, count=1, flags=re.IGNORECASE | re.DOTALL)
    names = [name.strip().lower() for name in re.split(r"[\s,]+", text.strip()) if name.strip()]
    places = {
        role: tuple(names.index(name) for name in wanted if name in names)
        for role, wanted in ROLES.items()
        if any(name in names for name in wanted)
    }
    if not places.keys() & {"time", "moment", "epoch"}:
        raise ValueError("it names no time (date and time, timestamp)")
    if not places.keys() & {"host", "url", "address", "sni"}:
        raise ValueError("it names no destination (cs-host, cs-uri, r-host)")
    return Layout(len(names), more=known is not None, tabs="\t" in text.strip(), places=places)


def guessed(row: str) -> tuple[Layout, list[str]] | None:
    """The shipped order a row without `#Fields` fits, and its values; None where none does."""
    values = split(row)
    for name in _SHIPPED:
        layout = compiled(name)
        if len(values) >= layout.size - 2 and _fits(layout, values):
            return layout, values + [""] * (layout.size - len(values))
    return None


def _fits(layout: Layout, values: list[str]) -> bool:
    return all(
        place < len(values) and pattern.fullmatch(values[place])
        for role, pattern in _LIKE.items()
        for place in layout.places.get(role, ())
    )
