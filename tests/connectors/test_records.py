"""Containers, compressions and damage: every record comes out, or its piece comes out broken."""

import bz2
import gzip
import io
import json
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Connector, Ignored, Rejected
from connectors.records import Broken, Native, Observed, Occurrences, Tally, natives, outcomes
from schemas.observation import Kind, Observation

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def connector(records="json", **more):
    return Connector(
        name="sample",
        title="Sample",
        kinds=(Kind.AUDIT,),
        how=("push",),
        parse=lambda record, config: iter(()),
        recognise=lambda record: 1.0 if isinstance(record, dict) and "id" in record else 0.0,
        records=records,
        **more,
    )


def read(content, records="json", **more):
    return list(natives(content, connector(records, **more), "f"))


def good(found):
    return [item.record for item in found if isinstance(item, Native)]


def bad(found):
    return [(item.position, item.reason) for item in found if isinstance(item, Broken)]


THREE = [{"id": 1, "events": [{"x": 1}]}, {"id": 2, "text": 'a "quoted" {brace'}, {"id": 3}]
CONTAINERS = {
    "array": json.dumps(THREE),
    "pretty array": json.dumps(THREE, indent=2),
    "ndjson": "\n".join(map(json.dumps, THREE)),
    "ndjson with blank lines and CRLF": "\r\n\r\n".join(map(json.dumps, THREE)) + "\r\n",
    "concatenated": "".join(map(json.dumps, THREE)),
    "pretty concatenated": "\n".join(json.dumps(one, indent=1) for one in THREE),
    "arrays one a line": json.dumps(THREE[:1]) + "\n" + json.dumps(THREE[1:]),
    "wrapped in value": json.dumps({"@odata.context": "x", "value": THREE}),
    "wrapped in Records": json.dumps({"Records": THREE}, indent=1),
    "wrapped twice": json.dumps({"data": {"items": THREE}}),
    "wrapped under the vendor's own key": json.dumps({"lot": THREE}),
    "wrapped, one a line": "\n".join(json.dumps({"data": one}) for one in THREE),
    "json text sequence": "".join("\x1e" + json.dumps(one) + "\n" for one in THREE),
}


@pytest.mark.parametrize("name", CONTAINERS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, zstd.compress], ids=["plain", "gz", "bz2", "zst"])
def test_every_container_gives_the_same_records(name, pack):
    found = read(pack(CONTAINERS[name].encode()), wrapped_in=("lot",))
    assert good(found) == THREE
    assert bad(found) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["array", "ndjson"])
def test_marks_and_utf16_are_read(name, encoding):
    assert good(read(CONTAINERS[name].encode(encoding))) == THREE


def test_a_single_record_is_one_record():
    assert good(read(b'{"id": 1, "events": []}')) == [{"id": 1, "events": []}]
    assert good(read(b'{\n "id": 1\n}\n')) == [{"id": 1}]


def test_empty_input_has_no_records():
    assert read(b"") == read(b" \n\n") == read(b'{"value": []}') == read(b"[]") == read(gzip.compress(b"")) == []


def test_a_pipe_without_read1_is_read():
    class Pipe:
        def __init__(self, content):
            self.read = io.BytesIO(content).read

    assert good(read(Pipe(b'{"id":1}\n{"id":2}'))) == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zstd.compress])
