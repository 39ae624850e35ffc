"""Values of Graph's JSON read tolerantly: a field of another kind than foreseen is a field that says nothing."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.base import Rejected


def text(value: Any) -> str | None:
    """A string that says something, stripped; None for anything else."""
    plain = value.strip() if isinstance(value, str) else ""
    return plain or None


def under(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object at a key, also where an export wrote it as JSON text; an empty one where there is none."""
    value = record.get(key)
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def items(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects in a list; nothing where it is none."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def moment(value: Any, field: str) -> datetime:
    """A time as UTC, without a zone it is UTC already; raises Rejected naming the field."""
    try:
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (AttributeError, TypeError, ValueError, OverflowError):
        raise Rejected(f"{field} is not a time") from None


def maybe_moment(value: Any) -> datetime | None:
    """A time as UTC, or None for what is none: for times a record can do without."""
    try:
        return moment(value, "")
    except Rejected:
        return None
