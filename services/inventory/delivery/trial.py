"""A signed message sent at once, to see that an endpoint takes one."""

import secrets

import msgspec

from services.inventory.delivery.endpoints import Endpoints
from services.inventory.delivery.schedule import Outcome
from services.inventory.delivery.send import Letter, send
from services.kit import egress
from services.kit.runtime import Runtime

TYPE = "webhook.test"


async def trial(runtime: Runtime, endpoint: str) -> Outcome:
    """Sends a `webhook.test` message, outside the lines of alerts; raises NotFound."""
    url, signing = await Endpoints(runtime).target(endpoint)
    content = {"type": TYPE, "timestamp": runtime.clock.now(), "data": {"endpoint": endpoint}}
    body = msgspec.json.encode(content).decode()
    letter = Letter(url, f"test_{secrets.token_hex(8)}", body, signing)
    async with egress.client(runtime.settings) as client:
        return await send(client, runtime.clock, letter)
