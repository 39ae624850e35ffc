"""Okta's log pulled from a scripted vendor: polled by its own link, or bounded for a back-fill."""

from datetime import UTC, datetime

import pytest

from connectors import okta
from connectors.okta import CONNECTOR, Config

LOGS = "https://example.okta.com/api/v1/logs"
SETTINGS = Config(org="example.okta.com", token="env:VENDOR_SECRET")


def link(url):
    return {"link": f'<{LOGS}?self>; rel="self", <{url}>; rel="next"'}


def page(url, count, following=None, first=0, status=200):
    events = [{"uuid": f"u{first + n}"} for n in range(count)]
    return ("GET", url, status, link(following) if following else {}, events)


async def test_the_recorded_exchange(vendor):
    """A first poll of two pages; the next run goes on from the link it kept, and meets an empty page with a link."""
    one, two, three = f"{LOGS}?after=1", f"{LOGS}?after=2", f"{LOGS}?after=3"
    ctx = vendor.Context(SETTINGS, [page(LOGS, okta.LIMIT, one), page(one, 3, two, okta.LIMIT)])
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert [len(found.records) for found in pages] == [okta.LIMIT, 3]
    assert [found.cursor for found in pages] == [one, two]
    assert [found.name for found in pages] == ["u0", f"u{okta.LIMIT}"]
    first = {"since": "2026-11-20T06:00:00.000Z", "sortOrder": "ASCENDING", "limit": "1000"}
    bearer = f"SSWS {vendor.SECRET}"
    assert ctx.http.asked == [("GET", LOGS, first, {}, bearer), ("GET", one, {}, {}, bearer)]
    pages, trouble = await vendor.run(CONNECTOR, vendor.Context(SETTINGS, [page(two, 0, three)], cursor=two))
    assert trouble is None
    assert [(found.records, found.cursor) for found in pages] == [((), three)]


async def test_a_back_fill_is_bounded_and_leaves_the_cursor_alone(vendor):
    one = f"{LOGS}?after=1"
    until = datetime(2026, 11, 20, 8, tzinfo=UTC)
    ctx = vendor.Context(SETTINGS, [page(LOGS, 2, one), page(one, 0)], cursor=f"{LOGS}?after=live", until=until)
    pages, _ = await vendor.run(CONNECTOR, ctx)
    assert ctx.http.asked[0][2]["until"] == "2026-11-20T08:00:00.000Z"
    assert {found.cursor for found in pages} == {None}
    assert ctx.http.script == []


async def test_a_link_that_has_grown_too_old_is_begun_afresh(vendor):
    old = f"{LOGS}?after=old"
    ctx = vendor.Context(SETTINGS, [page(old, 0, status=400), page(LOGS, 1, f"{LOGS}?after=1")], cursor=old)
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
    assert [len(found.records) for found in pages] == [1]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (("GET", LOGS, 401, {}, {}), "failing"),
        (("GET", LOGS, 403, {}, {}), "no_permission"),
        (("GET", LOGS, 400, {}, {}), "failing"),
        (("GET", LOGS, 200, {}, {"error": "x"}), "failing"),
    ],
)
async def test_troubles_are_told_apart(vendor, answer, state):
    _, trouble = await vendor.run(CONNECTOR, vendor.Context(SETTINGS, [answer]))
    assert trouble.state == state
    assert vendor.SECRET not in str(trouble)


async def test_the_token_is_sent_to_no_other_host(vendor):
    script = [page(LOGS, okta.LIMIT, "https://elsewhere.example/api/v1/logs")]
    _, trouble = await vendor.run(CONNECTOR, vendor.Context(SETTINGS, script))
    assert "another host" in str(trouble)


async def test_a_page_that_names_itself_is_no_endless_loop(vendor):
    one = f"{LOGS}?after=1"
    script = [page(LOGS, okta.LIMIT, one), page(one, okta.LIMIT, one)]
    _, trouble = await vendor.run(CONNECTOR, vendor.Context(SETTINGS, script))
    assert "repeats a page" in str(trouble)


async def test_another_address(vendor):
    config = Config(org="example.okta.com", token="env:VENDOR_SECRET", base_url="http://127.0.0.1:9/okta/")
    ctx = vendor.Context(config, [page("http://127.0.0.1:9/okta/api/v1/logs", 0)])
    _, trouble = await vendor.run(CONNECTOR, ctx)
    assert trouble is None
