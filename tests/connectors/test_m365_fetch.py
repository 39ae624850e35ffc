"""The audit feed pulled from a scripted vendor: nothing is lost, whatever fails in between."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Trouble
from connectors.m365_management import CONNECTOR, Config

TENANT = "5f0c1a52-0000-4000-8000-0000000000aa"
BASE = "https://manage.office.com"
ROOT = f"{BASE}/api/v1.0/{TENANT}/activity/feed"
LIST = f"{ROOT}/subscriptions/content"
START = f"{ROOT}/subscriptions/start"
LOGIN = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"
TOKEN = ("POST", LOGIN, 200, {}, {"access_token": "first", "expires_in": 3599})
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def settings(*types, **more):
    return Config(
        tenant_id=TENANT,
        client_id="app",
        client_secret="env:VENDOR_SECRET",
        content_types=types or ("Audit.General",),
        **more,
    )


def entry(n, at="2026-11-20T09:00:00.000Z"):
    return {"contentId": f"c{n}", "contentUri": f"{ROOT}/audit/c{n}", "contentCreated": at, "contentType": "x"}


def listed(*entries, headers=None, status=200):
    return ("GET", LIST, status, headers or {}, list(entries))


def blob(n, *records, status=200):
    return ("GET", f"{ROOT}/audit/c{n}", status, {}, list(records) or [{"Id": f"r{n}"}])


def error(code, method="GET", url=LIST, status=400):
    return (method, url, status, {}, {"error": {"code": code, "message": "words of the vendor"}})


def names(pages):
    return [page.name for page in pages if page.records]


async def test_the_recorded_exchange(vendor):
    """First run: no subscription yet; second: two pages of a list, the link in odd case, two blobs."""
    started = ("POST", START, 200, {}, {"status": "enabled"})
    ctx = vendor.Context(settings(), [TOKEN, error("AF20022"), started, error("AF20022")])
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert names(pages) == []
    assert trouble.state == "empty"
    following = f"{LIST}?nextPage=2&PublisherIdentifier={TENANT}"
    script = [
        TOKEN,
        listed(entry(2, "2026-11-20T10:00:00Z"), headers={"Nextpageuri": following}),
        ("GET", following, 200, {}, [entry(1)]),
        blob(1, {"Id": "a"}, {"Id": "b"}),
        blob(2),
    ]
    ctx = vendor.Context(settings(), script, cursor=pages[-1].cursor)
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert names(pages) == ["c1", "c2"]
    assert pages[0].records == ({"Id": "a"}, {"Id": "b"})
    assert ctx.http.script == []
    window = {"contentType": "Audit.General", "startTime": "2026-11-20T10:00:00", "endTime": "2026-11-20T12:00:00"}
    publisher = {"PublisherIdentifier": TENANT}
    form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": vendor.SECRET}
    assert ctx.http.asked == [
        ("POST", LOGIN, {}, form | {"scope": "https://manage.office.com/.default"}, None),
        ("GET", LIST, window | publisher, {}, "Bearer first"),
        ("GET", following, {}, {}, "Bearer first"),
        ("GET", f"{ROOT}/audit/c1", publisher, {}, "Bearer first"),
        ("GET", f"{ROOT}/audit/c2", publisher, {}, "Bearer first"),
    ]
    state = json.loads(pages[-1].cursor)["Audit.General"]
    assert state["upto"] == "2026-11-20T12:00:00Z"
    assert len(state["read"]) == 1, "what no run can list again is forgotten"


async def test_an_enabled_subscription_is_no_fault(vendor):
    script = [TOKEN, error("AF20022"), error("AF20024", "POST", START), listed(entry(1)), blob(1)]
    pages, trouble = await vendor.run(CONNECTOR, vendor.Context(settings(), script))
    assert trouble is None
    assert names(pages) == ["c1"]


async def test_a_type_that_never_had_content_is_no_trouble_where_another_has(vendor):
    both = settings("DLP.All", "Audit.General")
    pages, trouble = await vendor.run(CONNECTOR, vendor.Context(both, [TOKEN, listed(), listed(entry(1)), blob(1)]))
    assert trouble is None
    _, trouble = await vendor.run(CONNECTOR, vendor.Context(both, [TOKEN, listed(), listed()], cursor=pages[-1].cursor))
    assert trouble is None
    _, trouble = await vendor.run(CONNECTOR, vendor.Context(both, [TOKEN, listed(), listed()]))
    assert trouble.state == "empty"


async def test_a_failed_blob_is_fetched_next_time_and_hinders_no_other(vendor):
    both = (entry(1, "2026-11-20T11:00:00Z"), entry(2, "2026-11-20T11:30:00Z"))
    failed = ("GET", f"{ROOT}/audit/c1", 200, {}, vendor.Passing())
    script = [TOKEN, listed(*both), failed, blob(2)]
    pages, trouble = await vendor.run(CONNECTOR, vendor.Context(settings(), script))
    assert names(pages) == ["c2"]
    assert trouble.state == "failing"
    script = [TOKEN, blob(1), listed(*both)]
    pages, trouble = await vendor.run(CONNECTOR, vendor.Context(settings(), script, cursor=pages[-1].cursor))
    assert names(pages) == ["c1"]
    assert trouble is None
    assert "pending" not in json.loads(pages[-1].cursor)["Audit.General"]


async def test_killed_after_any_page_every_blob_is_still_fetched(vendor):
    everything = [entry(n, f"2026-11-20T{6 + n:02d}:00:00Z") for n in range(5)]
    for kept in range(5):
        script = [TOKEN, listed(*everything), *(blob(n) for n in range(5))]
        pages, _ = await vendor.run(CONNECTOR, vendor.Context(settings(), script))
        saved = [page for page in pages if page.records][:kept]
        cursor = saved[-1].cursor if saved else None
        before = {page.name for page in saved}
        script = [TOKEN, listed(*everything), *(blob(n) for n in range(5) if f"c{n}" not in before)]
        again, trouble = await vendor.run(CONNECTOR, vendor.Context(settings(), script, cursor=cursor))
        assert trouble is None
        assert before | set(names(again)) == {f"c{n}" for n in range(5)}


async def test_a_late_blob_is_found_by_the_look_back(vendor):
    pages, _ = await vendor.run(CONNECTOR, vendor.Context(settings(), [TOKEN, listed(entry(1)), blob(1)]))
    late = entry(2, "2026-11-20T11:00:00Z")
    ctx = vendor.Context(
        settings(), [TOKEN, listed(late), blob(2)], cursor=pages[-1].cursor, now=NOW + timedelta(minutes=5)
    )
    pages, _ = await vendor.run(CONNECTOR, ctx)
    assert names(pages) == ["c2"]
    assert ctx.http.asked[1][2]["startTime"] == "2026-11-20T10:00:00"


async def test_windows_are_a_day_at_most_and_seven_days_back(vendor):
    ctx = vendor.Context(settings(), [TOKEN, *[listed()] * 7], since=NOW - timedelta(days=30))
    await vendor.run(CONNECTOR, ctx)
    asked = [params for _, url, params, _, _ in ctx.http.asked if url == LIST]
    spans = [(datetime.fromisoformat(p["startTime"]), datetime.fromisoformat(p["endTime"])) for p in asked]
    assert all(end - start <= timedelta(hours=24) for start, end in spans)
    assert all(one[1] == other[0] for one, other in itertools.pairwise(spans))
    assert spans[0][0].replace(tzinfo=UTC) >= NOW - timedelta(days=7)
    assert spans[-1][1].replace(tzinfo=UTC) == NOW


async def test_what_the_vendor_no_longer_keeps_is_said(vendor):
    cursor = json.dumps({"Audit.General": {"upto": "2026-11-01T00:00:00Z", "seen": True}})
    _, trouble = await vendor.run(CONNECTOR, vendor.Context(settings(), [TOKEN, *[listed()] * 7], cursor=cursor))
    assert trouble.state == "failing"
    assert "2026-11-01T00:00Z" in str(trouble)


async def test_an_expired_blob_is_lost_once_and_said(vendor):
    script = [TOKEN, listed(entry(1)), error("AF20051", url=f"{ROOT}/audit/c1")]
    pages, trouble = await vendor.run(CONNECTOR, vendor.Context(settings(), script))
    assert "lost (AF20051)" in str(trouble)
    assert "pending" not in json.loads(pages[-1].cursor)["Audit.General"]


async def test_the_token_is_renewed_when_refused_in_mid_paging_and_when_it_ends(vendor):
    second = ("POST", LOGIN, 200, {}, {"access_token": "second", "expires_in": "30"})
    refused = ("GET", f"{ROOT}/audit/c1", 401, {}, {})
    script = [TOKEN, listed(entry(1), entry(2)), refused, second, blob(1), second, blob(2)]
    ctx = vendor.Context(settings(), script)
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert names(pages) == ["c1", "c2"]
    assert ctx.http.asked[4][4] == "Bearer second"


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (error("AF10001", status=403), "no_permission", "ActivityFeed.Read"),
        (error("AF20011"), "not_enabled", "unified auditing"),
        (error("AF20023"), "not_enabled", "switched"),
        (error("AF20030"), "failing", "AF20030"),
        (("GET", LIST, 200, {}, {"value": []}), "failing", "not a JSON array"),
        (("GET", LIST, 200, {}, [{"contentId": 1}]), "failing", "contentUri"),
    ],
)
async def test_troubles_are_told_apart(vendor, answer, state, words):
    _, trouble = await vendor.run(CONNECTOR, vendor.Context(settings(), [TOKEN, answer]))
    assert isinstance(trouble, Trouble)
    assert trouble.state == state
    assert words in str(trouble)
    assert "words of the vendor" not in str(trouble)


async def test_one_content_type_without_permission_leaves_the_others_readable(vendor):
    script = [TOKEN, error("AF10001", status=403), listed(entry(1)), blob(1)]
    pages, trouble = await vendor.run(CONNECTOR, vendor.Context(settings("DLP.All", "Audit.General"), script))
    assert names(pages) == ["c1"]
    assert trouble.state == "no_permission"
    assert "ActivityFeed.ReadDlp" in str(trouble)


async def test_a_refused_sign_in_names_the_reason_and_no_secret(vendor):
    answer = ("POST", LOGIN, 401, {}, {"error": "invalid_client", "error_description": vendor.SECRET})
    _, trouble = await vendor.run(CONNECTOR, vendor.Context(settings(), [answer]))
    assert "invalid_client" in str(trouble)
    assert vendor.SECRET not in str(trouble)


async def test_the_token_is_sent_to_no_other_host(vendor):
    elsewhere = entry(1) | {"contentUri": "https://elsewhere.example/audit/c1"}
    ctx = vendor.Context(settings(), [TOKEN, listed(elsewhere)])
    _, trouble = await vendor.run(CONNECTOR, ctx)
    assert "another host" in str(trouble)
    assert all("elsewhere" not in url for _, url, _, _, _ in ctx.http.asked)


async def test_a_list_that_repeats_its_page_is_no_endless_loop(vendor):
    again = f"{LIST}?nextPage=1"
    page = ("GET", again, 200, {"NEXTPAGEURI": again}, [])
    _, trouble = await vendor.run(
        CONNECTOR, vendor.Context(settings(), [TOKEN, listed(headers={"NextPageUri": again}), page])
    )
    assert "repeats a page" in str(trouble)


async def test_a_rate_limit_goes_back_to_the_scheduler(vendor):
    limited = ("GET", f"{ROOT}/audit/c1", 200, {}, vendor.Passing(retry_after=120.0))
    pages, trouble = await vendor.run(CONNECTOR, vendor.Context(settings(), [TOKEN, listed(entry(1)), limited]))
    assert pages == []
    assert isinstance(trouble, vendor.Passing)


async def test_other_clouds_and_addresses(vendor):
    ctx = vendor.Context(settings(cloud="gcc_high", publisher_id="pub"), [])
    ctx.http.script = [
        ("POST", f"https://login.microsoftonline.us/{TENANT}/oauth2/v2.0/token", 200, {}, {"access_token": "t"}),
        ("GET", f"https://manage.office365.us/api/v1.0/{TENANT}/activity/feed/subscriptions/content", 200, {}, []),
    ]
    await vendor.run(CONNECTOR, ctx)
    assert ctx.http.asked[0][3]["scope"] == "https://manage.office365.us/.default"
    assert ctx.http.asked[1][2]["PublisherIdentifier"] == "pub"
    local = vendor.Context(settings(base_url="http://127.0.0.1:9/x/", login_url="http://127.0.0.1:9/login"), [])
    local.http.script = [
        ("POST", f"http://127.0.0.1:9/login/{TENANT}/oauth2/v2.0/token", 200, {}, {"access_token": "t"}),
        ("GET", f"http://127.0.0.1:9/x/api/v1.0/{TENANT}/activity/feed/subscriptions/content", 200, {}, []),
    ]
    await vendor.run(CONNECTOR, local)
    assert local.http.script == []


async def test_a_back_fill_stays_within_its_bounds(vendor):
    since, until = NOW - timedelta(days=3), NOW - timedelta(days=2)
    ctx = vendor.Context(settings(), [TOKEN, listed()], since=since, until=until)
    _, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert ctx.http.asked[1][2]["endTime"] == "2026-11-18T12:00:00"
