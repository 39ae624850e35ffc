"""Lines read many at once say what each says by itself, whatever came before, however the file comes in pieces."""

import io
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import Connector, Ignored, discover
from connectors.records import Broken, Native, Observed, natives, outcome, outcomes, parted, read
from connectors.records.usual import WIDE, said
from schemas.observation import Kind, Observation
from tests.bench.text_logs import LOGS, Visit
from tests.connectors.test_contract import ARRIVED, SAMPLES, config

DAY = datetime(2026, 11, 20, 8, 0, 1, 5000, tzinfo=UTC)
VISITS = [
    Visit(n, DAY + timedelta(seconds=n // 3), n % 5, f"h{n % 4}.example.com", f"/p/{n}", "Agent/1", 7)
    for n in range(20)
]
CONNECTORS = {name: one for name, one in discover().items() if one.usual is not None}
FILES = [
    (name, (SAMPLES / sample).read_bytes())
    for name, one in CONNECTORS.items()
    for sample in one.samples
    if Path(sample).suffix == ".log"
] + [(log.source, (log.head + "".join(f"{log.line(one)}\n" for one in VISITS)).encode()) for log in LOGS.values()]
RECORDS = [
    (name, found.record)
    for name, content in FILES
    for found in natives(content, CONNECTORS[name], "f")
    if isinstance(found, Native)
]
PIECES = [b"", b" ", b"\t", b'"', b'""', b",", b"-", b"%20", b"?", b"%3f", b";", b"|", b"=", b"\\x41", b"\xff", b"\r"]


class Pieces(io.BytesIO):
    """A file that gives a few bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self.size = size

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read(self.size)


def told(results):
    return [
        (result.items, result.position) if isinstance(result, Observed)
        else (result.reason, result.position, result.raw) if isinstance(result, Broken) else result
        for result in results
    ]  # fmt: skip


def by_itself(name, record):
    """What a record says where the connector's usual lines are read as any other."""
    module = sys.modules[f"connectors.{name}"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "alone", lambda *_: None)
        return outcome(CONNECTORS[name], Native(record, "f:1"), config(CONNECTORS[name]), ARRIVED)


def at_once(name, record):
    before, line = parted(record)
    before = before + b"\n" if before else b""
    [*_, found] = said(CONNECTORS[name].usual, [line] * 3, before, config(CONNECTORS[name]))
    return found


def same(name, record):
    found = at_once(name, record)
    if found is not None:
        alone = by_itself(name, record)
        assert (found if isinstance(found, Ignored) else Observed((found,), "f:1")) == alone
    return found


def test_all_five_formats_of_the_benchmark_are_read_so():
    assert CONNECTORS.keys() == {log.source for log in LOGS.values()}
    for name, content in FILES[-len(LOGS) :]:
        records = [found.record for found in natives(content, CONNECTORS[name]) if isinstance(found, Native)]
        assert all(isinstance(at_once(name, record), Observation) for record in records)


@pytest.mark.parametrize("size", [1, 7, 100, 4096])
@pytest.mark.parametrize(("name", "content"), FILES)
def test_a_file_says_what_its_records_say(name, content, size):
    connector, settled = CONNECTORS[name], config(CONNECTORS[name])
    one_by_one = outcomes(connector, natives(content, connector, "f"), settled, ARRIVED)
    assert told(read(Pieces(content, size), connector, settled, "f", ARRIVED)) == told(one_by_one)


def test_every_sample_line_says_the_same_by_itself():
    usual = [same(name, record) for name, record in RECORDS]
    assert sum(one is not None for one in usual) > len(usual) // 4


@settings(max_examples=150)
@given(st.data())
def test_a_mutated_line_says_the_same_by_itself(data):
    name, record = data.draw(st.sampled_from(RECORDS))
    before, line = parted(record)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(line)))
        end = data.draw(st.integers(start, min(len(line), start + data.draw(st.sampled_from([0, 1, 30])))))
        line = line[:start] + data.draw(st.sampled_from(PIECES)) + line[end:]
    same(name, before + b"\n" + line if before else line)


def _reader(*faults):
    """A connector whose usual lines are words; one of `faults` breaks it, and it breaks under a header."""

    def usual(lines, before, _):
        if before:
            raise ValueError(before)
        for line in lines:
            if line in faults:
                raise LookupError(line)
            yield Ignored(line) if line.isalpha() else None
            if line == "last":
                return

    return Connector(
        name="words", title="Words", kinds=(Kind.WEB,), how=("file",), recognise=lambda _: 0.0, records="lines",
        parse=lambda record, _: Ignored(f"<{record.decode()}>"), usual=usual,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        (b"a\nbad\nb\n\n 1 \nbad\nbad", ["a", "<bad>", "b", "< 1 >", "<bad>", "<bad>"]),
        (b"a\nlast\nb\nc", ["a", "last", "<b>", "c"]),
        (b"\n\n", []),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\n" + b"x" * (WIDE + 1), ["a", "<" + "x" * (WIDE + 1) + ">"]),
    ],
)
def test_what_the_usual_reader_leaves_or_breaks_on_is_parsed(text, reasons):
    connector = _reader("bad")
    found = [one.reason for one in read(text, connector, None)]
    assert found == reasons


def test_a_reader_that_breaks_before_its_first_line_leaves_all_of_them():
    assert list(said(_reader().usual, [b"a", b"b"], b"#x\n", None)) == [None, None]
    assert msgspec.json.encode(list(said(_reader().usual, [], b"", None))) == b"[]"


OBJECTS = [
    b'{"a":1}',
    b"{}",
    b'{"a":',
    b'1} {"b":2}',
    b'{"a":{}',
    b'}{"b":{}',
    b'{"a":1}{"b":2}',
    b'{"x":"}',
    b'{"}',
    b"",
    b"7",
]


@given(st.lists(st.sampled_from(OBJECTS), max_size=8))
def test_json_lines_decoded_together_are_those_decoded_one_by_one(lines):
    connector = _reader()
    together, apart = ([b'{"first":0}', *lines, b"{}"], [b'{"first":0} ', *(line + b" " for line in lines), b"{}"])
    found, expected = (list(natives(b"\n".join(text), connector, "f")) for text in (together, apart))
    assert [getattr(one, "record", one.position) for one in found] == [
        getattr(one, "record", one.position) for one in expected
    ]


@pytest.mark.parametrize(
    ("name", "sample"), [(name, one) for name, made in discover().items() for one in made.samples if ".nd" in one]
)
def test_a_file_of_json_lines_says_what_its_records_say(name, sample):
    connector, content = discover()[name], (SAMPLES / sample).read_bytes()
    content += b'\n{"broken":\n{"data":[{}]}\n'
    one_by_one = outcomes(connector, natives(content, connector, "f"), config(connector), ARRIVED)
    assert told(read(io.BytesIO(content), connector, config(connector), "f", ARRIVED)) == told(one_by_one)
