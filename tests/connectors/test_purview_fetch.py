"""Purview's alerts pulled from a scripted Graph, by the time they were last updated."""

import json

import pytest

from connectors.purview import CONNECTOR, Config

TENANT = "5f0c1a52-0000-4000-8000-0000000000aa"
ALERTS = "https://graph.microsoft.us/v1.0/security/alerts_v2"
LOGIN = f"https://login.microsoftonline.us/{TENANT}/oauth2/v2.0/token"
TOKEN = ("POST", LOGIN, 200, {}, {"access_token": "first", "expires_in": 3599})
SETTINGS = Config(tenant_id=TENANT, client_id="app", client_secret="env:VENDOR_SECRET", cloud="gcc_high")


def listed(url, *records, following=None):
    return ("GET", url, 200, {}, {"value": list(records), "@odata.nextLink": following})


async def test_the_recorded_exchange(vendor):
    more = f"{ALERTS}?$skiptoken=2"
    script = [TOKEN, listed(ALERTS, {"id": "dl2"}, following=more), listed(more, {"id": "dl1"})]
    ctx = vendor.Context(SETTINGS, script)
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert [record["id"] for page in pages for record in page.records] == ["dl2", "dl1"]
    bounds = "lastUpdateDateTime ge 2026-11-20T06:00:00Z and lastUpdateDateTime le 2026-11-20T12:00:00Z"
    assert ctx.http.asked[1:] == [
        ("GET", ALERTS, {"$filter": f"{bounds} and {SERVICE}", "$top": "100"}, {}, "Bearer first"),
        ("GET", more, {}, {}, "Bearer first"),
    ]
    assert json.loads(pages[-1].cursor) == {"upto": "2026-11-20T12:00:00Z", "seen": True}


SERVICE = "serviceSource eq 'dataLossPrevention'"


@pytest.mark.parametrize(
    ("code", "message", "state", "says"),
    [
        ("Forbidden", "Missing application roles", "no_permission", "SecurityAlert.Read.All"),
        ("Forbidden", "no license for this service", "not_licensed", "E5"),
        ("Forbidden", "the tenant is not onboarded", "not_enabled", "not switched on"),
    ],
)
async def test_refusals_are_told_apart(vendor, code, message, state, says):
    refused = ("GET", ALERTS, 403, {}, {"error": {"code": code, "message": message}})
    _, trouble = await vendor.run(CONNECTOR, vendor.Context(SETTINGS, [TOKEN, refused]))
    assert (trouble.state, says in str(trouble)) == (state, True)
    assert message not in str(trouble)


async def test_no_alert_ever_is_empty_and_none_again_is_not(vendor):
    pages, trouble = await vendor.run(CONNECTOR, vendor.Context(SETTINGS, [TOKEN, listed(ALERTS)]))
    assert trouble.state == "empty"
    seen = json.dumps(json.loads(pages[-1].cursor) | {"seen": True})
    _, trouble = await vendor.run(CONNECTOR, vendor.Context(SETTINGS, [TOKEN, listed(ALERTS)], cursor=seen))
    assert trouble is None
