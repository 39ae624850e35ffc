"""The queue, corrections and sources as files: every row of the filter, and no cell that begins a formula."""

import csv
import io

import pytest

from tests.inventory.api.test_desk import desk

__all__ = ["desk"]


async def rows(client, path):
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("query", ["state=all&sort=people", "unit=Sales", "state=closed"])
async def test_the_queue_s_file_has_what_the_page_counts_in_its_order(desk, query):
    ines, _ = desk
    told = (await ines.get(f"/alerts.json?{query}")).json()
    file = await rows(ines, f"/alerts.csv?{query}&limit=1")
    assert [each["id"] for each in file] == [each["id"] for each in told["items"]]
    assert len(file) == told["total"]
    assert f"/alerts.csv?state={told['state']}" in (await ines.get(f"/alerts?{query}")).text


async def test_corrections_are_told_whole_and_their_reasons_begin_no_formula(desk):
    ines, _ = desk
    assert await rows(ines, "/corrections.csv") == []
    form = {"key": "host:bellow.example.com", "verdict": "none", "reason": "=HYPERLINK(1)"}
    assert (await ines.post("/corrections", data=form)).status_code == 303
    (told,) = await rows(ines, "/corrections.csv?state=active")
    assert (told["key"], told["verdict"], told["reason"]) == (form["key"], "none", "'=HYPERLINK(1)")
    assert told["author"] == "ines.example"
    assert await rows(ines, "/corrections.csv?state=undone") == []


async def test_sources_are_told_by_name(desk):
    ines, _ = desk
    told = (await ines.get("/sources.json")).json()["items"]
    file = await rows(ines, "/sources.csv")
    assert [each["instance"] for each in file] == sorted(each["instance"] for each in told)
