"""Lines of Zeek's dns.log under their header: what a name asked for and a client say is kept, as both come again.

What a part says is asked of `zeek`, which reads any record, and kept by the cells it was made of.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from operator import itemgetter
from typing import NamedTuple

from connectors.base import Ignored
from connectors.dns import zeek
from connectors.dns.lookup import SOURCE, Config, actor
from connectors.records import Kept
from schemas.observation import Actor, Kind, Observation

REMEMBERED = 50_000
_ASKED = ("query", "qtype", "qtype_name", "rcode_name", "rejected")
_WEB = Kind.WEB
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS, _SECONDS = 6, 11
"""Digits that a time has as Zeek writes it, and more than it has before the point."""
Cells = tuple[str, ...]


class Asked(NamedTuple):
    """What the cells of a name asked for say: why it is not reported, else what the observation says of it."""

    nothing: Ignored | None
    host: str | None
    action: str | None
    attributes: dict[str, str]


class Plan(NamedTuple):
    """How lines under a header are read: their cells, and what was made of these so far."""

    separator: str
    size: int
    asked: Callable[[list[str]], Cells]
    when: int
    who: int
    names: Kept[Cells, Asked]
    clients: Kept[str, Actor | None]


def observation(line: str, header: bytes, config: Config) -> Observation | Ignored | None:
    """What a line says; None where it must be read as any other. Raises Rejected where its time is none."""
    plan = _plan(header, config.local)
    if plan is None or "\\x" in line:
        return None
    cells = line.split(plan.separator)
    if len(cells) != plan.size:
        return None
    whole, _, fraction = cells[plan.when].partition(".")
    plain = len(fraction) == _MICROSECONDS and whole.isdecimal() and fraction.isdecimal() and len(whole) < _SECONDS
    at = _EPOCH + timedelta(0, int(whole), int(fraction)) if plain else zeek.at({"ts": cells[plan.when]})
    found = plan.names[plan.asked(cells)]
    return found.nothing or Observation(
        source=SOURCE, kind=_WEB, at=at, host=found.host, actor=plan.clients[cells[plan.who]], action=found.action,
        attributes=found.attributes,
    )  # fmt: skip


@lru_cache(64)
def _plan(header: bytes, local: tuple[str, ...]) -> Plan | None:
    known = zeek.columns(header)
    if known is None or known.path != "dns" or len(set(known.names)) < len(known.names):
        return None
    names = known.names
    numeric = any(word.replace(".", "").isdecimal() for word in known.unset)
    if numeric or not set(names).issuperset((*_ASKED, "ts", "id.orig_h")):
        return None
    return Plan(
        known.separator, len(names), itemgetter(*map(names.index, _ASKED)), names.index("ts"),
        names.index("id.orig_h"), Kept(partial(_name, known.unset, local), REMEMBERED),
        Kept(partial(_who, known.unset), REMEMBERED),
    )  # fmt: skip


def _name(unset: tuple[str, ...], local: tuple[str, ...], cells: Cells) -> Asked:
    record = {name: cell for name, cell in zip(_ASKED, cells, strict=True) if cell not in unset}
    told = zeek.lookup({**record, "ts": 0}, Config(local=local))
    if isinstance(told, Ignored):
        return Asked(told, None, None, {})
    return Asked(None, told.host, told.action, told.attributes)


def _who(unset: tuple[str, ...], cell: str) -> Actor | None:
    return actor(zeek.client({} if cell in unset else {"id.orig_h": cell}))
