"""What the samples of network logs do not show: settings, times in every unit, lines without a time, damage."""

from datetime import UTC, datetime

import pytest

from connectors import access_log, cloudflare_gateway, dns, suricata
from connectors.base import Ignored, Rejected
from connectors.shared.hostnames import authority, path_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
GATEWAY = {"QueryName": "api.example.com", "ResolverDecision": "allowed", "QueryType": 1}


def said(parsed):
    return parsed.reason if isinstance(parsed, Ignored) else next(parsed)


@pytest.mark.parametrize("time", ["2026-11-20T12:00:00Z", 1795176000, 1795176000000, 1795176000000000000, "1795176000"])
def test_logpush_writes_times_in_any_unit(time):
    assert said(cloudflare_gateway.parse({**GATEWAY, "Datetime": time}, None)).at == NOON


@pytest.mark.parametrize("time", [None, True, "soon", 10**30, -(10**19)])
def test_what_is_no_time_is_rejected(time):
    with pytest.raises(Rejected, match="Datetime is not a time"):
        cloudflare_gateway.parse({**GATEWAY, "Datetime": time}, None)


def test_own_suffixes_are_left_out_where_they_are_named():
    own = cloudflare_gateway.Config(local=("example.com",))
    assert said(cloudflare_gateway.parse({**GATEWAY, "Datetime": 1795176000}, own)) == "local name"
    event = {
        "timestamp": "2026-11-20T12:00:00+0000",
        "event_type": "dns",
        "dns": {"type": "query", "rrname": "a.example.com"},
    }
    assert said(suricata.parse(event, suricata.Config(local=("example.com",)))) == "local name"
    assert said(suricata.parse(event, None)).host == "a.example.com"


def test_a_log_of_one_site_names_it_in_the_settings():
    line = b'192.0.2.7 - - [20/Nov/2026:13:00:00 +0100] "POST /api/chat?q=x HTTP/1.1" 200 9 "-" "ollama-python/0.5.1"'
    assert said(access_log.parse(line, None)) == "request that names no host"
    seen = said(access_log.parse(line, access_log.Config(host="ollama.corp.example:11434")))
    assert (seen.host, seen.path, seen.at) == ("ollama.corp.example", "/api/chat", NOON)
    assert seen.attributes == {"port": "11434"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", "neither a common"),
        (b'192.0.2.7 - - [20/Xyz/2026:13:00:00 +0100] "GET / HTTP/1.1" 200 9', "the time is not one"),
        (b'[2026-11-20T10:00:00Z] "GET / HTTP/1.1" 200 - 0 1', "Envoy's line ends early"),
        (b'{"method": "GET"}', "without a time"),
    ],
)
def test_a_damaged_line_is_named(line, reason):
    with pytest.raises(Rejected, match=reason):
        access_log.parse(line, None)


def test_coredns_without_a_time_is_not_dated_by_guessing():
    line = b'[INFO] 192.0.2.7:42114 - 64820 "A IN chatgpt.com. udp 57 false 1232" NOERROR qr,rd 66 0.0001s'
    with pytest.raises(Rejected, match="no time"):
        dns.parse(line, dns.Config(), NOON)


@pytest.mark.parametrize(
    ("date", "day_first", "month"),
    [("11/12/2026", False, 11), ("11/12/2026", True, 12), ("20/11/2026", False, 11), ("11/20/2026", True, 11),
     ("12.11.2026", False, 11), ("2026/11/12", True, 11)],
)  # fmt: skip
def test_windows_dates_are_read_as_the_region_writes_them(date, day_first, month):
    rest = "0E44 PACKET  00000216D0C5A8B0 UDP Rcv 192.0.2.9 8d5c   Q [0001   D   NOERROR] A (4)chat(2)ai(0)"
    line = f"{date} 11:59:59 PM {rest}"
    seen = said(dns.parse(line.encode(), dns.Config(day_first=day_first, zone=1), NOON))
    assert (seen.at.month, seen.at.hour, seen.host) == (month, 22, "chat.ai")


@pytest.mark.parametrize(
    ("text", "found"),
    [("Chat.Example.com:443", ("chat.example.com", "")), ("[2001:db8::1]:8080", ("2001:db8::1", "8080")),
     ("u@x.ai:81", ("x.ai", "81")), ("x.ai:port", ("", "")), ("-", ("", "")), ("a b", ("", ""))],
)  # fmt: skip
def test_an_authority_is_a_host_and_an_unusual_port(text, found):
    assert authority(text) == found


@pytest.mark.parametrize(
    ("uri", "path"),
    [("/a/b?q=1#c", "/a/b"), ("https://x.ai/a;s", "/a"), ("https://x.ai?q", None), ("*", None), ("x.ai:443", None)],
)
def test_a_path_has_no_query(uri, path):
    assert path_of(uri) == path
