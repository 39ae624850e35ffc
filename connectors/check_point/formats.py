"""The formats of Log Exporter, each made into fields by their names in lower case."""

import re
from collections.abc import Mapping
from typing import Any

from connectors.base import Rejected
from connectors.shared.textlog import cef, leef, pairs

_VENDOR = "check point"
_STRUCTURE = re.compile(r"\[(?:Fields@[\d.]+ )?(?=[A-Za-z_][\w.-]*(?:::?|=)\")")
_SYSLOG = re.compile(r'([A-Za-z_][\w.-]*+)::?"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_SPLUNK = re.compile(r"(?:^|(?<=[\s>]))time=\d{9,13}\|")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LEAST = 3
"""Pairs that make a log: a line with one or two is something else."""


def fields(record: Any) -> tuple[str, dict[str, str]]:
    """Syslog's words before a log, and its fields. Raises Rejected for what is no log of Check Point."""
    if isinstance(record, dict):
        return "", _object(record)
    if not isinstance(record, bytes):
        raise Rejected("neither a line nor a JSON object")
    line = record.decode("utf-8", "replace")
    for form in (cef, leef):
        start = form.begins(line)
        if start >= 0:
            return line[:start], _of_vendor(form.read(line))
    structure = _STRUCTURE.search(line)
    if structure:
        return line[: structure.start()], _structured(line[structure.end() :])
    splunk = _SPLUNK.search(line)
    if splunk:
        return "", _bars(line[splunk.start() :])
    found = {name.lower(): value for name, value in pairs.read(line).items()}
    if len(found) < _LEAST:
        raise Rejected("no log of Check Point in a format of Log Exporter")
    return line.partition("=")[0], found


def _of_vendor(event: cef.Event) -> dict[str, str]:
    if event.vendor.lower() != _VENDOR:
        raise Rejected("an event of another vendor")
    return {"product": event.product} | event.values


def _structured(text: str) -> dict[str, str]:
    """`key:"value"; key:"value"`, else `key="value" key="value"`; of a repeated key the first."""
    found: dict[str, str] = {}
    for name, value in _SYSLOG.findall(text):
        found.setdefault(name.lower(), _ESCAPED.sub(r"\1", value) if "\\" in value else value)
    return found or {name.lower(): value for name, value in pairs.read(text).items()}


def _bars(text: str) -> dict[str, str]:
    """`key=value|key=value`; a piece that names nothing belongs to the value before it."""
    found: dict[str, str] = {}
    last = ""
    for piece in text.rstrip().split("|"):
        name, equals, value = piece.partition("=")
        if equals and name.replace("_", "").isalnum():
            last = name.lower()
            found[last] = value
        elif last:
            found[last] += f"|{piece}"
    return found


def _object(record: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.lower(): value if isinstance(value, str) else str(value)
        for name, value in record.items()
        if isinstance(value, str | int | float)
    }