def test_a_stream_cut_in_the_middle_gives_what_is_readable_and_one_rejected(pack):
    lines = b"".join(b'{"id": %d, "noise": "%d"}\n' % (n, hash((n, "x")) % 10**16) for n in range(40_000))
    packed = pack(lines)
    found = read(packed[: len(packed) * 2 // 3])
    assert len(good(found)) > 1000
    assert [item["id"] for item in good(found)] == list(range(len(good(found))))
    [(position, reason)] = bad(found)
    assert position == f"f:{len(good(found)) + 1}"
    assert "stream" in reason


def test_a_cut_gzip_of_an_array_gives_what_is_readable_and_one_rejected():
    array = json.dumps([{"id": n, "noise": str(hash((n, "y")))} for n in range(1000)]).encode()
    packed = gzip.compress(array)
    found = read(packed[: len(packed) // 2])
    assert len(good(found)) > 10
    assert len(bad(found)) == 1


def test_several_gzip_members_and_zero_padding_are_one_stream():
    content = gzip.compress(b'{"id":1}\n') + gzip.compress(b'{"id":2}\n') + b"\0" * 100
    assert good(read(content)) == [{"id": 1}, {"id": 2}]


def test_a_broken_line_of_ndjson_is_named_and_the_others_go_on():
    found = read(b'{"id":1\n{"id":2}\nnonsense\n{"id":4}\n{"id":5,"x":"\xff"}\n')
    assert good(found) == [{"id": 2}, {"id": 4}, {"id": 5, "x": "\ufffd"}]
    assert bad(found) == [("f:1", "not JSON"), ("f:3", "not JSON")]


def test_a_cut_array_names_its_last_record():
    found = read(b'[{"id":1},{"id":2},{"id":')
    assert good(found) == [{"id": 1}, {"id": 2}]
    assert bad(found) == [("f#3", "JSON ends inside a record")]


def test_scalars_in_an_array_are_rejected_one_by_one():
    found = read(b'[{"id":1}, 7, null]')
    assert good(found) == [{"id": 1}]
    assert len(bad(found)) == 2


def test_html_in_place_of_records_is_one_rejected():
    assert bad(read(b"<!DOCTYPE html>\n<html>\nsign in</html>\n")) == [
        ("f:1", "an HTML page where records were expected")
    ]


def test_text_lines_keep_their_bytes_and_numbers():
    found = read(b"one\r\n\n\xff two\nthree", "lines")
    assert [(item.record, item.position) for item in found] == [
        (b"one", "f:1"),
        (b"\xff two", "f:3"),
        (b"three", "f:4"),
    ]


def test_lines_inside_json_come_as_bytes():
    assert good(read(b'["one line", "another"]', "lines")) == [b"one line", b"another"]


def test_a_log_line_that_begins_with_a_bracket_is_a_line():
    assert good(read(b"[10/Oct/2026:10:00:00 +0000] GET\n", "lines")) == [b"[10/Oct/2026:10:00:00 +0000] GET"]


def test_a_line_without_end_is_rejected_and_the_next_is_read():
    found = read(b"a\n" + b"x" * (3 << 20) + b"\nb\n", "lines")
    assert good(found) == [b"a", b"b"]
    assert bad(found) == [("f:2", "line longer than 1048576 bytes")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_with_a_header(delimiter):
    text = '\ufeffname,mail,"last, first"\n"a\nb",c@example.com, d \n,,\nx,y,z,w\ntoo,short\n'
    text = text.replace('"last, first"', "last") if delimiter != "," else text
    found = read(text.replace(",", delimiter).encode(), "csv")
    last = "last, first" if delimiter == "," else "last"
    assert good(found) == [
        {"name": "a\nb", "mail": "c@example.com", last: "d"},
        {"name": "too", "mail": "short"},
    ]
    assert bad(found) == [("f:5", "row of 4 columns, the header has 3")]


def test_windows_1252_cells_and_repeated_columns():
    found = read("note,note\ncafé,x\n".encode("cp1252"), "csv")
    assert good(found) == [{"note": "café", "note (2)": "x"}]


def test_memory_stays_flat_on_many_lines(tmp_path):
    path = tmp_path / "big.ndjson"
    path.write_bytes(b'{"id":1,"pad":"' + b"x" * 200 + b'"}\n')
    with path.open("ab") as file:
        for _ in range(100):
            file.write((b'{"id":1,"pad":"' + b"x" * 200 + b'"}\n') * 1000)
    tracemalloc.start()
    with path.open("rb") as file:
        count = sum(1 for _ in natives(file, connector(), "f"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_001
    assert peak < 4 << 20


def parse(record, config):
    if record.get("id") == 0:
        return Ignored("zero")
    if record.get("id") == 1:
        raise Rejected("one is no record")
    return iter([Observation(source="s", kind=Kind.AUDIT, at=record["at"])] * record.get("times", 1))


def test_the_tally_adds_up_whatever_parse_does():
    many = Connector(**{**{f: getattr(connector(), f) for f in Connector.__dataclass_fields__}, "parse": parse})
    found = natives(
        b'[{"id":0},{"id":1},{"id":2},{"id":3,"at":null,"times":2},{"id":4,"at":1,"times":0}, 5]', many, "f"
    )
    tally = Tally("s")
    results = list(outcomes(many, found, None))
    for result in results:
        tally.count(result)
    assert tally.records == 6 == tally.observed + sum(tally.ignored.values()) + tally.rejected
    assert tally.ignored == {"zero": 1, "nothing to report": 1}
    assert tally.observations == 2
    assert [r.reason for r in results if isinstance(r, Broken)] == [
        "one is no record",
        "a shape that is not known (KeyError)",
        "a JSON value that is no record",
    ]
    assert any(isinstance(r, Observed) for r in results)


def test_identical_records_get_different_ids_and_the_same_ones_again():
    import datetime as dt

    one = Observation(source="s", kind=Kind.WEB, at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    first, again = Occurrences(), Occurrences()
    ids = [first.identified(one).id, first.identified(one).id]
    assert len(set(ids)) == 2
    assert ids == [again.identified(one).id, again.identified(one).id]


@given(st.binary(max_size=400), st.sampled_from(["json", "lines", "csv"]))
def test_any_bytes_are_read_without_raising(content, kind):
    for found in read(content, kind):
        assert isinstance(found, Native | Broken)


@given(st.data(), st.sampled_from(["ndjson", "concatenated", "array", "pretty concatenated"]), st.binary(max_size=3))
def test_damage_loses_no_record_that_stands_before_it(data, name, splice):
    text = CONTAINERS[name].encode()
    end_of_first = {"ndjson": 31, "concatenated": 31, "array": 32}.get(name, 47)
    at = data.draw(st.integers(end_of_first, len(text)))
    assert text[:end_of_first].rstrip().endswith(b"}")
    assert THREE[0] in good(read(text[:at] + b"\n" + splice + text[at:]))


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ('1,"open\n2,b\n3,"c"\n4,d\n', ["2", "3", "4"]),
        ('1,"open\n2,"b"\n', ["2"]),
        ('1,"open\n2,b\n', ["2"]),
        ('1,"open\n2,b\n3,"x, y"\n', ["2", "3"]),
        ('1,"two\nlines"\n2,"a ""b"""\n', ["1", "2"]),
        ('1,"open\n2,"open\n3,c\n', ["3"]),
    ],
)
def test_a_quote_left_open_costs_its_own_row_only(rows, kept):
    found = read(("id,note\n" + rows).encode(), "csv")
    assert [each["id"] for each in good(found)] == kept
    assert len(found) == len(good(found)) + len(bad(found))
    assert all("quote is opened" in reason for _, reason in bad(found))
    assert {position for position, _ in bad(found)} <= {"f:2", "f:3"}


@given(st.text(st.sampled_from('ab,"'), max_size=20), st.lists(st.text("abc", min_size=1, max_size=4), max_size=20))
def test_no_line_takes_those_after_it_along(line, ids):
    after = [f"{number}{name}" for number, name in enumerate(ids)]
    found = read(f"id,note\n{line}\n{''.join(f'{each},x' + chr(10) for each in after)}".encode(), "csv")
    assert [each["id"] for each in good(found)][-len(after) or len(found) :] == after


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'// head\n{"a": "x//y", /* c */ "b": [1, 2,],\n}\n', [{"a": "x//y", "b": [1, 2]}]),
        (b'{"a": "/* kept */"}', [{"a": "/* kept */"}]),
        (b'{"a": 1}\n{"a": "//"}\n', [{"a": 1}, {"a": "//"}]),
    ],
)
def test_comments_are_taken_out_where_the_source_has_them(text, expected):
    assert good(read(text, comments=True)) == expected


def test_settings_that_are_broken_even_without_comments_are_told_as_broken():
    assert len(bad(read(b'// x\n{"a": \n', comments=True))) == 1
