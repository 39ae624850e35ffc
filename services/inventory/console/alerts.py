"""The queue and its decisions over many; one alert with its evidence, its decision form and undo."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from starlette.responses import RedirectResponse, Response

from schemas.usage import Verdict
from services.inventory.api import alerts as reads
from services.inventory.api.alerts import AlertId, Text
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.asked_alerts import MANY, Filters, Plain, State
from services.inventory.api.desk import MOST_AT_ONCE, UNASSIGNED, AlreadyHappened, Sort
from services.inventory.api.estate import Asked, Decision, Estate
from services.inventory.console.render import Section, frame, render
from services.inventory.console.words import DECISIONS, SEVERITIES, STANDINGS, data_class, standing, unit, words
from services.inventory.domain.corrections import Correcting
from services.kit.access import Caller, require
from services.kit.errors import Misconfigured
from services.kit.runtime import Runtime

router = APIRouter(include_in_schema=False)
SECTION = Section(1, "Alerts", "/alerts", "alerts:read")
Reader = Annotated[Caller, Depends(require("alerts:read"))]
Decider = Annotated[Caller, Depends(require("alerts:decide"))]
ROWS = 100
UNCHOSEN = "alert: select at least one alert"
PASSING = frozenset({"bulk", "cursor"})
"""What of the queue's query is only for the page it came with."""


class Asking(Filters):
    """The queue as the page shows it: what waits, the severest first. `bulk` is a decision over many just made."""

    state: State = "open"
    sort: Sort = Sort.SEVERITY
    limit: int = Field(default=ROWS, ge=1, le=ROWS)
    bulk: Annotated[Plain | None, Field(max_length=100)] = None


class Deciding(BaseModel):
    """What every decision form sends: an empty date is no date."""

    decision: str = Field(min_length=1, max_length=40)
    reason: Text
    until: Annotated[date | None, BeforeValidator(lambda text: text or None)] = None
    assignee: Annotated[Plain, Field(max_length=200)] = ""

    def by(self, author: str) -> Decision:
        """The decision as somebody makes it; it ends with the beginning of its day, in UTC."""
        until = datetime.combine(self.until, time.min, UTC) if self.until else None
        return Decision(self.decision, self.reason, author, until, self.assignee.strip() or None)


class Decided(Deciding):
    """The form of one alert; `not_ai` are keys whose label the false positive came from."""

    revision: Annotated[int | None, BeforeValidator(lambda text: text or None)] = None
    not_ai: Annotated[list[Plain], Field(max_length=50)] = []


class Many(Deciding):
    """The form over many: `alert` is `<id>:<revision>` of each that is selected; `back` the query to return to."""

    alert: Annotated[list[Plain], Field(max_length=MOST_AT_ONCE)] = []
    back: str = Field(default="", max_length=4000)

    def chosen(self) -> dict[str, int | None]:
        """Ids with revisions."""
        pairs = [each.rpartition(":") for each in self.alert]
        return {name or rest: int(rest) if name and rest.isdecimal() else None for name, _, rest in pairs}

    def asking(self) -> Asking:
        """The queue as it was, from its first page; what can't be read of it is left out."""
        kept = {name: values for name, values in parse_qs(self.back).items() if name not in PASSING}
        try:
            return Asking.model_validate({name: v if name in MANY else v[-1] for name, v in kept.items()})
        except ValidationError:
            return Asking()


@router.get("/alerts.json")
async def twin(estate: Asked, caller: Reader, asking: Annotated[Asking, Query()]) -> Response:
    """The same as JSON."""
    return answer(await reads.page(estate, caller, asking))


@router.get("/alerts")
async def page(
    request: Request, runtime: Running, estate: Asked, caller: Reader, asking: Annotated[Asking, Query()]
) -> Response:
    """The queue."""
    return await _queue(request, runtime, estate, caller, asking)


@router.post("/alerts/decisions")
async def decide_many(
    request: Request, runtime: Running, estate: Asked, caller: Decider, form: Annotated[Many, Form()]
) -> Response:
    """Decides what is selected and shows the queue again, with what became of each, or what stood against it."""
    if not form.alert:
        return await _queue(request, runtime, estate, caller, form.asking(), [UNCHOSEN], form)
    try:
        bulk = await estate.desk.decide_all(form.chosen(), form.by(caller.name))
    except Misconfigured as fault:
        return await _queue(request, runtime, estate, caller, form.asking(), fault.faults, form)
    return _to_queue(form.back, bulk.id)


