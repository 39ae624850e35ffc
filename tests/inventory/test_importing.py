"""A registry of many rows, some broken: read in flat memory, told by line, taken in one statement."""

import io
import tracemalloc

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from connectors.registry_csv import rows
from services.inventory import importing
from services.inventory.api.registry import NewEntry
from services.inventory.registry_store import Author

HEADER = "id,name,kind,tools,solution_ids,owner,units,tier,approval,expires_at,notes,cost_centre\n"


def file(count: int) -> bytes:
    """One row in a hundred has a tier there is none of."""
    row = "Z{0:06},Entry {0},tool,t{0}.tool;u{1}.tool,,p{0}@example.com,Sales;HR,{2},approved,2027-01-31,note,CC-{1}\n"
    return (HEADER + "".join(row.format(n, n % 90, 9 if n % 100 == 7 else n % 4 + 1) for n in range(count))).encode()


async def test_a_large_file_with_one_in_a_hundred_broken(runtime):
    by = Author("office", runtime.clock.now())
    async with runtime.engine.begin() as connection:
        draft = await importing.read(connection, io.BytesIO(file(5000)), "list.csv", by)
        told = await importing.told(connection, draft)
        assert (told.added, told.changed, told.same, told.rejected, told.readable) == (4950, 0, 0, 50, 4950)
        assert [fault.line for fault in told.faults[:3]] == [9, 109, 209]
        assert {fault.column for fault in told.faults} == {"tier"}
        assert await importing.take(connection, draft, by) == 4950
    async with runtime.engine.begin() as connection:
        again = await importing.read(connection, io.BytesIO(file(5000)), "list.csv", by)
        assert (await importing.told(connection, again)).same == 4950
        assert await importing.take(connection, again, by) == 0
        query = "select count(*), count(lapses_on), min(revision), max(revision) from inventory.registry_entry"
        assert tuple((await connection.execute(text(query))).one()) == (4950, 4950, 1, 1)


def test_reading_keeps_no_row():
    content = file(20_000)
    next(rows(io.BytesIO(content)))
    tracemalloc.start()
    read = sum(1 for _ in rows(io.BytesIO(content)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == 20_000
    assert peak < 2 * len(content)


IDS = ("new", "import", "expiring", "owners", "owners.csv", "import/x", "R1/edit", "R1/remove", "R1.json")


async def test_an_id_whose_page_is_another_s_is_a_fault_of_its_row(runtime):
    content = "id,name\n" + "".join(f"{name},x\n" for name in (*IDS, "newer", "R1/2"))
    async with runtime.engine.begin() as connection:
        by = Author("office", runtime.clock.now())
        draft = await importing.read(connection, io.BytesIO(content.encode()), "list.csv", by)
        told = await importing.told(connection, draft)
    assert (told.readable, told.rejected) == (2, len(IDS))
    assert {fault.column for fault in told.faults} == {"id"}
    assert all("choose another" in fault.message for fault in told.faults)


@pytest.mark.parametrize("name", IDS)
def test_nor_is_it_taken_of_the_api(name):
    with pytest.raises(ValidationError, match="choose another"):
        NewEntry(id=name, name="x")
