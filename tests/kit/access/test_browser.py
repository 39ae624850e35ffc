import pytest

from services.kit.access.browser import cross_site, is_loopback, refused

HOST = {"host": "127.0.0.1:8480"}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8480", "localhost", "LOCALHOST:1", "[::1]:8480", "[::1]", "127.8.8.8"]
)
def test_names_of_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "evil.example:8480", "127.0.0.1.evil.example", "10.0.0.1", "[::]", "localhost.evil.example"],
)
def test_names_that_are_not(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("headers", "is_cross"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"origin": "http://127.0.0.1:8480"}, False),
        ({"origin": "http://127.0.0.1:9999"}, True),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "null"}, True),
    ],
)
def test_who_made_the_browser_send_it(headers, is_cross):
    assert cross_site(headers, HOST["host"]) is is_cross


def test_reading_across_sites_is_left_to_the_browser_but_changing_is_refused():
    there = HOST | {"sec-fetch-site": "cross-site"}
    assert refused("GET", "/", there, loopback=True) is None
    assert refused("POST", "/", there, loopback=True) == (403, "this change was asked for by another site")


def test_probes_and_requests_with_a_token_may_use_any_name():
    assert refused("GET", "/metrics", {"host": "penumbra:8480"}, loopback=True) is None
    assert refused("POST", "/v1/push/squid", {"host": "penumbra", "authorization": "Bearer x"}, loopback=True) is None
    assert refused("GET", "/", {"host": "penumbra"}, loopback=True) is not None
    assert refused("GET", "/", {"host": "penumbra"}, loopback=False) is None


async def test_a_rebound_name_is_refused_before_any_route(signed_in):
    answer = await signed_in.get("/alerts", headers={"host": "evil.example"})
    assert answer.status_code == 421


async def test_a_form_on_another_site_changes_nothing(signed_in):
    answer = await signed_in.post("/alerts", json={"count": 1}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert (await signed_in.post("/alerts", json={"count": 1})).json() == {"count": 1}


@pytest.mark.parametrize("path", ["/alerts", "/login", "/nowhere", "/fails/missing", "/fails/unexpectedly"])
async def test_every_answer_carries_the_security_headers(signed_in, path):
    headers = (await signed_in.get(path)).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "referrer-policy" in headers


@pytest.mark.parametrize(
    ("how", "status"), [("missing", 404), ("conflict", 409), ("later", 503), ("wrong", 422), ("otherwise", 500)]
)
async def test_errors_become_problem_documents_without_a_trace(signed_in, how, status):
    answer = await signed_in.get(f"/fails/{how}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert "swordfish" not in answer.text
    assert "Traceback" not in answer.text


async def test_details_of_errors_arrive(signed_in):
    assert (await signed_in.get("/fails/later")).headers["retry-after"] == "7"
    assert (await signed_in.get("/fails/wrong")).json()["errors"] == ["one", "two"]


async def test_a_body_that_is_wrong_is_told_by_place_and_not_repeated(signed_in):
    answer = await signed_in.post("/alerts", json={"count": "swordfish"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"] == "body.count"
    assert "swordfish" not in answer.text


async def test_a_missing_page_is_a_page_in_a_browser(signed_in):
    answer = await signed_in.get("/nowhere", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
