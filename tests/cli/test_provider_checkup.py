"""`penumbra doctor` on the identity provider: each thing that would keep people from signing in, before they try."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.cli.provider_checkup import provider as looked_at
from services.kit.clock import ManualClock, SystemClock
from services.kit.settings import Settings
from tests.kit.access.identity_provider import SECRET, IdentityProvider
from tests.kit.access.provided import served, settings_of


@pytest.fixture(scope="module")
async def serving() -> AsyncIterator[IdentityProvider]:
    async with served(SystemClock()) as provider:
        yield provider


@pytest.fixture
def provider(serving, monkeypatch) -> IdentityProvider:
    monkeypatch.setenv("PENUMBRA_TEST_SECRET", SECRET)
    serving.reset()
    return serving


async def unfit(provider, clock=None, **settings) -> dict[str, str]:
    found = await looked_at(settings_of(provider, **settings), clock)
    assert all(one.next for one in found if not one.fit), "each says what mends it"
    return {one.name: one.says for one in found if not one.fit}


async def test_one_that_is_fit_and_none_at_all(provider):
    assert await unfit(provider) == {}
    (none,) = await looked_at(Settings(_env_file=None))
    assert (none.fit, "one-time links" in none.says) == (True, True)


async def test_each_thing_that_keeps_people_out_is_named(provider, monkeypatch):
    assert "calls itself" in (await unfit(provider, oidc_issuer=f"{provider.issuer}/"))["identity provider"]
    provider.keys = []
    assert list(await unfit(provider)) == ["identity provider's keys"]
    provider.down = True
    assert list(await unfit(provider)) == ["identity provider"]
    monkeypatch.delenv("PENUMBRA_TEST_SECRET")
    assert list(await unfit(provider)) == ["identity provider's secret", "identity provider"]


@pytest.mark.parametrize(("seconds", "words"), [(600, "behind"), (-600, "ahead of")])
async def test_a_clock_apart_is_named_with_how_far(provider, seconds, words):
    clock = ManualClock(SystemClock().now() + timedelta(seconds=seconds))
    assert words in (await unfit(provider, clock))["identity provider's clock"]
    assert await unfit(provider, ManualClock(SystemClock().now())) == {}
