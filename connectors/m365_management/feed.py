"""Pulling the feed: token, subscriptions, content lists by windows on contentCreated, blobs one by one.

The cursor is JSON `{type: {"upto", "seen", "read": {digest: created}, "pending": {id: [uri, created]}}}`. `upto` never
passes a blob that is neither read nor pending; every run lists again from `upto` less the look-back, because blobs
appear late; what is in `read` is not fetched twice; a blob that failed stays in `pending` and is tried again.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from connectors.base import Fetch, Page, Trouble
from connectors.m365_management.api import Api, Blob, Lost, Passing
from connectors.shared.walks import gravest

LOOKBACK = timedelta(hours=2)
MAX_BACK = timedelta(days=7)
WINDOW = timedelta(hours=24)
_EARLY = timedelta(minutes=1)
"""The seven days are kept with this margin, for clocks that differ."""


class Progress(msgspec.Struct, omit_defaults=True):
    """How far one content type was read."""

    upto: datetime | None = None
    seen: bool = False
    read: dict[str, int] = {}
    pending: dict[str, tuple[str, int]] = {}


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages named by contentId, oldest first. What hinders one content type does not hinder the others: troubles are
    raised together at the end, the gravest state first, after all that could be read was handed on.
    """
    api = Api(ctx)
    state = _state(ctx.cursor)
    troubles: list[Trouble] = []
    for content_type in ctx.config.content_types:
        reader = Reader(api, state, content_type)
        try:
            async for page in reader.pages():
                yield page
        except Trouble as trouble:
            troubles.append(trouble)
        troubles.extend(reader.troubles)
    yield Page(records=(), name="end", cursor=_text(state))
    quiet = not any(state[content_type].seen for content_type in ctx.config.content_types)
    if not ctx.until and not troubles and quiet:
        troubles.append(Trouble("empty", "no content yet; after the first subscription it may take 12 hours"))
    if found := gravest(troubles):
        raise found


def _state(cursor: str | None) -> dict[str, Progress]:
    return msgspec.json.decode(cursor, type=dict[str, Progress]) if cursor else {}


def _text(state: Mapping[str, Progress]) -> str:
    return msgspec.json.encode(state).decode()


class Reader:
    """Reads one content type and keeps its Progress."""

    def __init__(self, api: Api, state: dict[str, Progress], content_type: str) -> None:
        self.api, self.state, self.content_type = api, state, content_type
        self.progress = state.setdefault(content_type, Progress())
        self.troubles: list[Trouble] = []

    async def pages(self) -> AsyncIterator[Page]:
        now = self.api.ctx.now()
        begin, end = self._begin(now), self.api.ctx.until or now
        for content_id, (uri, created) in tuple(self.progress.pending.items()):
            async for page in self._blob(Blob(content_id, uri, datetime.fromtimestamp(created, UTC))):
                yield page
        while begin < end:
            close = min(begin + WINDOW, end)
            blobs = await self.api.listed(self.content_type, begin, close)
            self.progress.seen = self.progress.seen or bool(blobs)
            async for page in self._window(sorted(blobs, key=lambda blob: blob.created), close):
                yield page
            begin = close

    def _begin(self, now: datetime) -> datetime:
        oldest = now - MAX_BACK + _EARLY
        upto = self.progress.upto
        begin = upto - self.api.ctx.lookback if upto else self.api.ctx.since
        if upto and upto < oldest:
            lost = f"{self.content_type}: nothing could be read from {upto:%Y-%m-%dT%H:%MZ} to {oldest:%Y-%m-%dT%H:%MZ}"
            self.troubles.append(Trouble("failing", f"{lost}; the vendor keeps seven days"))
        return max(begin, oldest).replace(microsecond=0)

    async def _window(self, blobs: list[Blob], close: datetime) -> AsyncIterator[Page]:
        for blob in blobs:
            if _digest(blob.content_id) in self.progress.read or blob.content_id in self.progress.pending:
                continue
            self._advance(blob.created)
            async for page in self._blob(blob):
                yield page
        self._advance(close)
        self._forget()

    async def _blob(self, blob: Blob) -> AsyncIterator[Page]:
        progress = self.progress
        try:
            records = await self.api.content(blob)
        except Passing as failure:
            progress.pending[blob.content_id] = (blob.uri, int(blob.created.timestamp()))
            self.troubles.append(Trouble("failing", f"{self.content_type}: a blob could not be read ({failure})"))
            return
        except Lost as loss:
            progress.pending.pop(blob.content_id, None)
            self.troubles.append(Trouble("failing", f"{self.content_type}: a blob is lost ({loss})"))
            return
        progress.pending.pop(blob.content_id, None)
        progress.read[_digest(blob.content_id)] = int(blob.created.timestamp())
        yield Page(records=tuple(records), name=blob.content_id, cursor=_text(self.state))

    def _advance(self, moment: datetime) -> None:
        self.progress.upto = max(self.progress.upto, moment) if self.progress.upto else moment

    def _forget(self) -> None:
        """Drops what no later run can list again: the same clock evicts that the cursor stands on."""
        assert self.progress.upto is not None
        oldest = int((self.progress.upto - LOOKBACK - _EARLY).timestamp())
        self.progress.read = {digest: created for digest, created in self.progress.read.items() if created >= oldest}


def _digest(content_id: str) -> str:
    return hashlib.sha256(content_id.encode()).hexdigest()[:16]
