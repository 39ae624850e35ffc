"""Formats: an alert as one record of what a SIEM reads. One file = one format, found by itself; pure.

Beside its docstring (with the format's source) a file has a `render` and, at the bottom, the `FORMAT`.
"""

import importlib
import pkgutil
from functools import cache

from services.inventory.formats.declaration import OWN, TEST, Event, Format, event

__all__ = ["OWN", "TEST", "Event", "Format", "event", "find", "formats"]


@cache
def formats() -> dict[str, Format]:
    """Every format by name: the modules of this package that end in a `FORMAT`; our own stands first."""
    modules = (importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    found = [made for module in modules if (made := getattr(module, "FORMAT", None)) is not None]
    return {made.name: made for made in sorted(found, key=lambda made: (made.name != OWN, made.name))}


def find(name: str) -> Format | None:
    """A format by its name."""
    return formats().get(name)
