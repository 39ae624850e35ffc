"""The token that Graph and the audit feed both ask for: kept until it ends, and refusals told by their cause."""

from datetime import timedelta

import msgspec
import pytest

from connectors.base import Trouble
from connectors.shared.graph import Bearer

LOGIN = "https://login.example.com"
TOKEN = f"{LOGIN}/tenant/oauth2/v2.0/token"


class Settings(msgspec.Struct):
    tenant_id: str = "tenant"
    client_id: str = "app"
    client_secret: str = "env:VENDOR_SECRET"


def asking(vendor, *answers):
    script = [("POST", TOKEN, status, {}, told) for status, told in answers]
    ctx = vendor.Context(Settings(), script)
    return ctx, Bearer(ctx, login=f"{LOGIN}/", scope="https://api.example.com/.default")


async def test_a_token_is_kept_until_a_minute_before_its_end_or_until_it_is_refused(vendor):
    ctx, bearer = asking(vendor, *((200, {"access_token": name, "expires_in": "600"}) for name in ("a", "b", "c")))
    assert [await bearer.token(), await bearer.token()] == ["a", "a"]
    ctx.time += timedelta(seconds=541)
    assert await bearer.token() == "b"
    assert await bearer.token(renew=True) == "c"


@pytest.mark.parametrize("lasts", [None, "soon", "-5", "9" * 40])
async def test_a_lifetime_that_is_none_is_taken_for_an_hour(vendor, lasts):
    ctx, bearer = asking(vendor, (200, {"access_token": "a", "expires_in": lasts}))
    await bearer.token()
    ctx.time += timedelta(minutes=58)
    assert await bearer.token() == "a"


@pytest.mark.parametrize(
    ("status", "told", "words"),
    [
        (401, {"error": "invalid_client", "error_description": "AADSTS7000222: expired."}, "AADSTS7000222"),
        (401, {"error": "invalid_client", "error_description": "AADSTS7000222: expired."}, "invalid_client"),
        (400, {"error": "invalid_request"}, "invalid_request"),
        (200, {"token_type": "Bearer"}, "no token"),
        (200, b"<!doctype html><title>Sign in</title>", "sign-in page"),
        (400, b"<html>Blocked by the proxy</html>", "answered 400 without JSON"),
        (200, ["access_token"], "without JSON"),
    ],
)
async def test_a_refusal_says_why_and_never_what_was_sent(vendor, status, told, words):
    _, bearer = asking(vendor, (status, told))
    with pytest.raises(Trouble) as refused:
        await bearer.token()
    assert (refused.value.state, words in str(refused.value)) == ("failing", True)
    assert vendor.SECRET not in str(refused.value)
