"""Values by what they stand for, whatever a product calls them: a table of names by role, the better name first."""

from collections.abc import Mapping

from connectors.textlog.visit import NOTHING

Roles = Mapping[str, tuple[str, ...]]


class Named:
    """Values of one line by the roles of a table; what stands for nothing is not said."""

    __slots__ = ("_roles", "values")

    def __init__(self, values: Mapping[str, str], roles: Roles) -> None:
        self.values = values
        self._roles = roles

    def said(self, role: str) -> str:
        """The first value of that role that says something, without the blanks around it; else nothing.

        A role that the table has not is never said.
        """
        for name in self._roles.get(role, ()):
            value = self.values.get(name)
            if value and (plain := value.strip()).lower() not in NOTHING:
                return plain
        return ""
