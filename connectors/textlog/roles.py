"""Values by what they stand for, whatever a product calls them: a table of names by role, the better name first."""

from collections.abc import Mapping
from functools import lru_cache

from connectors.textlog.visit import NOTHING

Roles = Mapping[str, tuple[str, ...]]


class Named:
    """Values of one line by the roles of a table; what stands for nothing is not said."""

    __slots__ = ("_roles", "values")

    def __init__(self, values: Mapping[str, str], roles: Roles) -> None:
        self.values = values
        self._roles = roles

    def said(self, role: str) -> str:
        """The first value of that role that says something, without the blanks around it; else nothing."""
        for name in self._roles[role]:
            value = self.values.get(name)
            if value and (plain := value.strip()).lower() not in NOTHING:
                return plain
        return ""


@lru_cache(1 << 8)
def _names(roles: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    return frozenset(name for names in roles for name in names)


def share(values: Mapping[str, str], roles: Roles) -> int:
    """How many of a line's names the table knows."""
    return len(values.keys() & _names(tuple(roles.values())))
