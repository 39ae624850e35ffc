"""Variables that begin like a setting and are none: a slip of the pen is otherwise a default nobody chose.

One that is not near a setting may be a secret that a reference names (`env:PENUMBRA_OKTA_TOKEN`), so none is a fault.
"""

import difflib
import os
from collections.abc import Iterable
from typing import NamedTuple

from services.kit.settings import Settings, variable

PREFIX = "PENUMBRA_"
NEAR = 0.8
HARNESS = frozenset({"PENUMBRA_FAULT", "PENUMBRA_BREAK"})
"""Read by `services/kit/faults.py`, for the tests that kill processes."""


class Slip(NamedTuple):
    """A name that is no setting, and the setting it is near to, if any."""

    name: str
    near: str | None

    def __str__(self) -> str:
        """As it is told on screen."""
        if self.near is not None:
            return f"{self.name}: no setting of this name, so it counts for nothing; did you mean {self.near}?"
        return f"{self.name}: no setting of this name; only a secret written as env:{self.name} reads it"


def slips(names: Iterable[str]) -> list[Slip]:
    """All of them, by name; names are compared without case, as settings are read."""
    known = {variable(field) for field in Settings.model_fields} | HARNESS
    strange = sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)
    return [Slip(name, _near(name.upper().removeprefix(PREFIX))) for name in strange]


def given() -> tuple[set[str], set[str]]:
    """Names the environment and the `.env` file give a value, in capitals."""
    from dotenv import dotenv_values  # noqa: PLC0415 - commands that read no settings start the quicker

    environment, file = os.environ.items(), dotenv_values(".env").items()
    return {name.upper() for name, value in environment if value}, {name.upper() for name, value in file if value}


def here() -> list[Slip]:
    """Those of this process."""
    environment, file = given()
    return slips(environment | file)


def _near(field: str) -> str | None:
    found = difflib.get_close_matches(field.lower(), Settings.model_fields, 1, NEAR)
    return variable(found[0]) if found else None
