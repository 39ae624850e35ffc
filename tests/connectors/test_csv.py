"""Any CSV: which column stands for what is proposed from the header, decided by the settings, never guessed."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Ignored, Rejected, Unmapped
from connectors.csv import CONNECTOR, Config, parse, propose
from connectors.csv.columns import FIELDS, NAMES, plain, proposed
from connectors.csv.times import moment
from connectors.records import Native, columns_of, natives, outcomes
from schemas.observation import Kind

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


def one(row, **config):
    [seen] = parse({"Time": "2026-11-20T10:00:00Z", **row}, Config(**config))
    return seen


def fault(columns, **decided):
    with pytest.raises(Unmapped) as caught:
        proposed(columns, decided)
    return str(caught.value)


@pytest.mark.parametrize(
    ("columns", "mapping"),
    [
        (["Timestamp (UTC)", "URL"], {"Timestamp (UTC)": "time", "URL": "url"}),
        (["date", "TIME", "dest_host"], {"date": "time", "TIME": "clock", "dest_host": "host"}),
        (["Event-Time", "Start Time", "Host", "Hostname"], {"Event-Time": "time", "Host": "host"}),
        (["ts", "Source Host", "Destination Host"],
         {"ts": "time", "Source Host": "device", "Destination Host": "host"}),
        (["When", "Website", "Who", "Bytes Sent (bytes)"],
         {"When": "time", "Website": "host", "Who": "user", "Bytes Sent (bytes)": "bytes_out"}),
        (["Time", "Host", "Domain Name", "Full URL"], {"Time": "time", "Host": "host", "Full URL": "url"}),
        (["Time", "Dest Host", "Target Host", "URL"], {"Time": "time", "URL": "url"}),
    ],
)  # fmt: skip
def test_a_mapping_is_proposed_from_names_in_their_usual_spellings(columns, mapping):
    assert proposed(columns, {}) == mapping


def test_no_name_stands_for_two_fields():
    names = [name for ranks in NAMES.values() for names in ranks for name in names]
    assert len(names) == len(set(names))
    assert [name for name in names if plain(name) != name] == []


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["Host", "User"], ["time: no column's name says it", "'Host', 'User'"]),
        (["Time", "User"], ["host: no column's name says where"]),
        (["Event Time", "Timestamp", "Host"], ["time: 'Event Time' and 'Timestamp' fit equally"]),
        (["Time", "Dest Host", "Target Host"], ["host: 'Dest Host' and 'Target Host' fit equally"]),
        (["a", "b"], ["time:", "host:"]),
    ],
)
def test_missing_and_ambiguous_columns_are_listed_with_the_setting_to_give(columns, words):
    said = fault(columns)
    for word in [*words, "set columns, as --config 'columns=COLUMN=FIELD,…'", *map(repr, columns)]:
        assert word in said


def test_what_is_decided_is_not_asked_again():
    columns = ["Event Time", "Timestamp", "Ziel"]
    assert proposed(columns, {"Timestamp": "time", "Ziel": "host"}) == {"Timestamp": "time", "Ziel": "host"}
    assert "'Zeit' of the settings is not in the file" in fault(columns, Zeit="time", Ziel="host")


def test_what_was_proposed_is_remembered_and_holds_for_the_next_file():
    settings = propose(["Event Time", "Host", "Notes"], {"zone": 8})
    assert settings == {"zone": 8, "columns": {"Event Time": "time", "Host": "host"}}
    config = Config(**settings)
    row = {"Event Time": "2026-11-20 18:00:00", "Host": "claude.ai", "Timestamp": "2001-01-01", "Notes": "x"}
    [seen] = parse(row, config)
    assert (seen.at, seen.host) == (TEN, "claude.ai")


def test_an_application_alone_is_enough_where_it_was_decided_or_the_host_is_empty():
    assert "host:" in fault(["Time", "Application"])
    seen = one({"Host": "-", "Application": "ChatGPT", "User": "alice"})
    assert (seen.kind, seen.host, seen.app.name, seen.action) == (Kind.AUDIT, None, "ChatGPT", "allowed")
    assert one({"Host": "x.example", "App": "Claude"}, kind="signin").action == "signin"


@pytest.mark.parametrize(
    "text",
    ["2026-11-20T10:00:00Z", "2026-11-20 10:00:00", "20/11/2026 10:00:00", "20.11.2026 10:00", "2026/11/20 10:00:00",
     "1795168800", "1795168800000", "1795168800000000", "1795168800.0", "20-Nov-2026 10:00:00",
     "Nov 20, 2026 @ 10:00:00.000", "Fri Nov 20 10:00:00 2026", "Fri, 20 Nov 2026 10:00:00 +0000",
     "20 Nov 2026 10:00 AM",
     "20/Nov/2026:10:00:00 +0000", "2026-11-20 10:00:00 UTC", "2026-11-20T17:00:00+07:00", "20261120 10:00:00"],
)  # fmt: skip
def test_times_as_they_are_written(text):
    assert moment(text) == TEN


def test_days_come_first_unless_told_and_zones_are_for_times_without():
    assert moment("05/11/2026 10:00").month == 11
    assert moment("05/11/2026 10:00", month_first=True).month == 5
    assert moment("11/20/2026 10:00:00 AM", month_first=True) == TEN
    with pytest.raises(ValueError, match="no time"):
        moment("11/20/2026 10:00:00 AM")
    assert moment("2026-11-20 18:00:00", zone=8) == moment("2026-11-20T10:00:00Z", zone=8) == TEN
    assert moment("20|11|26", form="%d|%m|%y").day == 20
    for nonsense in ("", "noon", "99/99/2026", "12:00"):
        with pytest.raises(ValueError, match=r".*"):
            moment(nonsense)


@pytest.mark.parametrize(
    ("row", "seen"),
    [
        ({"URL": "https://u:p@Claude.ai:8443/a?b#c"}, ("claude.ai", "/a", "8443")),
        ({"URL": "claude.ai"}, ("claude.ai", None, None)),
        ({"Host": "CLAUDE.ai.", "Path": "/x?y"}, ("claude.ai", "/x", None)),
        ({"Host": "https://claude.ai/x"}, ("claude.ai", None, None)),
        ({"Host": "[2001:db8::5]:11434"}, ("2001:db8::5", None, "11434")),
    ],
)
def test_destinations(row, seen):
    made = one(row)
    assert (made.host, made.path, made.attributes.get("port")) == seen


@pytest.mark.parametrize(
    ("text", "size"), [("1,048,576", 1048576), ("8 812", 8812), ("12.0", 12), ("1,5", None), ("-", None)]
)
def test_sizes(text, size):
    assert one({"Host": "a.example", "Bytes Sent": text}).bytes_out == size


def test_a_row_is_never_read_by_columns_that_can_not_be_told_apart():
    with pytest.raises(Rejected, match="set `columns`") as caught:
        parse({"a secret": "x"}, Config())
    assert "secret" not in str(caught.value)
    assert parse({"Time": "2026-11-20", "Host": ""}, Config()) == Ignored("row names no destination")


def test_unknown_fields_are_refused_with_those_there_are():
    with pytest.raises(ValueError, match="tme not known; a column stands for action"):
        Config(columns={"When": "tme"})
    assert {"clock", "id", *NAMES} <= FIELDS


def test_columns_of_a_file_are_those_of_its_header():
    assert columns_of(b"\xef\xbb\xbfA;B\n1;2\n", CONNECTOR) == ("A", "B")
    assert columns_of(b'{"A": "1"}\n', CONNECTOR) == ("A",)
    assert columns_of(b"", CONNECTOR) == columns_of(b"A,B\n", CONNECTOR) == ()


def test_json_objects_of_any_names_are_rows_too():
    body = b'{"ts": 1795168800, "host": "claude.ai", "user": "alice"}\n'
    [result] = outcomes(CONNECTOR, natives(body, CONNECTOR), Config())
    assert result.items[0].at == TEN


def test_many_rows_cost_little():
    rows = [
        Native({"Time": f"20/11/2026 10:00:{n % 60:02}", "URL": "https://claude.ai/x", "User": "a"}, "f")
        for n in range(2000)
    ]
    begin = time.process_time()
    assert len(list(outcomes(CONNECTOR, rows, Config()))) == 2000
    assert time.process_time() - begin < 1


@given(
    st.dictionaries(
        st.sampled_from(["Time", "Date", "Host", "URL", "User", "Bytes Sent", "x"]),
        st.text(max_size=20) | st.integers(),
    )
)
def test_any_row_is_read_ignored_or_rejected(row):
    assert 0 <= CONNECTOR.recognise(row) <= 1
    try:
        result = parse(row, Config())
    except Rejected:
        return
    assert isinstance(result, Ignored) or all(seen.host or seen.app for seen in result)


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_a_value_error(text):
    try:
        moment(text)
    except (ValueError, OverflowError, OSError):
        return
