"""The client against a real server on loopback: retries, waits, refusals, and what is written to the log."""

import gzip
import json
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from services.kit import egress
from services.kit.clock import ManualClock
from services.kit.errors import Misconfigured, Transient
from services.kit.http import Http, Limits, NoPermission, NotLicensed, Reconnect, SourceTrouble
from services.kit.settings import Settings
from tests.kit.http.server import Answer, Server


class Naps(list[float]):
    """Remembers the pauses it was asked for and takes none."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
async def http(settings: Settings, clock: ManualClock, naps: Naps) -> AsyncIterator[Http]:
    async with egress.client(settings) as client:
        yield Http(client, clock, Limits(1000).of("test"), sleep=naps, largest_body=100_000)


async def test_answer_is_read_and_headers_are_found_in_any_case(http: Http, server: Server) -> None:
    server.script = [Answer(200, {"Nextpageuri": "https://example.com/2"}, b'{"value": [1]}')]
    answer = await http.get(f"{server.url}/feed", params={"a": "b c"}, headers={"Authorization": "Bearer t"})
    assert answer.json() == {"value": [1]}
    assert answer.headers["NextPageUri"] == "https://example.com/2"
    assert answer.url == f"{server.url}/feed?a=b+c"
    assert server.seen[0].headers["authorization"] == "Bearer t"
    assert server.seen[0].headers["accept"] == "application/json"


async def test_post_sends_form_or_json(http: Http, server: Server) -> None:
    await http.post(f"{server.url}/token", data={"grant_type": "client_credentials"})
    await http.post(f"{server.url}/query", json={"q": 1})
    assert server.seen[0].body == b"grant_type=client_credentials"
    assert json.loads(server.seen[1].body) == {"q": 1}


async def test_passing_trouble_is_retried_with_growing_pauses(http: Http, server: Server, naps: Naps) -> None:
    server.script = [Answer(502), Answer(503), Answer(429), Answer(200, {}, b"[]", cut=True)]
    assert (await http.get(server.url)).status == 200
    assert len(server.seen) == 5
    assert naps == sorted(naps)


@pytest.mark.parametrize("lost", [Answer(502), Answer(500), Answer(200, {}, b"[]", cut=True)])
async def test_what_may_have_worked_is_not_asked_twice_where_asking_moves_something(
    http: Http, server: Server, naps: Naps, lost: Answer
) -> None:
    server.script = [Answer(429), Answer(409), lost]
    with pytest.raises(Transient):
        await http.get(server.url, once=True)
    assert len(server.seen) == 3
    assert len(naps) == 2


async def test_retry_after_is_kept(http: Http, server: Server, naps: Naps) -> None:
    server.script = [Answer(429, {"Retry-After": "7"}), Answer(429, {"Retry-After": "0"})]
    assert (await http.get(server.url)).status == 200
    assert naps == [7.0, 0.05]


async def test_long_wait_goes_to_the_scheduler(http: Http, server: Server, naps: Naps) -> None:
    server.script = [Answer(429, {"Retry-After": "14400"})]
    with pytest.raises(Transient) as caught:
        await http.get(server.url)
    assert caught.value.retry_after == 14_400
    assert naps == []


async def test_gives_up_after_its_attempts(http: Http, server: Server, naps: Naps) -> None:
    server.script = [Answer(500)] * 9
    with pytest.raises(Transient, match="answered 500"):
        await http.get(server.url)
    assert len(server.seen) == 5


@pytest.mark.parametrize(
    ("status", "error", "state"),
    [
        (401, Reconnect, "failing"),
        (402, NotLicensed, "not_licensed"),
        (403, NoPermission, "no_permission"),
        (404, SourceTrouble, "failing"),
        (400, SourceTrouble, "failing"),
    ],
)
async def test_trouble_is_named_and_not_repeated(
    http: Http, server: Server, status: int, error: type[SourceTrouble], state: str
) -> None:
    server.script = [Answer(status)]
    with pytest.raises(error) as caught:
        await http.get(f"{server.url}/x", params={"token": "canary"})
    assert caught.value.state == state
    assert "canary" not in str(caught.value)
    assert len(server.seen) == 1


async def test_accepted_status_is_handed_on(http: Http, server: Server) -> None:
    server.script = [Answer(400, {}, b'{"error": {"code": "AF20024"}}')]
    assert (await http.get(server.url, accept=(400,))).json()["error"]["code"] == "AF20024"


async def test_rate_limit_behind_an_accepted_403_is_waited_for(http: Http, server: Server, naps: Naps) -> None:
    server.script = [Answer(403, {"x-ratelimit-remaining": "0", "retry-after": "3"}), Answer(403)]
    assert (await http.get(server.url, accept=(403,))).status == 403
    assert naps == [3.0]


async def test_sign_in_page_in_place_of_json_is_named(http: Http, server: Server) -> None:
    server.script = [Answer(200, {"content-type": "text/html"}, b"<html>Sign in</html>")]
    with pytest.raises(Transient, match="HTML page"):
        await http.get(server.url)


async def test_page_may_be_asked_for(http: Http, server: Server) -> None:
    server.script = [Answer(200, {"content-type": "text/html"}, b"<html/>")]
    assert (await http.get(server.url, headers={"accept": "text/html"})).content == b"<html/>"


async def test_body_that_is_no_json_is_transient(http: Http, server: Server) -> None:
    server.script = [Answer(200, {}, b'{"value": [')]
    answer = await http.get(server.url)
    with pytest.raises(Transient, match="no JSON"):
        answer.json()


async def test_redirect_within_the_host_is_followed_and_to_another_refused(http: Http, server: Server) -> None:
    server.script = [Answer(302, {"Location": "/b"})]
    answer = await http.get(f"{server.url}/a", headers={"authorization": "Bearer t"})
    assert answer.url == f"{server.url}/b"
    server.script = [Answer(302, {"Location": "http://elsewhere.example.com/"})]
    with pytest.raises(SourceTrouble, match=r"elsewhere\.example\.com"):
        await http.get(f"{server.url}/a")
    server.script = [Answer(302, {"Location": "/a"})] * 9
    with pytest.raises(SourceTrouble, match="circle"):
        await http.get(f"{server.url}/a")


async def test_redirect_a_connector_reads_itself_is_handed_back(http: Http, server: Server) -> None:
    server.script = [Answer(307, {"Location": "https://files.example.net/signed"})]
    answer = await http.get(f"{server.url}/a", headers={"authorization": "Bearer t"}, accept=(307,))
    assert (answer.status, answer.headers["location"]) == (307, "https://files.example.net/signed")


async def test_body_is_bounded_after_decompression(http: Http, server: Server) -> None:
    bomb = gzip.compress(b"0" * 5_000_000)
    server.script = [Answer(200, {"content-encoding": "gzip"}, bomb)]
    with pytest.raises(SourceTrouble, match="larger than"):
        await http.get(server.url)


async def test_nothing_secret_is_logged(http: Http, server: Server) -> None:
    server.script = [Answer(200, {"set-cookie": "canary", "retry-after": "3"})]
    with capture_logs() as logs:
        await http.get(f"{server.url}/p", params={"q": "canary"}, headers={"authorization": "canary"})
    assert logs
    assert "canary" not in repr(logs)
    assert logs[0]["headers"]["retry-after"] == "3"


@pytest.mark.parametrize("url", ["ftp://example.com/", "file:///etc/passwd", "http://", "http://h:99999/", "nonsense"])
async def test_only_web_addresses_are_asked(http: Http, url: str) -> None:
    with pytest.raises(Misconfigured):
        await http.get(url)


def test_one_credential_has_one_limiter() -> None:
    limits = Limits()
    assert limits.of("okta env:A") is limits.of("okta env:A")
    assert limits.of("okta env:A") is not limits.of("okta env:B")
