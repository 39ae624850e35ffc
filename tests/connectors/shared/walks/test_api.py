"""What an answer means: a refusal, a page of HTML, an error told with 200, another host."""

import json
from types import SimpleNamespace

import pytest

from connectors.base import Trouble
from connectors.shared.walks import Api, Expired, several
from connectors.shared.walks.streams import gravest

BASE = "https://api.example.com"


def api(status, body, **settings):
    async def get(url, *, params=None, headers=None, accept=(), once=False):
        asked.append((url, headers))
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return SimpleNamespace(
            status=status, headers={"X-Rate": "9"}, content=content, url=url, json=lambda: json.loads(content)
        )

    asked = []
    refusals = {403: Trouble("no_permission", "grant audit.read")}
    made = Api(
        SimpleNamespace(http=SimpleNamespace(get=get, post=get)), BASE,
        headers={"Authorization": "Bearer x"}, refusals=refusals, **settings,
    )  # fmt: skip
    return made, asked


async def test_an_answer_is_its_json_and_its_headers_in_lower_case():
    made, asked = api(200, {"data": []})
    answer = await made.get("/log")
    assert (answer.body, answer.headers["x-rate"], answer.status) == ({"data": []}, "9", 200)
    assert asked == [(f"{BASE}/log", {"Accept": "application/json", "Authorization": "Bearer x"})]


@pytest.mark.parametrize(
    ("status", "body", "state", "words"),
    [
        (403, {"message": "no"}, "no_permission", "grant audit.read"),
        (404, {}, "failing", "/log: answered 404"),
        (200, b"<html>sign in</html>", "failing", "without JSON"),
        (200, {"error": "quota"}, "failing", "an error in place of data"),
        (403, b"<html>blocked</html>", "no_permission", "grant audit.read"),
    ],
)
async def test_what_a_refusal_means(status, body, state, words):
    made, _ = api(status, body)
    with pytest.raises(Trouble, match=words) as told:
        await made.get("/log")
    assert told.value.state == state


async def test_a_token_is_sent_to_its_own_host_only():
    made, asked = api(200, [])
    with pytest.raises(Trouble, match="another host"):
        await made.get("https://elsewhere.example.net/next")
    assert asked == []


async def test_a_resumed_token_that_is_gone_is_told_apart():
    made, _ = api(410, {}, gone=(410,))
    with pytest.raises(Expired):
        await made.get("/log", resumed=True)
    with pytest.raises(Trouble, match="answered 410"):
        await made.get("/log")


async def test_a_body_may_say_more_than_its_status():
    made, _ = api(403, {"code": "plan"}, said=lambda told: Trouble("not_licensed", "plan") if told.body else None)
    with pytest.raises(Trouble) as told:
        await made.get("/log")
    assert told.value.state == "not_licensed"


async def test_a_stream_that_fails_hinders_no_other():
    async def good():
        yield "page"

    async def bad(state, retry_after=None):
        raise Trouble(state, "told", retry_after)
        yield

    pages = []
    with pytest.raises(Trouble, match="a: told; c: told") as told:
        async for page in several(None, {"a": bad("not_licensed", 9.0), "b": good(), "c": bad("no_permission")}):
            pages.append(page)
    assert pages == ["page"]
    assert (told.value.state, told.value.retry_after) == ("no_permission", 9.0)
    assert gravest([]) is None
