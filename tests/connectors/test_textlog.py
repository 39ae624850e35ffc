"""CEF and LEEF as products write them: escapes, spaces in values, delimiters named, missing or told wrongly; times."""

from datetime import UTC, datetime

import pytest

from connectors.base import Rejected
from connectors.shared.textlog import cef, leef, moments, pairs
from connectors.shared.textlog.visit import actor, decided, requested

ARRIVED = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_case_17_cef_with_escaped_equals_signs_and_spaces():
    event = cef.read(r"<134>host CEF:0|Ven\|dor|Prod\\uct|1|7|a name|3| request=http://x.example/?a\=b c\=d act=OK ")
    assert (event.vendor, event.product, event.name) == ("Ven|dor", "Prod\\uct", "a name")
    assert event.values == {"request": "http://x.example/?a=b c=d", "act": "OK"}


def test_a_backslash_that_nobody_escaped_stays_in_a_login():
    assert cef.read(r"CEF:0|v|p|1|7|n|3|suser=EX\nancy duser=EX\\bruno").values == {
        "suser": r"EX\nancy",
        "duser": r"EX\bruno",
    }


def test_a_custom_field_of_cef_is_there_under_its_label_and_the_first_of_two_keys_counts():
    event = cef.read("CEF:0|v|p|1|7|n|3|cs2=News cs2Label=URL Category suser=alice msg=evil suser=bruno")
    assert event.values["url category"] == "News"
    assert event.values["suser"] == "alice"


def test_a_cef_header_of_fewer_fields_is_read_and_one_without_extension_is_not():
    assert cef.read("CEF: 0|Ven|Prod|1|url|THREAT|src=192.0.2.1").values == {"src": "192.0.2.1"}
    with pytest.raises(Rejected, match="the CEF header has 2 of 7 fields"):
        cef.read("CEF:0|Ven|Prod")


@pytest.mark.parametrize(
    "body",
    [
        "url=http://x.example/?a=b|src=192.0.2.1",
        "url=http://x.example/?a=b\tsrc=192.0.2.1",
        "\t|url=http://x.example/?a=b\tsrc=192.0.2.1",
        "|url=http://x.example/?a=b\tsrc=192.0.2.1",
        "^|url=http://x.example/?a=b^src=192.0.2.1",
        "x5E|url=http://x.example/?a=b^src=192.0.2.1",
        "0x7C|url=http://x.example/?a=b|src=192.0.2.1",
        "x09|url=http://x.example/?a=b#011src=192.0.2.1",
        "url=http://x.example/?a=b src=192.0.2.1",
    ],
)
def test_case_18_leef_2_0_with_and_without_the_delimiter_field(body):
    event = leef.read(f"<13>host LEEF:2.0|Ven|Prod|1.0|41|{body}")
    assert event.values == {"url": "http://x.example/?a=b", "src": "192.0.2.1"}
    assert event.event == "41"


def test_the_delimiter_within_a_value_stays_part_of_it():
    event = leef.read("LEEF:2.0|Ven|Prod|1.0|41|x7C|url=http://x.example/a|b|src=192.0.2.1")
    assert event.values == {"url": "http://x.example/a|b", "src": "192.0.2.1"}


def test_pairs_with_quotes_equals_signs_and_blanks():
    read = pairs.read(r'<188>date=2026-11-20 msg="a=b c=\"d\" e" empty= url="" user=x')
    assert read == {"date": "2026-11-20", "msg": 'a=b c="d" e', "empty": "", "url": "", "user": "x"}


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("1795168801", 8), ("1795168801000", 8), ("1795168801000000000", 8), ("Nov 20 2026 10:00:01 GMT", 8),
        ("Nov 20 2026 18:00:01", 8), ("2026/11/20 18:00:01", 8), ("2026-11-20T10:00:01.0000001Z", 8),
        ("2026-11-20T18:00:01+0800", 0), ("Fri Nov 20 10:00:01 2026", 0), ("Nov 20, 2026 10:00:01", 0),
    ],
)  # fmt: skip
def test_times(text, zone):
    assert moments.moment(text, zone) == datetime(2026, 11, 20, 10, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01 10:00:00", "Foo 20 2026 10:00:01", "9" * 20, "0" * 400])
def test_what_is_no_time_is_rejected_and_nothing_else(text):
    with pytest.raises(Rejected):
        moments.moment(text, 0.0)


def test_syslogs_time_dates_an_event_that_has_none():
    assert moments.header("<13>Nov 20 10:00:01 host ", 0, ARRIVED) == datetime(2026, 11, 20, 10, 0, 1, tzinfo=UTC)
    assert moments.header("<13>Dec 24 10:00:01 host ", 0, ARRIVED).year == 2025
    assert moments.header("Nov 1 00:00:00 r <14>1 2026-11-20T18:00:01+08:00 h ", 0, None).hour == 10
    with pytest.raises(Rejected, match="without its year"):
        moments.header("<13>Nov 20 10:00:01 host ", 0, None)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://u:p@ChatGPT.com.:8443/a?b#c", ("chatgpt.com", "8443", "/a")),
        ("chatgpt.com", ("chatgpt.com", "", None)),
        ("chatgpt.com?x=1", ("chatgpt.com", "", None)),
        ("[2001:db8::5]:443", ("2001:db8::5", "443", None)),
        ("x.ai/?http://evil.example/", ("x.ai", "", "/")),
        ("/only/a/path", ("", "", None)),
        ("not a host/x", ("", "", None)),
    ],
)
def test_destinations(url, told):
    assert requested(url) == told


def test_who_and_whether_blocked():
    assert actor("EXAMPLE\\alice", "192.0.2.1").email is None
    assert actor("Alice@Example.com", "0.0.0.0").email == "alice@example.com"
    assert actor("192.0.2.1", "192.0.2.1").id is None
    assert (decided("Blocked by policy"), decided("not blocked"), decided("allow", "deny")) == (
        "blocked",
        "allowed",
        "blocked",
    )
