"""What routes ask FastAPI for: the runtime, a list's limit and cursor."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Query, Request

from services.inventory.api.cursor import LARGEST_LIMIT, USUAL_LIMIT
from services.inventory.snapshot import still
from services.kit.runtime import Runtime

READS = frozenset({"GET", "HEAD"})


async def _runtime(request: Request) -> AsyncIterator[Runtime]:
    """The runtime; what a request reads is of one moment, until its answer is sent."""
    found: Runtime = request.app.state.runtime
    if request.method not in READS:
        yield found
        return
    async with still(found) as reading:
        yield reading


Running = Annotated[Runtime, Depends(_runtime)]
Limit = Annotated[int, Query(ge=1, le=LARGEST_LIMIT, description="rows of a page")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]
USUAL = USUAL_LIMIT
