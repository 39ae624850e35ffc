"""Signing in through an identity provider: what is taken, and what is not, whatever it says."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.kit.access import attempt
from services.kit.clock import ManualClock
from tests.kit.access.identity_provider import SECRET, IdentityProvider, key
from tests.kit.access.provided import ADDRESS, Browser, app_of, served, settings_of

DATA = {"accept": "*/*"}


class Followed:
    """The clock of whichever test runs."""

    def __init__(self) -> None:
        self.of: ManualClock | None = None

    def now(self):
        return self.of.now()


@pytest.fixture(scope="module")
async def serving() -> AsyncIterator[IdentityProvider]:
    async with served(Followed()) as provider:
        yield provider


@pytest.fixture
def provider(serving, clock, monkeypatch) -> IdentityProvider:
    monkeypatch.setenv("PENUMBRA_TEST_SECRET", SECRET)
    serving.clock.of = clock
    serving.reset()
    return serving


@pytest.fixture
def app(provider, engine, keys, clock):
    return app_of(settings_of(provider), engine, keys, clock)


@pytest.fixture
def browser(app) -> Browser:
    return Browser(app)


async def test_somebody_signs_in_and_comes_back_to_what_they_asked_for(browser):
    asked = await browser.here.get("/alerts?state=open")
    assert asked.headers["location"] == "/login?next=%2Falerts%3Fstate%3Dopen"
    assert "Sign in with Example ID" in (await browser.here.get(asked.headers["location"])).text
    answer = await browser.sign_in("/alerts?state=open")
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts?state=open")
    assert (await browser.here.get("/alerts")).json() == {"for": "ines.example"}
    assert (await browser.here.post("/registry", headers=DATA)).status_code == 403


REFUSED = [
    ({"nonce": "another"}, {}),
    ({"nonce": None}, {}),
    ({"iss": "https://evil.example"}, {}),
    ({"aud": "another-client"}, {}),
    ({"aud": ["penumbra", "another-client"]}, {}),
    ({"aud": ["penumbra", "another-client"], "azp": "another-client"}, {}),
    ({"azp": "another-client"}, {}),
    ({"exp": 1_700_000_000}, {}),
    ({"exp": None}, {}),
    ({"iat": None}, {}),
    ({"iat": 4_000_000_000}, {}),
    ({"nbf": 4_000_000_000}, {}),
    ({"sub": None}, {}),
    ({"sub": " "}, {}),
    ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, {}),
    ({}, {"alg": "none"}),
    ({}, {"alg": "HS256"}),
    ({}, {"kid": "never-published"}),
]


async def test_a_token_that_is_not_for_this_sign_in_is_refused(browser, provider):
    for claims, header in REFUSED:
        provider.claims, provider.header = claims, header
        answer = await browser.sign_in()
        assert answer.status_code == 403, (claims, header)
        assert "penumbra=" not in str(answer.headers.get_list("set-cookie")), (claims, header)
    assert (await browser.here.get("/alerts", headers=DATA)).status_code == 401
    provider.claims, provider.header = {}, {}
    assert (await browser.sign_in()).status_code == 303


async def test_a_token_under_a_published_key_id_but_another_key_is_refused(browser, provider):
    provider.signed_by = key("somebody's")
    assert (await browser.sign_in()).status_code == 403


async def test_several_audiences_are_fine_where_we_are_the_authorised_party(browser, provider):
    provider.claims = {"aud": ["penumbra", "another-client"], "azp": "penumbra"}
    assert (await browser.sign_in()).status_code == 303


async def test_the_provider_may_change_its_key_at_any_time(browser, provider, clock):
    assert (await browser.sign_in()).status_code == 303
    provider.rotate()
    clock.advance(timedelta(seconds=11))
    assert (await browser.sign_in()).status_code == 303


async def test_made_up_key_ids_don_t_make_us_ask_each_time(browser, provider):
    await browser.sign_in()
    provider.header, provider.asked = {"kid": "made-up"}, []
    for _ in range(3):
        assert (await browser.sign_in()).status_code == 403
    assert provider.asked.count("/jwks") == 0


async def test_clocks_may_differ_by_the_skew_and_no_more(browser, provider, clock):
    now = int(clock.now().timestamp())
    for seconds, status in ((59, 303), (61, 403)):
        provider.claims = {"iat": now - 400, "exp": now - seconds}
        assert (await browser.sign_in()).status_code == status


async def test_an_answer_that_is_not_to_our_question_is_refused(browser, provider):
    for answer in ({"state": "forged"}, {"iss": "https://evil.example"}, {"code": "made-up"}):
        provider.answer = answer
        assert (await browser.sign_in()).status_code == 403, answer


async def test_an_issuer_that_promises_to_name_itself_must(browser):
    back = await browser.to_provider()
    assert (await browser.here.get(back.partition("&iss=")[0])).status_code == 403


async def test_an_answer_counts_once_and_in_the_browser_that_asked(browser, app):
    back = await browser.to_provider()
    assert (await Browser(app).here.get(back)).status_code == 403
    assert (await browser.here.get(back)).status_code == 303
    assert (await browser.here.get(back)).status_code == 403


async def test_what_the_provider_answers_instead_of_a_code_is_shown_as_a_word(browser, provider):
    provider.answer = {"error": "access_denied", "error_description": "<script>alert(1)</script>"}
    told = (await browser.sign_in()).text
    assert "access_denied" in told
    assert "script" not in told
    provider.answer = {"error": "<script>"}
    assert "&lt;script" not in (await browser.sign_in()).text


async def test_who_has_no_role_is_told_so_and_gets_no_session(browser, provider):
    provider.person |= {"groups": ["canteen"], "preferred_username": "<b>vic</b>"}
    answer = await browser.sign_in()
    assert answer.status_code == 403
    assert "&lt;b&gt;vic" in answer.text
    assert "none of your 1 groups" in answer.text


async def test_groups_may_come_from_the_userinfo_endpoint_of_the_same_person_only(browser, provider):
    del provider.person["groups"]
    provider.userinfo = {"sub": "u-1", "groups": ["sec-ops"]}
    assert (await browser.sign_in()).status_code == 303
    provider.userinfo = {"sub": "u-2", "groups": ["sec-ops"]}
    assert (await browser.sign_in()).status_code == 403


async def test_groups_that_were_left_out_for_their_number_are_not_guessed(browser, provider):
    provider.person |= {"groups": None, "_claim_names": {"groups": "src1"}}
    answer = await browser.sign_in()
    assert answer.status_code == 403
    assert "too many" in answer.text


async def test_a_provider_that_is_down_is_said_to_be_and_open_sessions_go_on(browser, provider, app, clock):
    await browser.sign_in()
    provider.down = True
    clock.advance(timedelta(hours=2))
    assert (await browser.here.get("/alerts")).status_code == 200
    fresh = Browser(app_of(settings_of(provider), app.state.runtime.engine, app.state.runtime.keys, clock))
    answer = await fresh.here.get("/login/start")
    assert answer.status_code == 503
    assert "Example ID can&#x27;t be reached" in answer.text or "Example ID can't be reached" in answer.text
    assert "penumbra login" in answer.text


async def test_one_that_goes_down_in_the_middle_is_said_to_be_too(browser, provider):
    back = await browser.to_provider()
    provider.down = True
    assert (await browser.here.get(back)).status_code == 503


async def test_a_provider_that_describes_itself_wrongly_is_not_used(browser, provider):
    at = "http://evil.example/token"
    for description in ({"issuer": "https://evil.example"}, {"token_endpoint": at}, {"jwks_uri": 7}):
        provider.description = description
        assert (await browser.here.get("/login/start")).status_code == 503, description


async def test_an_address_inside_is_called_only_where_it_is_allowed(provider, engine, keys, clock):
    app = app_of(settings_of(provider, allow_private=()), engine, keys, clock)
    assert (await Browser(app).here.get("/login/start")).status_code == 503


@pytest.mark.parametrize("way", ["//evil.example", "https://evil.example", "/\\evil.example", "/login/start", "", None])
def test_nobody_is_sent_elsewhere_after_signing_in(way):
    assert attempt.begun(way).way == "/"
    assert attempt.read(attempt.Attempt("s" * 43, way or "x").cookie()).way == "/"


@pytest.mark.parametrize("cookie", [None, "", "x", "a.b", "s" * 43, "s" * 43 + ".%%%", "s" * 43 + "._w"])
def test_a_cookie_that_holds_no_attempt_is_none_or_leads_home(cookie):
    found = attempt.read(cookie)
    assert found is None or found.way == "/"


async def test_signing_out_ends_the_session_and_leads_to_the_providers_end(browser, provider):
    await browser.sign_in()
    kept = dict(browser.here.cookies)
    answer = await browser.here.post("/logout")
    assert answer.status_code == 200
    assert f"{provider.issuer}/end?id_token_hint=" in answer.text
    assert f"post_logout_redirect_uri={ADDRESS.replace(':', '%3A').replace('/', '%2F')}%2Fsigned-out" in answer.text
    browser.here.cookies.update(kept)
    assert (await browser.here.get("/alerts", headers=DATA)).status_code == 401
    assert "You are signed out" in (await browser.here.get("/signed-out")).text


async def test_the_provider_may_end_a_session_by_itself(browser, provider):
    for named in ({"sub": "u-1"}, {"sid": "s-1"}, {"sub": "u-1", "sid": "s-1"}):
        await browser.sign_in()
        token = provider.logout_token(**named)
        assert (await browser.here.post("/login/backchannel", data={"logout_token": token})).status_code == 200
        assert (await browser.here.get("/alerts", headers=DATA)).status_code == 401
        again = await browser.here.post("/login/backchannel", data={"logout_token": token})
        assert again.status_code == 400, "a logout token counts once"


NO_LOGOUT = [
    {"aud": "another"}, {"iss": "https://evil.example"}, {"nonce": "n"}, {"events": {}}, {"iat": 1_700_000_000},
    {"jti": None}, {"sub": None}, {"events": "x"}, {"aud": ["another"]},
]  # fmt: skip


async def test_what_is_no_logout_token_of_ours_ends_nothing(browser, provider):
    await browser.sign_in()
    for claims in NO_LOGOUT:
        provider.claims = claims
        token = provider.logout_token(sub="u-1")
        answer = await browser.here.post("/login/backchannel", data={"logout_token": token})
        assert answer.status_code == 400, claims
    assert (await browser.here.get("/alerts")).status_code == 200


async def test_an_id_token_is_no_logout_token(browser, provider, clock):
    await browser.sign_in()
    now = int(clock.now().timestamp())
    told = {"iss": provider.issuer, "aud": "penumbra", "sub": "u-1", "iat": now, "exp": now + 60, "jti": "j"}
    answer = await browser.here.post("/login/backchannel", data={"logout_token": provider.signed(told)})
    assert answer.status_code == 400


async def test_a_changed_role_map_acts_on_the_next_request(provider, engine, keys, clock, tmp_path):
    place = tmp_path / "roles"
    place.write_text("# who may what\nsec-ops = analyst\n")
    browser = Browser(app_of(settings_of(provider, role_map=f"file:{place}"), engine, keys, clock))
    await browser.sign_in()
    assert (await browser.here.post("/registry", headers=DATA)).status_code == 403
    place.write_text("# who may what\nsec-ops = analyst\nsec-ops = office\n")
    assert (await browser.here.post("/registry", headers=DATA)).status_code == 200
    place.write_text("sec-ops = viewer\n")
    assert (await browser.here.get("/alerts", headers=DATA)).status_code == 403
    place.unlink()
    assert (await browser.here.get("/alerts", headers=DATA)).status_code == 403


async def test_sessions_of_a_provider_that_is_trusted_no_more_are_over(browser, app, provider, engine, keys, clock):
    await browser.sign_in()
    changed = app_of(settings_of(provider, oidc_issuer="https://id.example"), engine, keys, clock)
    other = Browser(changed)
    other.here.cookies.update(dict(browser.here.cookies))
    assert (await other.here.get("/alerts", headers=DATA)).status_code == 401


async def test_people_come_to_the_address_they_open_and_to_no_other_name(provider, engine, keys, clock):
    settings = settings_of(provider, public_url="https://penumbra.example")
    browser = Browser(app_of(settings, engine, keys, clock))
    sent = await browser.here.get("/login/start", params={"next": "/alerts"})
    assert sent.headers["location"] == "https://penumbra.example/login/start?next=%2Falerts"
    at = {"host": "penumbra.example"}
    begun = await browser.here.get("/login/start", headers=at)
    assert begun.headers["set-cookie"].startswith("__Host-penumbra-signing-in=")
    assert "Secure" in begun.headers["set-cookie"]
    assert "redirect_uri=https%3A%2F%2Fpenumbra.example%2Flogin%2Fcallback" in begun.headers["location"]
    assert (await browser.here.get("/alerts", headers={"host": "evil.example"})).status_code == 421


async def test_a_one_time_link_still_opens_the_door_where_the_provider_is_down(browser, app, provider):
    provider.down = True
    link = await app.state.access.sessions.link("operator", "admin")
    assert (await browser.here.get("/login", params={"token": link})).status_code == 303
    assert (await browser.here.get("/alerts")).json() == {"for": "operator"}
    assert (await browser.here.post("/logout")).headers["location"] == "/login"
