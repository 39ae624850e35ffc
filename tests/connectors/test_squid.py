"""Squid's formats: native, common, combined and configured ones; damage is named, never dropped."""

import time
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors import squid
from connectors.base import Ignored, Rejected
from connectors.squid import Config, parse
from schemas.observation import Observation

CUSTOM = 'logformat mine %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %>st %rm %ru %[un %Sh/%<a %mt "%{User-Agent}>h" %err_code'


def one(line, **config) -> Observation:
    [observation] = parse(line.encode(), Config(**config))
    return observation


def fault(line, **config):
    with pytest.raises(Rejected) as caught:
        tuple(parse(line.encode(), Config(**config)))
    return str(caught.value)


def native(url="https://chatgpt.com/", method="GET", result="TCP_MISS/200", user="-", client="192.0.2.7"):
    return f"1795168800.123    345 {client} {result} 8812 {method} {url} {user} HIER_DIRECT/198.51.100.9 text/html"


def test_a_native_line():
    seen = one(native("https://ChatGPT.com./c/1?model=x#y", user="alice%40Example.com"))
    assert seen.at == datetime(2026, 11, 20, 10, 0, 0, 123000, UTC)
    assert (seen.host, seen.path, seen.method, seen.status) == ("chatgpt.com", "/c/1", "GET", 200)
    assert (seen.actor.id, seen.actor.email, seen.actor.ip) == (
        "alice@Example.com",
        "alice@example.com",
        "192.0.2.7",
    )
    assert (seen.bytes_in, seen.bytes_out, seen.action, seen.content_type) == (8812, None, "allowed", "text/html")


@pytest.mark.parametrize(
    ("url", "method", "host", "path", "port"),
    [
        ("chatgpt.com:443", "CONNECT", "chatgpt.com", None, None),
        ("[2001:db8::5]:443", "CONNECT", "2001:db8::5", None, None),
        ("[2001:db8::5]:11434", "CONNECT", "2001:db8::5", None, "11434"),
        ("http://user:pass@example.com:8080/a", "GET", "example.com", "/a", "8080"),
        ("http://example.com", "GET", "example.com", None, None),
        ("http://example.com?q=1", "GET", "example.com", None, None),
        ("http://example.com/a b  c?q=1 2", "GET", "example.com", "/a b  c", None),
        ("http://example.com/a%3Fq=1", "GET", "example.com", "/a", None),
        ("http://bücher.example/x", "GET", "bücher.example", "/x", None),
    ],
)
def test_destinations(url, method, host, path, port):
    seen = one(native(url, method))
    assert (seen.host, seen.path, seen.attributes.get("port")) == (host, path, port)


def test_denied_is_blocked():
    assert one(native("chatgpt.com:443", "CONNECT", "TCP_DENIED/403")).action == "blocked"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (native("chatgpt.com:443", "CONNECT", "TCP_DENIED/407"), "proxy asked for a sign-in"),
        (native("error:invalid-request", "NONE", "NONE_NONE/400"), "connection without a request"),
        (native("http://192.0.2.3/squid-internal-mgr/info"), "cache's own page"),
        (native("http://192.0.2.3/x", "ICP_QUERY", "UDP_MISS/000"), "query between caches"),
    ],
)
def test_lines_that_stand_for_no_request(line, reason):
    assert parse(line.encode(), Config()) == Ignored(reason)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1795168800.123    345 192.0.2.7 TCP_TUNNEL/200 88", "5 columns, the native format has 10"),
        (
            "1795168800.123    345 192.0.2.7 TCP_TUNNEL 88 GET http://a.example/ - X/- -",
            "column 4 is not result/status",
        ),
        (
            "1795168800.123 3 192.0.2.7 TCP_HIT/200 none GET http://a.example/ - X/- -",
            "column 5 is not a size in bytes",
        ),
        (native("https:///nohost"), "the request has no host"),
        (
            "what is this",
            "neither Squid's native nor its common or combined format; set `format` to the logformat in use",
        ),
    ],
)
def test_what_cant_be_read_is_named(line, reason):
    assert fault(line) == reason


def test_other_records_than_lines_are_named():
    with pytest.raises(Rejected, match="a JSON object"):
        parse({"Url": "x"}, Config())


