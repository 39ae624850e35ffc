"""The webhooks page, one endpoint with its deliveries, and one delivery with its attempts.

A secret is shown in the very answer to the form that made it, since an address that could be followed must not hold it.
"""

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from services.inventory.api import webhooks as reads
from services.inventory.api.answers import answer
from services.inventory.api.asked import Cursor, Running
from services.inventory.api.views import Page
from services.inventory.api.webhooks import DeliveryShown, DeliveryState, Number, Shown
from services.inventory.console.render import Section, frame, render
from services.inventory.console.webhook_forms import AddForm, ReplayForm, RotateForm, SettingsForm, choices, filled
from services.inventory.delivery import replay
from services.inventory.delivery.endpoints import Endpoints
from services.inventory.delivery.queue import Queue
from services.inventory.delivery.schedule import Outcome
from services.inventory.delivery.trial import trial
from services.kit.access import Caller, require
from services.kit.errors import Conflict, Misconfigured, NotFound
from services.kit.runtime import Runtime

router = APIRouter(include_in_schema=False)
SECTION = Section(70, "Webhooks", "/webhooks", "webhooks:read")
Reader = Annotated[Caller, Depends(require("webhooks:read"))]
Writer = Annotated[Caller, Depends(require("webhooks:write"))]
Follower = Annotated[Caller, Depends(require("deliveries:read"))]
State = Annotated[DeliveryState | None, Query()]
ROWS = 50


@router.get("/webhooks.json")
async def twin(runtime: Running, _: Reader) -> Response:
    """The same as JSON."""
    return answer(await _all(runtime))


@router.get("/webhooks")
async def page(request: Request, runtime: Running, caller: Reader) -> Response:
    """The endpoints, and the form that adds one."""
    return await _list(request, runtime, caller, AddForm())


@router.post("/webhooks")
async def add(request: Request, runtime: Running, caller: Writer, form: Annotated[AddForm, Form()]) -> Response:
    """Adds an endpoint and shows its secret, or the form again with what is wrong."""
    try:
        endpoint, secret = await Endpoints(runtime).add(form.url, caller.name, form.description, form.wanted())
    except Misconfigured as fault:
        return await _list(request, runtime, caller, form, tuple(fault.faults))
    return _secret(request, runtime, caller, endpoint.id, secret, new=True)


@router.get("/webhooks/{endpoint}.json")
async def one_twin(
    endpoint: str, runtime: Running, caller: Reader, state: State = None, cursor: Cursor = None
) -> Response:
    """The same as JSON."""
    return answer(await _shown(runtime, caller, endpoint, cursor, state))


@router.get("/webhooks/{endpoint}")
async def one(
    endpoint: str, request: Request, runtime: Running, caller: Reader, *, state: State = None, cursor: Cursor = None
) -> Response:
    """One endpoint."""
    shown = await _shown(runtime, caller, endpoint, cursor, state)
    return _endpoint(request, runtime, caller, shown, filled(shown.endpoint), state=state)


@router.post("/webhooks/{endpoint}/change")
async def change(
    endpoint: str, request: Request, runtime: Running, caller: Writer, form: Annotated[SettingsForm, Form()]
) -> Response:
    """Changes what it wants, or shows the form again with what is wrong."""
    try:
        await Endpoints(runtime).change(endpoint, caller.name, form.description, form.wanted())
    except Misconfigured as fault:
        shown = await _shown(runtime, caller, endpoint)
        return _endpoint(request, runtime, caller, shown, form, faults=tuple(fault.faults))
    return _back(endpoint)


@router.post("/webhooks/{endpoint}/test")
async def test(endpoint: str, request: Request, runtime: Running, caller: Writer) -> Response:
    """Sends a test message and shows what came of it."""
    outcome = await trial(runtime, endpoint)
    shown = await _shown(runtime, caller, endpoint)
    return _endpoint(request, runtime, caller, shown, filled(shown.endpoint), outcome=outcome)


@router.post("/webhooks/{endpoint}/rotate")
async def rotate(
    endpoint: str, request: Request, runtime: Running, caller: Writer, form: Annotated[RotateForm, Form()]
) -> Response:
    """Makes a new secret and shows it."""
    secret = await Endpoints(runtime).rotate(endpoint, caller.name, timedelta(hours=form.hours))
    return _secret(request, runtime, caller, endpoint, secret, new=False)


@router.post("/webhooks/{endpoint}/enable")
async def enable(endpoint: str, runtime: Running, caller: Writer) -> Response:
    """Switches it on."""
    await Endpoints(runtime).enable(endpoint, caller.name)
    return _back(endpoint)


