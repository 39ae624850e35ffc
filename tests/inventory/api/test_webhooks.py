"""Endpoints and deliveries over the API; and no address inside is called, by whatever name it comes."""

import ipaddress
from datetime import timedelta

import pytest
from sqlalchemy import text

from deploy.receiver import Receiver
from schemas.topics import ALERT
from services.inventory.delivery import outbox
from services.inventory.delivery.endpoints import Endpoints
from services.inventory.delivery.queue import Queue
from services.inventory.delivery.relay import Relay
from services.inventory.formats import formats
from services.kit import egress
from services.kit.settings import Settings
from tests.inventory.api.test_alert_changes import write

API = "/api/v1/webhooks"
HOOK = {"url": "https://siem.example.com/a", "description": "the SIEM", "format": "cef", "severities": ["high"]}


@pytest.fixture
async def added(operator):
    answer = await operator.post(API, json=HOOK)
    assert answer.status_code == 201
    return answer.json()["endpoint"]["id"]


async def test_an_endpoint_is_changed_as_a_whole(operator, added):
    changed = await operator.put(f"{API}/{added}", json={"format": "ocsf", "units": ["Sales"]})
    assert changed.json()["units"] == ["Sales"]
    assert (changed.json()["severities"], changed.json()["description"]) == ([], "")
    assert (await operator.put(f"{API}/{added}", json={"format": "xml"})).status_code == 422
    assert (await operator.put(f"{API}/{added}", json={"url": "https://other.example.com/"})).status_code == 422
    assert (await operator.put(f"{API}/wh_none", json={})).status_code == 404


WRONG = (
    {"url": ""}, {"url": "https://" + "a" * 2001}, {"description": "x" * 201}, {"types": ["x"]},
    {"severities": ["grave"]}, {"standings": ["odd"]}, {"units": [""]}, {"units": ["u"] * 101}, {"tools": ["x" * 201]},
    {"format": "x" * 41}, {"unknown": 1}, {"types": "alert.opened"},
)  # fmt: skip


async def test_every_field_out_of_range_is_refused(operator, surface):
    for wrong in WRONG:
        assert (await operator.post(API, json=HOOK | wrong)).status_code == 422, wrong
    assert await Endpoints(surface).all() == []


async def test_off_on_and_the_formats_there_are(operator, added):
    assert (await operator.post(f"{API}/{added}/disable")).json()["state"] == "disabled"
    again = await operator.post(f"{API}/{added}/replay", json={"since": "2026-11-01T00:00:00Z"})
    assert (again.status_code, "enable it first" in again.json()["detail"]) == (409, True)
    assert (await operator.post(f"{API}/{added}/enable")).json()["state"] == "active"
    listed = (await operator.get(f"{API}/formats")).json()["items"]
    assert [each["name"] for each in listed] == list(formats())


async def test_a_late_endpoint_is_told_what_it_missed_and_each_attempt_is_shown(operator, runtime, surface, added):
    await runtime.log.ensure({ALERT.name: ALERT.retention.total_seconds()}, 1)
    for number in (1, 2):
        async with surface.engine.begin() as connection:
            await write(connection, surface, f"a{number}", 1)
    await outbox.relay(runtime)
    async with surface.engine.begin() as connection:
        await connection.execute(text("delete from inventory.delivery"))
    since = (surface.clock.now() - timedelta(hours=1)).isoformat()
    assert (await operator.post(f"{API}/{added}/replay", json={"since": since})).json() == {"deliveries": 2}
    items = (await operator.get("/api/v1/deliveries", params={"webhook": added})).json()["items"]
    shown = (await operator.get(f"/api/v1/deliveries/{items[0]['number']}")).json()
    assert (shown["delivery"]["format"], shown["attempts"]) == ("cef", [])
    assert (await operator.post(f"/api/v1/deliveries/{items[0]['number']}/replay")).status_code == 409
    assert (await operator.get("/api/v1/deliveries/999999")).status_code == 404
    naive = {"since": "2026-11-01T00:00:00"}
    assert (await operator.post(f"{API}/{added}/replay", json=naive)).status_code == 422


