"""Changing a source: the form of its settings as they stand; every fault stands at its field."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from connectors.settings import Fault, written
from services.inventory import operating
from services.inventory.api import connectors
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.sources import detail
from services.inventory.console.sources_adding import PREFIX, Operator, back, filled_in, form, tried
from services.inventory.operating import Change, Unfit
from services.kit.access import Caller
from services.kit.control import sources
from services.kit.control.rows import SourceRow
from services.kit.runtime import Runtime
from services.kit.spans import shown

router = APIRouter(include_in_schema=False)


@router.get("/sources/{name}/edit.json")
async def twin(name: str, _: Operator, runtime: Running) -> Response:
    """The source with its settings, and the settings its kind takes, as JSON."""
    return answer(await detail(runtime, name))


@router.get("/sources/{name}/edit")
async def page(name: str, request: Request, runtime: Running, caller: Operator) -> Response:
    """The form as it stands."""
    row = await _row(runtime, name)
    given = {PREFIX + setting: written(value) for setting, value in row.config.items()}
    given |= {"folder": row.folder or "", "pattern": row.pattern, "every": shown(row.every) if row.every else ""}
    return _form(runtime, request, caller, row, given, [], operating.fingerprint(row))


@router.post("/sources/{name}/edit")
async def edit(name: str, request: Request, runtime: Running, caller: Operator) -> Response:
    """Changes it, tries it unless it is pushed to, and shows its page; the form again where something is wrong."""
    given, row = await filled_in(request), await _row(runtime, name)
    known = {PREFIX + setting.name for setting in connectors.get(row.connector).settings}
    change = Change(
        config={name.removeprefix(PREFIX): value for name, value in given.items() if name in known},
        every=given.get("every"), folder=given.get("folder"), pattern=given.get("pattern"), seen=given.get("seen", ""),
    )  # fmt: skip
    try:
        changed = await operating.edit(runtime, row.id, change, caller.name)
    except Unfit as unfit:
        return _form(runtime, request, caller, row, given, unfit.fields, change.seen)
    if not changed or (row.every is None and row.folder is None):
        return back(row.id)
    await tried(runtime, row.id, caller.name)
    return back(row.id, "trial")


async def _row(runtime: Runtime, name: str) -> SourceRow:
    async with runtime.engine.connect() as connection:
        return await sources.get(connection, name, runtime.clock.now())


def _form(
    runtime: Runtime, request: Request, caller: Caller, row: SourceRow, given: dict[str, str], faults: list[Fault],
    seen: str,
) -> HTMLResponse:  # fmt: skip
    at, kind = f"/sources/{row.id}/edit", connectors.get(row.connector)
    return form(runtime, request, caller, kind, given, faults, at, row, seen)
