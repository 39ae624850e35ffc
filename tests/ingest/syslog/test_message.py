"""Headers of syslog messages: what programs and devices write before what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.syslog.message import Message, read

NEW = b"<34>1 2026-11-16T10:00:00.003Z fw1.example su 201 ID47 "


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (
            NEW + b'[ex@32473 iut="3" q="a\\"]b"][more@32473] \xef\xbb\xbfit happened',
            Message(
                b"it happened", b"2026-11-16T10:00:00.003Z fw1.example su[201]: it happened", "fw1.example", "su"
            ),
        ),
        (NEW + b"- it happened", Message(
            b"it happened", b"2026-11-16T10:00:00.003Z fw1.example su[201]: it happened", "fw1.example", "su"
        )),
        (b"<34>1 - - - - - - only this", Message(b"only this", b"only this")),
        (b"<34>1 - FW1 CEF - - -", Message(b"", b"FW1 CEF: ", "fw1", "cef")),
        (
            b"<13>Nov 16 10:00:00 gw dnsmasq[812]: query[A] claude.ai from 192.0.2.7\n",
            Message(
                b"query[A] claude.ai from 192.0.2.7",
                b"Nov 16 10:00:00 gw dnsmasq[812]: query[A] claude.ai from 192.0.2.7", "gw", "dnsmasq",
            ),
        ),
        (b"<13>Nov  6 10:00:00 dnsmasq: query", Message(b"query", b"Nov  6 10:00:00 dnsmasq: query", "", "dnsmasq")),
        (
            b"<13>Nov 16 10:00:00 fw1 CEF:0|Palo Alto Networks|PAN-OS|11|end|TRAFFIC|1|dhost=claude.ai",
            Message(
                b"CEF:0|Palo Alto Networks|PAN-OS|11|end|TRAFFIC|1|dhost=claude.ai",
                b"Nov 16 10:00:00 fw1 CEF:0|Palo Alto Networks|PAN-OS|11|end|TRAFFIC|1|dhost=claude.ai", "fw1",
            ),
        ),
        (
            b"<14>2026-11-16T10:00:00.123456+08:00 proxy1 squid: 1794823181.123 90 192.0.2.7 TCP_TUNNEL/200",
            Message(
                b"1794823181.123 90 192.0.2.7 TCP_TUNNEL/200",
                b"2026-11-16T10:00:00.123456+08:00 proxy1 squid: 1794823181.123 90 192.0.2.7 TCP_TUNNEL/200",
                "proxy1", "squid",
            ),
        ),
        (b"<189>date=2026-11-16 time=10:00:00", Message(*[b"date=2026-11-16 time=10:00:00"] * 2)),
        (b"<189>Nov 16 2026 10:00:00 asa1 : %ASA-6-302013: Built", Message(
            b"%ASA-6-302013: Built", b"Nov 16 2026 10:00:00 asa1 : %ASA-6-302013: Built", "asa1"
        )),
        (b"no priority at all", Message(b"no priority at all", b"no priority at all")),
        (b"<999>no priority", Message(b"<999>no priority", b"<999>no priority")),
        (b"<13>10:11:12 what: it says", Message(b"10:11:12 what: it says", b"10:11:12 what: it says")),
        (b"", Message(b"", b"")),
    ],
)  # fmt: skip
def test_what_was_said_and_who_said_it(raw, wanted):
    assert read(raw) == wanted


@given(st.binary(max_size=200), st.sampled_from([b"", b"<13>", NEW, NEW + b"[", b"<13>Nov 16 10:00:00 gw "]))
def test_no_bytes_are_refused_and_what_was_said_is_never_lost(said, header):
    message = read(header + said)
    assert message.line.endswith(message.text)
    if header == b"<13>Nov 16 10:00:00 gw ":
        assert message.line.rstrip() == (header + said)[4:].rstrip(b"\r\n\0 ").rstrip()
