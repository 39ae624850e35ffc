"""Where each stream of a source stands: the cursor that is saved with every page."""

from datetime import datetime

import msgspec

from connectors.base import Fetch, Page
from connectors.shared.walks.listing import At, Listed, Window


class Begun(msgspec.Struct, frozen=True, omit_defaults=True):
    """A walk in the middle: its window, the token of its next page, and the newest time met so far."""

    window: Window
    token: str
    newest: datetime | None = None


class Place(msgspec.Struct, omit_defaults=True):
    """One stream. `upto`: all before is on the log; `begun`: a walk to go on with; `whole_at`: of a snapshot, when."""

    upto: datetime | None = None
    begun: Begun | None = None
    whole_at: datetime | None = None


class Places:
    """The places of a run's streams. A bounded run and a trial start from nothing and save nothing."""

    def __init__(self, ctx: Fetch) -> None:
        self._ctx = ctx
        self._moves = ctx.until is None and not ctx.trial
        text = ctx.cursor if self._moves else None
        self._places = msgspec.json.decode(text, type=dict[str, Place]) if text else {}

    def of(self, stream: str) -> Place:
        """The place of a stream, made at its first run."""
        return self._places.setdefault(stream, Place())

    def cursor(self) -> str | None:
        """What to save with a page, None where this run leaves the saved one alone."""
        if not self._moves:
            return None
        return msgspec.json.encode(self._places, order="deterministic").decode()

    def wanted(self, place: Place) -> Window:
        """From where all is known, less the look-back, to now; at the first run from `since` on."""
        begin = place.upto - self._ctx.lookback if place.upto else self._ctx.since
        return Window(begin, max(begin, self._ctx.until or self._ctx.now()))

    def known(self, place: Place, window: Window, newest: datetime | None) -> None:
        """A walk is through: all up to the newest record is known. A record from the future moves nothing past now."""
        upto = min(newest, window.end) if newest else window.begin
        place.upto = max(place.upto, upto) if place.upto else upto
        place.begun = None

    def page(self, stream: str, listed: Listed, window: Window, token: str | None, at: At) -> Page:
        """A page under a name it gets again at every asking; of a bounded run only what lies in its bounds."""
        first = listed.records[0] if listed.records else None
        named = first.get("id") if isinstance(first, dict) else None
        where = named if isinstance(named, str | int) else token or window.begin.isoformat()
        records = listed.records
        if self._ctx.until is not None:
            records = tuple(record for record in records if _within(window, at(record)))
        return Page(records=records, name=f"{stream} {where}"[:200], cursor=self.cursor())


def _within(window: Window, moment: datetime | None) -> bool:
    return moment is None or window.begin <= moment < window.end
