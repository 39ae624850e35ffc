"""How sources and dead letters stand, as metrics."""

from datetime import timedelta

import msgspec
from prometheus_client import REGISTRY

from schemas.deadletter import DeadLetter
from services.ingest import figures
from services.kit.control import runs, sources
from services.kit.control.rows import STATES, Counts
from services.kit.deadletters import INSERT
from services.kit.runtime import Runtime
from tests.ingest.conftest import Add


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_figures_follow_the_sources_and_forget_what_is_gone(logged: Runtime, add: Add) -> None:
    await add()
    now = logged.clock.now()
    letter = DeadLetter(id="one:a.1", origin="one", position="p", reason="r", first_failed_at=now, sealed="x")
    async with logged.engine.begin() as connection:
        run = await runs.start(connection, "one", 0, now)
        await runs.end(
            connection, run, "one", at=now, outcome="no_permission", last_event_at=now - timedelta(minutes=1),
            counts=Counts(records=9, observed=6, ignored={"x": 2}, rejected=1),
        )  # fmt: skip
        await connection.execute(INSERT, [msgspec.structs.asdict(letter)])
    await figures.measure(logged)
    states = {state: shown("penumbra_source_state", source="one", state=state) for state in STATES}
    assert {state for state, value in states.items() if value} == {"no_permission"}
    assert shown("penumbra_source_last_event_seconds", source="one") == (now - timedelta(minutes=1)).timestamp()
    assert shown("penumbra_source_last_success_seconds", source="one") is None, "it never was"
    assert shown("penumbra_source_records", source="one", became="ignored") == 2
    assert shown("penumbra_dead_letters_waiting", origin="one") == 1
    async with logged.engine.begin() as connection:
        await sources.remove(connection, "one")
    await figures.measure(logged)
    assert shown("penumbra_source_state", source="one", state="no_permission") is None
