"""Which source reads a message, and from which form of it."""

import pytest

from connectors.base import Connector, find
from connectors.records import Broken, Native
from services.ingest.contents import named
from services.ingest.syslog.lines import Reader
from services.ingest.syslog.message import Message, read
from services.ingest.syslog.routes import chosen, routes

KNOWN = routes(["squid@*=proxy", "ha*=balancer", "*@fw?=firewall", "*@10.1.0.0/16=panos", "@192.0.2.9=edge", "*=rest"])


@pytest.mark.parametrize(
    ("app", "host", "address", "source"),
    [
        ("squid", "fw1", "10.1.2.3", "proxy"),
        ("haproxy", "", "192.0.2.1", "balancer"),
        ("x", "fw1", "10.1.2.3", "firewall"),
        ("x", "fw11", "10.1.2.3", "panos"),
        ("", "", "192.0.2.9", "edge"),
        ("", "", "not an address", "rest"),
    ],
)
def test_the_first_route_that_fits_counts(app, host, address, source):
    assert chosen(KNOWN, Message(b"", b"", host, app), address) == source
    assert chosen(KNOWN[:0], Message(b"", b"", host, app), address) is None


@pytest.mark.parametrize("part", ["squid", "=x", "a=", "*@10.0.0.0/99=x"])
def test_a_route_that_is_none_is_told(part):
    with pytest.raises(ValueError):
        routes([part])


def records(connector: Connector, *raw: bytes) -> list[Native | Broken]:
    return list(Reader(connector).records([(read(one), None) for one in raw]))


SQUID = b"1794823181.123 90 192.0.2.7 TCP_TUNNEL/200 4210 CONNECT claude.ai:443 jane HIER_DIRECT/198.51.100.1 -"
DNSMASQ = b"query[A] claude.ai from 192.0.2.7"


def test_what_the_program_said_or_the_whole_line_as_the_source_is_read():
    squid, dns = find("squid"), find("dns")
    header = b"<13>Nov 16 10:00:00 gw "
    assert records(squid, header + b"squid[1]: " + SQUID, SQUID) == [Native(SQUID, "syslog")] * 2
    line = header[4:] + b"dnsmasq[812]: " + DNSMASQ
    assert records(dns, header + b"dnsmasq[812]: " + DNSMASQ)[0].record.endswith(line)
    new = b"<30>1 2026-11-16T10:00:00.5+08:00 gw dnsmasq 812 - - " + DNSMASQ
    (found,) = records(dns, new)
    (observed,) = dns.parse(found.record, dns.config(), None)
    assert (observed.host, observed.at.isoformat()) == ("claude.ai", "2026-11-16T02:00:00.500000+00:00")


def test_json_is_read_as_what_it_holds_and_rows_are_told_to_be_none():
    okta, people = find("okta"), find("directory_csv")
    assert records(okta, b'<13>Nov 16 10:00:00 gw app: {"uuid":"1"}') == [Native({"uuid": "1"}, "syslog:1")]
    assert [type(one) for one in records(okta, b"<13>text", b"<13>{broken")] == [Broken, Broken]
    assert [type(one) for one in records(people, b"<13>a,b,c")] == [Broken]
    assert records(okta, b"<13>Nov 16 10:00:00 gw app: ", b"") == []


def test_identical_messages_are_events_of_their_own_and_an_own_id_stays():
    squid = named(find("squid"), "run1")
    made = [next(iter(squid.parse(SQUID, squid.config()))).id for _ in range(2)]
    assert made == ["run1.1", "run1.2"]
