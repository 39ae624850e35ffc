"""Pulling Netskope's export: batch after batch of an index whose position the server keeps.

https://docs.netskope.com/en/using-the-rest-api-v2-dataexport-iterator-endpoints: `operation` is an epoch (begin there,
in batches of an hour), `next`, or `resend` (the last batch once more); an epoch and `next` move the index, `resend`
does not; one consumer an index. Answers: `{ok, result, wait_time, timestamp_hwm}`, wait_time in seconds before the next
call; 204 where nothing is there, 403 where the token lacks the endpoint, 409 where the index is in use (SEKOIA-IO/
automation-library, and Netskope's own SDK). Rate: docs.netskope.com/en/rest-api-v1-overview, four requests a second.

As the server moves on when it is asked, not when we have published, each asking is noted first: an empty page saves
`asked` in the cursor, the page of the answer clears it. A run that finds it set begins with `resend`. For the same
reason a request that moves the index is never sent twice where its answer may have been lost.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from connectors.base import Fetch, Page, Response, Trouble
from connectors.shared.walks import gravest

STREAMS: Mapping[str, str] = {
    "application": "events/application", "page": "events/page", "alert": "events/alert",
    "incident": "events/incident", "policy": "alerts/policy", "dlp": "alerts/dlp",
}  # fmt: skip
"""Streams by name and their place under /api/v2/events/dataexport."""
PATIENCE = 5.0
"""Seconds a run waits where a stream asks for it; a longer wait ends the stream's run, and the schedule goes on."""
_NO_CONTENT, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND = 204, 401, 403, 404
_READ_HERE = (_NO_CONTENT, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND)


class Place(msgspec.Struct, omit_defaults=True):
    """Where a stream stands. `asked` is the operation that was asked for and whose batch is not on the log yet."""

    asked: str = ""
    begun: bool = False


class Batch(msgspec.Struct):
    """An answer read: its records, how long to wait, and the time up to which the index was read."""

    records: tuple[Any, ...] = ()
    wait: float = 0.0
    upto: float = 0.0


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Every stream in turn until it has caught up; raises Trouble for what failed, after all others were read."""
    if ctx.trial:
        yield await _tried(ctx)
        return
    places = _places(ctx.cursor)
    troubles: list[Trouble] = []
    for stream in ctx.config.streams:
        reader = _Stream(ctx, stream, places)
        try:
            async for page in reader.pages():
                yield page
        except Trouble as trouble:
            troubles.append(trouble)
    if found := gravest(troubles):
        raise found


async def _tried(ctx: Fetch) -> Page:
    """A first batch of every stream, from an index of the trial's own; raises Trouble naming all streams that fail."""
    troubles: list[Trouble] = []
    records: tuple[Any, ...] = ()
    for stream in ctx.config.streams:
        try:
            records += (await _Stream(ctx, stream, {}).begin()).records
        except Trouble as trouble:
            troubles.append(trouble)
    if found := gravest(troubles):
        raise found
    return Page(records=records, name="trial")


def _places(cursor: str | None) -> dict[str, Place]:
    return msgspec.json.decode(cursor, type=dict[str, Place]) if cursor else {}


class _Stream:
    """One stream of one run. A bounded run and a trial have an index of their own: the live one stays where it is."""

    def __init__(self, ctx: Fetch, stream: str, places: dict[str, Place]) -> None:
        self._ctx, self._stream, self._places = ctx, stream, places
        self._place = places.setdefault(stream, Place())
        base = (ctx.config.base_url or f"https://{_host(ctx.config.tenant)}").rstrip("/")
        self._url = f"{base}/api/v2/events/dataexport/{STREAMS[stream]}"
        own = "-trial" if ctx.trial else f"-{_epoch(ctx.since)}-{_epoch(ctx.until)}" if ctx.until else ""
        self._index = f"{ctx.config.index}-{stream}{own}"
        self._end = (ctx.until or ctx.now()).timestamp()

    async def begin(self) -> Batch:
        """The first batch from the time wanted on."""
        return await self._ask(_epoch(self._ctx.since))

    async def pages(self) -> AsyncIterator[Page]:
        """Batches from where the index stands, each asking noted before and each answer after."""
        if self._place.asked:
            again = self._place.asked if not self._place.begun else "resend"
            batch = await self._ask(again)
            yield self._page(batch)
        while True:
            operation = "next" if self._place.begun else _epoch(self._ctx.since)
            self._place.asked = operation
            yield Page(records=(), name=f"{self._stream} asking", cursor=self._cursor())
            batch = await self._ask(operation)
            yield self._page(batch)
            if not batch.records or batch.upto >= self._end or batch.wait > PATIENCE:
                return
            await asyncio.sleep(batch.wait)

    def _page(self, batch: Batch) -> Page:
        """The batch under a name it gets again when it is sent again; once it is on the log nothing is asked for."""
        self._place.asked, self._place.begun = "", True
        records = tuple(self._within(batch.records))
        first = records[0] if records and isinstance(records[0], dict) else {}
        name = f"{self._stream} {first.get('_id', batch.upto)}"
        return Page(records=records, name=name, cursor=self._cursor())

    def _within(self, records: tuple[Any, ...]) -> Iterator[Any]:
        """Of a bounded run what happened before its end: an index gives whole hours."""
        for record in records:
            at = record.get("timestamp") if isinstance(record, dict) else None
            if self._ctx.until is None or not isinstance(at, int | float) or at < self._end:
                yield record

    def _cursor(self) -> str:
        return msgspec.json.encode(self._places, order="deterministic").decode()

    async def _ask(self, operation: str) -> Batch:
        answer = await self._ctx.http.get(
            self._url,
            params={"operation": operation, "index": self._index},
            headers={"Netskope-Api-Token": self._ctx.secret(self._ctx.config.token), "Accept": "application/json"},
            accept=_READ_HERE,
            once=operation != "resend",
        )
        return self._batch(answer)

    def _batch(self, answer: Response) -> Batch:
        if answer.status == _NO_CONTENT:
            return Batch()
        if answer.status in _READ_HERE:
            raise self._trouble(answer.status)
        body = answer.json()
        result = body.get("result") if isinstance(body, dict) else None
        if not isinstance(result, list) or body.get("ok") in (0, False):
            raise Trouble("failing", f"{self._stream}: the export answered something else than a batch")
        return Batch(tuple(result), _number(body.get("wait_time")), _number(body.get("timestamp_hwm")))

    def _trouble(self, status: int) -> Trouble:
        if status == _UNAUTHORISED:
            return Trouble("failing", "the API token is not accepted; make a new one")
        if status == _NOT_FOUND:
            return Trouble("failing", f"{self._stream}: the tenant has no such export; check tenant and streams")
        needed = f"/api/v2/events/dataexport/{STREAMS[self._stream]}"
        return Trouble("no_permission", f"{self._stream}: add the endpoint {needed} to the API token, to read")


def _host(tenant: str) -> str:
    return tenant if "." in tenant else f"{tenant}.goskope.com"


def _epoch(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and value >= 0 else 0.0
