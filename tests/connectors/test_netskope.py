"""What Netskope's records say: traffic, SaaS activity, DLP hits; every other kind is counted by its name."""

from datetime import UTC, datetime

import pytest

from connectors.base import Ignored, Rejected
from connectors.netskope import CONNECTOR, parse
from connectors.records import natives
from schemas.observation import Kind

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


def event(**fields):
    return {
        "_id": "e1",
        "timestamp": 1795168800,
        "type": "nspolicy",
        "url": "claude.ai/chat",
        "app": "Claude",
        **fields,
    }


def one(**fields):
    [seen] = parse(event(**fields), None)
    return seen


@pytest.mark.parametrize(
    "at", [1795168800, 1795168800.0, "1795168800", "2026-11-20 10:00:00.000000000", "2026-11-20T10:00:00Z"]
)
def test_times(at):
    assert one(timestamp=at).at == TEN


@pytest.mark.parametrize(
    ("fields", "host", "path"),
    [
        ({"url": "https://user@Claude.ai:8443/a?q#x"}, "claude.ai", "/a"),
        ({"url": None, "page": "claude.ai/b"}, "claude.ai", "/b"),
        ({"url": "", "domain": "api.example.com"}, "api.example.com", None),
        ({"url": "null", "site": "Amazon S3"}, None, None),
        ({"url": "[2001:db8::5]/x"}, "2001:db8::5", "/x"),
        ({"url": "unknown", "site": "files.example.com"}, "files.example.com", None),
    ],
)
def test_destinations(fields, host, path):
    seen = one(**fields)
    assert (seen.host, seen.path) == (host, path)


def test_a_user_need_not_be_an_address_and_the_inner_address_comes_first():
    seen = one(user="partner-7", srcip="198.51.100.4", userip="192.0.2.7").actor
    assert (seen.id, seen.email, seen.ip) == ("partner-7", None, "192.0.2.7")


@pytest.mark.parametrize(
    ("fields", "kind", "action"),
    [
        ({}, Kind.WEB, "allowed"),
        ({"action": "block"}, Kind.WEB, "blocked"),
        ({"alert_type": "policy", "action": "useralert"}, Kind.WEB, "allowed"),
        ({"alert_type": "DLP", "dlp_rule": "PCI", "action": "block"}, Kind.DLP, "blocked"),
        ({"alert_type": "quarantine", "dlp_profile": "PCI", "action": "quarantine"}, Kind.DLP, "blocked"),
        ({"access_method": "API Connector", "activity": "Share"}, Kind.AUDIT, "Share"),
    ],
)
def test_kinds(fields, kind, action):
    seen = one(**fields)
    assert (seen.kind, seen.action) == (kind, action)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"alert_type": "Malware"}, "malware alert"),
        ({"alert_type": "something of tomorrow"}, "another kind of alert"),
        ({"record_type": "network"}, "network event"),
        ({"type": "infrastructure"}, "infrastructure event"),
        ({"audit_log_event": "Login"}, "audit log of administrators"),
        ({"app": None, "url": None}, "names neither application nor address"),
    ],
)
def test_what_is_not_read_is_counted_by_its_name(fields, reason):
    assert parse(event(**fields), None) == Ignored(reason)


def test_an_alert_of_a_kind_nobody_foresaw_brings_no_words_of_its_own():
    assert "tomorrow" not in str(parse(event(alert_type="of tomorrow"), None))


def test_matched_values_have_no_way_out():
    match = {"dlp_profile_name": "PCI", "dlp_rules": [{"dlp_rule_name": "Card", "dlp_match_value": "4111"}]}
    seen = one(alert_type="dlp", dlp_match_info=[match, "x"], title="secret", page_title="secret", referer="secret")
    assert seen.labels == ("PCI", "Card")
    assert "4111" not in repr(seen)
    assert "secret" not in repr(seen)


@pytest.mark.parametrize(
    "record", [[], {}, {"_id": "x"}, {"timestamp": 1, "x": 2}, event(timestamp=None), event(timestamp="x")]
)
def test_what_is_no_record_is_named(record):
    with pytest.raises(Rejected):
        list(parse(record, None))


def test_an_answer_of_the_api_is_a_file_of_its_records():
    body = b'{"ok": 1, "result": [{"_id": "a"}, {"_id": "b"}], "wait_time": 1, "timestamp_hwm": 2}'
    assert [found.record for found in natives(body, CONNECTOR)] == [{"_id": "a"}, {"_id": "b"}]
