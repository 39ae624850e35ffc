from datetime import timedelta

import pytest
from sqlalchemy import text

from services.inventory.delivery import address
from services.inventory.delivery.endpoints import Endpoints
from services.inventory.delivery.wanted import Wanted
from services.kit.errors import Misconfigured, NotFound
from services.kit.settings import Settings

OPEN = Settings(_env_file=None)
OFFICE = Settings(_env_file=None, allow_private=("10.1.0.0/16",))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example.com/", "https://", "hooks.example.com", "https://user:x@hooks.example.com/",
        "https://hooks.example.com/#part", "https://hooks.example.com:99999/", "https://exämple.com/",
        "https://" + "a" * 2000 + ".example.com/", "http://hooks.example.com/", "https://127.0.0.1/", "https://[::1]/",
        "https://[64:ff9b::7f00:1]/", "https://10.1.2.3/", "https://169.254.169.254/latest/meta-data",
    ],
)  # fmt: skip
def test_addresses_that_are_refused_before_any_attempt(url):
    assert address.fault(url, OPEN) is not None


@pytest.mark.parametrize("url", ["https://hooks.example.com/penumbra?key=1", "https://hooks.example.com:8443/"])
def test_addresses_that_may_be_tried(url):
    assert address.fault(url, OPEN) is None


def test_a_private_network_is_reached_where_it_was_allowed_by_name():
    assert address.fault("http://10.1.2.3:9000/", OFFICE) is None
    assert address.fault("http://10.2.0.1:9000/", OFFICE) is not None


async def test_the_secret_is_shown_once_and_kept_sealed(house, endpoints):
    endpoint, secret = await endpoints.add("https://hooks.example.com/a?key=swordfish", "ines", "the SIEM")
    assert secret.startswith("whsec_")
    assert endpoint.address == "https://hooks.example.com/a"
    assert (endpoint.state, endpoint.description, await endpoints.all()) == ("active", "the SIEM", [endpoint])
    async with house.engine.connect() as connection:
        rows = (await connection.execute(text("select w::text from inventory.webhook w"))).scalars().all()
        trail = (await connection.execute(text("select a::text from control.audit a"))).scalars().all()
    assert secret not in rows[0]
    assert "swordfish" not in "".join(trail)


async def test_a_rotation_signs_with_both_for_a_period(endpoints, clock):
    endpoint, first = await endpoints.add("https://hooks.example.com/", "ines")
    second = await endpoints.rotate(endpoint.id, "ines", timedelta(hours=1))
    assert await endpoints.target(endpoint.id) == ("https://hooks.example.com/", [second, first])
    clock.advance(timedelta(hours=1))
    assert (await endpoints.target(endpoint.id))[1] == [second]


async def test_what_is_removed_is_gone(endpoints):
    endpoint, _ = await endpoints.add("https://hooks.example.com/", "ines")
    await endpoints.remove(endpoint.id, "ines")
    assert await endpoints.all() == []
    for act in (endpoints.one(endpoint.id), endpoints.remove(endpoint.id, "ines"), endpoints.rotate("wh_none", "ines")):
        with pytest.raises(NotFound):
            await act


async def test_all_faults_are_told_at_once(runtime):
    with pytest.raises(Misconfigured) as caught:
        await Endpoints(runtime).add("http://127.0.0.1/", "ines", wanted=Wanted(types=("alert.exploded",)))
    assert len(caught.value.faults) == 2
