"""What the queue is asked for, as a query: filters, order, and where to go on. A field left empty is no filter."""

from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from schemas.alert import Standing
from services.inventory.api.cursor import LARGEST_LIMIT, USUAL_LIMIT
from services.inventory.api.desk import Age, Sort, Wanted
from services.kit.access import Caller

State = Literal["open", "snoozed", "closed", "all"]
Severity = Literal["critical", "high", "medium", "low", "info"]
Kind = Literal["tool", "solution", "source", "capability"]
MYSELF = "me"
MANY = ("standing", "severity", "kind", "tool", "unit", "data_class", "assignee")


def _filled(given: object) -> object:
    """A form sends what nobody chose as an empty text."""
    if isinstance(given, list | tuple):
        return [each for each in given if each != ""]
    return None if given == "" else given


Plain = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""A text without NUL, which PostgreSQL can't hold."""
Short = Annotated[Plain, Field(max_length=512)]
Names = Annotated[list[Short], BeforeValidator(_filled), Field(max_length=50)]


class Filters(BaseModel):
    """The filters. A field given several times lets any of its values through; `assignee` is me, none, or a name."""

    state: State = "all"
    standing: Annotated[list[Standing], BeforeValidator(_filled), Field(max_length=20)] = []
    severity: Annotated[list[Severity], BeforeValidator(_filled), Field(max_length=10)] = []
    kind: Annotated[list[Kind], BeforeValidator(_filled), Field(max_length=5)] = []
    tool: Names = []
    unit: Names = []
    data_class: Names = []
    assignee: Names = []
    age: Annotated[Age | None, BeforeValidator(_filled)] = None
    text: Annotated[Plain, Field(max_length=200, description="part of a title, a tool's name, a vendor or an id")] = ""
    sort: Sort = Sort.NEWEST
    limit: int = Field(default=USUAL_LIMIT, ge=1, le=LARGEST_LIMIT, description="rows of a page")
    cursor: str | None = Field(default=None, max_length=500, description="`next` of the page before")

    def wanted(self, caller: Caller) -> Wanted:
        """What the desk is asked for; `me` is whoever asks."""
        mine = tuple(caller.name if name == MYSELF else name for name in self.assignee)
        return Wanted(
            state=None if self.state == "all" else self.state, standing=tuple(self.standing),
            severity=tuple(self.severity), kind=tuple(self.kind), tool=tuple(self.tool), unit=tuple(self.unit),
            data_class=tuple(self.data_class), assignee=mine, age=self.age, text=self.text.strip(),
        )  # fmt: skip

    def chosen(self) -> dict[str, Sequence[str]]:
        """What is chosen of each filter but the state."""
        many = {name: [str(value) for value in getattr(self, name)] for name in MANY}
        one = {"age": [self.age.value] if self.age else [], "text": [self.text.strip()] if self.text.strip() else []}
        return {name: values for name, values in {**many, **one}.items() if values}

    def query(self, **changed: str) -> str:
        """The same list as a query string without its cursor; `changed` replaces fields."""
        one = {"state": self.state, "sort": self.sort.value, **changed}
        pairs = [(name, value) for name, values in self.chosen().items() if name not in changed for value in values]
        return urlencode([*one.items(), *pairs])
