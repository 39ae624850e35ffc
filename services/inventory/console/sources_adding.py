"""Adding a source: which kind, then a form drawn from its settings; every fault stands at its field.

Its routes are included by `sources.py` before those of one source, or `new` would be taken for a name.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from schemas.secretref import SecretRef
from services.inventory import operating
from services.inventory.api import connectors
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.source_acts import answered
from services.inventory.api.source_views import ConnectorItem
from services.inventory.api.views import Page
from services.inventory.console.render import frame, render
from services.inventory.operating import Draft, Unfit
from services.kit.access import Caller, require
from services.kit.control.rows import SourceRow
from services.kit.errors import Misconfigured
from services.kit.runtime import Runtime
from services.kit.spans import rough

routes = APIRouter(include_in_schema=False)
Operator = Annotated[Caller, Depends(require("sources:write"))]
Kind = Annotated[str | None, Query(max_length=63, alias="connector")]
Words = Annotated[str, Query(max_length=100, description="looked for in names and titles")]
PREFIX = "config."
MOST_FIELDS, LARGEST_FIELD = 100, 64 * 1024
EMPTY: Mapping[str, str] = {"pattern": "*"}
PATIENCE_SECONDS = 4
"""How long a page waits for ingest's answer before it is shown without: a browser's form should not hang."""


@routes.get("/sources/new.json")
async def twin(_: Operator, connector: Kind = None, q: Words = "") -> Response:
    """The same as JSON."""
    return answer(connectors.get(connector) if connector else Page(items=connectors.items(q), next=None))


@routes.get("/sources/new")
async def page(
    request: Request, runtime: Running, caller: Operator, connector: Kind = None, q: Words = ""
) -> Response:  # fmt: skip
    """The kinds of sources, or the form of one."""
    if connector:
        return form(runtime, request, caller, connectors.get(connector), EMPTY, [])
    around = frame(runtime, request, caller, "/sources")
    return render("source_kinds.html", around, Page(items=connectors.items(q), next=None), span=rough, words=q)


@routes.post("/sources/new")
async def add(request: Request, runtime: Running, caller: Operator) -> Response:
    """Adds it, tries it unless it is pushed to, and shows its page; the form again where something is wrong."""
    given = await filled_in(request)
    kind = connectors.get(given.get("connector", ""))
    draft = Draft(
        connector=kind.name, name=given.get("name", ""), every=given.get("every", ""), folder=given.get("folder", ""),
        pattern=given.get("pattern", "") or "*", paused=bool(given.get("paused")),
        config={name.removeprefix(PREFIX): value for name, value in given.items() if name.startswith(PREFIX) and value},
    )  # fmt: skip
    try:
        made = await operating.add(runtime, draft, caller.name)
    except Unfit as unfit:
        return form(runtime, request, caller, kind, given, unfit.fields)
    if kind.every_seconds is None and not draft.folder:
        return back(made)
    await tried(runtime, made, caller.name)
    return back(made, "trial")


async def filled_in(request: Request) -> dict[str, str]:
    """The form's texts, without blanks around them; raises Misconfigured for a form that isn't this one."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=LARGEST_FIELD) as form:
        if not all(isinstance(value, str) and len(value) <= LARGEST_FIELD for value in form.values()):
            raise Misconfigured("the form can't be read; reload the page and fill it in again")
        return {name: str(value).strip() for name, value in form.items()}


def form(
    runtime: Runtime, request: Request, caller: Caller, kind: ConnectorItem, given: Mapping[str, str],
    faults: list[Any], at: str = "/sources", source: SourceRow | None = None, seen: str = "",
) -> HTMLResponse:  # fmt: skip
    """The form, with what was given but for what may be a secret itself; of a `source` that stands, its settings."""
    order = ["name", *(PREFIX + setting.name for setting in kind.settings), "folder", "every"]
    faults = sorted(faults, key=lambda fault: order.index(fault[0]) if fault[0] in order else len(order))
    kept = {name: value for name, value in given.items() if not _may_be_secret(kind, name, value)}
    around = frame(runtime, request, caller, "/sources")
    return render(
        "source_new.html", around.at(at) if source else around, kind, 422 if faults else 200, given=kept, span=rough,
        listed=faults, faults=dict(reversed(faults)), source=source, seen=seen,
    )  # fmt: skip


def _may_be_secret(kind: ConnectorItem, name: str, value: str) -> bool:
    """Whether a value stands where a reference should and is none: then it is not sent back."""
    if name not in {PREFIX + setting.name for setting in kind.settings if setting.secret}:
        return False
    try:
        SecretRef(value)
    except ValueError:
        return True
    return False


async def tried(runtime: Runtime, name: str, by: str) -> None:
    """Asks for a trial and waits a little for its answer."""
    number = await operating.try_out(runtime, name, by)
    await asyncio.shield(answered(runtime, name, number, PATIENCE_SECONDS))


def back(name: str, part: str = "") -> Response:
    """The source's page, at a part of it."""
    return RedirectResponse(f"/sources/{quote(name, safe='')}{f'#{part}' if part else ''}", 303)
