"""Activities pulled from a scripted vendor: newest first, broken off and gone on with, late ones found by sweeps."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from connectors.google_workspace import CONNECTOR, Config
from connectors.google_workspace.api import BASE, SCOPE
from connectors.shared.google import LOGIN
from connectors.shared.google.assertion import GRANT

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PRIVATE = rsa.generate_private_key(65537, 2048)
PEM = PRIVATE.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
KEY = json.dumps({
    "type": "service_account", "client_email": "reader@example.iam.gserviceaccount.com", "private_key_id": "k1",
    "private_key": PEM, "token_uri": "https://elsewhere.example/token",
})  # fmt: skip
TOKEN = ("POST", LOGIN, 200, {}, {"access_token": "first", "expires_in": 3599})


def settings(*applications, **more):
    given = {"applications": applications or ("token",), "subject": "admin@example.com", **more}
    return Config(credentials="env:VENDOR_SECRET", **given)


def context(vendor, script, *applications, key=KEY, config=None, **more):
    ctx = vendor.Context(config or settings(*applications), script, now=more.pop("now", NOW), **more)
    ctx.lookback = CONNECTOR.lookback
    ctx.secret = lambda ref: key
    return ctx


def url(application="token"):
    return f"{BASE}/admin/reports/v1/activity/users/all/applications/{application}"


def page(*numbers, following=None, application="token"):
    body = {"kind": "admin#reports#activities", "items": [{"id": {"uniqueQualifier": str(n)}} for n in numbers]}
    return ("GET", url(application), 200, {}, body | ({"nextPageToken": following} if following else {}))


def error(status, reason, application="token"):
    told = {"error": {"code": status, "message": "words of the vendor", "errors": [{"reason": reason}]}}
    return ("GET", url(application), status, {}, told)


def numbers(pages):
    return [record["id"]["uniqueQualifier"] for found in pages for record in found.records]


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def test_the_recorded_exchange(vendor):
    """A first run of two pages, newest first; the next goes on from now less the lag."""
    script = [TOKEN, page(5, 4, following="p2"), page(3)]
    ctx = context(vendor, script)
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert numbers(pages) == ["5", "4", "3"]
    window = {"startTime": "2026-11-20T06:00:00.000Z", "endTime": "2026-11-20T12:00:00.000Z", "maxResults": "1000"}
    assert ctx.http.asked[1:] == [
        ("GET", url(), window, {}, "Bearer first"),
        ("GET", url(), window | {"pageToken": "p2"}, {}, "Bearer first"),
    ]
    assert json.loads(pages[0].cursor)["token"]["walk"]["token"] == "p2"
    state = json.loads(pages[-1].cursor)["token"]
    assert state == {"upto": "2026-11-20T12:00:00Z", "swept": "2026-11-20T12:00:00Z", "seen": True}
    again = context(vendor, [TOKEN, page(6)], cursor=pages[-1].cursor, now=NOW + timedelta(minutes=10))
    pages, trouble = await vendor.run(CONNECTOR, again)
    assert trouble is None
    assert again.http.asked[1][2]["startTime"] == "2026-11-20T06:00:00.000Z"
    assert again.http.asked[1][2]["endTime"] == "2026-11-20T12:10:00.000Z"


async def test_the_sign_in_is_signed_by_the_key_and_acts_for_the_administrator(vendor):
    ctx = context(vendor, [TOKEN, page(1)])
    await vendor.run(CONNECTOR, ctx)
    method, address, _, form, _ = ctx.http.asked[0]
    assert (method, address, form["grant_type"]) == ("POST", LOGIN, GRANT)
    head, claims, signature = form["assertion"].split(".")
    assert decoded(head) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    issued = int(NOW.timestamp())
    assert decoded(claims) == {
        "iss": "reader@example.iam.gserviceaccount.com", "sub": "admin@example.com", "scope": SCOPE, "aud": LOGIN,
        "iat": issued, "exp": issued + 3600,
    }  # fmt: skip
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    PRIVATE.public_key().verify(raw, f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())


async def test_killed_after_any_page_nothing_is_missed_though_new_ones_came(vendor):
    whole = [page(9, 8, following="p2"), page(7, 6, following="p3"), page(5)]
    for kept in range(3):
        pages, _ = await vendor.run(CONNECTOR, context(vendor, [TOKEN, *whole]))
        saved = pages[:kept]
        cursor = saved[-1].cursor if saved else None
        rest = whole[kept:] if saved else []
        later = [page(11, 10, 9, 8, 7, 6, 5)]
        ctx = context(vendor, [TOKEN, *rest, *later], cursor=cursor, now=NOW + timedelta(minutes=10))
        again, trouble = await vendor.run(CONNECTOR, ctx)
        assert trouble is None
        assert ctx.http.script == []
        assert set(numbers(saved)) | set(numbers(again)) == {str(n) for n in range(5, 12)}


async def test_a_window_broken_off_keeps_its_bounds_and_an_old_page_token_begins_it_again(vendor):
    pages, _ = await vendor.run(CONNECTOR, context(vendor, [TOKEN, page(9, following="p2"), page(8)]))
    script = [TOKEN, error(400, "badRequest"), page(9, following="q2"), page(8), page(10)]
    ctx = context(vendor, script, cursor=pages[0].cursor, now=NOW + timedelta(days=1))
    again, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert numbers(again) == ["9", "8", "10"]
    asked = [params for _, _, params, _, _ in ctx.http.asked[1:]]
    assert [params.get("pageToken") for params in asked] == ["p2", None, "q2", None]
    assert asked[1]["endTime"] == "2026-11-20T12:00:00.000Z"


async def test_once_a_day_the_last_three_days_are_read_again(vendor):
    pages, _ = await vendor.run(CONNECTOR, context(vendor, [TOKEN, page(1)]))
    day = NOW + timedelta(days=1)
    ctx = context(vendor, [TOKEN, page(2)], cursor=pages[-1].cursor, now=day)
    pages, _ = await vendor.run(CONNECTOR, ctx)
    assert ctx.http.asked[1][2]["startTime"] == "2026-11-18T12:00:00.000Z"
    ctx = context(vendor, [TOKEN, page(2)], cursor=pages[-1].cursor, now=day + timedelta(minutes=10))
    await vendor.run(CONNECTOR, ctx)
    assert ctx.http.asked[1][2]["startTime"] == "2026-11-21T06:00:00.000Z"


async def test_each_application_reads_its_own_lag(vendor):
    cursor = json.dumps({"drive": {"upto": "2026-11-20T11:50:00Z", "swept": "2026-11-20T11:00:00Z", "seen": True}})
    ctx = context(vendor, [TOKEN, page(1, application="drive")], "drive", cursor=cursor)
    await vendor.run(CONNECTOR, ctx)
    assert ctx.http.asked[1][2]["startTime"] == "2026-11-20T08:50:00.000Z"


async def test_no_application_is_asked_for_more_than_is_kept(vendor):
    ctx = context(vendor, [TOKEN, page(1)], since=NOW - timedelta(days=400))
    await vendor.run(CONNECTOR, ctx)
    assert ctx.http.asked[1][2]["startTime"] == "2026-05-24T12:01:00.000Z"


async def test_a_back_fill_is_bounded_and_leaves_the_cursor_alone(vendor):
    until = datetime(2026, 11, 20, 8, tzinfo=UTC)
    ctx = context(vendor, [TOKEN, page(1)], cursor='{"token":{"upto":"2026-11-20T11:00:00Z"}}', until=until)
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert {found.cursor for found in pages} == {None}
    assert ctx.http.asked[1][2]["startTime"] == "2026-11-20T06:00:00.000Z"
    assert ctx.http.asked[1][2]["endTime"] == "2026-11-20T08:00:00.000Z"


@pytest.mark.parametrize(
    ("status", "reason", "state"),
    [
        (403, "rateLimitExceeded", "failing"),
        (403, "userRateLimitExceeded", "failing"),
        (403, "quotaExceeded", "failing"),
        (403, "forbidden", "no_permission"),
        (403, "insufficientPermissions", "no_permission"),
        (403, "accessNotConfigured", "not_enabled"),
        (403, "domainCannotUseApis", "not_enabled"),
        (400, "invalid", "not_licensed"),
        (404, "notFound", "not_licensed"),
    ],
)
async def test_troubles_are_told_apart(vendor, status, reason, state):
    _, trouble = await vendor.run(CONNECTOR, context(vendor, [TOKEN, error(status, reason)]))
    assert trouble.state == state
    assert (trouble.retry_after is not None) == ("xceeded" in reason)
    assert "words of the vendor" not in str(trouble)


async def test_a_spent_quota_ends_the_run_and_the_next_goes_on_where_it_stood(vendor):
    script = [TOKEN, page(9, following="p2"), error(403, "quotaExceeded")]
    pages, trouble = await vendor.run(CONNECTOR, context(vendor, script, "token", "login"))
    assert trouble.retry_after == 60
    assert numbers(pages) == ["9"]
    ctx = context(
        vendor, [TOKEN, page(8), page(9), page(1, application="login")], "token", "login", cursor=pages[-1].cursor
    )
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert ctx.http.asked[1][2]["pageToken"] == "p2"


async def test_an_application_without_a_licence_hinders_no_other_and_nothing_at_all_is_empty(vendor):
    missing = error(400, "invalid", "gemini_in_workspace_apps")
    ctx = context(vendor, [TOKEN, missing, page(1)], "gemini_in_workspace_apps", "token")
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert numbers(pages) == ["1"]
    assert (trouble.state, "gemini_in_workspace_apps" in str(trouble)) == ("not_licensed", True)
    assert "walk" not in json.loads(pages[-1].cursor)["gemini_in_workspace_apps"]
    _, trouble = await vendor.run(
        CONNECTOR, context(vendor, [TOKEN, page(), page(application="login")], "token", "login")
    )
    assert trouble.state == "empty"


async def test_one_refused_token_is_renewed_and_two_mean_no_permission(vendor):
    refused = ("GET", url(), 401, {}, {})
    second = ("POST", LOGIN, 200, {}, {"access_token": "second"})
    ctx = context(vendor, [TOKEN, refused, second, page(1)])
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert (numbers(pages), trouble) == (["1"], None)
    assert ctx.http.asked[-1][4] == "Bearer second"
    _, trouble = await vendor.run(CONNECTOR, context(vendor, [TOKEN, refused, second, refused]))
    assert (trouble.state, "admin@example.com" in str(trouble)) == ("no_permission", True)


@pytest.mark.parametrize(
    ("refusal", "state", "words"),
    [
        ("unauthorized_client", "no_permission", "domain-wide delegation"),
        ("access_denied", "no_permission", SCOPE),
        ("invalid_grant", "failing", "invalid_grant"),
    ],
)
async def test_a_refused_sign_in_says_what_to_do(vendor, refusal, state, words):
    answer = ("POST", LOGIN, 400, {}, {"error": refusal, "error_description": "words of the vendor"})
    _, trouble = await vendor.run(CONNECTOR, context(vendor, [answer]))
    assert (trouble.state, words in str(trouble)) == (state, True)
    assert "words of the vendor" not in str(trouble)


@pytest.mark.parametrize("key", ["no json", "{}", '{"client_email": "a", "private_key": "violet-heron-canary"}'])
async def test_a_key_that_is_none_is_said_and_not_repeated(vendor, key):
    _, trouble = await vendor.run(CONNECTOR, context(vendor, [], key=key))
    assert (trouble.state, "env:VENDOR_SECRET" in str(trouble)) == ("failing", True)
    assert "violet-heron-canary" not in str(trouble)


async def test_a_page_that_names_itself_is_no_endless_loop(vendor):
    script = [TOKEN, page(1, following="p2"), page(2, following="p2")]
    _, trouble = await vendor.run(CONNECTOR, context(vendor, script))
    assert "repeats a page" in str(trouble)


async def test_another_address_and_a_resellers_customer(vendor):
    config = settings(base_url="http://127.0.0.1:9/", login_url="http://127.0.0.1:9/token", customer_id="C1")
    local = "http://127.0.0.1:9/admin/reports/v1/activity/users/all/applications/token"
    script = [
        ("POST", "http://127.0.0.1:9/token", 200, {}, {"access_token": "t"}),
        ("GET", local, 200, {}, {"items": [1]}),
    ]
    ctx = context(vendor, script, config=config)
    _, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert ctx.http.asked[1][2]["customerId"] == "C1"