async def test_hec_routes_over_the_api(operator, surface):
    from services.kit.control import sources

    async with surface.engine.begin() as connection:
        await sources.add(connection, connector="squid", name="proxy", config={})
    body = {"instance": "proxy", "sourcetype": "squid:access"}
    made = await operator.post("/api/v1/hec", json=body)
    assert (made.status_code, (await operator.post("/api/v1/hec", json=body)).status_code) == (201, 409)
    assert (await operator.post("/api/v1/hec", json={"instance": "proxy"})).status_code == 422
    assert (await operator.post("/api/v1/hec", json=body | {"instance": "none", "source": "x"})).status_code == 404
    assert [each["id"] for each in (await operator.get("/api/v1/hec")).json()["items"]] == [made.json()["id"]]
    assert (await operator.delete(f"/api/v1/hec/{made.json()['id']}")).status_code == 204
    assert (await operator.delete(f"/api/v1/hec/{made.json()['id']}")).status_code == 404


LITERALS = (
    "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.8/", "https://192.168.0.1/",
    "https://169.254.169.254/latest/meta-data", "https://[fd00::1]/", "https://[64:ff9b::a00:1]/", "https://0.0.0.0/",
)  # fmt: skip


async def test_a_private_address_by_literal_is_not_added(operator, surface):
    object.__setattr__(surface, "settings", Settings(_env_file=None))
    for url in LITERALS:
        answer = await operator.post(API, json={"url": url})
        assert (answer.status_code, "PENUMBRA_ALLOW_PRIVATE" in answer.text) == (422, True), url
    for host in ("0x7f000001", "2130706433", "0177.0.0.1", "127.1", "127.0.0.1.", "0x7f.1"):
        answer = await operator.post(API, json={"url": f"https://{host}/"})
        assert (answer.status_code, "four numbers" in answer.text) == (422, True), host
    assert await Endpoints(surface).all() == []


async def test_a_private_address_by_name_is_not_called(runtime, monkeypatch):
    """The name leads inside only when it is resolved, at each attempt; of several addresses none inside is tried."""
    inside = ["127.0.0.1", "10.1.2.3", "::1", "169.254.169.254", "fd00::1", "64:ff9b::7f00:1", "::ffff:10.0.0.1"]

    async def resolved(host, port):
        return [ipaddress.ip_address(each) for each in inside]

    monkeypatch.setattr(egress, "resolve", resolved)
    await runtime.log.ensure({ALERT.name: ALERT.retention.total_seconds()}, 1)
    with Receiver(list) as receiver:
        port = receiver.url.rpartition(":")[2].partition("/")[0]
        await Endpoints(runtime).add(f"https://inside.example.com:{port}/x", "ines")
        await Endpoints(runtime).add(f"https://localhost:{port}/x", "ines")
        async with runtime.engine.begin() as connection:
            await write(connection, runtime, "a1", 1)
        async with egress.client(runtime.settings) as client:
            await Relay(runtime, client).once()
        deliveries = await Queue(runtime.engine, runtime.clock).page(5)
        assert receiver.requests == []
    assert [(each.state, each.status) for each in deliveries] == [("waiting", None)] * 2
    assert all("private or special" in each.reason for each in deliveries)


async def test_a_redirect_to_a_private_address_is_not_followed(runtime, house_inside, surface):
    """The receiver stands in an allowed network and sends us on to another one inside."""
    receiver, deliver = house_inside
    receiver.answers.append((307, {"location": "http://169.254.169.254/latest/meta-data"}))
    receiver.answers.append((302, {"location": receiver.url}))
    for number in (1, 2):
        delivery = await deliver(number)
        assert delivery.status in {307, 302}
    assert len(receiver.requests) == 2


@pytest.fixture
async def house_inside(runtime):
    await runtime.log.ensure({ALERT.name: ALERT.retention.total_seconds()}, 1)
    allowed = runtime.settings.model_copy(update={"allow_private": ("127.0.0.0/8",)})
    object.__setattr__(runtime, "settings", allowed)
    with Receiver(list) as receiver:
        await Endpoints(runtime).add(receiver.url, "ines")
        async with egress.client(allowed) as client:
            relay = Relay(runtime, client)

            async def deliver(number):
                async with runtime.engine.begin() as connection:
                    await write(connection, runtime, f"a{number}", 1)
                await relay.once()
                return (await Queue(runtime.engine, runtime.clock).page(1))[0]

            yield receiver, deliver
