"""What a vendor holds: native records, each with its own time and when it can first be read."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from services.kit.clock import Clock


class Kept(NamedTuple):
    """A record: the vendor's id of it, the event's time, when it arrives, and its native form."""

    id: str
    at: datetime
    arrives: datetime
    record: Mapping[str, Any]


class Shelf:
    """Records in the order they arrive. `page` is how many an answer holds."""

    def __init__(self, clock: Clock, page: int = 3) -> None:
        self.clock, self.page = clock, page
        self._kept: list[Kept] = []

    def put(self, id: str, record: Mapping[str, Any], at: datetime, arrives: datetime | None = None) -> None:  # noqa: A002 - the field's own name
        """Adds a record; without `arrives` it can be read at once."""
        self._kept.append(Kept(id, at, arrives or at, record))

    @property
    def ids(self) -> frozenset[str]:
        """The truth: every id there is, arrived or not."""
        return frozenset(one.id for one in self._kept)

    def arrived(self) -> list[Kept]:
        """What can be read now, in the order it came."""
        now = self.clock.now()
        return sorted((one for one in self._kept if one.arrives <= now), key=lambda one: (one.arrives, one.id))

    def between(self, begin: datetime | None, end: datetime | None) -> list[Kept]:
        """What can be read now and happened in [begin, end], oldest first."""
        found = (
            one for one in self.arrived()
            if (begin is None or one.at >= begin) and (end is None or one.at <= end)
        )  # fmt: skip
        return sorted(found, key=lambda one: (one.at, one.id))


def after(kept: Iterable[Kept], token: str) -> list[Kept]:
    """Those after the one a token names: the token of a page is the id of its last record."""
    rest = list(kept)
    if not token:
        return rest
    places = [place for place, one in enumerate(rest) if one.id == token]
    return rest[places[0] + 1 :] if places else []


def cut(shelf: Shelf, rest: list[Kept]) -> tuple[list[Mapping[str, Any]], str | None]:
    """A page of what is left, and the token of the next, None at the end."""
    page = rest[: shelf.page]
    return [one.record for one in page], page[-1].id if len(rest) > shelf.page else None