@router.post("/alerts/decisions/{bulk}/undo")
async def undo_many(
    bulk: AlertId, estate: Asked, caller: Decider, back: Annotated[str, Form(max_length=4000)] = ""
) -> Response:
    """Undoes what can be of a decision over many."""
    await estate.desk.undo_all(bulk, caller.name)
    return _to_queue(back, bulk)


@router.get("/alerts/{alert}.json")
async def one_twin(alert: AlertId, estate: Asked, caller: Reader) -> Response:
    """The same as JSON."""
    return answer(await reads.detail(estate, caller, alert))


@router.get("/alerts/{alert}")
async def one(alert: AlertId, request: Request, runtime: Running, estate: Asked, caller: Reader) -> Response:
    """One alert."""
    return await _shown(alert, request, runtime, estate, caller)


@router.post("/alerts/{alert}/decision")
async def decide(
    alert: AlertId, request: Request, runtime: Running, estate: Asked, caller: Decider,
    form: Annotated[Decided, Form()],
) -> Response:  # fmt: skip
    """Takes the form and shows the alert again; what stood against it is said on the page."""
    said = reads.may_correct(caller, Correcting(keys=tuple(form.not_ai), verdict=Verdict.NONE)) if form.not_ai else None
    try:
        await estate.decide(alert, form.by(caller.name)._replace(revision=form.revision, correction=said))
    except AlreadyHappened as conflict:
        return await _shown(alert, request, runtime, estate, caller, [str(conflict)], 409, form.reason)
    except Misconfigured as fault:
        return await _shown(alert, request, runtime, estate, caller, fault.faults, 422, form.reason)
    return RedirectResponse(f"/alerts/{quote(alert, safe='')}", 303)


@router.post("/alerts/{alert}/undo")
async def undo(
    alert: AlertId, request: Request, runtime: Running, estate: Asked, caller: Decider,
    decision: Annotated[int, Form(ge=1, lt=1 << 62)],
) -> Response:  # fmt: skip
    """Undoes the decision and shows the alert again."""
    try:
        await estate.desk.undo(alert, decision, caller.name)
    except AlreadyHappened as conflict:
        return await _shown(alert, request, runtime, estate, caller, [str(conflict)], 409)
    return RedirectResponse(f"/alerts/{quote(alert, safe='')}", 303)


async def _queue(
    request: Request, runtime: Runtime, estate: Estate, caller: Caller, asking: Asking,
    faults: Sequence[str] = (), form: Many | None = None,
) -> Response:  # fmt: skip
    """The queue; with `faults`, the form over many as it was sent."""
    shown, names = await reads.page(estate, caller, asking), estate.desk.tools()
    bulk = await estate.desk.bulk(asking.bulk) if asking.bulk else None
    around = frame(runtime, request, caller, "/alerts")
    return render(
        "alerts.html", around.at("/alerts") if faults else around, shown, 422 if faults else 200,
        asking=asking, chosen=asking.chosen(), faults=faults, form=form, selected=form.chosen() if form else {},
        bulk=bulk, choices=DECISIONS, sorts=list(Sort), tool_of=lambda name: names.get(name, name), words_of=words,
        standing_of=standing, severities=list(SEVERITIES), standings=list(STANDINGS), class_of=data_class, unit_of=unit,
        assignee_of=lambda name: "Nobody" if name == UNASSIGNED else name,
    )  # fmt: skip


async def _shown(
    alert: str, request: Request, runtime: Runtime, estate: Estate, caller: Caller, faults: Sequence[str] = (),
    status: int = 200, reason: str = "",
) -> Response:  # fmt: skip
    shown = await reads.detail(estate, caller, alert)
    around = frame(runtime, request, caller, "/alerts").at(f"/alerts/{quote(alert, safe='')}")
    return render(
        "alert.html", around, shown, status, choices=DECISIONS, faults=faults,
        reason=reason, tools=estate.desk.tools(),
    )  # fmt: skip


def _to_queue(back: str, bulk: str) -> Response:
    """The queue as it was, with the outcomes of a decision over many."""
    kept = [(name, value) for name, value in parse_qsl(back) if name not in PASSING]
    return RedirectResponse(f"/alerts?{urlencode([*kept, ('bulk', bulk)])}", 303)
