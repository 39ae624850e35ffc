# ruff: noqa: ISC004 - the text of a list is written line by line
"""Each format of a list: what is taken, and every line that is not, with its number and reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.labelling.list_formats import Entry, Refused, adblock, dnsmasq, hosts_file, plain, v2fly
from services.labelling.list_tables import NoColumn, defender, table

OTHERS = {"other": "domain:inner.example @cn\nfull:ads.example @ads\nkeyword:gpt\ninclude:list\n"}

CASES = {
    "v2fly": (
        lambda text: v2fly(text, OTHERS.get, within=("list",)),
        "# a comment\nacme.example # the vendor\ndomain:Chat.Example @cn @!ru\nfull:www.one.example\nregexp:^a.b$\n"
        "keyword:gpt\nnew:x.example\nads.example @ads\ndomain:bad_host\ninclude:other @-ads\ninclude:none\n",
        [(2, "acme.example", "suffix"), (3, "chat.example", "suffix"), (4, "www.one.example", "exact"),
         (1, "inner.example", "suffix")],
        [(5, "matches parts of names"), (6, "matches parts of names"), (7, "unknown kind"), (8, "advertising"),
         (9, "one label"), (3, "matches parts of names"), (4, "included in itself"), (11, "not beside the list")],
    ),
    "hosts": (
        hosts_file,
        "127.0.0.1 localhost\n0.0.0.0 acme.example www.acme.example # both\n::1\tchat.example\nacme.example\n"
        "0.0.0.0\n0.0.0.0 10.0.0.1\n",
        [(2, "acme.example", "exact"), (2, "www.acme.example", "exact"), (3, "chat.example", "exact")],
        [(1, "one label"), (4, "does not begin with an address"), (5, "without a name"), (6, "an address")],
    ),
    "dnsmasq": (
        dnsmasq,
        "# c\naddress=/acme.example/0.0.0.0\nserver=/a.example/*.b.example/192.0.2.1#53\nlocal = /c.example/\n"
        "ipset=/d.example/ai,all # x\ncache-size=1000\naddress=/#/0.0.0.0\n",
        [(2, "acme.example", "suffix"), (3, "a.example", "suffix"), (3, "b.example", "suffix"),
         (4, "c.example", "suffix"), (5, "d.example", "suffix")],
        [(6, "no setting that names domains"), (7, "character U+0023")],
    ),
    "plain": (
        plain,
        "\ufeffacme.example\r\n*.b.example\n.c.example\n\nhttps://d.example/\nd.example/path\n203.0.113.7\n"
        "bücher.example\na.*.example\n" + "a" * 70 + ".example\nuser@e.example\n",
        [(1, "acme.example", "suffix"), (2, "b.example", "suffix"), (3, "c.example", "suffix"),
         (8, "xn--bcher-kva.example", "suffix")],
        [(5, "not a host alone"), (6, "not a host alone"), (7, "an address"), (9, "a wildcard"),
         (10, "a label of 70 characters"), (11, "not a host alone")],
    ),
    "adblock": (
        adblock,
        "[Adblock Plus 2.0]\n! Title: AI\n||acme.example^\n||b.example^$third-party,important\n"
        "||c.example^$domain=d.example\n||e.example/path^\n@@||f.example^\ng.example##.chat\n##.ad\n|https://h.example^\n",
        [(3, "acme.example", "suffix"), (4, "b.example", "suffix")],
        [(5, "narrowed by domain=d.example"), (6, "no rule for a whole domain"), (7, "an exception"),
         (8, "no rule for a whole domain"), (9, "hides parts"), (10, "no rule for a whole domain")],
    ),
    "csv": (
        table,
        'Vendor;Domains;Notes\nAcme;"acme.example, *.b.example";x\n;;\nNone;;y\nUrl;https://c.example/;z\n'
        "Deep;https://d.example/chat;z\nShort\n",
        [(2, "acme.example", "suffix"), (2, "b.example", "suffix"), (5, "c.example", "suffix")],
        [(4, "no host in its cell"), (6, "not a host alone"), (7, "no host in its cell")],
    ),
    "defender": (
        defender,
        "App Name,Category,Domains\nAcme,Generative AI,acme.example;b.example\nBox,Cloud storage,box.example\n"
        "Mcp,AI - MCP Server,c.example\nEmpty,generativeAi,\n",
        [(2, "acme.example", "suffix"), (2, "b.example", "suffix"), (4, "c.example", "suffix")],
        [(3, "category Cloud storage is not AI"), (5, "no host in its cell")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_line_is_taken_or_refused_with_its_number_and_reason(name):
    read, text, taken, refused = CASES[name]
    found = list(read(text))
    assert [(one.line, one.host, one.match) for one in found if isinstance(one, Entry)] == taken
    told = [(one.line, one.reason) for one in found if isinstance(one, Refused)]
    assert [line for line, _ in told] == [line for line, _ in refused]
    assert all(reason in said for (_, said), (_, reason) in zip(told, refused, strict=True))


def test_what_was_included_names_its_file():
    found = list(v2fly("include:other\n", OTHERS.get))
    assert {one.file for one in found} == {"other"}
    assert [one.host for one in v2fly("include:other @cn\n", OTHERS.get)] == ["inner.example"]


def test_files_that_include_each_other_end():
    loop = {"a": "include:b\n", "b": "include:a\nx.example\n"}
    found = list(v2fly("include:a\n", loop.get))
    assert [(one.line, one.host) for one in found if isinstance(one, Entry)] == [(2, "x.example")]


@pytest.mark.parametrize(
    ("read", "text"), [(table, "a,b\n1,2\n"), (table, ""), (defender, "Name,Domains\nx,y.example\n")]
)
def test_a_table_without_its_columns_is_told_with_those_it_has(read, text):
    with pytest.raises(NoColumn, match="no column"):
        list(read(text))


def test_another_column_may_be_named():
    assert [one.host for one in table("a,My Host\n1,x.example\n", "my host")] == ["x.example"]


@given(st.text(alphabet=st.sampled_from(".:/|^$=,;#!@ \t\nab0\"'é*[]-"), max_size=60))
@settings(deadline=None)
def test_no_text_breaks_a_reader(text):
    for name in ("v2fly", "hosts", "dnsmasq", "plain", "adblock"):
        for one in CASES[name][0](text):
            assert one.line >= 1
    for one in table(f"host\n{text}"):
        assert one.line >= 1
