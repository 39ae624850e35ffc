"""Faults of answers: limits, refusals, pages that are none. One test a case of the fault matrix."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from services.simulator.vendors.activity_feed import activity_feed, copilot
from services.simulator.vendors.atlassian import atlassian, chat
from services.simulator.vendors.github import entry as seat
from services.simulator.vendors.github import github
from services.simulator.vendors.graph_logs import graph_logs, sign_in
from services.simulator.vendors.mischief import page, refusal
from services.simulator.vendors.netskope import event, netskope
from services.simulator.vendors.okta_log import okta_log, sign_on
from services.simulator.vendors.slack import entry, slack

DAY = timedelta(days=1)
GRAPH = {"tenant_id": "t", "client_id": "c", "client_secret": "env:VENDOR_TOKEN"}


async def of_slack(course, count=9):
    await course.source("slack_audit", token="env:VENDOR_TOKEN")
    course.put(entry, count)


@pytest.mark.parametrize("kind", ["none", "a date", "0", "4 h"])
async def test_06_a_429_has_retry_after(course, told, kind):
    in_20 = format_datetime(course.clock.now() + timedelta(seconds=20), usegmt=True)
    headers = {"none": {}, "a date": {"Retry-After": in_20}, "0": {"Retry-After": "0"}, "4 h": {"Retry-After": "14400"}}
    async with course.serving(slack(course.shelf)):
        await of_slack(course)
        course.mischief.at("logs", 2, refusal(429, {"error": "ratelimited"}, headers[kind]))
        first = await course.run()
        if kind == "4 h":
            assert first.retry_after == 14400
            course.clock.advance(timedelta(hours=4))
            await course.run()
        waited = sum(course.waited)
        assert kind != "a date" or 15 <= waited <= 20
        happened = f"waited {waited:.1f} s in the run" if kind != "4 h" else "left alone for 4 h, then read on"
        told(happened, await course.completeness())


@pytest.mark.parametrize("limit", [True, False])
async def test_07_a_403_of_github_is_a_rate_limit_or_is_not(course, told, limit):
    async with course.serving(github(course.shelf)):
        await course.source("github_audit", org="example", token="env:VENDOR_TOKEN")
        course.put(seat, 9)
        body = {"message": "You have exceeded a secondary rate limit" if limit else "Must have admin rights"}
        course.mischief.at("audit-log", 2, refusal(403, body))
        first = await course.run()
        assert first.outcome == ("failing" if limit else "no_permission")
        assert first.retry_after == (60 if limit else None)
        await course.run()
        told(f"{first.outcome}: {first.message}; the next run went on", await course.completeness())


async def test_08_atlassian_tells_the_end_of_a_limit_as_an_iso_minute(course, told):
    async with course.serving(atlassian(course.shelf)):
        await course.source("atlassian", organisation="o", token="env:VENDOR_TOKEN")
        course.put(chat, 9)
        course.clock.advance(timedelta(seconds=45))
        ends = course.clock.now().replace(second=0) + timedelta(minutes=1)
        limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": ends.strftime("%Y-%m-%dT%H:%MZ")}
        course.mischief.at("events-stream", 2, refusal(429, {"code": "limit"}, limits))
        await course.run()
        assert sum(course.waited) == 15
        told(f"waited {sum(course.waited):.0f} s, until the minute it named", await course.completeness())


async def test_09_netskope_answers_409_and_a_crash_is_followed_by_resend(course, told):
    async with course.serving(netskope(course.shelf)):
        await course.source("netskope", tenant="example", token="env:VENDOR_TOKEN", streams=["application"])
        course.put(event, 9)
        course.mischief.at("application", 2, refusal(409))
        await course.killed("ingest.fetched", 4)
        await course.run()
        resent = [asked for asked in course.mischief.asked if "operation=resend" in asked]
        assert len(resent) == 1
        told("the 409 was waited out; after the crash the last batch was asked for again", await course.completeness())


async def test_13a_a_token_expires_in_the_middle_of_paging(course, told):
    async with course.serving(graph_logs({"interactiveUser": course.shelf})):
        await course.source("entra", max_back=DAY, **GRAPH, login_url=course.base, streams=["interactive"])
        course.put(sign_in, 9)
        course.mischief.at("signIns", 2, refusal(401, {"error": {"code": "InvalidAuthenticationToken"}}))
        report = await course.run()
        signed = sum("/token" in asked for asked in course.mischief.asked)
        assert signed == 2
        told(f"a fresh token in the middle of the list: {report.outcome}", await course.completeness())


@pytest.mark.parametrize("what", ["HTML", "an error object"])
async def test_14_a_200_holds_something_else(course, told, what):
    async with course.serving(slack(course.shelf)):
        await of_slack(course)
        made = page if what == "HTML" else refusal(200, {"error": "internal_error"})
        for number in (2, 3):
            course.mischief.at("logs", number, made)
        first = await course.run()
        assert first.outcome == "failing"
        await course.run(later=timedelta(minutes=30))
        await course.run()
        told("failing for two runs, nothing taken for read; then read on", await course.completeness())


async def test_33_a_vendor_answers_503_for_a_while(course, told):
    async with course.serving(activity_feed(course.shelf), graph_logs({})):
        await course.source("m365_management", max_back=DAY, **GRAPH, login_url=course.base)
        course.put(copilot, 6)
        for number in range(1, 9):
            course.mischief.at("content", number, refusal(503, {"error": {"code": "AF50000"}}))
        first = await course.run()
        assert first.outcome == "failing"
        for _ in range(3):
            await course.run(later=timedelta(minutes=30))
        told("failing while it lasted; then everything came", await course.completeness())


@pytest.mark.parametrize("minutes", [10, -10])
async def test_28_the_vendor_s_clock_is_10_minutes_off(course, told, minutes):
    async with course.serving(okta_log(course.shelf)):
        await course.source("okta", org="example", token="env:VENDOR_TOKEN")
        course.put(sign_on, 5, back=timedelta(minutes=4) - timedelta(minutes=minutes), late=timedelta(0))
        course.clock.advance(timedelta(minutes=15))
        await course.run()
        told("read as they are, their times kept", await course.completeness())
