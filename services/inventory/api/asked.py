"""What routes ask FastAPI for: the runtime, a list's limit and cursor."""

from typing import Annotated

from fastapi import Depends, Query, Request

from services.inventory.api.cursor import LARGEST_LIMIT, USUAL_LIMIT
from services.kit.runtime import Runtime


def _runtime(request: Request) -> Runtime:
    found: Runtime = request.app.state.runtime
    return found


Running = Annotated[Runtime, Depends(_runtime)]
Limit = Annotated[int, Query(ge=1, le=LARGEST_LIMIT, description="rows of a page")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]
USUAL = USUAL_LIMIT
