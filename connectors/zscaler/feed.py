r"""What a feed of NSS writes, whatever its output format: JSON, name-value pairs, tab- or comma-separated, CEF, LEEF.

A customer chooses the fields and their names (`%s{login}`, `"user":"%s{elogin}"`, `reason=%s{reason}`): the output
format copied from the feed's page says which is which. Fields, and the order of an example:
https://help.zscaler.com/unified/nss-feed-output-format-web-logs. Escapes (`\t`, `\{`), e-fields (hex as %HH) and
b64-fields: https://help.zscaler.com/unified/general-guidelines-nss-feeds-and-feed-formats. The names that templates for
other products give the fields were read in those published by Splunk, Sumo Logic, Microsoft Sentinel and Palo Alto.
"""

import csv
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from connectors.shared.textlog import cef, leef

USUAL = (
    "time", "login", "proto", "eurl", "action", "appname", "appclass", "reqsize", "respsize", "stime", "ctime",
    "urlclass", "urlsupercat", "urlcat", "malwarecat", "threatname", "riskscore", "dlpeng", "dlpdict", "location",
    "dept", "cip", "sip", "reqmethod", "respcode", "eua", "ereferer", "ruletype", "rulelabel", "contenttype",
    "unscannabletype", "deviceowner", "devicehostname", "keyprotectiontype",
)  # fmt: skip
"""The order of the vendor's example of a web log, the one its JSON template has too."""
_FIRST, _ACTION = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}|\d{4}-\d\d-\d\d [\d:]{8}"), 4
_ACTIONS = {"allowed", "blocked", "allow", "block", "cautioned", "isolate", "isolated", "none", "na"}
_PLACE = re.compile(
    r"%(?P<width>\d*)(?P<type>l?l?[sdxu])\{(?P<name>\w+)\}|\\(?P<escape>.)|(?P<text>[^%\\]+|.)", re.DOTALL
)
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r"}
_JSON_PAIR = re.compile(r'"(?P<key>[^"\\]+)"\s*:\s*(?:"(?P<text>[^"]*)"|(?P<number>%\d*l?l?[sdxu]\{\w+\}))')
_VARIABLE = re.compile(r"%\d*l?l?[sdxu]\{(\w+)\}")
_PARTS_OF_TIME = {"hh", "mm", "ss", "dd", "mth", "mon", "yy", "yyyy", "day"}
_KEY = re.compile(r"[A-Za-z][\w.]{0,40}")
PRODUCT = re.compile(r"(?:CEF|LEEF):[\d.]+\|Zscaler\|", re.IGNORECASE)


class Template(NamedTuple):
    """A feed's output format: an expression for lines with the variables its groups stand for, or names in JSON."""

    expression: re.Pattern[str] | None
    variables: tuple[str, ...]
    names: Mapping[str, str]


@lru_cache(64)
def compiled(text: str) -> Template:
    """A feed's output format as its page has it. Raises ValueError where it names no field."""
    if not _VARIABLE.search(text):
        raise ValueError("it has no field like %s{time}; copy the Feed Output Format from the feed's page")
    if text.lstrip().startswith(("{", "\\{", '"{')):
        return Template(None, (), _json_names(text))
    expression, variables = "", []
    pieces = [_piece(found) for found in _PLACE.finditer(text.strip())]
    for (literal, name, width), after in zip(pieces, [*pieces[1:], ("", "", "")], strict=True):
        if name:
            variables.append(name)
            expression += _value(width, after[0], last=after == ("", "", ""))
        else:
            expression += re.escape(literal)
    return Template(re.compile(expression.removesuffix("\\\n"), re.DOTALL), tuple(variables), {})


def _json_names(text: str) -> dict[str, str]:
    """Keys of a JSON format in lower case to the variables their values are made of."""
    pairs = (
        (found["key"].lower(), _named(found["text"] or found["number"] or "")) for found in _JSON_PAIR.finditer(text)
    )
    return {key: name for key, name in pairs if name}


def _piece(found: re.Match[str]) -> tuple[str, str, str]:
    """(literal, variable, width): one of the first two is empty."""
    if found["name"]:
        return "", found["name"], found["width"]
    escape = found["escape"]
    return (_ESCAPES.get(escape, escape) if escape else found["text"]), "", ""


