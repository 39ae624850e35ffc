"""The forms of the webhooks page as a browser sends them: lists as several boxes, or as lines of a text."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from schemas.alert import Standing
from services.inventory.delivery.endpoints import Endpoint
from services.inventory.delivery.message import TYPES
from services.inventory.delivery.wanted import Wanted
from services.inventory.formats import OWN, formats
from services.inventory.formats.scales import SEVERITIES

MOST_LINES = 25_000
Boxes = Annotated[list[str], Field(max_length=20)]
Lines = Annotated[str, Field(max_length=MOST_LINES)]


class SettingsForm(BaseModel):
    """What an endpoint is and wants; `units` and `tools` have one name a line."""

    description: str = Field(default="", max_length=200)
    format: str = Field(default=OWN, max_length=40)
    types: Boxes = []
    severities: Boxes = []
    standings: Boxes = []
    units: Lines = ""
    tools: Lines = ""

    def wanted(self) -> Wanted:
        """The format and filters as a value."""
        return Wanted(
            format=self.format, types=tuple(self.types), severities=tuple(self.severities),
            standings=tuple(self.standings), units=_lines(self.units), tools=_lines(self.tools),
        )  # fmt: skip


class AddForm(SettingsForm):
    """A new endpoint."""

    url: str = Field(default="", max_length=2000)


class RotateForm(BaseModel):
    """How long both secrets sign."""

    hours: float = Field(default=24, ge=0, le=720)


def _utc(given: object) -> object:
    """A browser's date and time carries no zone; pages speak UTC."""
    return given + "Z" if isinstance(given, str) and given and given[-1] != "Z" and "+" not in given else given


class ReplayForm(BaseModel):
    """From when on, and whether only what was given up."""

    since: Annotated[datetime, BeforeValidator(_utc)]
    dead_only: bool = False

    def moment(self) -> datetime:
        """The time in UTC."""
        return self.since.astimezone(UTC)


def choices() -> dict[str, object]:
    """What the form offers."""
    return {
        "formats": tuple(formats().values()), "types": TYPES, "severities": tuple(reversed(SEVERITIES)),
        "standings": tuple(each.value for each in Standing),
    }  # fmt: skip


def filled(endpoint: Endpoint) -> SettingsForm:
    """The form as an endpoint is now."""
    return SettingsForm(
        description=endpoint.description, format=endpoint.format, types=list(endpoint.types),
        severities=list(endpoint.severities), standings=list(endpoint.standings), units="\n".join(endpoint.units),
        tools="\n".join(endpoint.tools),
    )  # fmt: skip


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
