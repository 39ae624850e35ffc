"""The table: what an answer means and how long to wait."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.http_answers import Action, action, delay, is_page

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (200, {}, Action.OK),
        (204, {}, Action.OK),
        (304, {}, Action.IGNORE),
        (400, {}, Action.MISCONFIGURED),
        (401, {}, Action.RECONNECT),
        (402, {}, Action.NOT_LICENSED),
        (403, {}, Action.NO_PERMISSION),
        (403, {"retry-after": "60"}, Action.WAIT),
        (403, {"x-ratelimit-remaining": "0"}, Action.WAIT),
        (403, {"x-ratelimit-remaining": "41"}, Action.NO_PERMISSION),
        (404, {}, Action.MISCONFIGURED),
        (410, {}, Action.IGNORE),
        (429, {}, Action.WAIT),
        (500, {}, Action.RETRY),
        (503, {}, Action.WAIT),
        (599, {}, Action.RETRY),
    ],
)
def test_status_table(status: int, headers: dict[str, str], expected: Action) -> None:
    assert action(status, headers) is expected


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": str(4 * 3600)}, 4 * 3600),
        ({"retry-after": "999999999"}, 86_400),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90),
        ({"retry-after": format_datetime(NOW - timedelta(hours=1), usegmt=True)}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 30), "x-rate-limit-remaining": "0"}, 30),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 30), "x-rate-limit-remaining": "12"}, None),
        ({"x-ratelimit-reset": "2026-11-16T12:01Z"}, 60),
        ({"retry-after": "5", "x-rate-limit-reset": str(int(NOW.timestamp()) + 30)}, 5),
    ],
)
def test_delay_reads_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert delay(headers, NOW) == seconds


@given(st.text())
def test_delay_is_bounded_whatever_stands_there(text: str) -> None:
    seconds = delay({"retry-after": text}, NOW)
    assert seconds is None or 0 <= seconds <= 86_400


@pytest.mark.parametrize(
    ("content_type", "body", "page"),
    [
        ("text/html; charset=utf-8", b"", True),
        ("application/json", b"  <!DOCTYPE html><html>", True),
        ("", b"<!-- notice --><html lang='en'>", True),
        ("application/json", b'{"html": "<html>"}', False),
        ("application/json", b"[]", False),
    ],
)
def test_page_is_recognised(content_type: str, body: bytes, page: bool) -> None:
    assert is_page(content_type, body) is page
