"""The sources page, and one source: how it does, what to do next, what it did."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from services.inventory.api import sources as reads
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.source_views import SourcesPage
from services.inventory.api.views import SourceItem
from services.inventory.api.weakening import SEEING
from services.inventory.console import sources_adding
from services.inventory.console.render import Section, frame, render
from services.kit import deadletters
from services.kit.access import Caller, require
from services.kit.control.rows import STATES, TROUBLES
from services.kit.runtime import Runtime
from services.kit.spans import rough

router = APIRouter(include_in_schema=False)
router.include_router(sources_adding.routes)
SECTION = Section(60, "Sources", "/sources", "sources:read")
Reader = Annotated[Caller, Depends(require("sources:read"))]
ORDER = ("failing", "no_permission", "not_licensed", "not_enabled", "silent", "empty", "never_run", "paused", "healthy")
assert set(ORDER) == set(STATES)


@router.get("/sources.json")
async def twin(runtime: Running, _: Reader) -> Response:
    """The same as JSON."""
    return answer(await listed(runtime))


@router.get("/sources")
async def page(request: Request, runtime: Running, caller: Reader) -> Response:
    """Every source, those that need somebody first."""
    shown = await listed(runtime)
    return render("sources.html", frame(runtime, request, caller, "/sources"), shown, span=rough)


@router.get("/sources/{name}.json")
async def one_twin(name: str, runtime: Running, _: Reader) -> Response:
    """The same as JSON."""
    return answer(await reads.detail(runtime, name))


@router.get("/sources/{name}")
async def one(name: str, request: Request, runtime: Running, caller: Reader) -> Response:
    """One source."""
    return await drawn(runtime, request, caller, name)


async def listed(runtime: Runtime) -> SourcesPage:
    """All sources and how many records of theirs could not be read."""
    items = await reads.items(runtime)
    return SourcesPage(
        items=tuple(sorted(items, key=_urgency)), troubled=sum(item.state in TROUBLES for item in items),
        silent=sum(item.state == "silent" for item in items),
        degraded=sum(bool(item.weaknesses) and item.state in SEEING for item in items),
        dead_letters=sum((await deadletters.waiting(runtime.engine)).values()),
    )  # fmt: skip


def _urgency(item: SourceItem) -> tuple[int, str]:
    place = ORDER.index("silent") if item.state in SEEING and item.weaknesses else ORDER.index(item.state)
    return place, item.instance


async def drawn(
    runtime: Runtime, request: Request, caller: Caller, name: str, status: int = 200,
    faults: Mapping[str, str] | None = None, given: Mapping[str, Any] | None = None,
) -> HTMLResponse:  # fmt: skip
    """One source's page; `faults` are those of its back-fill form, by field, and `given` what stood there."""
    shown = await reads.detail(runtime, name)
    around = frame(runtime, request, caller, "/sources")
    more = {"span": rough, "faults": faults or {}, "given": given or {}}
    return render("source.html", around.at(f"/sources/{shown.source.id}"), shown, status, **more)
