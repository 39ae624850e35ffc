"""The pages of sources and dead letters: what is shown, what forms do, and what is never sent back."""

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from connectors.base import discover
from schemas.deadletter import DeadLetter
from services.inventory.console import sources_adding
from services.kit.control import requests, runs, sources, truth
from services.kit.control.rows import Counts
from services.kit.control.truth import Share, Truth
from services.kit.deadletters import INSERT
from services.kit.runtime import Runtime

OKTA = {"connector": "okta", "name": "Okta EU", "config.org": "example.okta.com", "config.token": "env:OKTA_TOKEN"}
HERE = Share(share=0.97, least=0.94, most=0.9921)
STATED = Truth(
    as_of=datetime(2026, 11, 16, 11, tzinfo=UTC), hour=HERE, day=HERE, week=Share(why="not read long enough"),
    lateness=(60.0, 720.0, 3600.0),
)  # fmt: skip
STORY = {
    "no_permission": "the token's owner may not read it", "not_licensed": "it takes E5", "not_enabled": "audit is off",
    "healthy": None,
}  # fmt: skip


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """No ingest answers here: forms don't wait for one."""
    monkeypatch.setattr(sources_adding, "PATIENCE_SECONDS", 0)


@pytest.fixture
async def filled(surface: Runtime) -> Runtime:
    """One source a state, and a letter of each."""
    now = surface.clock.now()
    async with surface.engine.begin() as connection:
        for name, message in STORY.items():
            config = {"org": "example.okta.com", "token": "env:T"}
            await sources.add(
                connection, connector="okta", name=name, config=config, every=timedelta(minutes=1), next_run_at=now
            )
            made = sources.identifier(name)
            run = await runs.start(connection, made, 0, now - timedelta(minutes=2))
            counts = Counts(pages=1, records=5, observed=3, ignored={"user.session.start": 1}, rejected=1)
            await runs.end(
                connection, run, made, at=now, outcome=name, counts=counts, message=message, lateness=(60.0, 300.0),
                last_event_at=now - timedelta(minutes=3), began=now, next_run_at=now + timedelta(minutes=9),
            )  # fmt: skip
            letter = DeadLetter(
                id=f"{made}:a.1", origin=made, position="page <1>#4", reason="no <time>", first_failed_at=now,
                sealed=surface.keys.seal(b"violet-heron-canary"),
            )  # fmt: skip
            await connection.execute(INSERT, [msgspec.structs.asdict(letter)])
            await truth.first_seen(connection, made, (), 1)
            await truth.say(connection, made, STATED)
    return surface


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


PAGES = {
    "/sources": "/sources.json", "/sources/new": "/sources/new.json", "/deadletters": "/deadletters.json",
    "/sources/new?connector=okta": "/sources/new.json?connector=okta", "/sources/healthy": "/sources/healthy.json",
    "/sources/no_permission": "/sources/no_permission.json",
    "/deadletters/healthy:a.1": "/deadletters/healthy:a.1.json",
    "/deadletters?state=all&origin=healthy": "/deadletters.json?state=all&origin=healthy",
}  # fmt: skip


