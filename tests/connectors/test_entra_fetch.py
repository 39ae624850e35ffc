"""Entra pulled from a scripted Graph: five logs by windows, the directory as a snapshot, troubles told apart."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.entra import CONNECTOR, Config
from connectors.entra.feed import LOGS

TENANT = "5f0c1a52-0000-4000-8000-0000000000aa"
GRAPH = "https://graph.microsoft.com"
SIGN_INS, BETA = f"{GRAPH}/v1.0/auditLogs/signIns", f"{GRAPH}/beta/auditLogs/signIns"
AUDITS = f"{GRAPH}/v1.0/auditLogs/directoryAudits"
PRINCIPALS, GRANTS = f"{GRAPH}/v1.0/servicePrincipals", f"{GRAPH}/v1.0/oauth2PermissionGrants"
LOGIN = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
TOKEN = ("POST", LOGIN, 200, {}, {"access_token": "first", "expires_in": 3599})
LOOP = f"{AUDITS}?$skiptoken=loop"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def settings(*streams, **more):
    return Config(tenant_id=TENANT, client_id="app", client_secret="env:VENDOR_SECRET", streams=streams, **more)


def listed(url, *records, following=None):
    body = {"value": list(records)} | ({"@odata.nextLink": following} if following else {})
    return ("GET", url, 200, {}, body)


def error(url, status, code="", message="words of the vendor"):
    return ("GET", url, status, {}, {"error": {"code": code, "message": message}})


def ids(pages):
    return [record["id"] for page in pages for record in page.records]


def state(pages):
    return json.loads(next(page.cursor for page in reversed(pages) if page.cursor))


async def test_the_recorded_exchange(vendor):
    """A first run of one stream: two pages, newest first; the next reads the look-back again, with inclusive bounds."""
    more = f"{SIGN_INS}?$skiptoken=abc"
    script = [TOKEN, listed(SIGN_INS, {"id": "s3"}, {"id": "s2"}, following=more), listed(more, {"id": "s1"})]
    ctx = vendor.Context(settings("interactive"), script)
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert ids(pages) == ["s3", "s2", "s1"]
    window = {"$filter": "createdDateTime ge 2026-11-20T06:00:00Z and createdDateTime le 2026-11-20T12:00:00Z"}
    form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": vendor.SECRET}
    assert ctx.http.asked == [
        ("POST", LOGIN, {}, form | {"scope": f"{GRAPH}/.default"}, None),
        ("GET", SIGN_INS, window, {}, "Bearer first"),
        ("GET", more, {}, {}, "Bearer first"),
    ]
    assert json.loads(pages[0].cursor)["interactive"]["open"]["link"] == more
    assert state(pages)["interactive"] == {"upto": "2026-11-20T12:00:00Z", "seen": True}
    ctx = vendor.Context(
        settings("interactive"), [TOKEN, listed(SIGN_INS)], cursor=pages[-1].cursor, now=NOW + timedelta(minutes=5)
    )
    await vendor.run(CONNECTOR, ctx)
    assert ctx.http.asked[1][2]["$filter"].startswith("createdDateTime ge 2026-11-20T10:00:00Z and ")


async def test_four_sign_in_streams_share_a_path_and_no_progress(vendor):
    streams = [name for name in LOGS if name != "audits"]
    script = [TOKEN, listed(SIGN_INS, {"id": "i"}), *(listed(BETA, {"id": name}) for name in streams[1:])]
    ctx = vendor.Context(settings(*streams), script)
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert ids(pages) == ["i", *streams[1:]]
    asked = [params["$filter"].rpartition(" and ")[2] for _, url, params, *_ in ctx.http.asked if url == BETA]
    kinds = ("nonInteractiveUser", "servicePrincipal", "managedIdentity")
    assert asked == [f"signInEventTypes/any(t: t eq '{kind}')" for kind in kinds]
    assert state(pages).keys() == set(streams)
    assert len({page.name for page in pages if page.records}) == 4


async def test_a_walk_killed_in_the_middle_goes_on_at_its_link_and_loses_nothing_new(vendor):
    two, three = f"{AUDITS}?$skiptoken=2", f"{AUDITS}?$skiptoken=3"
    killed = ("GET", two, 200, {}, vendor.Passing())
    ctx = vendor.Context(settings("audits"), [TOKEN, listed(AUDITS, {"id": "a9"}, following=two), killed])
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert isinstance(trouble, vendor.Passing)
    script = [
        TOKEN, listed(two, {"id": "a8"}, following=three), listed(three, {"id": "a7"}), listed(AUDITS, {"id": "a10"}),
    ]  # fmt: skip
    later = vendor.Context(settings("audits"), script, cursor=pages[-1].cursor, now=NOW + timedelta(hours=1))
    pages, trouble = await vendor.run(CONNECTOR, later)
    assert trouble is None
    assert ids(pages) == ["a8", "a7", "a10"]
    assert later.http.asked[-1][2]["$filter"].startswith("activityDateTime ge 2026-11-20T10:00:00Z")
    assert state(pages)["audits"]["upto"] == "2026-11-20T13:00:00Z"


async def test_a_link_that_is_gone_reads_its_window_again(vendor):
    two = f"{AUDITS}?$skiptoken=2"
    script = [
        TOKEN, listed(AUDITS, {"id": "a2"}, following=two), error(two, 400, "InvalidSkipToken"),
        listed(AUDITS, {"id": "a2"}, {"id": "a1"}),
    ]  # fmt: skip
    pages, trouble = await vendor.run(CONNECTOR, vendor.Context(settings("audits"), script))
    assert trouble is None
    assert ids(pages) == ["a2", "a2", "a1"]


async def test_a_long_time_is_read_by_days_and_what_the_vendor_no_longer_has_is_told(vendor):
    old = json.dumps({"audits": {"upto": "2026-10-01T00:00:00Z", "seen": True}})
    ctx = vendor.Context(settings("audits"), [TOKEN, *[listed(AUDITS)] * 30], cursor=old)
    _, trouble = await vendor.run(CONNECTOR, ctx)
    assert ctx.http.script == []
    assert trouble.state == "failing"
    assert "2026-10-01T00:00:00Z to 2026-10-21T12:00:00Z" in str(trouble)


SP = [
    {"id": "sp-otter", "appId": "a1", "displayName": "Otter.ai", "servicePrincipalType": "Application"},
    {"id": "sp-graph", "displayName": "Graph", "servicePrincipalType": "Application", "appRoles": [
        {"id": "r1", "value": "Mail.Read", "allowedMemberTypes": ["Application"]},
        {"id": "r2", "value": "Other", "allowedMemberTypes": ["Application"]},
    ]},
    {"id": "sp-user", "displayName": "Only people", "servicePrincipalType": "Application",
     "appRoles": [{"id": "u", "allowedMemberTypes": ["User"]}]},
]  # fmt: skip
SNAPSHOT = [
    TOKEN, listed(PRINCIPALS, *SP),
    listed(GRANTS, {"id": "g", "clientId": "sp-otter", "resourceId": "sp-graph", "consentType": "AllPrincipals",
                    "scope": "User.Read"}),
    listed(f"{PRINCIPALS}/sp-graph/appRoleAssignedTo",
           {"id": "r", "principalId": "sp-otter", "principalType": "ServicePrincipal", "resourceId": "sp-graph",
            "appRoleId": "r1"}),
]  # fmt: skip


async def test_a_snapshot_names_both_sides_is_taken_once_a_day_and_never_for_a_time_that_has_passed(vendor):
    snapshots = settings("permission_grants", "app_roles", "applications")
    ctx = vendor.Context(snapshots, SNAPSHOT)
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert ctx.http.script == []
    records = [record for page in pages for record in page.records]
    found = [item for record in records for item in CONNECTOR.parse(record, None)]
    assert [(seen.app.name, seen.action, seen.scopes) for seen in found][:2] == [
        ("Otter.ai", "hold", ("User.Read",)),
        ("Otter.ai", "hold", ("Mail.Read",)),
    ]
    assert {seen.at for seen in found} == {NOW}
    assert len(found) == 5
    assert not any("Other" in json.dumps(record) for record in records[:2]), "roles that were not given are left out"
    cursor = pages[-1].cursor
    for now in (NOW + timedelta(hours=23), NOW + timedelta(hours=24)):
        ctx = vendor.Context(snapshots, SNAPSHOT, cursor=cursor, now=now)
        again, trouble = await vendor.run(CONNECTOR, ctx)
        assert trouble is None
        assert bool(again) == (now == NOW + timedelta(hours=24))
    ctx = vendor.Context(snapshots, [], until=NOW)
    assert await vendor.run(CONNECTOR, ctx) == ([], None)


@pytest.mark.parametrize(
    ("answers", "state", "says"),
    [
        ([error(AUDITS, 403, "Authorization_RequestDenied")], "no_permission", "AuditLog.Read.All"),
        (
            [error(AUDITS, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")],
            "not_licensed",
            "Microsoft Entra ID",
        ),
        ([error(AUDITS, 403, "Forbidden", "Tenant is not onboarded")], "not_enabled", "not switched on"),
        ([error(AUDITS, 403, "UnknownError")], "no_permission", "if it is granted, the tenant may lack"),
        ([error(AUDITS, 401), error(AUDITS, 401)], "failing", "refuses a fresh token"),
        ([error(AUDITS, 400, "BadRequest")], "failing", "400 BadRequest"),
        ([("GET", AUDITS, 200, {}, {"error": {"code": "x"}})], "failing", "200 without a list"),
        ([("GET", AUDITS, 200, {}, b"<html>sign in</html>")], "failing", "answered 200 without JSON: a sign-in page"),
        ([("GET", AUDITS, 403, {}, b"<html>blocked</html>")], "failing", "a proxy's notice stands before it"),
        ([("GET", AUDITS, 200, {}, {"value": {}})], "failing", "200 without a list"),
        ([listed(AUDITS, following=LOOP), listed(LOOP, following=LOOP)], "failing", "repeats"),
        ([listed(AUDITS, following="https://evil.example/v1.0")], "failing", "not sent there"),
        ([listed(AUDITS)], "empty", "no record"),
    ],
)  # fmt: skip
async def test_troubles_are_told_apart(vendor, answers, state, says):
    tokens = [TOKEN] if answers[0][2] != 401 else []
    script = [*tokens, *answers] if tokens else [TOKEN, answers[0], TOKEN, answers[1]]
    _, trouble = await vendor.run(CONNECTOR, vendor.Context(settings("audits"), script))
    assert (trouble.state, says in str(trouble)) == (state, True)
    assert "words of the vendor" not in str(trouble)


async def test_what_hinders_one_stream_hinders_no_other(vendor):
    refused = error(SIGN_INS, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    ctx = vendor.Context(settings("interactive", "audits"), [TOKEN, refused, listed(AUDITS, {"id": "a1"})])
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert ids(pages) == ["a1"]
    assert trouble.state == "not_licensed"
    assert "upto" not in state(pages)["interactive"]


async def test_a_token_is_renewed_before_it_ends_and_its_refusal_is_named_without_the_secret(vendor):
    short = ("POST", LOGIN, 200, {}, {"access_token": "short", "expires_in": "30"})
    more = f"{AUDITS}?$skiptoken=2"
    script = [short, listed(AUDITS, {"id": "a2"}, following=more), TOKEN, listed(more, {"id": "a1"})]
    ctx = vendor.Context(settings("audits"), script)
    _, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert [asked[4] for asked in ctx.http.asked if asked[0] == "GET"] == ["Bearer short", "Bearer first"]
    said = {
        "error": "invalid_client",
        "error_description": "AADSTS7000222: client secret keys are expired.",
    }
    _, trouble = await vendor.run(CONNECTOR, vendor.Context(settings("audits"), [("POST", LOGIN, 401, {}, said)]))
    assert "AADSTS7000222" in str(trouble)
    assert vendor.SECRET not in str(trouble)
