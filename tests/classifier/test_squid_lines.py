import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import squid
from connectors.records import Tally, natives, outcomes
from connectors.records.bytestream import Buffer
from connectors.records.outcomes import Observed
from schemas.vendor import read
from services.classifier.fold import Fold
from services.classifier.squid_lines import SquidLines
from services.labelling.index import build
from services.labelling.labeller import Labeller

ACME = build([read(Path(__file__).parent.parent / "labelling/vendors/acme.toml")])
URLS = (
    "chat.acme-ai.example:443", "CHAT.acme-ai.example:443", "http://chat.acme-ai.example/anon/7?prompt=x",
    "https://api.acme-ai.example/v1/x", "http://api.acme-ai.example?u=a/b", "http://api.acme-ai.example;x/y",
    "auth.acme-ai.example:443", "mail.example:443", "http://mail.example/a/b", "http://mail.example/squid-internal-x",
    "error:invalid-request", "cache_object://h/info", "http://", "://x", "/", "-", "http://notes.example/api/v1/runInference",
    "[2001:db8::1]:443", "http://[2001:db8::1]:80/x", "http:/x", "foo//bar", "http://user@api.acme-ai.example/",
    "http://mail.example/two words", "http://mail.example/\u00e4", "http://mail.example/\u00a0x", "mail.example/x:443",
)  # fmt: skip
times = st.one_of(
    st.integers(1_762_070_400_000, 1_762_070_409_999).map(lambda ms: f"{ms / 1000:.3f}"),
    st.sampled_from(["1762070400", "0.000", "99999999999.000", "1762070400.0490", "x", "17620704000.49", ""]),
)
lines = st.builds(
    lambda *parts: " ".join(parts),
    times,
    st.sampled_from(["    6", "0", "-1", "x", "12 34"]),
    st.sampled_from(["192.0.2.7", "2001:db8::7", "laptop-7.example", "-"]),
    st.sampled_from(
        ["TCP_TUNNEL/200", "TCP_DENIED/403", "TCP_DENIED/407", "UDP_HIT/000", "NONE_NONE/000", "tcp/200", "TCP_MISS"]
    ),
    st.sampled_from(["10", "0", "-5", "x"]),
    st.sampled_from(["CONNECT", "GET", "POST", "get"]),
    st.sampled_from(URLS),
    st.sampled_from(["ann@example.com", "EX\\ann", "-", "a b", "b%20c"]),
    st.sampled_from(["HIER_DIRECT/203.0.113.9", "DIRECT/-", "NONE/-", "hier/x", "-"]),
    st.sampled_from(["-", "text/html", "text/html [Host: x]", "", "[x]"]),
)
texts = st.lists(
    st.one_of(
        lines, lines.map(lambda line: line[: len(line) // 2]), st.sampled_from(["", " ", "\r", "\x1c", "x\x0by", "{"])
    ),
    max_size=25,
).map("\n".join)


def identify(actor):
    return tuple((kind, value) for kind, value in (("login", actor.id), ("ip", actor.ip)) if value)


def slowly(text):
    fold, tally, labeller = Fold(), Tally("squid"), Labeller(ACME)
    for found in outcomes(squid.CONNECTOR, natives(text, squid.CONNECTOR), squid.Config()):
        tally.count(found)
        if isinstance(found, Observed):
            (seen,) = found.items
            fold.add(seen, labeller.label(seen), identify(seen.actor))
    return fold, tally


def fast(text, chunks=None):
    fold, tally = Fold(), Tally("squid")
    reader = SquidLines(
        squid.CONNECTOR, squid.Config(), labeller=Labeller(ACME), fold=fold, identify=identify, tally=tally
    )
    list(reader.read(Buffer(Trickle(text, chunks) if chunks else text)))
    return fold, tally


class Trickle(io.BytesIO):
    """Gives a few bytes at a time."""

    def __init__(self, text, size):
        super().__init__(text)
        self.size = size

    def read1(self, _=-1):
        return super().read(self.size)


def shape(fold):
    return [
        {key: {**vars(found), "events": dict(found.events)} for key, found in sorted(table.items())}
        for table in (fold.tools, fold.suspected, fold.solutions)
    ]


@settings(max_examples=300, deadline=None)
@given(texts, st.integers(1, 200))
def test_the_fast_way_equals_the_ordinary_way(text, chunks):
    data = b"1762070400.000 1 192.0.2.1 TCP_TUNNEL/200 5 CONNECT mail.example:443 - HIER_DIRECT/203.0.113.1 -\n"
    data += text.encode()
    expected, counted = slowly(data)
    for size in (None, chunks):
        found, tally = fast(data, size)
        assert tally == counted
        assert shape(found) == shape(expected)
    assert counted.records == counted.observed + sum(counted.ignored.values()) + counted.rejected


def line(number=0, url="chat.acme-ai.example:443", tail="-"):
    return (
        f"{1762070400 + number}.049   7 192.0.2.7 TCP_TUNNEL/200 9 CONNECT {url} ann HIER_DIRECT/203.0.113.9 {tail}\n"
    )


@pytest.mark.parametrize("cut", [0, 1, 9, 40])
def test_a_gzip_cut_in_the_middle_gives_what_could_be_read_and_one_reject(cut):
    text = "".join(line(number, f"h{number}.example:443") for number in range(5000)).encode()
    packed = gzip.compress(text)
    data = packed[: len(packed) - cut] if cut else packed
    expected, counted = slowly(data)
    found, tally = fast(data)
    assert tally == counted
    assert shape(found) == shape(expected)
    assert tally.rejected == (1 if cut else 0)


@pytest.mark.parametrize("length", [1 << 15, 1 << 16, (1 << 16) + 1, 1 << 20, (1 << 20) + 9, 1 << 21])
def test_a_line_of_any_length_is_counted_once(length):
    data = (line(1) + line(2, "mail.example:443", "x" * length) + line(3) * 3 + line(4, "y" * length)).encode()
    expected, counted = slowly(data)
    found, tally = fast(data)
    assert tally == counted
    assert shape(found) == shape(expected)


def test_lines_shifted_against_each_other_are_not_taken_for_plain_ones():
    short, long = line(1).split(" ")[:-1], [*line(1).rstrip().split(" "), "1762070400.049"]
    data = (" ".join(long) + "\n" + " ".join(short[1:]) + " -\n" + line(5)).encode()
    assert fast(data)[1] == slowly(data)[1]


def test_many_lines_of_many_people_need_few_parses():
    data = (
        "".join(line(number % 50, f"h{number % 20}.example:443") for number in range(5000)).encode()
        + line().encode() * 500
    )
    parsed = []
    counting = type(squid.CONNECTOR)(
        **{**vars(squid.CONNECTOR), "parse": lambda *a: parsed.append(1) or squid.parse(*a)}
    )
    fold, tally = Fold(), Tally("squid")
    reader = SquidLines(counting, squid.Config(), labeller=Labeller(ACME), fold=fold, identify=identify, tally=tally)
    list(reader.read(Buffer(data)))
    assert (tally.records, fold.tools["acme.chat"].events["squid"]) == (5500, 500)
    assert len(parsed) < 30
