"""Check Point: one log says the same in whichever of Log Exporter's formats it comes."""

import json
from datetime import UTC, datetime

import pytest

from connectors.base import Ignored, Rejected
from connectors.check_point import parse

FIELDS = {
    "time": "1795168801", "product": "Application Control", "action": "Block", "loguid": "{0x1,0x2,0x3,0x4}",
    "src": "192.0.2.7", "service": "443", "src_user_name": "Alice Example (alice)", "appi_name": "ChatGPT",
    "resource": "https://chatgpt.com/a?b=c", "sent_bytes": "120", "received_bytes": "340",
}  # fmt: skip
SYSLOG = "<134>1 2026-11-20T10:00:01Z gw-1 CheckPoint 1930 - "


def formats():
    quoted = [f'{name}:"{value}"' for name, value in FIELDS.items()]
    pairs = [f'{name}="{value}"' for name, value in FIELDS.items()]
    cef = " ".join(f"{name}={value}".replace("a?b=c", r"a?b\=c") for name, value in FIELDS.items())
    tabs = "\t".join(f"{name}={value}" for name, value in FIELDS.items())
    return {
        "syslog": f"{SYSLOG}[{'; '.join(quoted)}]",
        "structured": f"{SYSLOG}[Fields@1.3.6.1.4.1.2620 {' '.join(pairs)} ]",
        "generic": " ".join(pairs),
        "splunk": "|".join(f"{name}={value}" for name, value in FIELDS.items()),
        "cef": f"{SYSLOG}CEF:0|Check Point|Application Control|Check Point|Log|https|3|{cef}",
        "leef": f"{SYSLOG}LEEF:2.0|Check Point|Application Control|1.0|Block|{tabs}",
    }


@pytest.mark.parametrize("name", formats())
def test_one_log_says_the_same_in_every_format(name):
    [seen] = parse(formats()[name].encode(), None)
    [as_json] = parse(json.loads(json.dumps(FIELDS)), None)
    assert seen == as_json
    assert seen.at == datetime(2026, 11, 20, 10, 0, 1, tzinfo=UTC)
    assert (seen.host, seen.path, seen.app.name, seen.action) == ("chatgpt.com", "/a", "ChatGPT", "blocked")
    assert (seen.actor.id, seen.bytes_out, seen.bytes_in) == ("alice", 120, 340)
    assert seen.id == "check_point:0x1,0x2,0x3,0x4"


def test_a_log_whose_id_is_all_zeros_has_none_of_its_own():
    [seen] = parse(FIELDS | {"loguid": "{0x0,0x0,0x0,0x0}"}, None)
    assert seen.id == ""


def test_an_update_of_counters_is_no_event_and_another_vendors_line_is_rejected():
    assert parse(FIELDS | {"product": "Log Update"}, None) == Ignored("update of a session's counters")
    with pytest.raises(Rejected, match="another vendor"):
        parse(b"CEF:0|Example|Firewall|1|7|n|3|src=192.0.2.1 request=http://x.example/", None)
