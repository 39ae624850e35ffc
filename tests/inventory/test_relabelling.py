"""Another catalog on the real tables: stored cells become the new product's, once, and the audit trail tells."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from schemas.usage import Verdict
from schemas.vendor import read
from services.inventory.domain.corrections import Correcting
from services.inventory.relabelling import Held, Relabelling, anew
from services.kit.access import audit
from services.labelling.index import build
from tests.inventory.test_judging import Stage

VENDORS = Path(__file__).parents[1] / "labelling/vendors"
ACME = build([read(VENDORS / "acme.toml")])
HOST, BELOW, OTHER, GONE = (
    "host:chat.acme-ai.example", "host:eu.chat.acme-ai.example", "host:api.acme-ai.example", "host:gone.example",
)  # fmt: skip


@pytest.fixture
def stage(runtime) -> Stage:
    return Stage(runtime)


async def relabel(stage, chunk=5000) -> None:
    await Relabelling(stage.runtime, ACME, chunk).run(asyncio.Event())


async def labels(stage) -> dict[str, tuple[str, str | None]]:
    async with stage.engine.connect() as connection:
        rows = await connection.execute(text("select key, verdict, tool from inventory.label"))
        return {row.key: (row.verdict, row.tool) for row in rows}


async def acts(stage) -> list[audit.Act]:
    async with stage.engine.connect() as connection:
        return [each.act for each in await audit.page(connection, None, 100) if each.act.action == "label.relabel"]


async def cells(stage) -> tuple[int, int]:
    async with stage.engine.connect() as connection:
        return tuple((await connection.execute(text("select count(*), sum(count) from inventory.cell"))).one())


@pytest.mark.parametrize("chunk", [1, 3, 5000])
async def test_stored_cells_become_the_new_products_and_a_second_start_changes_nothing(stage, chunk):
    for key in (HOST, BELOW, GONE):
        await stage.use("ann", "ben", key=key, tool="old.tool")
    assert (await stage.alert("tool:old.tool|Sales")).state == "open"
    stored = await cells(stage)
    await relabel(stage, chunk)
    assert await labels(stage) == {HOST: ("ai", "acme.chat"), BELOW: ("ai", "acme.chat"), GONE: ("none", None)}
    await stage.judge()
    assert (await stage.alert("tool:old.tool|Sales")).state == "closed"
    moved = await stage.alert("tool:acme.chat|Sales")
    assert (moved.state, moved.people) == ("open", 2)
    told = await acts(stage)
    changes = [change for act in told for change in act.detail["changes"]]
    assert sum(change["cells"] for change in changes) == 6
    assert {change["change"] for change in changes} == {"ai old.tool → ai acme.chat", "ai old.tool → none -"}
    assert all(act.detail["to"].startswith(f"{ACME.version}+") for act in told)
    await asyncio.gather(relabel(stage), relabel(stage))
    assert await acts(stage) == told
    assert await cells(stage) == stored
    async with stage.engine.connect() as connection:
        assert (await connection.execute(text("select count(*) from inventory.dirty_grain"))).scalar_one() == 0


async def test_a_correction_stays_and_beneath_it_the_catalogs_word_is_new(stage):
    await stage.use("ann", key=OTHER, tool="old.tool")
    said = Correcting(keys=(OTHER,), verdict=Verdict.NONE, tool=None)
    made = await stage.estate.desk.correct(said, "ines.example", "a mirror of ours")
    await relabel(stage)
    assert await labels(stage) == {OTHER: ("none", None)}
    await stage.estate.desk.take_back(made[-1].number, "ines.example")
    assert await labels(stage) == {OTHER: ("ai", "acme.api")}


@pytest.mark.parametrize(
    ("key", "verdict", "tool", "basis", "becomes"),
    [
        ("host:llm.example", "suspected", None, "AI user agent of Acme SDK", None),
        ("host:auth.acme-ai.example", "ai", "acme.chat", "path ^/chat on auth.acme-ai.example", None),
        ("host:auth.acme-ai.example", "ai", "old.tool", "path ^/chat on auth.acme-ai.example", "related"),
        ("host:chat.acme-ai.example", "suspected", None, "AI user agent of Acme SDK", "ai"),
        ("host:llm.example", "ai", "old.tool", "host llm.example of Old", "none"),
    ],
)
def test_what_a_record_told_is_not_lowered_by_its_key(key, verdict, tool, basis, becomes):
    found = anew(Held(key, verdict, tool, (basis,), corrected=False), ACME)
    assert (found.verdict.value if found is not None else None) == becomes
