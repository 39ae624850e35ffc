"""Ten rounds of the harness, and the harness held to its own promise: a safeguard that is missing is found."""

import logging
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import structlog

from deploy.kafka_jars import install
from tests.chaos import report
from tests.chaos.rounds import Round
from tests.chaos.run import Asked, on
from tests.chaos.servers import Servers, serving
from tests.chaos.strikes import FREEZES, POINTS, SAFEGUARDS, Deck, service_of

pytestmark = pytest.mark.xdist_group("chaos")
FEW = 5


@pytest.fixture(scope="module")
async def servers() -> AsyncIterator[Servers]:
    """A broker and a database of this module's own: they are killed too."""
    quiet = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=quiet)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    install()
    async with serving(kafka=True) as running:
        yield running
    logging.getLogger("aiokafka").setLevel(logging.NOTSET)
    structlog.reset_defaults()


async def played(servers: Servers, asked: Asked) -> list[Round]:
    return [one async for one in on(servers, asked, lambda _: None)]


@pytest.mark.kafka
async def test_ten_rounds_lose_nothing_and_count_nothing_twice(servers: Servers) -> None:
    rounds = await played(servers, Asked(rounds=10, seed=1))
    told = report.figures(rounds, seed=1)
    shown = "\n".join(report.line(one) for one in rounds)
    assert not told["differences"], shown
    assert (told["lost"], told["double"], told["rounds"]) == (0, 0, 10), shown
    assert told["rounds_by_log"] == {"postgres": 5, "kafka": 5}


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
async def test_a_missing_safeguard_is_found(servers: Servers, safeguard: str) -> None:
    asked = Asked(rounds=FEW, seed=1, logs=("postgres",), safeguard=safeguard, aimed=True)
    rounds = await played(servers, asked)
    told = report.figures(rounds, seed=1, safeguard=safeguard)
    assert told["found_in_round"], "\n".join(report.line(one) for one in rounds)
    sign = {"dedup": told["double"] > 0, "commit_first": told["lost"] > 0, "lookback": told["lost"] > 0}
    assert sign.get(safeguard, any("saved twice" in line for line in told["differences"])), told["differences"]


def test_every_part_and_every_point_has_its_turn() -> None:
    deck = Deck(1, kafka=True)
    drawn = [deck.draw() for _ in range(1_000)]
    assert {one.kind for one in drawn} == {"ingest", "classifier", "inventory", "database", "broker"}
    assert {one.point for one in drawn if not one.freeze} == {None, *POINTS}
    assert all(one.freeze or one.point is None or service_of(one.point) == one.kind for one in drawn)
    frozen = [one for one in drawn if one.freeze]
    assert 0.1 < len(frozen) / len(drawn) < 0.2
    assert {(one.kind, one.point) for one in frozen} == set(FREEZES)
    assert min(Counter(one.part for one in drawn).values()) > 50


def test_the_same_seed_strikes_the_same() -> None:
    first, second = Deck(4, kafka=False), Deck(4, kafka=False)
    assert [first.draw() for _ in range(50)] == [second.draw() for _ in range(50)]


def test_a_round_without_work_in_flight_does_not_count() -> None:
    idle = Round(1, "postgres", Deck(1, kafka=False).draw(), differences=["not looked at"])
    assert "does not count" in report.line(idle)
    told = report.figures([idle], seed=1)
    assert (told["rounds"], told["not_counted"], told["differences"]) == (0, 1, [])
