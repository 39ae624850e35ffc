"""Faults of lists: where they begin, how they go on, what comes late. One test a case of the fault matrix."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from services.simulator.vendors.activity_feed import activity_feed, copilot
from services.simulator.vendors.google_reports import activity, google_reports
from services.simulator.vendors.graph_logs import graph_logs, sign_in
from services.simulator.vendors.mischief import refusal
from services.simulator.vendors.okta_log import okta_log, sign_on
from services.simulator.vendors.shelf import Shelf
from services.simulator.vendors.slack import entry, slack

DAY = timedelta(days=1)
M365 = {"tenant_id": "t", "client_id": "c", "client_secret": "env:VENDOR_TOKEN"}


@pytest.fixture(scope="session")
def service_account():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return json.dumps({"client_email": "p@example.iam.gserviceaccount.com", "private_key": pem})


async def m365(course):
    await course.source("m365_management", max_back=DAY, **M365, login_url=course.base)


async def test_01_a_blob_fails_in_the_middle_of_a_list(course, told):
    async with course.serving(activity_feed(course.shelf), graph_logs({})):
        await m365(course)
        course.put(copilot, 9)
        broken = sorted(course.shelf.ids)[4]
        for number in range(1, 9):
            course.mischief.at(broken, number, refusal(500, {"error": {"code": "AF50000"}}))
        first = await course.run()
        missing = await course.completeness(frozenset({broken}))
        await course.run()
        assert missing == 0
        happened = f"first run: {first.outcome}, {first.counts.records} of 9; the next fetched the one that failed"
        told(happened, await course.completeness())


async def test_02_the_next_page_s_header_comes_in_odd_cases(course, told):
    async with course.serving(activity_feed(course.shelf), graph_logs({})):
        await m365(course)
        course.put(copilot, 12)
        report = await course.run()
        told(f"one run, {report.counts.records} records over 4 pages of the list", await course.completeness())


async def test_03_an_item_of_google_comes_26_hours_late(course, told, service_account, monkeypatch):
    monkeypatch.setenv("VENDOR_TOKEN", service_account)
    async with course.serving(google_reports(course.shelf)):
        given = {"credentials": "env:VENDOR_TOKEN", "subject": "admin@example.com", "applications": ["token"]}
        await course.source("google_workspace", **given, login_url=f"{course.base}/token")
        course.put(activity, 3)
        course.put(activity, 1, late=timedelta(hours=26))
        early = (await course.run(later=timedelta(hours=8))).counts.records
        for _ in range(6):
            await course.run(later=timedelta(hours=8))
        told(f"{early} at once, the late one by the daily reading of three days", await course.completeness())


async def test_04_a_walk_from_the_newest_is_killed_after_page_2_of_5_and_3_new_events_arrive(course, told):
    async with course.serving(slack(course.shelf)):
        await course.source("slack_audit", token="env:VENDOR_TOKEN")
        course.put(entry, 15)
        await course.killed("ingest.cursor_saved", 2)
        course.put(entry, 3, back=timedelta(minutes=19))
        before = await course.completeness(frozenset(sorted(course.shelf.ids)[:9]))
        await course.run()
        assert before == 0
        happened = "killed with pages 1 and 2 saved; the next run finished 3 to 5, then read the new"
        told(happened, await course.completeness())


async def test_05_an_empty_page_has_a_next_link(course, told):
    async with course.serving(okta_log(course.shelf, hollow=1)):
        await course.source("okta", org="example", token="env:VENDOR_TOKEN")
        course.put(sign_on, 4)
        first = await course.run()
        await course.run()
        happened = f"first run {first.outcome} with {first.counts.records} records; the next went on"
        told(happened, await course.completeness())


def launch(name, at, *, unified=False):
    """One launch of an app as the older schema tells it, or as the unified one does."""
    common = {
        "Id": f"{name}{'u' if unified else 'o'}", "Operation": "LaunchPowerApp", "UserId": "ana@example.com",
        "CreationTime": at.strftime("%Y-%m-%dT%H:%M:%S"), "UserKey": "ana", "OrganizationId": "t",
    }  # fmt: skip
    app = "0a0a0a0a-aaaa-4bbb-8ccc-000000000002"
    if not unified:
        return common | {"RecordType": 45, "Workload": "PowerApps", "AppName": app}
    told = {"powerplatform.analytics.resource.type": "PowerApp", "powerplatform.analytics.resource.power_app.id": app}
    named = [{"Name": key, "Value": value} for key, value in told.items()]
    return common | {"RecordType": 256, "Workload": "PowerPlatform", "PropertyCollection": named}


async def test_10_one_event_comes_in_two_feeds(course, told):
    async with course.serving(activity_feed(course.shelf), graph_logs({})):
        await m365(course)
        for minute in range(4):
            at = course.clock.now() - timedelta(minutes=30 - minute)
            for unified in (False, True):
                record = launch(f"launch-{minute}", at, unified=unified)
                course.shelf.put(record["Id"], record, at)
        report = await course.run()
        ids = {one.id for one in await course.observed()}
        told(f"{report.counts.observed} records of 4 launches in two schemas, 4 ids", len(ids) / 4)


async def test_11_four_sign_in_streams_share_one_path(course, told):
    kinds = ("interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity")
    shelves = {kind: Shelf(course.clock) for kind in kinds}
    async with course.serving(graph_logs(shelves)):
        streams = ["interactive", "non_interactive", "service_principal", "managed_identity"]
        await course.source("entra", max_back=DAY, **M365, login_url=course.base, streams=streams)
        for kind, shelf in shelves.items():
            course.put(sign_in, 7, shelf=shelf, kind=kind)
        await course.killed("ingest.cursor_saved", 4)
        await course.run()
        truth = frozenset(name for shelf in shelves.values() for name in shelf.ids)
        told("killed in the second stream; each went on at its own place", await course.completeness(truth))


async def test_13b_a_next_link_has_expired(course, told):
    async with course.serving(graph_logs({"interactiveUser": course.shelf})):
        await course.source("entra", max_back=DAY, **M365, login_url=course.base, streams=["interactive"])
        course.put(sign_in, 9)
        await course.killed("ingest.cursor_saved", 1)
        course.mischief.at("signIns", 1, refusal(410, {"error": {"code": "syncStateNotFound"}}))
        report = await course.run()
        told(f"the link answered 410, its window was read again: {report.outcome}", await course.completeness())


async def test_21_events_come_as_an_object_and_as_an_array(course, told, service_account, monkeypatch):
    monkeypatch.setenv("VENDOR_TOKEN", service_account)
    async with course.serving(google_reports(course.shelf)):
        given = {"credentials": "env:VENDOR_TOKEN", "subject": "admin@example.com", "applications": ["token"]}
        await course.source("google_workspace", **given, login_url=f"{course.base}/token")
        course.put(activity, 3)
        course.put(activity, 3, listed=False)
        report = await course.run()
        told(f"{report.counts.observed} observed, {report.counts.rejected} rejected", await course.completeness())


async def test_22_a_record_type_is_a_number_and_a_text(course, told):
    async with course.serving(activity_feed(course.shelf), graph_logs({})):
        await m365(course)
        course.put(copilot, 2)
        course.put(copilot, 2, record_type="261")
        report = await course.run()
        told(f"{report.counts.observed} observed, {report.counts.rejected} rejected", await course.completeness())


async def test_24_nothing_for_a_week_then_one_old_event(course, told):
    async with course.serving(slack(course.shelf)):
        await course.source("slack_audit", token="env:VENDOR_TOKEN")
        course.put(entry, 2)
        await course.run()
        for _ in range(7):
            await course.run(later=timedelta(days=1))
        course.put(entry, 1, back=timedelta(days=7, minutes=25))
        report = await course.run()
        told(f"seven empty days ({report.outcome}), then the old event was read", await course.completeness())
