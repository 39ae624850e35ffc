"""W3C extended logs: what a #Fields line says holds for the rows after it, wherever reading begins; damage is named."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Ignored, Rejected
from connectors.elff import CONNECTOR, Config, parse
from connectors.records import Broken, Native, natives, outcomes

HEADED = b"#Fields: date time c-ip cs-username cs-method cs-host cs-uri-path cs(User-Agent) cs-bytes\n"


def row(path="/", host="chatgpt.com", agent='"a b"', size="5", at="2026-11-20 10:00:00"):
    return f"{at} 192.0.2.7 alice GET {host} {path} {agent} {size}".encode()


def one(record, **config):
    [seen] = parse(record, Config(**config))
    return seen


def fault(record, **config):
    with pytest.raises(Rejected) as caught:
        tuple(parse(record, Config(**config)))
    return str(caught.value)


def read(content):
    return list(outcomes(CONNECTOR, natives(content, CONNECTOR, "f"), Config()))


def test_a_second_header_changes_the_columns_of_the_rows_after_it():
    text = HEADED + row() + b"\n#Fields: time date cs-host\n10:00:01 2026-11-20 claude.ai\n"
    assert [result.items[0].host for result in read(text)] == ["chatgpt.com", "claude.ai"]


def test_a_record_can_be_read_again_by_itself():
    """What a dead letter keeps is the row and its header, so that replaying it needs no file."""
    [native] = [found for found in natives(HEADED + row(size="x" * 9 + " 1"), CONNECTOR) if isinstance(found, Native)]
    [broken] = [result for result in read(native.record) if isinstance(result, Broken)]
    assert broken.raw == native.record
    assert broken.reason == "10 values where 9 fields are named"


def test_positions_are_those_of_the_file():
    [broken] = [result for result in read(HEADED + b"\n#Remark: x\nnot a row\n") if isinstance(result, Broken)]
    assert broken.position == "f:4"


def test_a_configured_list_is_for_rows_before_any_header():
    bare = b"10:00:00 2026-11-20 claude.ai"
    assert "set `format`" in fault(bare)
    assert one(bare, format="time date cs-host").host == "claude.ai"
    assert one(HEADED + row(), format="time date cs-host").host == "chatgpt.com"


def test_a_shipped_order_by_its_name():
    line = (
        "2026-11-20 10:00:00 1 192.0.2.7 bruno - - OBSERVED - - 200 TCP_MISS GET - http a.example 80 / - - - 192.0.2.1 "
        '9 8 - "none" "none" and more after it'
    )
    assert one(line.encode(), format="bcreportermain_v1").actor.id == "bruno"


@pytest.mark.parametrize("fields", ["date time cs-method", "cs-host cs-method", ""])
def test_a_list_that_lacks_time_or_destination_is_refused_with_its_reason(fields):
    with pytest.raises(ValueError, match="it names no"):
        Config(format=fields)


@pytest.mark.parametrize(
    ("columns", "cells", "at"),
    [
        ("date time", "2026-11-20 10:00:00.250", datetime(2026, 11, 20, 10, 0, 0, 250_000, UTC)),
        ("timestamp", "1795168800", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("x-timestamp", "2026-11-20T17:00:00+07:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("localtime", '"[20/Nov/2026:17:00:00 +0700]"', datetime(2026, 11, 20, 10, tzinfo=UTC)),
    ],
)
def test_times(columns, cells, at):
    assert one(f"#Fields: {columns} cs-host\n{cells} claude.ai".encode()).at == at


def test_a_zone_is_for_times_without_one():
    assert one(HEADED + row(at="2026-11-20 17:00:00"), zone=7).at == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("host", "path", "seen"),
    [
        ("Chat.Example.COM.", "/a?b=c", ("chat.example.com", "/a", None)),
        ("chat.example.com:8443", "/a;jsession=1", ("chat.example.com", "/a", "8443")),
        ("[2001:db8::5]:11434", "-", ("2001:db8::5", None, "11434")),
        ("203.0.113.9", "https://api.example.com/v1?x", ("203.0.113.9", "/v1", None)),
    ],
)
def test_destinations(host, path, seen):
    made = one(HEADED + row(path, host))
    assert (made.host, made.path, made.attributes.get("port")) == seen


def test_an_address_is_named_by_what_else_the_row_says():
    fields = b"#Fields: date time cs-host x-rs-certificate-hostname\n"
    assert one(fields + b"2026-11-20 10:00:00 203.0.113.9 *.openai.com").host == "openai.com"
    assert one(fields + b"2026-11-20 10:00:00 203.0.113.9 -").host == "203.0.113.9"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"407 GET a.example -", "proxy asked for a sign-in"),
        (b"0 - - -", "connection without a request"),
        (b"200 GET a.example UDP_HIT", "query between caches"),
    ],
)
def test_rows_that_stand_for_no_request(line, reason):
    record = b"#Fields: date time sc-status cs-method cs-host s-action\n2026-11-20 10:00:00 " + line
    assert parse(record, Config()) == Ignored(reason)


def test_other_records_than_rows_are_named():
    assert "a JSON object" in fault({"cs-host": "x"})


@pytest.mark.parametrize("line", [b'"' * 60_000, b" " * 60_000, b'a "' * 20_000, b'""' * 30_000])
def test_hostile_rows_cost_no_time(line):
    begin = time.perf_counter()
    fault(HEADED + line)
    fault(line)
    assert time.perf_counter() - begin < 1


@given(st.text(max_size=200), st.booleans())
def test_any_row_is_read_or_rejected(text, headed):
    record = (HEADED if headed else b"") + text.replace("\n", " ").encode("utf-8", "replace")
    assert 0 <= CONNECTOR.recognise(record) <= 1
    try:
        result = parse(record, Config())
    except Rejected:
        return
    assert isinstance(result, Ignored) or all(seen.host for seen in result)
