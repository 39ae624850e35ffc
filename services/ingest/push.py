"""`POST /v1/push/{source}`: native records of a source, in any container of `parse`; 2xx only once the log has them.

The same body sent again gives the same ids, so a sender that got no answer sends again without harm. Records are taken
some thousands at a time, so a body costs little more memory than it has bytes packed.
"""

import io
import itertools
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from connectors.records import natives
from services.ingest import bodies, trials
from services.ingest.bodies import Unfit
from services.ingest.intake import Intake, Origin, Taken
from services.ingest.pushed import AGAIN_SECONDS, Intakes, answer
from services.ingest.senders import Sender
from services.kit.access.problems import problem
from services.kit.errors import Transient
from services.kit.loop import PASSING

SLICE = 5_000
"""Records read and appended at a time."""
RECORD_BYTES = 128
"""A record's size, for the distance of identical ones (ids.py); any figure does that stays."""


class PushRoute(APIRoute):
    """A route for senders of records: what is not taken says so, what is not taken now says when to come again."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except Unfit as unfit:
                return problem(unfit.status, str(unfit))
            except Transient as error:
                return later(str(error), error.retry_after)
            except PASSING as error:
                return later(f"the database takes nothing now ({type(error).__name__})")

        return answered


def later(detail: str, seconds: float | None = None) -> Response:
    """503 with the seconds after which to send again."""
    response = problem(503, detail)
    response.headers["Retry-After"] = str(max(1, round(seconds or AGAIN_SECONDS)))
    return response


def router(intakes: Intakes) -> APIRouter:
    """The route."""
    made = APIRouter(route_class=PushRoute)

    @made.post("/v1/push/{source}", dependencies=[Depends(Sender("push:write"))])
    async def push(source: str, request: Request) -> Response:
        """Takes native records in; answers how many were read, ignored and rejected."""
        origin = await intakes.origin(source)
        async with intakes.room.body(request) as sent, intakes.work():
            if trials.is_trial(sent):
                return JSONResponse(answer(origin, Taken().counts()))
            return JSONResponse(answer(origin, (await take(intakes, origin, sent)).counts()))

    return made


async def take(intakes: Intakes, origin: Origin, sent: bytes) -> Taken:
    """Takes a body in, slice by slice, and returns the counts; raises TooLarge before any is taken, and Transient."""
    total, intake = Taken(), Intake(origin, intakes.runtime.keys)
    now = intakes.runtime.clock.now()
    records = natives(io.BytesIO(await intakes.read(partial(bodies.checked, sent))), origin.connector, "push")

    for number in itertools.count():
        part, at = itertools.islice(records, SLICE), number * SLICE * RECORD_BYTES
        taken = await intakes.keep(origin, partial(intake.take, part, now, at))
        if not taken.records:
            break
        total.merge(taken)
    return total
