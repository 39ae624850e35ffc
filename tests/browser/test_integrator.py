"""The SIEM engineer's first hour: an endpoint tried against a receiver, its secret rotated, a delivery looked at."""

from datetime import UTC, datetime

import pytest

from deploy.receiver import Receiver
from schemas.topics import ALERT
from services.inventory.delivery.relay import Relay
from services.kit import egress
from services.kit.clock import ManualClock
from tests.browser.house import violations


@pytest.fixture
def clock() -> ManualClock:
    """The receiver compares the signature's time with the machine's own, so this clock starts there."""
    return ManualClock(datetime.now(UTC))


async def secret_shown(page):
    """The secret on the page, once axe has found nothing against it."""
    assert await violations(page) == []
    shown = await page.locator("#secret").inner_text()
    await page.get_by_role("link", name="Go to the endpoint").click()
    return shown


async def test_an_endpoint_is_made_tried_rotated_and_a_delivery_looked_at(watched, console):
    page, runtime, secrets = watched, console.runtime, []
    await runtime.log.ensure({ALERT.name: ALERT.retention.total_seconds()}, 1)
    await page.goto("/webhooks")
    # The one that is there leads nowhere that a test may call.
    await page.get_by_role("link", name="siem.example.com").click()
    await page.get_by_text("Remove", exact=True).click()
    await page.get_by_role("button", name="Remove this endpoint").click()
    with Receiver(lambda: secrets) as receiver:
        await page.get_by_label("Address").fill(receiver.url)
        await page.get_by_label("Description").fill("the new SIEM")
        await page.get_by_text("Only some alerts").click()
        await page.get_by_label("Units").fill("Sales")
        await page.get_by_role("button", name="Add endpoint").click()
        secrets.append(await secret_shown(page))
        await page.get_by_role("button", name="Send a test message").click()
        assert "The receiver took the test message" in await page.get_by_role("status").inner_text()
        assert await violations(page) == []
        await page.get_by_role("button", name="Make a new secret").click()
        secrets[:] = [await secret_shown(page)]
        async with egress.client(console.runtime.settings) as client:
            relay = Relay(runtime, client)
            while await relay.once():
                pass
    told = [each["body"] for each in receiver.store.received]
    assert [body["type"] for body in told[:1]] == ["webhook.test"]
    assert {body["data"]["unit"] for body in told[1:]} == {"Sales"}
    await page.reload()
    await page.get_by_role("link", name="alert.opened").first.click()
    assert await page.get_by_role("cell", name="204").is_visible()
    assert await violations(page) == []
