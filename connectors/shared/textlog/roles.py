"""Values by what they stand for, whatever a product calls them: a table of names by role, the better name first."""

from collections.abc import Mapping
from functools import lru_cache

from connectors.shared.textlog.visit import NOTHING

_LAYOUTS = 1 << 10
"""Lines of a product have few sets of names: which of a role's names are there is found once for each."""


class Roles:
    """Of each role the names that products give it, the better one first; compared in lower case as a rule."""

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        self._names = dict(names)
        self._present = lru_cache(_LAYOUTS)(self._there)

    def _there(self, keys: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        told = set(keys)
        there = {role: tuple(name for name in names if name in told) for role, names in self._names.items()}
        return {role: names for role, names in there.items() if names}

    def of(self, values: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """Of each role that a line's values have, the names that are there."""
        return self._present(tuple(values))


class Named:
    """Values of one line by the roles of a table; what stands for nothing is not said."""

    __slots__ = ("_there", "values")

    def __init__(self, values: Mapping[str, str], roles: Roles) -> None:
        self.values = values
        self._there = roles.of(values)

    def said(self, role: str) -> str:
        """The first value of that role that says something, without the blanks around it; else nothing.

        A role that the table has not is never said.
        """
        names = self._there.get(role)
        if names is None:
            return ""
        for name in names:
            plain = self.values[name].strip()
            if plain and plain.lower() not in NOTHING:
                return plain
        return ""
