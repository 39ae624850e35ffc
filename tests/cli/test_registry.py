"""`penumbra registry`: a file goes in row by row, comes out again, and says where it can't be read."""

import gzip
import json

import pytest
from sqlalchemy import text

from tests.commands import penumbra

HEADER = "id,name,kind,tools,solution_ids,owner,units,data_classes,tier,approval,expires_at,notes,cost_centre\n"
GOOD = 'R1,Chat,tool,example.chat;example.code,,o@example.com,Sales;HR,internal,2,approved,2027-01-31,"=1+1, no",CC-1\n'
OTHER = "R2,Flow,solution,,power_automate_flow:1,,,,,tolerated,,,\n"
BAD = "R3,Old,tool,example.old,,,,,7,approved,,,\nR4,Older,tool,example.old,,,,,,approved,31 January,,\n"


@pytest.fixture
def place(database_url, tmp_path) -> dict[str, str]:
    return {"PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_DATA": str(tmp_path)}


async def test_import_export_import_gives_the_same_entries(place, tmp_path, engine):
    file = tmp_path / "registry.csv.gz"
    file.write_bytes(gzip.compress(("\ufeff" + HEADER + GOOD + OTHER).encode()))
    first = await penumbra("registry", "import", str(file), **place)
    assert (first.code, first.out) == (0, ""), first.err
    assert "2 imported, 2 of them new or changed, 0 rejected" in first.err
    exported = await penumbra("registry", "export", **place)
    assert "'=1+1, no" in exported.out
    again = tmp_path / "again.csv"
    again.write_text(exported.out)
    second = await penumbra("registry", "import", str(again), "--strict", **place)
    assert second.code == 0
    assert "2 imported, 0 of them new or changed" in second.err
    listed = json.loads((await penumbra("registry", "list", "--json", **place)).out)
    assert [(entry["id"], entry["units"], entry["extra"]) for entry in listed] == [
        ("R1", ["Sales", "HR"], {"cost_centre": "CC-1"}), ("R2", [], {}),
    ]  # fmt: skip
    assert listed[0]["notes"] == "=1+1, no"
    async with engine.connect() as connection:
        history = (await connection.execute(text("select id, revision from inventory.registry_history"))).all()
    assert sorted(map(tuple, history)) == [("R1", 1), ("R2", 1)]


async def test_rows_that_cannot_be_read_are_named_by_line_and_column(place, tmp_path):
    file = tmp_path / "registry.csv"
    file.write_text(HEADER + GOOD + BAD)
    strict = await penumbra("registry", "import", str(file), "--strict", **place)
    assert strict.code == 1
    assert f"{file}:3: column tier:" in strict.err
    assert f"{file}:4: column expires_at:" in strict.err
    assert (await penumbra("registry", "list", **place)).out == ""
    lenient = await penumbra("registry", "import", str(file), **place)
    assert lenient.code == 0
    assert "1 imported, 1 of them new or changed, 2 rejected" in lenient.err
    shown = (await penumbra("registry", "list", **place)).out
    assert shown.split("\t")[:4] == ["R1", "Chat", "approved", "example.chat,example.code"]


async def test_a_file_that_is_no_registry_exits_2(place, tmp_path):
    assert (await penumbra("registry", "import", str(tmp_path / "none.csv"), **place)).code == 2
    latin = tmp_path / "latin.csv"
    latin.write_bytes(b"id,name\nR1,caf\xe9\n")
    ran = await penumbra("registry", "import", str(latin), **place)
    assert ran.code == 2
    assert f"{latin}:2: not UTF-8" in ran.err
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(HEADER.encode() * 50)[:-9])
    assert (await penumbra("registry", "import", str(cut), **place)).code == 2