def test_combined_and_common_are_told_apart_from_native():
    line = (
        '192.0.2.7 - bob [20/Nov/2026:17:00:00 +0700] "GET https://api.example.com/v1?x=1 HTTP/1.1" 200 512 '
        '"https://ref.example/?q=1" "curl/8 \\"x\\"" TCP_MISS:HIER_DIRECT'
    )
    seen = one(line)
    assert (seen.at, seen.host, seen.path, seen.actor.id) == (
        datetime(2026, 11, 20, 10, tzinfo=UTC),
        "api.example.com",
        "/v1",
        "bob",
    )
    assert seen.user_agent == 'curl/8 \\"x\\"'
    assert "ref.example" not in msgspec.json.encode(seen).decode()
    common = '192.0.2.7 - - [20/Nov/2026:17:00:00 +0700] "CONNECT chatgpt.com:443 HTTP/1.1" 403 0 TCP_DENIED:HIER_NONE'
    assert (one(common).host, one(common).action) == ("chatgpt.com", "blocked")


def test_a_configured_format_shows_uploads_and_agents():
    line = (
        "1795168800.123    345 192.0.2.7 TCP_TUNNEL/200 8812 1200 CONNECT chatgpt.com:443 bob HIER_DIRECT/192.0.2.9 - "
        '"Agent 1" -'
    )
    seen = one(line, format=CUSTOM)
    assert (seen.bytes_in, seen.bytes_out, seen.user_agent, seen.host) == (8812, 1200, "Agent 1", "chatgpt.com")
    assert fault("nonsense", format=CUSTOM) == "the line does not fit the configured logformat"


def test_strftime_sni_forwarding_and_a_zone():
    form = "%{%Y-%m-%d %H:%M:%S}tl|%{X-Forwarded-For}>h|%>a|%un|%rm|%ru|%>Hs|%st|%<st|%ssl::>sni|%-10>A"
    line = (
        "2026-11-20 17:00:00|198.51.100.4, 10.0.0.1|192.0.2.7|-|CONNECT|203.0.113.9:443|200|1600|900|chatgpt.com|pc7  "
    )
    seen = one(line, format=form, zone=7)
    assert seen.at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert (seen.host, seen.actor.ip, seen.actor.device) == ("chatgpt.com", "198.51.100.4", "pc7")
    assert (seen.bytes_out, seen.bytes_in) == (700, 900)


def test_host_and_path_in_columns_of_their_own():
    seen = one("1795168800.5 c1.example GET claude.ai /chat/1?x=1 8080", format="%ts.%tu %>a %rm %>rd %>rp %>rP")
    assert (seen.host, seen.path, seen.attributes, seen.actor.device) == (
        "claude.ai",
        "/chat/1",
        {"port": "8080"},
        "c1.example",
    )


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("%zz %ts", "unknown code at character 1"),
        ("%ts %>a", "has no destination"),
        ("%ru", "has no time"),
    ],
)
def test_wrong_formats_are_refused_with_their_place(form, message):
    with pytest.raises(ValueError, match=message):
        Config(format=form)


WORDS = st.text(st.characters(blacklist_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=12)
URLS = st.builds(
    "{}{}{}".format, st.sampled_from(["", "http://", "https://"]), WORDS, st.sampled_from(["", ":8080", "/a?b"])
)


@given(url=URLS, method=st.sampled_from(["GET", "CONNECT", "post", "-"]), user=WORDS, client=WORDS)
@example(url="http://user:pass@example.com:8080/a", method="GET", user="alice%40example.com", client="pc7")
@example(url="[2001:db8::5]:443", method="CONNECT", user="-", client="2001:db8::9")
def test_the_quick_way_for_native_lines_reads_what_the_format_says(url, method, user, client):
    line = native(url, method, user=user, client=client)
    ways = []
    for form in ("auto", "squid"):
        try:
            ways.append(one(line, format=form))
        except (Rejected, TypeError) as told:
            ways.append(str(told))
    assert ways[0] == ways[1]


@pytest.mark.parametrize("line", [" " * 60_000, "a " * 30_000, "a " + "A/ " * 20_000 + "!", '"' * 60_000])
@pytest.mark.parametrize("form", ["auto", CUSTOM, "combined"])
def test_hostile_lines_cost_no_time(line, form):
    begin = time.perf_counter()
    fault(f"1795168800.123 345 192.0.2.7 TCP_X/200 1 GET {line}", format=form)
    assert time.perf_counter() - begin < 1


@given(st.text(max_size=200) | st.builds(native, st.text(max_size=40), st.text(max_size=8)))
def test_any_line_is_read_or_rejected(line):
    for form in ("auto", CUSTOM):
        try:
            result = parse(line.encode("utf-8", "replace"), Config(format=form))
        except Rejected:
            continue
        assert isinstance(result, Ignored) or all(seen.host for seen in result)
    assert 0 <= squid.recognise(line.encode("utf-8", "replace")) <= 1