@pytest.mark.parametrize(("path", "twin"), PAGES.items())
async def test_every_page_has_its_twin_and_brings_neither_script_nor_record(operator, filled, path, twin):
    page = await operator.get(path, headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f'href="{twin.replace("&", "&amp;")}"' in page.text
    assert (await operator.get(twin)).headers["content-type"] == "application/json"
    assert "<script" not in page.text
    assert not re.search(r'\sstyle="|<time>"|canary', page.text)
    assert not re.search(r'(src|action)="(https?:)?//|rel="stylesheet" href="http', page.text)


async def test_those_that_need_somebody_stand_first(operator, filled):
    html = (await operator.get("/sources")).text
    assert re.findall(r'<td class="lead"><a href="/sources/(\w+)"', html) == list(STORY)
    assert "3 can't be read" in text_of(html)
    assert "Dead letters (4)" in text_of(html)
    assert html.count("94\u201399.2") == 2 * len(STORY), "the hour's and the day's interval"
    assert html.count("not read long enough") == len(STORY)
    assert re.search(r"95 % 12 min\s+99 % 60 min", text_of(html)), text_of(html)


@pytest.mark.parametrize("state", STORY)
async def test_each_state_says_what_to_do(operator, filled, state):
    said = text_of((await operator.get(f"/sources/{state}")).text.replace("&#39;", "'"))
    wanted = {
        "no_permission": ["may not read this", "Grant: okta.logs.read", "the token's owner may not read it"],
        "not_licensed": ["plan does not include it", "Okta for AI Agents", "it takes E5"],
        "not_enabled": ["not switched on", "audit is off"], "healthy": ["Nothing is to be done", "in 9 min"],
    }[state]  # fmt: skip
    assert all(each in said for each in wanted), said
    assert "half within 60 s, 95 % within 12 min, 99 % within 60 min" in said
    assert "97 %, 95 times of 100 between 94 and 99.2 %" in said


@pytest.mark.parametrize(("words", "names"), [("slack AUDIT", ["slack_audit"]), ("no such thing", [])])
async def test_kinds_are_found_by_words(operator, words, names):
    found = (await operator.get("/sources/new.json", params={"q": words})).json()["items"]
    assert [each["name"] for each in found] == names
    html = (await operator.get("/sources/new", params={"q": words})).text
    assert ("No kind of source is called so" in html) == (not names)
    assert f'value="{words}"' in html


@pytest.mark.parametrize("name", sorted(set(discover()) - {"registry_csv"}))
async def test_a_form_is_drawn_for_every_kind(operator, name):
    html = (await operator.get("/sources/new", params={"connector": name})).text
    fields = set(re.findall(r'name="config\.(\w+)"', html))
    assert fields == set(getattr(discover()[name].config, "__struct_fields__", ()))
    for place in re.findall(r'id="(f-[^"]+)"', html):
        assert f'<label for="{place}"' in html
    for places in re.findall(r'aria-describedby="([^"]+)"', html):
        assert all(f'id="{place}"' in html for place in places.split())


async def test_a_source_is_added_by_its_form_and_tried(operator, surface):
    answer = await operator.post("/sources/new", data=OKTA | {"config.base_url": "", "paused": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sources/okta-eu#trial")
    html = (await operator.get("/sources/okta-eu")).text
    assert "No ingest service has taken it yet" in html
    assert "env:OKTA_TOKEN" in html
    async with surface.engine.begin() as connection:
        row = await sources.get(connection, "okta-eu")
        assert (row.paused, dict(row.config)) == (True, {"org": "example.okta.com", "token": "env:OKTA_TOKEN"})
        taken = await requests.take(connection)
        assert taken is not None
        await requests.finish(connection, taken, at=surface.clock.now(), outcome="no_permission", message="may <not>")
    said = (await operator.get("/sources/okta-eu")).text
    assert "may &lt;not&gt;" in said
    assert said.count("Grant: okta.logs.read") >= 2, "in the trial's steps, and in what it needs"


async def test_faults_stand_at_their_fields_and_a_secret_is_not_sent_back(operator, surface):
    wrong = OKTA | {"name": "!", "config.org": "<b>kept</b>", "config.token": "violet-heron-canary", "every": "soon"}
    answer = await operator.post("/sources/new", data=wrong)
    assert (answer.status_code, "violet-heron-canary" in answer.text) == (422, False)
    for name in ("name", "every", "config.token"):
        assert re.search(rf'<p class="fault" id="e-{re.escape(name)}">', answer.text), name
        assert f'href="#f-{name}"' in answer.text
        assert re.search(rf'id="f-{re.escape(name)}"[^>]*aria-invalid="true"[^>]*e-{re.escape(name)}', answer.text), (
            name
        )
    assert 'value="&lt;b&gt;kept&lt;/b&gt;"' in answer.text
    async with surface.engine.connect() as connection:
        assert await sources.list_all(connection) == []


async def test_a_form_that_is_no_form_of_ours_is_refused(operator):
    assert (await operator.post("/sources/new", data={"connector": "nothing"})).status_code == 404
    answer = await operator.post("/sources/new", files={"connector": ("x", b"okta")})
    assert answer.status_code in {400, 422}
    many = {f"config.c{number}": "x" for number in range(200)}
    assert (await operator.post("/sources/new", data=OKTA | many)).status_code == 400
    answer = await operator.post("/sources/new", data=OKTA, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


async def test_acts_of_the_page(operator, filled):
    for act, part in (("pause", ""), ("resume", ""), ("run", "#runs"), ("test", "#trial")):
        answer = await operator.post(f"/sources/healthy/{act}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sources/healthy{part}")
    wrong = await operator.post("/sources/healthy/backfill", data={"first": "2026-11-09", "last": "2026-11-02"})
    assert (wrong.status_code, 'id="e-last"' in wrong.text, "<details open>" in wrong.text) == (422, True, True)
    assert 'href="/sources/healthy.json"' in wrong.text
    days = {"first": "2026-11-01", "last": "2026-11-02"}
    assert (await operator.post("/sources/healthy/backfill", data=days)).status_code == 303
    assert "1 Nov 2026 until before 3 Nov 2026" in (await operator.get("/sources/healthy")).text
    assert (await operator.post("/sources/healthy/remove")).headers["location"] == "/sources"
    assert (await operator.get("/sources/healthy")).status_code == 404


async def test_letters_are_replayed_and_dropped_from_the_page(operator, filled):
    group = {"origin": "healthy", "reason": "no <time>"}
    answer = await operator.post("/deadletters/replay", data=group)
    assert (answer.status_code, answer.headers["location"]) == (303, "/deadletters/healthy%3Aa.1")
    assert "waits for an ingest service" in (await operator.get("/deadletters/healthy:a.1")).text
    answer = await operator.post("/deadletters/drop", data={"ids": "not_enabled:a.1"})
    assert answer.status_code == 303
    html = (await operator.get("/deadletters")).text
    assert "not_enabled" not in html
    assert "no &lt;time&gt;" in html


async def test_who_may_only_look_is_offered_nothing_to_change(viewer, filled):
    for path in ("/sources", "/sources/healthy"):
        html = (await viewer.get(path)).text
        assert re.findall(r'<form[^>]*action="([^"]+)"', html) == ["/logout"]
        assert "/sources/new" not in html
        assert "/deadletters" not in html
    for path in ("/sources/new", "/deadletters"):
        assert (await viewer.get(path)).status_code == 403
