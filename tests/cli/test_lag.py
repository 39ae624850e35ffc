"""What doctor says of the log's lag: by partition, in the right number, and unfit only where nobody reads."""

from datetime import timedelta

import pytest

from services.cli.lag import Behind, lag, told
from services.kit.clock import SystemClock
from services.kit.eventlog import Record
from services.kit.eventlog.postgres import PostgresLog

LONG, SHORT = timedelta(hours=1), timedelta(seconds=5)


def test_numbers_and_partitions(clock):
    now = clock.now()
    one = Behind("g", "t", 2, 1, now - SHORT, None)
    assert told("g of t", [one], now).says == "1 record unread, in partition 2"
    many = [Behind("g", "t", number, number + 1, now - SHORT, now - LONG) for number in range(8)]
    says = told("g of t", many, now).says
    assert says == "36 records unread, in partitions 7 (8), 6 (7), 5 (6), 4 (5), 3 (4), 2 (3) and 2 more"


@pytest.mark.parametrize(
    ("since", "at", "fit"),
    [(LONG, None, False), (LONG, LONG, False), (LONG, SHORT, True), (SHORT, LONG, True), (None, LONG, False),
     (None, None, True)],
)  # fmt: skip
def test_only_what_waits_and_is_not_read_is_unfit(clock, since, at, fit):
    now = clock.now()
    part = Behind("g", "t", 3, 4, since and now - since, at and now - at)
    found = told("g of t", [part], now)
    assert found.fit is fit
    assert ("in 3" in found.says and bool(found.next)) is not fit


async def test_a_group_that_has_read_nothing_since_is_found_by_what_waits(engine):
    log = PostgresLog(engine, prefix="p.")
    await log.ensure({"t": 3600.0}, 2)
    async with log.subscribe("t", "group") as subscription:
        await log.append("t", [Record(b"k", b"1")])
        while not (batches := await subscription.fetch(10, 5.0)):
            pass
        await subscription.commit(batches)
        await log.append("t", [Record(b"k", b"2"), Record(b"k", b"3")])
    await log.close()
    async with engine.connect() as connection:
        now = SystemClock().now()
        (found,) = await lag(connection, "p.", now)
        assert (found.name, found.fit) == ("lag group of p.t", True)
        assert found.says.startswith("2 records unread, in partition ")
        (late,) = await lag(connection, "p.", now + LONG)
        assert not late.fit
