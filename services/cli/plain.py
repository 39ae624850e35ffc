"""Values as text: a line a field, its name and value with a tab between, for a pipe and for a person."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any


def lines(fields: Mapping[str, Any]) -> Iterator[str]:
    """A line for each field, and for each item of one that is a list of more than numbers."""
    for name, value in fields.items():
        several = isinstance(value, list | tuple) and not all(isinstance(each, float | int) for each in value)
        for each in value if several else (value,):
            yield f"{name}\t{text(each)}"


def text(value: object) -> str:
    """A time as RFC 3339 in UTC, a mapping as `name=value, …` without what is empty, nothing as nothing."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={told}" for name, each in value.items() if (told := text(each)))
    if isinstance(value, list | tuple):
        return ", ".join(map(text, value))
    return _one(value)


def _one(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)
