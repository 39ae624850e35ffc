"""A signed message sent at once, to see that an endpoint takes one, in the format the endpoint was given."""

import secrets
from datetime import datetime

import msgspec

from schemas.alert import Alert, AlertState, Standing
from services.inventory.delivery.endpoints import Endpoints
from services.inventory.delivery.lineup import content_type
from services.inventory.delivery.schedule import Outcome
from services.inventory.delivery.send import Letter, send
from services.inventory.formats import OWN, TEST, Event, find, formats
from services.kit import egress
from services.kit.runtime import Runtime


async def trial(runtime: Runtime, endpoint: str) -> Outcome:
    """Sends a `webhook.test` message, outside the lines of alerts; raises NotFound."""
    endpoints = Endpoints(runtime)
    form = (await endpoints.one(endpoint)).format
    url, signing = await endpoints.target(endpoint)
    message = f"test_{secrets.token_hex(8)}"
    body = _body(form, message, endpoint, runtime.clock.now())
    letter = Letter(url, message, body, signing, content_type(form))
    async with egress.client(runtime.settings) as client:
        return await send(client, runtime.clock, letter)


def _body(form: str, message: str, endpoint: str, now: datetime) -> str:
    """In our own format a message of its own kind; in another, a record that says it is a test."""
    if form == OWN:
        return msgspec.json.encode({"type": TEST, "timestamp": now, "data": {"endpoint": endpoint}}).decode()
    alert = Alert(
        id=message, grain=f"source:{endpoint}", kind="source", state=AlertState.CLOSED, standing=Standing.REGISTERED,
        severity="info", title="Test message: nothing happened", opened_at=now, changed_at=now, revision=1,
    )  # fmt: skip
    return (find(form) or formats()[OWN]).render(Event(message, TEST, alert))
