"""`/api/v1/owners`: people who left and what is still in their name; who a pseudonym is, this never says."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit, Running
from services.inventory.api.views import Page, View
from services.inventory.leavers import Leaver, leavers
from services.kit.access import Caller, require
from services.kit.runtime import Runtime

router = APIRouter(tags=["owners"])
Reader = Annotated[Caller, Depends(require("registry:read"))]
ROWS = 100
Place = tuple[str, str]
LAST = date.max.isoformat()


class OwnedItem(View, frozen=True, kw_only=True):
    """One thing in somebody's name: a `solution` or a registry `entry`."""

    kind: str
    id: str
    name: str


class LeaverItem(View, frozen=True, kw_only=True):
    """Somebody who left, by pseudonym; `days` is null where the directory names no day: not assessed.

    `named` is the address that registry entries declare. `overdue`: gone for 30 days or longer.
    """

    person: str
    named: str | None
    unit: str | None
    left_on: date | None
    days: int | None
    overdue: bool
    owned: tuple[OwnedItem, ...]


class OwnersPage(Page, frozen=True, kw_only=True):
    """A page of leavers; of all of them how many, how many things, how many overdue, and their ages' quantiles."""

    people: int
    things: int
    overdue: int
    days_p50: int | None
    days_p90: int | None


@router.get("/owners")
async def listed(_: Reader, runtime: Running, limit: Limit = USUAL, cursor: Cursor = None) -> Response:
    """People who left and still own something, the longest gone first."""
    return answer(await page(runtime, limit, cursor))


async def page(runtime: Runtime, limit: int, cursor: str | None) -> OwnersPage:
    """A page of them with the figures of all."""
    found = await every(runtime)
    after = cursors.decode(cursor, tuple[str, str]) or ("", "")
    rest = [each for each in found if _place(each) > after]
    following = cursors.encode(_place(rest[limit - 1])) if len(rest) > limit else None
    return OwnersPage(
        items=tuple(map(item, rest[:limit])), next=following,
        people=len(found), things=sum(len(each.owned) for each in found), overdue=sum(each.overdue for each in found),
        days_p50=quantile(found, 0.5), days_p90=quantile(found, 0.9),
    )  # fmt: skip


async def every(runtime: Runtime) -> list[Leaver]:
    """All of them."""
    async with runtime.engine.connect() as connection:
        return await leavers(connection, runtime.keys, runtime.clock.now())


def item(leaver: Leaver) -> LeaverItem:
    """A leaver as it is answered. Pure."""
    owned = tuple(OwnedItem(**thing._asdict()) for thing in leaver.owned)
    return LeaverItem(**{**leaver._asdict(), "owned": owned})


def quantile(found: Sequence[Leaver], share: float) -> int | None:
    """Days since they left, of the leaver at this share of those with a known day (nearest rank). Pure."""
    days = sorted(each.days for each in found if each.days is not None)
    return days[max(0, -int(-share * len(days) // 1) - 1)] if days else None


def _place(leaver: Leaver) -> Place:
    return (leaver.left_on.isoformat() if leaver.left_on else LAST, leaver.person)
