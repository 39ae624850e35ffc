"""The analyst's desk over the sample estate: lists and files; what changes anything is tested on the real tables."""

from schemas.alert import AlertState
from services.inventory.api.desk import After, AlertFile, Queue
from services.inventory.api.desk import QueuedAlert as Row
from services.kit.errors import NotFound


class SampleDesk:
    def __init__(self, estate) -> None:
        self._estate = estate

    async def queue(self, wanted, sort, limit, after):
        state = AlertState(wanted.state) if wanted.state else None
        found = await self._estate.alerts(limit + 1, (after.at, after.name) if after else None, state)
        rows = tuple(Row(**{name: getattr(a, name) for name in a.__struct_fields__}) for a in found[:limit])
        following = After(found[limit - 1].opened_at, found[limit - 1].id) if len(found) > limit else None
        shown = Queue(
            items=rows, next=None, state=wanted.state or "all", sort=sort.value, total=len(self._estate.alert_items),
            counts={"state": {"open": len(found)}, "severity": {"high": 1}, "age": {"day": 3}},
        )  # fmt: skip
        return shown, following

    async def file(self, alert, *, people):
        found = await self._estate.alert(alert)
        return AlertFile(
            alert=found, decisions=tuple(await self._estate.decisions(alert)), choices=self._estate.choices(found)
        )

    async def corrections(self, limit, before=None, state="all", key=None):
        return []

    async def label(self, key):
        return None

    async def bulk(self, name):
        raise NotFound(f"there is no decision over many {name}")

    def tools(self):
        return {"example.bellow": "Bellow"}
