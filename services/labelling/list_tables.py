"""Lists of hosts as tables: CSV with a column of hosts, and the cloud app catalog of Defender for Cloud Apps. Pure.

Microsoft documents an application's `displayName`, `category` and `domains`
(https://learn.microsoft.com/en-us/graph/api/resources/security-discoveredcloudappdetail); what the portal's own export
calls its columns is not documented, so titles are compared by their letters alone (unverified). Only rows of its AI
categories are taken.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping

from services.labelling.list_formats import Entry, Found, Refused, entry

_HOSTS = ("host", "hosts", "hostname", "domain", "domains", "domainname", "fqdn", "url", "urls", "website")
_CATEGORIES = ("category", "appcategory", "categories")
_AI = frozenset({"generativeai", "aimodelprovider", "aimcpserver", "artificialintelligence"})
_LONGEST = 80
_BETWEEN = re.compile(r"[\s,;|]+")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)

Row = Mapping[str, str]


class NoColumn(ValueError):
    """The table has no column of hosts; the message names those it has."""


def table(text: str, column: str | None = None) -> Found:
    """Every host of the column, several in a cell allowed; raises NoColumn. A URL without a path gives its host."""
    return _rows(text, column, lambda _row: None)


def defender(text: str, column: str | None = None) -> Found:
    """Rows of applications whose category is AI; raises NoColumn where there is no column of domains or categories."""
    return _rows(text, column, _category_fault, needs=_CATEGORIES)


def _rows(
    text: str, column: str | None, refuses: Callable[[Row], str | None], needs: tuple[str, ...] = ()
) -> Iterator[Entry | Refused]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), _dialect(text))
    titles = [_letters(title) for title in next(reader, [])]
    wanted = (_letters(column),) if column else _HOSTS
    place = next((titles.index(name) for name in wanted if name in titles), None)
    if place is None or (needs and not set(needs) & set(titles)):
        wished = column or "of hosts"
        raise NoColumn(f"no column {wished}{' or of categories' if needs else ''} among {', '.join(titles) or 'none'}")
    for cells in reader:
        number = reader.line_num
        if not any(cells):
            continue
        told = cells[place].strip() if place < len(cells) else ""
        why = refuses(dict(zip(titles, cells, strict=False))) or (None if told else "no host in its cell")
        if why:
            yield Refused(number, (told or ",".join(cells))[:_LONGEST], why)
            continue
        for name in _BETWEEN.split(told):
            if name:
                yield entry(number, _SCHEME.sub("", name).removeprefix("*.").rstrip("/"), "suffix")


def _category_fault(row: Row) -> str | None:
    category = next(row[name] for name in _CATEGORIES if name in row)
    return None if _letters(category) in _AI else f"category {category or 'missing'} is not AI"


def _letters(title: str) -> str:
    return re.sub(r"[^a-z]", "", title.casefold())


def _dialect(text: str) -> type[csv.Dialect]:
    """Comma, semicolon or tab, whichever the first line has most of."""
    first = text.partition("\n")[0]

    class Found(csv.excel):
        delimiter = max(",;\t", key=first.count)

    return Found
