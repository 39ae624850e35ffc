"""A source's settings as the command line says them: every fault at once, secrets as references only."""

from collections.abc import Mapping
from typing import Any

from connectors.base import Connector
from connectors.settings import Fault, checked
from services.kit.errors import Misconfigured


def configured(connector: Connector, given: Mapping[str, Any], *, pulled: bool = True) -> Any:
    """The connector's own Config made of plain values (connectors.settings.checked says how).

    Raises Misconfigured with each unknown name, missing name, wrong value and secret written out.
    """
    made, faults = checked(connector, given, pulled=pulled)
    if faults:
        raise Misconfigured(
            *map(option, faults), f"`penumbra connector show {connector.name}` explains its settings"
        )  # fmt: skip
    return made


def option(fault: Fault) -> str:
    """A fault of a setting by the option it was given with."""
    return f"--config {fault.field}: {fault.message}" if fault.field else f"--config: {fault.message}"
