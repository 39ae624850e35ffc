"""Cells of an export: no formula, nothing lost, and read back the same."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.registry_csv import FORMULA
from services.inventory.console.csv_file import cell, csv_file


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, ""), (True, "yes"), (0, "0"), (-5, "-5"), (0.25, "0.25"), ("=1+1", "'=1+1"), (" @x", "' @x"),
        (date(2026, 11, 1), "2026-11-01"), (datetime(2026, 11, 1, tzinfo=UTC), "2026-11-01T00:00:00Z"),
        (("a", "b"), "a;b"), ({"okta": 3, "squid": 4}, "okta=3;squid=4"), (("-x", "y"), "'-x;y"), ("a\0b", "ab"),
    ],
)  # fmt: skip
def test_cells(value, said):
    assert cell(value) == said


@given(st.text())
def test_no_text_begins_a_formula(text):
    assert not cell(text).lstrip(" ").startswith(FORMULA)


async def lines(response) -> str:
    return "".join([part if isinstance(part, str) else part.decode() async for part in response.body_iterator])


async def test_rows_come_back_as_they_were_however_many():
    rows = [[f"a,{n}", 'quote "it"', "two\nlines"] for n in range(1000)]
    text = await lines(csv_file("x", ("one", "two", "three"), rows))
    assert text.startswith("\ufeffone,two,three\r\n")
    assert list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline="")))[1:] == rows


async def test_rows_may_come_one_by_one():
    async def some():
        for n in range(3):
            yield [n]

    assert (await lines(csv_file("x", ("n",), some()))).split("\r\n")[1:] == ["0", "1", "2", ""]
