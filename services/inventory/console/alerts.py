"""The alerts page, and one alert with its evidence and its decision form."""

from datetime import UTC, date, datetime, time
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import RedirectResponse, Response

from services.inventory.api import alerts as reads
from services.inventory.api.alerts import Chosen
from services.inventory.api.answers import answer
from services.inventory.api.asked import Cursor, Running
from services.inventory.api.estate import Asked, Decision
from services.inventory.console.render import Section, frame, render
from services.inventory.console.words import DECISIONS
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
SECTION = Section(1, "Alerts", "/alerts", "alerts:read")
Reader = Annotated[Caller, Depends(require("alerts:read"))]
Decider = Annotated[Caller, Depends(require("alerts:decide"))]
ROWS = 100


class Decided(BaseModel):
    """The decision form as a browser sends it: an empty date is no date."""

    decision: str = Field(min_length=1, max_length=40)
    reason: str = Field(min_length=1, max_length=1000)
    until: Annotated[date | None, BeforeValidator(lambda text: text or None)] = None
    assignee: str = Field(default="", max_length=200)

    def end(self) -> datetime | None:
        """The day's beginning in UTC."""
        return datetime.combine(self.until, time.min, UTC) if self.until else None


@router.get("/alerts.json")
async def twin(estate: Asked, _: Reader, state: Chosen = "open", cursor: Cursor = None) -> Response:
    """The same as JSON."""
    return answer(await reads.page(estate, ROWS, cursor, state))


@router.get("/alerts")
async def page(
    request: Request, *, runtime: Running, estate: Asked, caller: Reader, state: Chosen = "open", cursor: Cursor = None
) -> Response:
    """Alerts of a state, newest first."""
    shown = await reads.page(estate, ROWS, cursor, state)
    return render("alerts.html", frame(runtime, request, caller, "/alerts"), shown)


@router.get("/alerts/{alert}.json")
async def one_twin(alert: str, estate: Asked, _: Reader) -> Response:
    """The same as JSON."""
    return answer(await reads.detail(estate, alert))


@router.get("/alerts/{alert}")
async def one(alert: str, request: Request, runtime: Running, estate: Asked, caller: Reader) -> Response:
    """One alert."""
    shown = await reads.detail(estate, alert)
    return render("alert.html", frame(runtime, request, caller, "/alerts"), shown, choices=DECISIONS)


@router.post("/alerts/{alert}/decision")
async def decide(alert: str, estate: Asked, caller: Decider, form: Annotated[Decided, Form()]) -> Response:
    """Takes the form and shows the alert again."""
    decision = Decision(form.decision, form.reason, caller.name, form.end(), form.assignee.strip() or None)
    await estate.decide(alert, decision)
    return RedirectResponse(f"/alerts/{quote(alert, safe='')}", 303)
