"""Umbrella's rows: as wide as their schema version, with or without a header row, names with commas in them."""

import pytest

from connectors import cisco_umbrella
from connectors.base import Rejected
from connectors.records import Observed, natives, outcomes

LOOKUP = (
    '"2026-11-20 10:00:01","{who}","{all}","192.0.2.7","198.51.100.4","Allowed","1 (A)","NOERROR","chatgpt.com.","Chat"'
)
TYPES = ',"AD Users","AD Users,Sites,Roaming Computers",""'


def read(content):
    connector = cisco_umbrella.CONNECTOR
    return list(outcomes(connector, natives(content.encode(), connector, "f.csv"), None))


def test_case_19_umbrella_10_column_and_13_column_rows():
    narrow = LOOKUP.format(who="alice", all="alice,ADSite,Network")
    wide = LOOKUP.format(who="Example, Alice (Alice@example.com)", all="Example, Alice (Alice@example.com),HQ,LAPTOP-7")
    first, second = (result.items[0] for result in read(f"{narrow}\n{wide}{TYPES}\n"))
    assert (first.host, first.actor.id, first.actor.device) == ("chatgpt.com", "alice", None)
    assert (second.host, second.actor.email, second.actor.device) == ("chatgpt.com", "alice@example.com", "LAPTOP-7")
    assert first.labels == second.labels == ("Chat",)


def test_columns_that_a_later_version_adds_change_nothing():
    row = LOOKUP.format(who="alice", all="alice") + ',"AD Users","AD Users",""'
    old, new = (result.items[0] for result in read(f'{row}\n{row},"7","SG","8113","more"\n'))
    assert old == new


def test_the_header_row_of_an_export_is_no_record():
    rows = read('"Timestamp","Policy Identity","Identities"\n' + LOOKUP.format(who="a", all="a") + "\n")
    assert len(rows) == 1
    assert isinstance(rows[0], Observed)


def test_a_comma_in_a_name_that_leaves_the_types_unmatched_costs_the_device_and_not_the_person():
    row = LOOKUP.format(who="Example, Alice (a@example.com)", all="Example, Alice (a@example.com),Site, North,LAPTOP-7")
    [result] = read(row + TYPES)
    assert (result.items[0].actor.email, result.items[0].actor.device) == ("a@example.com", None)


def test_a_row_of_no_known_log_says_how_many_columns_it_has():
    with pytest.raises(Rejected, match="3 columns that fit none"):
        cisco_umbrella.parse(b'"2026-11-20 10:00:01","x","y"', None)
