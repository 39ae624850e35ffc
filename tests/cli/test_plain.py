"""Values as text: nothing of Python is shown."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from services.cli.plain import lines, text


@dataclass
class Span:
    first: datetime
    state: str


AT = datetime(2026, 11, 16, 13, tzinfo=timezone(timedelta(hours=1)))


def test_a_line_a_field_and_one_for_each_item_of_a_list():
    runs = [{"at": AT, "n": 0}, {"n": 1}]
    fields = {"id": "idp", "every_seconds": 300.0, "paused": False, "next": [], "late": (1.0, 2.5), "runs": runs}
    assert list(lines(fields)) == [
        "id\tidp", "every_seconds\t300", "paused\tno", "next\t", "late\t1, 2.5",
        "runs\tat=2026-11-16T12:00:00Z, n=0", "runs\tn=1",
    ]  # fmt: skip


def test_what_is_empty_in_a_mapping_is_left_out():
    assert text({"a": None, "b": {}, "c": {"d": (1.5, None)}}) == "c=d=1.5, "
    assert text(Span(datetime(2026, 11, 16, tzinfo=UTC), "done")) == "first=2026-11-16T00:00:00Z, state=done"
    assert text(None) == ""
