"""Small groups: how many people of a unit use something is not told where they are few.

A report by unit with a few people in a row says what single people do. Units with fewer people than the policy's
`smallest_group` (5: reference standards §5, k ≥ 5) are left out of it by name, and how many were left out is said. A
count without the name would not do: where a tool is used in one unit alone, its total is that unit's count. Who may
see what single people use (`people:read`) sees all rows. Alerts name their unit whoever reads them: they are what
somebody has to act on.
"""

from collections.abc import Iterable, Mapping

import msgspec

from services.inventory.api.views import ToolItem
from services.inventory.domain.policy import Policy
from services.kit.access import Caller

PRIVILEGE = "people:read"


def smallest_for(caller: Caller, policy: Policy) -> int:
    """The fewest people of a unit that this reader is told of."""
    return 1 if caller.may(PRIVILEGE) else policy.smallest_group


def told(units: Mapping[str, int], smallest: int) -> tuple[dict[str, int], int]:
    """The units with people enough, and how many have fewer. Pure."""
    kept = {unit: people for unit, people in units.items() if people >= smallest}
    return kept, len(units) - len(kept)


def tool(item: ToolItem, smallest: int) -> ToolItem:
    """A tool as it is told: its units with people enough. Pure."""
    kept, left_out = told(item.units, smallest)
    return msgspec.structs.replace(item, units=kept, small_units=left_out) if left_out else item


def tools(items: Iterable[ToolItem], smallest: int) -> list[ToolItem]:
    """Tools as they are told. Pure."""
    return [tool(item, smallest) for item in items]
