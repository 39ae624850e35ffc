"""One page of a list, and what a connector gives a walk: how to ask for one."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, Protocol

import msgspec


class Window(msgspec.Struct, frozen=True):
    """The time that is wanted: from `begin` (included) to `end`, in UTC."""

    begin: datetime
    end: datetime


class Listed(NamedTuple):
    """A page: its records, and the token of the next one (a link, a page token, an offset), None at the end.

    `whole` is False where the vendor cut the page short without giving a next one: what is missing must be told.
    """

    records: tuple[Any, ...]
    following: str | None = None
    whole: bool = True


class Expired(Exception):
    """A token that is no longer taken: the list is to be asked for anew."""


class Listing(Protocol):
    """One request: the first page of a window, or the page a token names. Raises Expired, Trouble, or the kit's own."""

    def __call__(self, window: Window, token: str | None, /) -> Awaitable[Listed]: ...


At = Callable[[Any], datetime | None]
"""The clock a list is in order of, read from a record; None where the record does not say."""


def rfc3339(moment: datetime, fraction: Literal["seconds", "milliseconds", "microseconds"] = "seconds") -> str:
    """A time in UTC as the filters of APIs take it, `2026-11-20T10:00:00Z`; what is finer than `fraction` is cut."""
    return moment.astimezone(UTC).isoformat(timespec=fraction).replace("+00:00", "Z")
