"""A source as the command line asks for it: read whole before anything is stored, with every fault at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

from connectors.base import Connector, Trouble
from services.ingest import columns, files, instances
from services.kit.control import sources
from services.kit.errors import Misconfigured
from services.kit.spans import day, span

Read = TypeVar("Read")


class Asked(NamedTuple):
    """What was written, as it was written."""

    connector: str
    name: str
    config: Sequence[str] = ()
    every: str | None = None
    folder: str | None = None
    pattern: str = "*"
    sample: str | None = None


class Wanted(NamedTuple):
    """What it means: settings with the columns of a file mapped, and how often it is read (None: as usual)."""

    connector: Connector
    config: Mapping[str, Any]
    every: timedelta | None


def wanted(connectors: Mapping[str, Connector], asked: Asked) -> Wanted:
    """Reads all of it; raises Misconfigured with every fault of every option."""
    faults: list[str] = []
    given = _tried(faults, lambda: instances.pairs(asked.config), None)
    if given is None:
        given = instances.pairs([one for one in asked.config if "=" in one])
    every = _tried(faults, lambda: span(asked.every, "--every") if asked.every is not None else None, None)
    known = connectors.get(asked.connector)
    config: Mapping[str, Any] = given
    if known is None:
        faults.append(instances.unknown(asked.connector, connectors))
        _tried(faults, lambda: sources.identifier(asked.name), "")
    else:
        config = _tried(faults, lambda: _mapped(known, given, asked), given)
        told = {fault.partition(": ")[0] for fault in faults}
        found = instances.faults(known, name=asked.name, config=config, every=every, folder=asked.folder)
        faults += [fault for fault in found if fault.partition(": ")[0] not in told]
    if faults or known is None:
        raise Misconfigured(*faults)
    return Wanted(known, config, every)


def _mapped(known: Connector, given: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    return columns.remembered(known, given, sample=asked.sample, folder=asked.folder, pattern=asked.pattern)


def days(first: str, last: str) -> tuple[datetime, datetime]:
    """The bounds of a back-fill, `--from` and `--to`; raises Misconfigured with the faults of both."""
    faults: list[str] = []
    read = [_tried(faults, partial(day, text, option), None) for text, option in ((first, "--from"), (last, "--to"))]
    from_at, to_at = read
    if from_at is None or to_at is None:
        raise Misconfigured(*faults)
    return from_at, to_at


def notice(folder: str | None, pattern: str) -> str | None:
    """What a watched folder lacks on this machine now; None where it has files to read, or nothing is watched."""
    if folder is None:
        return None
    try:
        found = files.look(folder, pattern)
    except Trouble as trouble:
        return f"{trouble}; until it can be read from here the source is failing"
    return None if found else f"{folder} holds no file that matches {pattern} yet; it is read once there is one"


def _tried(faults: list[str], read: Callable[[], Read], instead: Read) -> Read:
    """What `read` gives; where it raises Misconfigured its faults are kept and `instead` goes on."""
    try:
        return read()
    except Misconfigured as fault:
        faults.extend(fault.faults)
        return instead