def _value(width: str, following: str, *, last: bool) -> str:
    if following:
        return f"([^{re.escape(following[0])}]*+)"
    if last:
        return "(.*)"
    digits = int(width or 0)
    return rf"(\d{{{digits}}})" if digits else r"(\S*?)"


def _named(value: str) -> str:
    """The variable a JSON value is made of; a time put together of its parts is `time`."""
    found = _VARIABLE.findall(value)
    return "time" if len(found) > 1 and set(found) <= _PARTS_OF_TIME else found[0] if found else ""


def of_object(record: Mapping[str, Any], template: Template | None) -> dict[str, str]:
    """Names in lower case to values as text; by the template's variables where it has the name."""
    names = template.names if template is not None else {}
    return {
        names.get(key.lower(), key.lower()): value if isinstance(value, str) else str(value)
        for key, value in record.items()
        if isinstance(value, str | int | float)
    }


def of_line(line: str, header: str, template: Template | None) -> dict[str, str] | None:
    """A line's values by name: by the template, a header line, its own names, or the usual order; None for no feed."""
    if template is not None and template.expression is not None:
        found = template.expression.fullmatch(line.rstrip("\r\n"))
        return _times(template.variables, found.groups()) if found else None
    if line.startswith("{"):
        return _json(line, template)
    if "|" in line and PRODUCT.search(line):
        return _extensions(line)
    if header:
        names, values = _cells(header), _cells(line)
        return dict(zip((name.lower() for name in names), values, strict=True)) if len(names) == len(values) else None
    return _pairs(line) or _usual(line)


def _json(line: str, template: Template | None) -> dict[str, str] | None:
    try:
        value = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
    inner = value.get("event", value) if isinstance(value, dict) else None
    return of_object(inner, template) if isinstance(inner, dict) else None


def _times(variables: tuple[str, ...], values: tuple[str, ...]) -> dict[str, str]:
    """Variables with their values; a time given in parts is put together."""
    found = dict(zip(variables, (value.strip('"') for value in values), strict=True))
    if "time" not in found and {"hh", "mm", "ss", "dd"} <= found.keys():
        year, month = found.get("yyyy") or found.get("yy") or "", found.get("mth") or found.get("mon") or ""
        clock = f"{found['hh']:0>2}:{found['mm']:0>2}:{found['ss']:0>2}"
        found["time"] = (
            f"{year}-{month:0>2}-{found['dd']:0>2} {clock}"
            if month.isdigit()
            else f"{month} {found['dd']} {clock} {year}"
        )
    return found


def _cells(line: str) -> list[str]:
    """Values between tabs, else between commas outside quotes."""
    if "\t" in line:
        return [value.strip().strip('"') for value in line.split("\t")]
    try:
        return [value.strip() for value in next(csv.reader([line], skipinitialspace=True), [])]
    except csv.Error:
        return []


@lru_cache(1024)
def _key(text: str) -> str | None:
    """A name in lower case, None where it is none: the same few dozen in every line."""
    return text.lower() if _KEY.fullmatch(text) else None


def _pairs(line: str) -> dict[str, str]:
    """name=value pieces between tabs or commas; the time may stand before them without a name."""
    pieces = line.split("\t") if "\t" in line else re.split(r",\s*(?=[A-Za-z][\w.]{0,40}=)", line)
    found: dict[str, str] = {}
    for number, piece in enumerate(pieces):
        before, sign, value = piece.strip().partition("=")
        if sign and (key := _key(before)):
            found[key] = value.strip().strip('"')
        elif number == 0 and (time := _FIRST.match(piece.strip().strip('"'))):
            found["time"] = time.group()
    return found if len(found) > 3 else {}  # noqa: PLR2004 - a line with an equals sign or two is no feed


def _usual(line: str) -> dict[str, str] | None:
    values = _cells(line)
    if not len(USUAL) - 1 <= len(values) <= len(USUAL) or not _FIRST.fullmatch(values[0]):
        return None
    return dict(zip(USUAL, values, strict=False)) if values[_ACTION].lower() in _ACTIONS else None


def _extensions(line: str) -> dict[str, str]:
    """The extensions of a CEF or LEEF line; of CEF's custom fields those whose label names them. Raises Rejected."""
    event = cef.read(line) if cef.begins(line) >= 0 else leef.read(line)
    return event.values
