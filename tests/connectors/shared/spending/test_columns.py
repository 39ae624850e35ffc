from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connectors.shared.spending import columns


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("23,60", "23.60"),
        ("1,234", "1234"),
        ("(12.00)", "-12.00"),
        ("-12", "-12"),
        ("USD 20.00", "20.00"),
        ("€ 9", "9"),
    ],
)
def test_an_amount_is_read_as_people_write_it(text, amount):
    assert columns.amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "n/a", "1.2.3", "--"])
def test_what_is_no_amount_is_none(text):
    assert columns.amount(text) is None


@pytest.mark.parametrize(
    ("text", "month_first", "day"),
    [
        ("2026-11-02", False, 2),
        ("02/11/2026", False, 2),
        ("11/02/2026", True, 2),
        ("2 Nov 2026", False, 2),
        ("Nov 2, 2026", True, 2),
        ("02.11.2026 14:00", False, 2),
    ],
)
def test_a_date_is_read_in_the_files_own_order(text, month_first, day):
    assert columns.day(text, month_first=month_first).replace(hour=0) == datetime(2026, 11, day, tzinfo=UTC)


def test_a_mapped_column_goes_before_the_usual_names_and_closer_names_before_others():
    record = {"Posted Date": "2026-11-03", "Transaction Date": "2026-11-02", "Description": "A", "Text": "B"}
    assert columns.row(record, {}) == {"date": "2026-11-02", "descriptor": "A"}
    assert columns.row(record, {"Text": "descriptor"})["descriptor"] == "B"
