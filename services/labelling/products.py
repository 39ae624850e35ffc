"""What a tool id is called: names for the inventory, the console and exports."""

from collections.abc import Mapping
from typing import NamedTuple


class Tool(NamedTuple):
    """A product of the catalog as people read it. `kind` is its category, `embedded` a feature of a wider product."""

    id: str
    name: str
    vendor: str
    kind: str
    embedded: bool = False


def tool(tools: Mapping[str, Tool], id: str) -> Tool:  # noqa: A002 - it is the tool's id
    """The tool of an id; one the catalog no longer names is called by its id, its vendor by the id's first part."""
    known = tools.get(id)
    return known if known is not None else Tool(id, id, id.partition(".")[0], "unknown")
