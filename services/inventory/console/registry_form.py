"""The form of an entry: what a browser sends, read into an entry or into faults by field, and shown again."""

import re
from typing import Annotated
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
TAKEN = frozenset({"new", "import", "expiring", "owners"})
"""Ids whose page would be another page."""
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
            return None, {str(each["loc"][0]): str(each["msg"]) for each in error.errors()}
        if entry.id in TAKEN:
            return None, {"id": "is the name of a page here; choose another"}
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


async def prefilled(runtime: Runtime, estate: Estate, caller: Caller, alert: str | None) -> FormPage:
    """A new form; with an alert's id as far as the alert can fill it in. Raises NotFound, NotAllowed."""
    today = runtime.clock.now().date()
    if alert is None:
        return FormPage(entry=RegistryEntry(id="", name="", registered_at=today), revision=0)
    if not caller.may("alerts:read"):
        raise NotAllowed("this takes the permission alerts:read")
    found = await estate.alert(alert)
    entry = msgspec.structs.replace(from_alert(found), registered_at=today)
    return FormPage(entry=entry, revision=0, alert=found.id)


def from_alert(alert: Alert) -> RegistryEntry:
    """What an alert says of the entry it lacks: its tool or solution, its unit, the data seen. Pure."""
    solution = alert.solution
    subject = solution or alert.tool or ""
    unit = alert.unit if alert.unit not in {None, UNKNOWN} else None
    name = alert.title if solution or not alert.tool_name else alert.tool_name
    return RegistryEntry(
        id=re.sub(r"[^a-z0-9.]+", "-", f"{subject} {unit or ''}".lower()).strip("-")[:200], name=name[:200],
        kind=EntryKind.SOLUTION if solution else EntryKind.TOOL, approval=Approval.UNDER_REVIEW,
        tools=() if solution or alert.tool is None else (alert.tool,), solution_ids=(solution,) if solution else (),
        units=(unit,) if unit else (), data_classes=tuple(sorted({each.name for each in alert.classes})),
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
