"""`/api/v1/overview`: the headline of the estate."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from schemas.alert import Alert, AlertState, Standing
from services.inventory.api import sources
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.estate import Asked, Estate, Totals
from services.inventory.api.views import Coverage, DeliveryCounts, Overview, SourceItem, StandingCount
from services.inventory.api.weakening import weakening
from services.inventory.delivery.endpoints import Endpoints
from services.inventory.delivery.queue import Queue
from services.kit.access import Caller, require
from services.kit.runtime import Runtime

router = APIRouter(tags=["overview"])
Reader = Annotated[Caller, Depends(require("overview:read"))]
SEVERITIES = ("critical", "high", "medium", "low", "info")
ORDER = (
    Standing.PROHIBITED, Standing.UNREGISTERED, Standing.EXPIRED, Standing.OUT_OF_SCOPE, Standing.OWNERLESS,
    Standing.DRIFTED, Standing.UNDER_REVIEW, Standing.TOLERATED, Standing.DORMANT, Standing.REGISTERED,
)  # fmt: skip
"""Standings in the order they are shown: what needs somebody first."""
SHOWN_ALERTS = 6
LOOKED_AT = 500
NOT_ESTIMABLE = "The estimate of what no source sees needs several sources with enough overlap; none is made yet."


@router.get("/overview")
async def shown(caller: Reader, runtime: Running, estate: Asked) -> Response:
    """What is in use, how it stands, and what waits."""
    return answer(await overview(runtime, estate, alerts=caller.may("alerts:read")))


async def overview(runtime: Runtime, estate: Estate, *, alerts: bool) -> Overview:
    """The headline; the open alerts that matter most only where `alerts` says that the reader may see them."""
    totals, known = await estate.totals(), tuple(await sources.items(runtime))
    return Overview(
        at=runtime.clock.now(),
        known_since=totals.known_since,
        tools=totals.tools,
        unregistered=totals.standings.get(Standing.UNREGISTERED, 0),
        solutions=totals.solutions,
        people=totals.people,
        open_alerts=sum(totals.severities.values()),
        severities={name: totals.severities[name] for name in SEVERITIES if totals.severities.get(name)},
        standings=tuple(StandingCount(standing=name, tools=totals.standings.get(name, 0)) for name in ORDER),
        coverage=coverage(totals, known),
        sources=known,
        deliveries=await deliveries(runtime),
        alerts=most_urgent(await estate.alerts(LOOKED_AT, state=AlertState.OPEN)) if alerts else (),
    )


def coverage(totals: Totals, known: Sequence[SourceItem]) -> Coverage:
    """Tools in use that an entry covers and nothing speaks against. The unseen is not guessed at. Pure."""
    registered = totals.standings.get(Standing.REGISTERED, 0)
    return Coverage(
        in_use=totals.tools, registered=registered, weakened_by=weakening(known), unseen_share=None,
        not_estimable=NOT_ESTIMABLE,
    )  # fmt: skip


def most_urgent(alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """A few alerts: the severest first, of those the gravest standing, of those with most people. Pure."""
    rank = {name: number for number, name in enumerate(SEVERITIES)}

    def urgency(alert: Alert) -> tuple[int, int, int, str]:
        return rank.get(alert.severity, len(rank)), ORDER.index(alert.standing), -alert.people, alert.id

    return tuple(sorted(alerts, key=urgency)[:SHOWN_ALERTS])


async def deliveries(runtime: Runtime) -> DeliveryCounts:
    """Endpoints, and what became of the messages to them."""
    endpoints = await Endpoints(runtime).all()
    counts = await Queue(runtime.engine, runtime.clock).counts()
    successes = [endpoint.last_success_at for endpoint in endpoints if endpoint.last_success_at]
    return DeliveryCounts(
        endpoints=len(endpoints), disabled=sum(endpoint.state == "disabled" for endpoint in endpoints),
        last_success_at=max(successes, default=None), **counts,
    )  # fmt: skip
