"""What an endpoint wants to be told: in which format, and which alerts. Pure."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from schemas.alert import Standing
from services.inventory.delivery.message import TYPES
from services.inventory.formats import OWN, Event, formats
from services.inventory.formats.scales import SEVERITIES

MOST, LONGEST = 100, 200
Followed = set[tuple[str, str]]
"""Pairs of an endpoint and an alert it was told of."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A format and filters; an empty filter lets all through. `tools` are catalog ids, `units` as alerts name them."""

    format: str = OWN
    types: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    standings: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()

    @property
    def narrow(self) -> bool:
        """Whether not every alert is wanted."""
        return bool(self.severities or self.standings or self.units or self.tools)

    def covers(self, event: Event) -> bool:
        """Whether the alert, as it now is, is one of those wanted."""
        alert = event.alert
        return (
            _in(alert.severity, self.severities) and _in(alert.standing.value, self.standings)
            and _in(alert.unit, self.units) and _in(alert.tool, self.tools)
        )  # fmt: skip

    def faults(self) -> list[str]:
        """Everything that is wrong with it, each with the field's name."""
        return list(self._faults())

    def _faults(self) -> Iterator[str]:
        if self.format not in formats():
            yield f"format {self.format!r}: give one of {', '.join(formats())}"
        known: dict[str, tuple[Sequence[str], Sequence[str]]] = {
            "type": (self.types, TYPES), "severity": (self.severities, SEVERITIES),
            "standing": (self.standings, [each.value for each in Standing]),
        }  # fmt: skip
        for field, (given, possible) in known.items():
            for name in given:
                if name not in possible:
                    yield f"{field} {name!r}: give {', '.join(possible)}, or none for all"
        for field, free in {"unit": self.units, "tool": self.tools}.items():
            if len(free) > MOST or any(not 0 < len(name) <= LONGEST for name in free):
                yield f"{field}: give at most {MOST}, each of 1 to {LONGEST} characters"


def told(wanted: dict[str, Wanted], events: Iterable[Event], followed: Followed) -> Iterator[tuple[str, Event]]:
    """Which endpoint is told of which event, in the events' order; adds to `followed`.

    An alert that an endpoint was told of is followed to its end, whatever becomes of its severity or standing: else a
    SIEM would keep open what is closed here.
    """
    for event in events:
        for endpoint, wish in wanted.items():
            pair = (endpoint, event.alert.id)
            if pair not in followed and not wish.covers(event):
                continue
            if wish.types and event.type not in wish.types:
                continue
            if wish.narrow:
                followed.add(pair)
            yield endpoint, event


def _in(value: str | None, listed: Sequence[str]) -> bool:
    return not listed or value in listed
