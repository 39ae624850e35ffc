# ruff: noqa: E501 - log lines are as long as they are
"""Resolvers' logs: told apart by what a line says, dated by arrival where they have no year, answers never read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Ignored, Rejected
from connectors.dns import CONNECTOR, Config, parse, recognise
from connectors.dns.moments import AHEAD, written
from connectors.records import Broken, Native, Observed, natives, outcomes
from connectors.shared.hostnames import nothing

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def told(line, arrived=NOON, **config):
    parsed = parse(line.encode(), Config(**config), arrived)
    return parsed.reason if isinstance(parsed, Ignored) else next(parsed)


def read(text, **config):
    found = natives(text.encode(), CONNECTOR, "f")
    return list(outcomes(CONNECTOR, found, Config(**config), NOON))


@pytest.mark.parametrize(
    ("line", "host", "client", "kind"),
    [
        ("Nov 20 10:00:01 dnsmasq[8]: query[A] ChatGPT.com. from 192.0.2.7", "chatgpt.com", "192.0.2.7", "A"),
        ("Nov 20 10:00:01 gw dnsmasq[8]: 17 192.0.2.8/5 query[type=65] x.ai from 192.0.2.8", "x.ai", "192.0.2.8", "HTTPS"),
        ("<30>1 2026-11-20T10:00:01Z gw dnsmasq 8 - - dnsmasq[8]: query[A] x.ai from ::1", "x.ai", "::1", "A"),
        ("20-Nov-2026 10:00:01.000 client 192.0.2.7#5: view a b: query: x.ai IN A +", "x.ai", "192.0.2.7", "A"),
        (
            "20-Nov-2026 10:00:01.000 queries: debug 1: client @0x7f 2001:db8::7%eth0#5/key k (x\\(y.ai): query: x.ai IN A",
            "x.ai", "2001:db8::7%eth0", "A",
        ),
        ("[1795168801] unbound[1:a] info: 192.0.2.7@5353 X.ai. A IN", "x.ai", "192.0.2.7", "A"),
        ("2026-11-20T10:00:01+00:00 unbound[1:0] query: 192.0.2.7 x.ai. HTTPS IN", "x.ai", "192.0.2.7", "HTTPS"),
        ("Nov 20 10:00:01 gw unbound: [1:0] info: 192.0.2.7 x.ai. A IN", "x.ai", "192.0.2.7", "A"),
        ('Nov 20 10:00:01 z zeek: {"ts":1795168801,"id.orig_h":"192.0.2.7","query":"x.ai","qtype_name":"A"}', "x.ai", "192.0.2.7", "A"),
        ("1795168801.5\tCa1b2c3d4e5f6g7h8\t192.0.2.7\t5\t192.0.2.1\t53\tudp\t9\t-\tx.ai\t1\tC\t1\tA" + "\t-" * 10, "x.ai", "192.0.2.7", "A"),
    ],
)  # fmt: skip
def test_a_lookup_in_each_format(line, host, client, kind):
    seen = told(line)
    assert (seen.host, seen.actor.ip, seen.attributes["query_type"], seen.path) == (host, client, kind, None)
    assert seen.at.replace(microsecond=0) == datetime(2026, 11, 20, 10, 0, 1, tzinfo=UTC)
    assert recognise(line.encode()) >= 0.9


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Nov 20 10:00:01 dnsmasq[8]: reply x.ai is 203.0.113.4", "answer"),
        ("Nov 20 10:00:01 dnsmasq[8]: 17 192.0.2.8/5 cached x.ai is NXDOMAIN", "answer"),
        ("Nov 20 10:00:01 dnsmasq[8]: reply x.ai is query[A] y.ai from 192.0.2.9", "answer"),
        ("Nov 20 10:00:01 dnsmasq[8]: dnssec-query[DS] ai to 198.51.100.53", "resolver's own query"),
        ("Nov 20 10:00:01 dnsmasq[8]: query[PTR] lb._dns-sd._udp.0.2.0.192.in-addr.arpa from 192.0.2.8", "reverse lookup"),
        ("Nov 20 10:00:01 dnsmasq[8]: query[A] files.example.com from 192.0.2.8", "local name"),
        ("Nov 20 10:00:01 dnsmasq[8]: query[A] <name unprintable> from 192.0.2.8", "lookup of no name"),
        ("Nov 20 10:00:01 dnsmasq[8]: query[TYPE-OF-SOMEBODY] x.ai from 192.0.2.8", "lookup of no address (other)"),
        ("20-Nov-2026 10:00:01 general: info: managed-keys-zone: loaded serial 5", "message of the resolver"),
        ("Nov 20 10:00:01 ns named[5]: client @0x7f 192.0.2.7#5 (x.ai): query failed (SERVFAIL) for x.ai/IN/A", "message of the resolver"),
        ("[1795168801] unbound[1:0] info: 192.0.2.7 x.ai. A IN NOERROR 0.012345 0 87 on udp 192.0.2.1 53", "answer"),
        ("# a remark", "comment"),
    ],
)  # fmt: skip
def test_what_is_no_lookup_says_why(line, reason):
    assert told(line, local=(".example.com",)) == reason


def test_replies_count_where_only_they_are_logged():
    reply = "[1795168801] unbound[1:0] info: 192.0.2.7 x.ai. A IN NOERROR 0.012345 0 87"
    bind = "20-Nov-2026 10:00:01.000 client @0x7f 192.0.2.7#5 (x.ai): response: x.ai IN A NOERROR + 203.0.113.4"
    assert told(reply, replies=True).host == told(bind, replies=True).host == "x.ai"
    assert told(reply.removesuffix(" NOERROR 0.012345 0 87"), replies=True) == "query, where replies are counted"


@pytest.mark.parametrize(
    ("time", "arrived", "at"),
    [
        ("Nov 20 11:59:59", NOON, "2026-11-20T11:59:59"),
        ("Dec 31 23:59:58", datetime(2027, 1, 1, tzinfo=UTC), "2026-12-31T23:59:58"),
        ("Jan  1 00:00:05", datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "2027-01-01T00:00:05"),
        ("Nov 22 00:00:00", NOON, "2025-11-22T00:00:00"),
        ("Dec 24 10:00:00", NOON, "2025-12-24T10:00:00"),
        ("Feb 29 10:00:00", NOON, "2024-02-29T10:00:00"),
        ("Nov 20 2019 10:00:00", NOON, "2019-11-20T10:00:00"),
    ],
)
def test_a_time_without_a_year_is_the_latest_before_it_arrived(time, arrived, at):
    assert written(f"{time} dnsmasq: ", 0.0, arrived) == datetime.fromisoformat(at).replace(tzinfo=UTC)


@given(
    st.integers(980_000_000, 3_700_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.integers(0, 350),
    st.integers(0, 86_399),
)
def test_no_time_lies_further_ahead_than_a_zone_and_the_true_year_is_found(arrived, days, seconds):  # fmt: skip
    true = (arrived - timedelta(days=days, seconds=seconds)).replace(microsecond=0)
    found = written(f"{true:%b %d %H:%M:%S} x: ", 0.0, arrived)
    assert found == true
    assert found <= arrived + AHEAD


def test_a_zone_is_added_where_the_time_has_none():
    line = "20-Nov-2026 10:00:01.000 client 192.0.2.7#5: query: x.ai IN A +"
    assert told(line, zone=8).at == datetime(2026, 11, 20, 2, 0, 1, tzinfo=UTC)
    assert told(line.replace("20-Nov-2026 10:00:01.000", "2026-11-20T10:00:01Z"), zone=8).at.hour == 10


def test_the_programs_own_time_counts_before_syslogs():
    line = "Nov 20 11:00:00 ns1 20-Nov-2026 10:00:01.000 queries: info: client 192.0.2.7#5: query: x.ai IN A +"
    assert told(line).at.hour == 10


def test_without_an_arrival_a_year_is_not_guessed():
    with pytest.raises(Rejected, match="no time of arrival"):
        parse(b"Nov 20 10:00:01 dnsmasq[8]: query[A] x.ai from 192.0.2.7", Config(), None)


def test_columns_are_read_from_the_header_whatever_their_order_and_may_change():
    text = "#fields\tquery\tts\tid.orig_h\nx.ai\t1795168801.0\t192.0.2.7\n#fields\tts\tquery\n1795168802.0\ty.ai\n"
    assert [item.host for found in read("#path\tdns\n" + text) for item in found.items] == ["x.ai", "y.ai"]


def test_another_separator():
    [found] = read("#separator ,\n#path,dns\n#fields,ts,query,id.orig_h\n1795168801.0,x.ai,192.0.2.7\n")
    assert found.items[0].host == "x.ai"


def test_a_record_is_read_by_itself_with_the_header_that_came_before_it():
    """What a dead letter keeps, and a push of one line sends."""
    [native] = natives(b"#path\tdns\n#fields\tts\tquery\n1795168801.0\tx.ai\n", CONNECTOR, "f")
    [again] = natives(native.record, CONNECTOR, "f")
    assert isinstance(again, Native)
    assert again.record == native.record


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hello", "neither a query log"),
        ("dnsmasq[8]: query[A] x.ai from 192.0.2.7", "no time"),
        ("Nov 20 25:00:01 dnsmasq[8]: query[A] x.ai from 192.0.2.7", "the time is not one"),
        ("1795168801.5\tCa1b2c3d4e5f6g7h8\t192.0.2.7\t5", "without its #fields line"),
        ('{"ts": 1e300, "id.orig_h": "192.0.2.7", "query": "x.ai", "qtype": 1}', "ts is not a time"),
        ('{"query": "x.ai"}', "of no resolver that is known"),
    ],
)
def test_damage_is_named(line, reason):
    [broken] = read(line)
    assert isinstance(broken, Broken)
    assert reason in broken.reason


def test_http_and_tls_are_visits_and_keep_nothing_private():
    http = '{"ts":1795168801,"uid":"C1","id.orig_h":"192.0.2.7","trans_depth":1,"method":"post","host":"[2001:db8::5]:11434","uri":"/api/chat;x?q=secret"}'
    [found] = read(http)
    [seen] = found.items
    assert (seen.host, seen.path, seen.method) == ("2001:db8::5", "/api/chat", "POST")
    [tls] = read('{"ts":1795168801,"uid":"C1","id.orig_h":"192.0.2.7","cipher":"x","server_name":"X.ai"}')
    assert isinstance(tls, Observed)
    assert (tls.items[0].host, tls.items[0].path) == ("x.ai", None)


@pytest.mark.parametrize("name", ["chatgpt.com", "xn--bcher-kva.example", "a.internal.example.com", "x.mycorp"])
def test_names_that_are_reported(name):
    assert nothing(name, "A") is None
    assert nothing(name, "HTTPS") is None


@given(st.binary(max_size=300))
def test_any_line_is_read_ignored_or_rejected(line):
    for found in outcomes(CONNECTOR, natives(b"Nov 20 10:00:01 " + line, CONNECTOR, "f"), Config(), NOON):
        assert isinstance(found, Observed | Ignored | Broken)
