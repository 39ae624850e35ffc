"""`POST /v1/cloudevents`: events in binary, structured and batched mode; 2xx only once the log has their records.

An event's `data` is what the source itself wrote: a record, several, or their text. Which source reads it is told by
the address (`?source=`), else by a route for the event's `type` (as a sourcetype) and `source`, as HEC's are (`penumbra
hec add`), else by a `type` that is the name of a source. The event's source and id name what has no id of its own, so
one that is sent again counts once.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from services.ingest import bodies, contents
from services.ingest.cloudevents_read import CloudEvent, Unreadable, distinct, events
from services.ingest.intake import Intake, Origin, Taken
from services.ingest.push import PushRoute
from services.ingest.pushed import Intakes, answer
from services.ingest.senders import Sender
from services.kit.access import Caller
from services.kit.access.problems import problem
from services.kit.control import hec as routes
from services.kit.errors import NotFound

PATH = "/v1/cloudevents"
Named = Annotated[str | None, Query(max_length=routes.LONGEST)]
Sent = Annotated[Caller, Depends(Sender("push:write"))]


@dataclass
class Receiver:
    """What the routes share."""

    intakes: Intakes

    async def take(self, given: Sequence[CloudEvent], caller: Caller, asked: str | None) -> Response:
        """Finds the source of every event before any is taken; answers with the counts of each source."""
        known = await self.intakes.routes()
        origins: dict[str, tuple[Origin, list[CloudEvent]]] = {}
        for each in given:
            routed = asked or routes.chosen(known, caller.reference, each.type, each.source)
            origin = await self._origin(routed or each.type)
            origins.setdefault(origin.instance, (origin, []))[1].append(each)
        taken = [
            answer(origin, (await self.intakes.keep(origin, partial(self._read, origin, own))).counts())
            for origin, own in origins.values()
        ]
        return JSONResponse({"events": len(given), "taken": taken})

    async def _origin(self, name: str) -> Origin:
        try:
            return await self.intakes.origin(name)
        except NotFound:
            way = (
                "name it (?source=), or add a route for the event's type: `penumbra hec add INSTANCE --sourcetype TYPE`"
            )
            raise NotFound(f"no source takes events of a type in this request; {way}") from None

    def _read(self, origin: Origin, given: Sequence[CloudEvent]) -> Taken:
        """The records of events, each under its event's name."""
        now, taken = self.intakes.runtime.clock.now(), Taken()
        for each in given:
            own = replace(origin, connector=contents.named(origin.connector, _name(each)))
            if each.data is None:
                taken.records += 1
                taken.ignore("event without data")
            else:
                found = contents.records(each.data, origin.connector, "cloudevent")
                Intake(own, self.intakes.runtime.keys).take(found, now, into=taken)
        return taken


def router(intakes: Intakes) -> APIRouter:
    """The routes."""
    made = APIRouter(route_class=PushRoute)
    receiver = Receiver(intakes)

    @made.post(PATH)
    async def cloudevents(request: Request, caller: Sent, source: Named = None) -> Response:
        """Takes CloudEvents in; answers how many, and what came of them."""
        async with intakes.room.body(request) as sent, intakes.work():
            try:
                given = await intakes.read(partial(_events, dict(request.headers), sent))
            except Unreadable as unreadable:
                return problem(400, str(unreadable))
            return await receiver.take(given, caller, source)

    @made.options(PATH, dependencies=[Depends(Sender("push:write"))])
    async def allowed(request: Request) -> Response:
        """Says that events may be sent here (CloudEvents' HTTP webhooks §4, which Event Grid asks first)."""
        origin = request.headers.get("webhook-request-origin", "")
        return Response(headers={"WebHook-Allowed-Origin": origin, "Allow": "POST"} if origin else {"Allow": "POST"})

    return made


def _events(headers: Mapping[str, str], sent: bytes) -> list[CloudEvent]:
    return distinct(events(headers, bodies.unpacked_or_cut(sent)))


def _name(event: CloudEvent) -> str:
    """What an event's source and id name, in a form that says nothing of either."""
    return hashlib.blake2b(f"{event.source}\0{event.id}".encode("utf-8", "replace"), digest_size=16).hexdigest()
