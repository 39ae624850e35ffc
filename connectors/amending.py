"""Changing what a source was set up with: what stands afterwards, every fault of it at once, and what differs. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from connectors.base import Connector
from connectors.settings import Fault, checked, place_faults, rhythm, written

_USUAL = (None, "")


class Standing(NamedTuple):
    """What a source is set up with; `every` None means that it is pushed to, `folder` that it is not watched."""

    config: Mapping[str, Any]
    every: timedelta | None
    folder: str | None
    pattern: str


class Asked(NamedTuple):
    """What is to change; None leaves a thing as it is.

    Of `config` the settings named are changed, and an empty value goes back to the usual one. `usual_rhythm` goes back
    to the connector's own rhythm, whatever `every` says.
    """

    config: Mapping[str, Any] = {}
    every: timedelta | None = None
    usual_rhythm: bool = False
    folder: str | None = None
    pattern: str | None = None


def amended(connector: Connector, standing: Standing, asked: Asked) -> tuple[Standing, list[Fault]]:
    """What stands after the change, and every fault of it: those of settings that were not touched too.

    How records come (pulled, pushed, a folder) stays: the place a source has reached means nothing to the other way.
    """
    config = {**standing.config, **asked.config}
    config = {name: value for name, value in config.items() if value not in _USUAL}
    pulled = standing.folder is None and standing.every is not None
    _, faults = checked(connector, config, pulled=pulled)
    faults = [Fault(f"config.{fault.field}" if fault.field else "", fault.message) for fault in faults]
    if standing.folder is None and asked.folder:
        faults.append(Fault("folder", "it watches no folder; add another source for that"))
    elif asked.folder:
        faults += place_faults(connector, folder=asked.folder, every=None)
    if standing.every is None and asked.every is not None:
        faults.append(Fault("every", "it is pushed to, when its sender sends; add another source that is pulled"))
    every = asked.every or standing.every
    if asked.usual_rhythm and standing.every is not None:
        every = rhythm(connector, folder=standing.folder, every=None).every
    after = Standing(config, every, asked.folder or standing.folder, asked.pattern or standing.pattern)
    return after, faults


def differences(before: Standing, after: Standing) -> dict[str, tuple[Any, Any]]:
    """What changed, by name (a setting's is `config.<name>`): as it was, and as it is. None where there was nothing.

    A value counts as the text it is written as: `5` and `"5"` are the same.
    """
    names = dict.fromkeys((*before.config, *after.config))
    both: dict[str, tuple[Any, Any]] = {
        f"config.{name}": (before.config.get(name), after.config.get(name)) for name in names
    }
    both |= {
        "every": (_seconds(before.every), _seconds(after.every)), "folder": (before.folder, after.folder),
        "pattern": (before.pattern, after.pattern),
    }  # fmt: skip
    return {name: (was, now) for name, (was, now) in both.items() if written(was) != written(now)}


def _seconds(span: timedelta | None) -> float | None:
    return span.total_seconds() if span is not None else None
