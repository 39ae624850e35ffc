"""`/api/v1/sources`: source instances with their health."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit, Running
from services.inventory.api.views import Page, SourceItem
from services.kit.access import Caller, require
from services.kit.control import sources
from services.kit.control.rows import SourceRow
from services.kit.runtime import Runtime

router = APIRouter(tags=["sources"])
Reader = Annotated[Caller, Depends(require("sources:read"))]


@router.get("/sources")
async def listed(_: Reader, runtime: Running, limit: Limit = USUAL, cursor: Cursor = None) -> Response:
    """Source instances by name."""
    after = cursors.decode(cursor, str) or ""
    found = [source for source in await items(runtime) if source.instance > after]
    following = cursors.encode(found[limit - 1].instance) if len(found) > limit else None
    return answer(Page(items=tuple(found[:limit]), next=following))


async def items(runtime: Runtime) -> list[SourceItem]:
    """Every source instance, by name."""
    async with runtime.engine.connect() as connection:
        rows = await sources.list_all(connection, runtime.clock.now())
    return sorted((_item(row) for row in rows), key=lambda source: source.instance)


def _item(row: SourceRow) -> SourceItem:
    return SourceItem(
        instance=row.name, connector=row.connector, state=row.state, last_event_at=row.last_event_at,
        last_success_at=row.last_success_at, records=row.records, observed=row.observed, ignored=row.ignored,
        rejected=row.rejected, message=row.message,
    )  # fmt: skip
