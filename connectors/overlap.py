"""What two sources would both tell under ids of their own, so that one event were two: named for the operator. Pure.

Microsoft tells sign-ins and directory changes by Graph and by the audit feed, and DLP by the audit feed (each match)
and by Graph's alerts (each alert): other ids, no record's id in common, so nothing can join them afterwards
(https://learn.microsoft.com/graph/api/resources/azure-ad-auditlog-overview, and the Management Activity API's schema).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from connectors.base import Connector
from connectors.settings import checked


class Standing(NamedTuple):
    """One source as it is set up: its id, its kind, its settings, and whether it is pulled."""

    id: str
    connector: str
    config: Mapping[str, Any]
    pulled: bool = True


class Twice(NamedTuple):
    """What is told by more than one source, and by which."""

    what: str
    sources: tuple[str, ...]

    def __str__(self) -> str:
        names = " and ".join(self.sources)
        return f"{self.what} are told by {names}, under ids of their own: counts hold each event once a source"


MEND = "Leave one to each: its `streams` or `content_types` are changed by `penumbra source edit`, or remove one."


def twice(connectors: Mapping[str, Connector], sources: Iterable[Standing]) -> list[Twice]:
    """Each thing that several sources tell of the same tenant; what can't be read of a source is left out."""
    told: dict[str, list[str]] = {}
    for source in sources:
        for what in _told(connectors.get(source.connector), source):
            told.setdefault(what, []).append(source.id)
    return [Twice(what, tuple(names)) for what, names in told.items() if len(names) > 1]


def _told(connector: Connector | None, source: Standing) -> Iterator[str]:
    if connector is None or connector.also_told is None:
        return
    config, faults = checked(connector, source.config, pulled=source.pulled)
    if config is not None and not faults:
        yield from connector.also_told(config)
