"""The form of an entry: what a browser sends, read into an entry or into faults by field, and shown again."""

import re
from collections.abc import Collection
from typing import Annotated, NamedTuple
from urllib.parse import quote

import msgspec
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from schemas.alert import Alert
from schemas.registry import Approval, EntryKind, RegistryEntry
from services.inventory.api.cursor import LARGEST_LIMIT
from services.inventory.api.estate import Estate
from services.inventory.api.registry import NewEntry
from services.inventory.api.registry_pages import FormPage
from services.inventory.console.render import frame, render
from services.inventory.domain.grain import UNKNOWN
from services.inventory.registry_changes import ChangedMeanwhile
from services.kit.access import Caller
from services.kit.errors import NotAllowed
from services.kit.runtime import Runtime

CLASSES = (
    "public", "internal", "confidential", "regulated", "pii", "phi", "pci", "credentials", "source_code", "financial",
    "hr", "legal", "customer",
)  # fmt: skip
LISTS = ("tools", "solution_ids", "units")
CHOSEN = frozenset({"kind", "approval", "tier", "registered_at", "certified_at", "expires_at"})
Text = Annotated[str, Field(max_length=20_000)]


class Filled(BaseModel):
    """A form as a browser sends it: all text, lists one a line, nothing where nothing was chosen."""

    model_config = ConfigDict(extra="forbid")
    revision: int = Field(default=0, ge=0, le=2**31 - 1)
    alert: Annotated[str, Field(max_length=200)] = ""
    id: Text = ""
    name: Text = ""
    kind: Text = "tool"
    tools: Text = ""
    solution_ids: Text = ""
    owner: Text = ""
    accountable: Text = ""
    units: Text = ""
    purpose: Text = ""
    data_classes: Annotated[list[Text], Field(max_length=500)] = []
    tier: Text = ""
    stage: Text = ""
    approval: Text = "approved"
    registered_at: Text = ""
    certified_at: Text = ""
    expires_at: Text = ""
    notes: Text = ""

    def read(self, extra: dict[str, str] | None = None) -> tuple[RegistryEntry | None, dict[str, str]]:
        """The entry, or what is wrong with which field. `extra` are the columns the form does not show."""
        try:
            entry = NewEntry.model_validate(self._given()).entry()
        except ValidationError as error:
            return None, {
                str(each["loc"][0]): str(each["msg"]).removeprefix("Value error, ") for each in error.errors()
            }
        return msgspec.structs.replace(entry, extra=extra or {}), {}

    def held(self, extra: dict[str, str] | None = None) -> RegistryEntry:
        """What the form shows again; what is no choice, no number or no date is left out."""
        _, faults = self.read()
        kept = {name: value for name, value in self._given().items() if name not in faults or name not in CHOSEN}
        given = {"id": "", "name": "", **kept, "extra": extra or {}}
        return msgspec.convert(given, RegistryEntry, strict=False)

    def refused(self, page: FormPage, error: ChangedMeanwhile, revision: int) -> FormPage:
        """The form after others came first."""
        return msgspec.structs.replace(page, revision=revision, since=error.since, conflict=str(error))

    def _given(self) -> dict[str, object]:
        plain = self.model_dump(exclude={"revision", "alert", "data_classes", *LISTS})
        lists = {name: lines(getattr(self, name)) for name in LISTS}
        given = {name: value.strip() for name, value in plain.items() if value.strip()}
        return {**given, **lists, "data_classes": self.data_classes}


def lines(text: str) -> list[str]:
    """The entries of a list, one a line or by `;`."""
    return [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]


class About(NamedTuple):
    """What a form is filled in from: an alert's id, else a tool's or a solution's."""

    alert: str | None = None
    tool: str | None = None
    solution: str | None = None


async def prefilled(runtime: Runtime, estate: Estate, caller: Caller, about: About) -> FormPage:
    """A new form, filled in as far as what it is about tells. Raises NotFound, NotAllowed."""
    today = runtime.clock.now().date()
    entry = RegistryEntry(id="", name="", approval=Approval.UNDER_REVIEW)
    if about.alert is not None:
        if not caller.may("alerts:read"):
            raise NotAllowed("this takes the permission alerts:read")
        entry = from_alert(await estate.alert(about.alert))
    elif about.tool is not None:
        tool = await estate.tool(about.tool)
        entry = _submitted(tool.tool, tool.name, tools=(tool.tool,), classes=tool.data_classes)
    elif about.solution is not None:
        built = await estate.solution(about.solution)
        entry = _submitted(
            built.solution, built.name or built.solution, solution_ids=(built.solution,), classes=built.data_classes,
            unit=built.unit,
        )  # fmt: skip
    return FormPage(entry=msgspec.structs.replace(entry, registered_at=today), revision=0, alert=about.alert)


def from_alert(alert: Alert) -> RegistryEntry:
    """What an alert says of the entry it lacks: its tool or solution, its unit, the data seen. Pure."""
    classes = [each.name for each in alert.classes]
    if alert.solution:
        return _submitted(
            alert.solution, alert.title, solution_ids=(alert.solution,), classes=classes, unit=alert.unit
        )  # fmt: skip
    tools = (alert.tool,) if alert.tool else ()
    return _submitted(alert.tool or "", alert.tool_name or alert.title, tools=tools, classes=classes, unit=alert.unit)


def _submitted(
    subject: str, name: str, *, tools: tuple[str, ...] = (), solution_ids: tuple[str, ...] = (),
    classes: Collection[str] = (), unit: str | None = None,
) -> RegistryEntry:  # fmt: skip
    units = (unit,) if unit and unit != UNKNOWN else ()
    return RegistryEntry(
        id=re.sub(r"[^a-z0-9.]+", "-", " ".join((subject, *units)).lower()).strip("-")[:200], name=name[:200],
        kind=EntryKind.SOLUTION if solution_ids else EntryKind.TOOL, approval=Approval.UNDER_REVIEW, tools=tools,
        solution_ids=solution_ids, units=units, data_classes=tuple(sorted(set(classes))),
    )  # fmt: skip


async def shown(
    request: Request, runtime: Runtime, estate: Estate, caller: Caller, page: FormPage, status: int = 200
) -> Response:
    """The form's page; names of tools in use are offered."""
    tools = {item.tool: item.name for item in await estate.tools(LARGEST_LIMIT)}
    page = msgspec.structs.replace(page, tools=tools)
    classes = tuple(dict.fromkeys((*CLASSES, *page.entry.data_classes)))
    around = frame(runtime, request, caller, "/registry")
    action = "/registry/new" if not page.revision else f"{path_of(page.entry.id)}/edit"
    return render("registry_form.html", around, page, status, classes=classes, action=action)


def path_of(entry: str) -> str:
    """The path of an entry's page."""
    return f"/registry/{quote(entry, safe='/')}"