@router.post("/webhooks/{endpoint}/disable")
async def disable(endpoint: str, runtime: Running, caller: Writer) -> Response:
    """Switches it off."""
    await Endpoints(runtime).disable(endpoint, caller.name)
    return _back(endpoint)


@router.post("/webhooks/{endpoint}/remove")
async def remove(endpoint: str, runtime: Running, caller: Writer) -> Response:
    """Removes it."""
    await Endpoints(runtime).remove(endpoint, caller.name)
    return RedirectResponse("/webhooks", 303)


@router.post("/webhooks/{endpoint}/replay")
async def replay_since(
    endpoint: str, request: Request, runtime: Running, caller: Writer, form: Annotated[ReplayForm, Form()]
) -> Response:
    """Lines up again what happened since a time."""
    try:
        await replay.since(runtime, endpoint, form.moment(), caller.name, dead_only=form.dead_only)
    except Conflict as fault:
        shown = await _shown(runtime, caller, endpoint)
        return _endpoint(request, runtime, caller, shown, filled(shown.endpoint), faults=(str(fault),))
    return _back(endpoint)


@router.get("/webhooks/{endpoint}/deliveries/{number}.json")
async def delivery_twin(endpoint: str, number: Number, runtime: Running, _: Follower) -> Response:
    """The same as JSON."""
    return answer(await _delivery(runtime, endpoint, number))


@router.get("/webhooks/{endpoint}/deliveries/{number}")
async def delivery(
    endpoint: str, number: Number, request: Request, runtime: Running, caller: Follower
) -> Response:  # fmt: skip
    """One delivery with its attempts."""
    shown = await _delivery(runtime, endpoint, number)
    return render("delivery.html", frame(runtime, request, caller, "/webhooks"), shown)


@router.post("/webhooks/{endpoint}/deliveries/{number}/replay")
async def replay_one(endpoint: str, number: Number, runtime: Running, caller: Writer) -> Response:
    """Lines one delivery up again."""
    await _delivery(runtime, endpoint, number)
    await Queue(runtime.engine, runtime.clock).replay(number, caller.name)
    return _back(endpoint)


async def _all(runtime: Runtime) -> Page:
    return Page(items=tuple(await Endpoints(runtime).all()), next=None)


async def _shown(
    runtime: Runtime, caller: Caller, endpoint: str, cursor: str | None = None, state: str | None = None
) -> Shown:
    """The endpoint, with its deliveries for those who may see them."""
    return await reads.shown(runtime, endpoint, ROWS if caller.may("deliveries:read") else 0, cursor, state)


async def _delivery(runtime: Runtime, endpoint: str, number: int) -> DeliveryShown:
    """A delivery of this endpoint; raises NotFound for another's."""
    found = await reads.attempts(runtime, number)
    if found.delivery.webhook != endpoint:
        raise NotFound(f"delivery {number}: {endpoint} has none of that number")
    return found


async def _list(
    request: Request, runtime: Runtime, caller: Caller, form: AddForm, faults: tuple[str, ...] = ()
) -> Response:
    around = frame(runtime, request, caller, "/webhooks").at("/webhooks")
    status = 422 if faults else 200
    more = {"form": form, "faults": faults, "choices": choices()}
    return render("webhooks.html", around, await _all(runtime), status, **more)


def _endpoint(
    request: Request, runtime: Runtime, caller: Caller, shown: Shown, form: SettingsForm, *,
    faults: tuple[str, ...] = (), outcome: Outcome | None = None, state: str | None = None,
) -> Response:  # fmt: skip
    around = frame(runtime, request, caller, "/webhooks").at(_path(shown.endpoint.id))
    more = {"form": form, "faults": faults, "outcome": outcome, "state": state, "choices": choices()}
    since = _form_time(runtime.clock.now() - timedelta(days=1))
    return render("webhook.html", around, shown, 422 if faults else 200, since=since, **more)


def _secret(
    request: Request, runtime: Runtime, caller: Caller, endpoint: str, secret: str, *, new: bool
) -> Response:  # fmt: skip
    around = frame(runtime, request, caller, "/webhooks").at(_path(endpoint))
    return render("webhook_secret.html", around, {"endpoint": endpoint, "secret": secret, "new": new})


def _form_time(at: datetime) -> str:
    """A time as a date-and-time field holds it."""
    return at.strftime("%Y-%m-%dT%H:%M")


def _path(endpoint: str) -> str:
    return f"/webhooks/{quote(endpoint, safe='')}"


def _back(endpoint: str) -> Response:
    return RedirectResponse(_path(endpoint), 303)
