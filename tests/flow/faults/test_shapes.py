"""Records of more than one shape: every width, header and spelling is read whole. One test a case of the matrix."""

import pytest

from connectors.base import find
from connectors.records import Observed, natives, outcomes

LINE = (
    "1,2026/11/20 18:00:01,007051000099001,TRAFFIC,end,2562,2026/11/20 18:00:01,192.0.2.7,203.0.113.9,,,out,"
    "example\\alice,,openai-chatgpt,vsys1,trust,untrust,ethernet1/2,ethernet1/1,to-siem,,41231,1,51234,443,0,0,0x0,tcp,"
    "allow,24576,20480,4096,40"
)
ZEEK = {"ts": "1763632800.1", "uid": "C1", "id.orig_h": "192.0.2.7", "id.resp_h": "203.0.113.9", "query": "claude.ai"}
ORDERS = (tuple(ZEEK), ("query", "uid", "id.resp_h", "ts", "id.orig_h"))
CEF = "CEF:0|Example|Gateway|1|1|web|3|rt=1763632800000 src=192.0.2.7 suser=ana dhost=claude.ai "
LEEF = "devTime=1763632800000{0}devTimeFormat=x{0}src=192.0.2.7{0}usrName=ana{0}url=https://claude.ai/new"


def read(name, text):
    connector = find(name)
    return list(outcomes(connector, natives(text.encode(), connector, "f.log"), None, None))


def share(found, records):
    """How much of the records was observed, each once."""
    return sum(isinstance(one, Observed) for one in found) / records if len(found) == records else 0


def test_15_pan_os_lines_have_40_72_and_120_fields(told):
    lines = [",".join((LINE.split(",") + [""] * width)[:width]) for width in (40, 72, 120)]
    found = read("panos", "\n".join(lines) + "\n")
    assert {one.items[0].app.name for one in found} == {"openai chatgpt"}
    told("three widths, the same application, bytes and person", share(found, 3))


def test_16_an_elff_file_has_two_fields_lines(told):
    text = (
        "#Fields: date time c-ip cs-host cs-method\n2026-11-20 10:00:00 192.0.2.7 claude.ai GET\n"
        "#Fields: date time cs-method cs-host c-ip\n2026-11-20 10:00:01 POST chatgpt.com 192.0.2.8\n"
    )
    found = read("elff", text)
    assert [(one.items[0].host, one.items[0].actor.ip) for one in found] == [
        ("claude.ai", "192.0.2.7"), ("chatgpt.com", "192.0.2.8")
    ]  # fmt: skip
    told("each row by the line before it", share(found, 2))


def test_17_a_cef_value_has_an_escaped_equals_sign_and_spaces(told):
    tails = (
        "request=https://claude.ai/a\\=b msg=two words here act=allowed",
        "act=allowed request=https://claude.ai/a",
    )
    found = read("cef", "".join(f"{CEF}{tail}\n" for tail in tails))
    assert {one.items[0].host for one in found} == {"claude.ai"}
    told("host, person and path as without them", share(found, 2))


def test_18_leef_2_comes_without_its_delimiter_field(told):
    heads = ("LEEF:1.0|Example|Gateway|1|web|", "LEEF:2.0|Example|Gateway|1|web|", "LEEF:2.0|Example|Gateway|1|web|^|")
    lines = [head + LEEF.format("^" if head.endswith("^|") else "\t") for head in heads]
    found = read("leef", "\n".join(lines) + "\n")
    assert {one.items[0].host for one in found} == {"claude.ai"}
    told("1.0, 2.0 with and without: the same event", share(found, 3))


def test_19_umbrella_rows_have_10_and_13_columns(told):
    row = (
        '"2026-11-20 10:00:01","ana","ana,Site","192.0.2.7","198.51.100.4","Allowed","1 (A)","NOERROR","chatgpt.com.",'
        '"Chat"'
    )
    found = read("cisco_umbrella", f'{row}\n{row},"AD Users","AD Users,Sites","Chat"\n')
    assert {one.items[0].host for one in found} == {"chatgpt.com"}
    told("both versions, the same lookup", share(found, 2))


@pytest.mark.parametrize("order", ORDERS, ids=["usual", "another"])
def test_20_zeek_s_fields_come_in_another_order(told, order):
    names, values = "\t".join(order), "\t".join(ZEEK[name] for name in order)
    text = f"#separator \\x09\n#path\tdns\n#fields\t{names}\n{values}\n"
    found = read("dns", text)
    assert (found[-1].items[0].host, found[-1].items[0].actor.ip) == ("claude.ai", "192.0.2.7")
    told("read by the names of the header", share([one for one in found if isinstance(one, Observed)], 1))
