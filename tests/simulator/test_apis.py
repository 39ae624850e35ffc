"""The APIs answer as the vendors' do: limits, error codes, paging, late and repeated records, tokens that end."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.kit.clock import ManualClock
from services.simulator import company
from services.simulator.driven import DrivenClock
from services.simulator.faults import Faults
from services.simulator.server import application, credentials, serve
from services.simulator.world import world

NOW = datetime(2026, 11, 18, 8, 30, tzinfo=UTC)
MADE = world(NOW, people=50)
KNOWN = credentials()
FEED = f"/api/v1.0/{company.TENANT}/activity/feed"
GENERAL = {"contentType": "Audit.General"}


class Client:
    def __init__(self, http):
        self.http, self.token = http, ""

    async def sign_in(self, **changed):
        form = {
            "grant_type": "client_credentials",
            "client_id": company.CLIENT,
            "client_secret": KNOWN.client_secret,
            "scope": "https://manage.office.com/.default",
            **changed,
        }
        answer = await self.http.post(f"/{company.TENANT}/oauth2/v2.0/token", data=form)
        self.token = answer.json().get("access_token", "")
        return answer

    async def feed(self, path, method="GET", **params):
        url = path if path.startswith("http") else f"{FEED}{path}"
        head = {"Authorization": f"Bearer {self.token}"}
        return await self.http.request(method, url, params=params or None, headers=head)

    async def window(self, begin, end, **params):
        times = {"startTime": f"{begin:%Y-%m-%dT%H:%M:%S}", "endTime": f"{end:%Y-%m-%dT%H:%M:%S}"}
        return await self.feed("/subscriptions/content", **GENERAL, **times, **params)

    async def logs(self, url="/api/v1/logs", token=KNOWN.okta_token, **params):
        return await self.http.get(url, params=params or None, headers={"Authorization": f"SSWS {token}"})


@asynccontextmanager
async def client(clock=None, wall=None, made=MADE, **faults):
    app = application(made, clock or ManualClock(made.now), KNOWN, Faults(**faults), wall)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:1") as http:
        made_client = Client(http)
        await made_client.sign_in()
        yield made_client


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "somebody"}, 400, "unauthorized_client"),
        ({"scope": "https://manage.office.com"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_the_token_endpoint_refuses_by_name(changed, status, error):
    async with client() as api:
        answer = await api.sign_in(**changed)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert (await api.feed("/subscriptions/list")).status_code == 401


async def test_subscriptions_start_once_and_content_needs_one():
    async with client(subscribed=False) as api:
        assert code(await api.feed("/subscriptions/content", **GENERAL)) == (400, "AF20022")
        started = await api.feed("/subscriptions/start", "POST", **GENERAL)
        assert (started.status_code, started.json()["status"]) == (200, "enabled")
        assert code(await api.feed("/subscriptions/start", "POST", **GENERAL)) == (400, "AF20024")
        assert code(await api.feed("/subscriptions/start", "POST", contentType="Audit.Nothing")) == (400, "AF20020")
        assert [entry["contentType"] for entry in (await api.feed("/subscriptions/list")).json()] == ["Audit.General"]
        assert (await api.feed("/subscriptions/stop", "POST", **GENERAL)).status_code == 204
        assert code(await api.feed("/subscriptions/content", **GENERAL)) == (400, "AF20022")


@pytest.mark.parametrize(
    ("begin", "end", "error"),
    [
        (timedelta(days=3), timedelta(days=2), None),
        (timedelta(days=3), timedelta(days=1, hours=23), "AF20055"),
        (timedelta(days=7, hours=2), timedelta(days=7), "AF20055"),
        (timedelta(days=1), timedelta(days=2), "AF20055"),
        (timedelta(days=7), timedelta(days=6, hours=12), None),
    ],
)
async def test_windows_are_a_day_at_most_and_seven_days_back(begin, end, error):
    async with client() as api:
        answer = await api.window(MADE.now - begin, MADE.now - end)
        assert (answer.status_code == 200) if error is None else (code(answer) == (400, error))


async def test_times_come_both_or_not_at_all():
    async with client() as api:
        one = await api.feed("/subscriptions/content", **GENERAL, startTime="2026-11-17T00:00:00")
        assert code(one) == (400, "AF20030")
        assert (await api.feed("/subscriptions/content", **GENERAL)).status_code == 200


async def test_pages_are_linked_by_a_header_in_changing_case_and_hold_each_blob_once():
    day = MADE.now - timedelta(hours=24)
    async with client(list_page=2) as api:
        answer, cases, ids = await api.window(day, MADE.now), set(), []
        while True:
            ids += [entry["contentId"] for entry in answer.json()]
            cases |= {name for name, _ in answer.headers.raw if name.lower() == b"nextpageuri"}
            if "nextpageuri" not in answer.headers:
                break
            answer = await api.feed(answer.headers["nextpageuri"])
    assert {b"NextPageUri", b"Nextpageuri"} <= cases
    assert len(ids) == len(set(ids)) > 4


async def test_blobs_are_unordered_repeat_records_and_appear_when_created():
    clock = ManualClock(MADE.since + timedelta(days=2))
    async with client(clock) as api:
        early = await blobs(api, MADE, clock.now())
        clock.advance(MADE.now - clock.now())
        late = await blobs(api, MADE, clock.now())
    assert early.keys() < late.keys()
    assert all(early[one] == late[one] for one in early)
    times = [[record["CreationTime"] for record in records] for records in late.values()]
    assert any(one != sorted(one) for one in times)
    ids = [record["Id"] for records in late.values() for record in records]
    assert len(ids) > len(set(ids))
    assert any(len(records) > len({record["Id"] for record in records}) for records in late.values())


async def blobs(api, made, now):
    found, begin = {}, made.since
    while begin < now:
        end = min(begin + timedelta(hours=24), now)
        for entry in (await api.window(begin, end)).json():
            created = datetime.fromisoformat(entry["contentCreated"])
            assert begin <= created < end + timedelta(seconds=1)
            found[entry["contentId"]] = (await api.feed(entry["contentUri"])).json()
        begin = end
    return found


async def test_some_records_come_hours_after_their_event():
    made = world(NOW, people=300)
    async with client(made=made) as api:
        begin, most = made.since, timedelta(0)
        while begin < made.now:
            end = min(begin + timedelta(hours=24), made.now)
            for entry in (await api.window(begin, end)).json():
                created = datetime.fromisoformat(entry["contentCreated"])
                for record in (await api.feed(entry["contentUri"])).json():
                    at = datetime.fromisoformat(record["CreationTime"]).replace(tzinfo=UTC)
                    assert at <= created
                    most = max(most, created - at)
            begin = end
    assert most > timedelta(hours=4)


async def test_a_throttled_request_says_how_long_in_seconds_and_as_a_date():
    async with client(throttle_every=3) as api:
        answers = [await api.feed("/subscriptions/list") for _ in range(6)]
        waits = [answer.headers["retry-after"] for answer in answers if answer.status_code == 429]
        assert [answer.status_code for answer in answers] == [200, 200, 429] * 2
        assert waits[0] == "1"
        assert waits[1].endswith("GMT")
        assert code(answers[2]) == (429, "AF429")


async def test_a_token_that_ends_in_the_middle_is_401_and_a_new_one_goes_on():
    async with client(token_uses=2) as api:
        statuses = [(await api.feed("/subscriptions/list")).status_code for _ in range(3)]
        await api.sign_in()
        assert [*statuses, (await api.feed("/subscriptions/list")).status_code] == [200, 200, 401, 200]
    wall = ManualClock(NOW)
    async with client(wall=wall) as api:
        wall.advance(timedelta(seconds=3600))
        assert (await api.feed("/subscriptions/list")).status_code == 401


async def test_a_blob_fails_once_and_unknown_or_old_ones_are_named():
    clock = ManualClock(MADE.now)
    async with client(clock, fail_every=1) as api:
        entry = (await api.feed("/subscriptions/content", **GENERAL)).json()[0]
        assert code(await api.feed(entry["contentUri"])) == (500, "AF50000")
        assert (await api.feed(entry["contentUri"])).status_code == 200
        assert code(await api.feed("/audit/nothing")) == (404, "AF20050")
        clock.advance(timedelta(days=9))
        assert code(await api.feed(entry["contentUri"])) == (400, "AF20051")


async def test_another_tenant_is_refused():
    async with client() as api:
        answer = await api.feed(f"http://127.0.0.1:1{FEED.replace(company.TENANT, 'other')}/subscriptions/list")
        assert code(answer) == (400, "AF20010")


async def test_polling_never_ends_and_takes_up_where_it_stood():
    made = world(NOW, people=300)
    clock = ManualClock(made.since + timedelta(days=3))
    async with client(clock, made=made) as api:
        answer = await api.logs(limit=100, sortOrder="ASCENDING", since=f"{MADE.since:%Y-%m-%dT%H:%M:%S.000Z}")
        seen = []
        while answer.json():
            seen += answer.json()
            answer = await api.logs(answer.links["next"]["url"])
        waiting = answer.links["next"]["url"]
        assert (await api.logs(waiting)).json() == []
        clock.advance(made.now - clock.now())
        assert (await api.logs(waiting)).json()
    published = [event["published"] for event in seen]
    assert len({event["uuid"] for event in seen}) == len(seen)
    assert published != sorted(published)


async def test_a_bounded_request_is_ordered_by_publication_and_ends():
    async with client() as api:
        day = {"since": f"{MADE.since:%Y-%m-%dT%H:%M:%SZ}", "until": f"{MADE.until:%Y-%m-%dT%H:%M:%SZ}"}
        answer, seen = await api.logs(**day, limit=40), []
        while True:
            seen += answer.json()
            if "next" not in answer.links:
                break
            answer = await api.logs(answer.links["next"]["url"])
        newest = (await api.logs(**day, sortOrder="DESCENDING", limit=1)).json()[0]
    published = [event["published"] for event in seen]
    assert len(published) > 40
    assert published == sorted(published)
    assert newest["published"] == published[-1]


async def test_okta_counts_requests_a_minute_and_refuses_what_it_cannot_read():
    wall = ManualClock(NOW)
    async with client(wall=wall, per_minute=2) as api:
        answers = [await api.logs(limit=1) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json()["errorCode"] == "E0000047"
        assert [answer.headers["x-rate-limit-remaining"] for answer in answers] == ["1", "0", "0"]
        assert int(answers[0].headers["x-rate-limit-reset"]) - NOW.timestamp() == 60
        wall.advance(timedelta(minutes=1))
        assert (await api.logs(limit=1)).status_code == 200
        assert (await api.logs(token="wrong")).json()["errorCode"] == "E0000011"
    async with client() as api:
        for wrong in ({"limit": "1001"}, {"limit": "x"}, {"since": "soon"}, {"after": "zz"}, {"filter": "x eq 1"}):
            assert (await api.logs(**wrong)).json()["errorCode"] == "E0000001"


async def test_the_company_is_served_on_loopback_and_its_clock_can_be_pushed():
    wall = ManualClock(NOW)
    clock = DrivenClock(MADE.since, wall, speed=60)
    async with serve(MADE, clock) as served, httpx.AsyncClient(base_url=served.base_url) as http:
        assert served.base_url.startswith("http://127.0.0.1:")
        head = {"Authorization": f"SSWS {served.credentials.okta_token}"}
        assert (await http.get("/api/v1/logs", headers=head)).json() == []
        wall.advance(timedelta(minutes=24))
        assert (await http.get("/simulator/clock")).json()[
            "now"
        ] == f"{MADE.since + timedelta(days=1):%Y-%m-%dT%H:%M:%S}.000Z"
        await http.post("/simulator/clock", params={"advance": 5 * 86_400})
        answer = await http.get("/api/v1/logs", headers=head)
        assert len(answer.json()) == 100
        assert answer.links["next"]["url"].startswith(served.base_url)
