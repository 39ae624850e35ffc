"""One attempt: sign, post, read as little as possible of the answer. It never raises for what a receiver does."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from services.inventory.delivery import signature
from services.inventory.delivery.schedule import Outcome
from services.kit.clock import Clock
from services.kit.egress import EgressRefused
from services.kit.http_answers import delay

DEADLINE = 25.0
LARGEST_ANSWER = 64 * 1024
AGENT = "penumbra-webhook/1"


@dataclass(frozen=True)
class Letter:
    """What is sent where: the message id, the body as text, the secrets that sign it, and what the body is."""

    url: str
    message: str
    body: str
    signing: Sequence[str]
    content_type: str = "application/json"


async def send(client: httpx.AsyncClient, clock: Clock, letter: Letter) -> Outcome:
    """Posts a letter; the client must come from `kit.egress`."""
    started = time.monotonic()
    try:
        async with asyncio.timeout(DEADLINE):
            response = await _post(client, letter, clock.now())
    except EgressRefused as refusal:
        return Outcome(None, str(refusal), _since(started))
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        return Outcome(None, _plainly(error), _since(started))
    return Outcome(response.status_code, None, _since(started), delay(response.headers, clock.now()))


async def _post(client: httpx.AsyncClient, letter: Letter, at: datetime) -> httpx.Response:
    headers = signature.headers(letter.message, at, letter.body, letter.signing)
    headers |= {"content-type": letter.content_type, "user-agent": AGENT}
    async with client.stream("POST", letter.url, content=letter.body.encode(), headers=headers) as response:
        read = 0
        # Reading a short answer whole lets the connection be used again; a long one is cut off unread.
        async for chunk in response.aiter_raw():
            read += len(chunk)
            if read > LARGEST_ANSWER:
                break
        return response


def _plainly(error: Exception) -> str:
    """The error's kind in words, without the address or anything the receiver sent."""
    kinds = {
        "ConnectError": "no connection", "ConnectTimeout": "no connection in time", "ReadTimeout": "no answer in time",
        "TimeoutError": "no answer in time", "RemoteProtocolError": "the answer was cut off or malformed",
    }  # fmt: skip
    return kinds.get(type(error).__name__, type(error).__name__)


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
