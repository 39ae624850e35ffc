"""Lines of Zeek's dns.log under their header: what a name asked for and a client say is kept, as both come again.

What a part says is asked of `zeek`, which reads any record, and kept by the cells it was made of.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
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
_DEFAULTS = Config()
_MICROSECONDS, _SECONDS = 6, 11
"""Digits that a time has as Zeek writes it, and more than it has before the point: so few survive a float."""
_at = datetime.fromtimestamp
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


def usual(lines: Iterator[str], header: bytes, config: Config | None) -> Iterator[Observation | Ignored | None]:
    """What lines say; None for those that must be read as any other. A time that is none raises."""
    plan = _plan(header, (config or _DEFAULTS).local)
    if plan is None:
        yield from (None for _ in lines)
        return
    separator, size, asked, when, who, names, clients = plan
    for line in lines:
        cells = line.split(separator)
        if len(cells) != size or "\\x" in line or '{"' in line:
            yield None
            continue
        whole, _, fraction = cells[when].partition(".")
        plain = len(fraction) == _MICROSECONDS and whole.isdecimal() and fraction.isdecimal() and len(whole) < _SECONDS
        at = _at(float(cells[when]), UTC) if plain else zeek.at({"ts": cells[when]})
        nothing, host, action, attributes = names[asked(cells)]
        yield nothing or Observation(
            source=SOURCE, kind=_WEB, at=at, host=host, actor=clients[cells[who]], action=action, attributes=attributes
        )


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
