"""Lines that say how the records after them are read: carried with each record, over a file's pieces, never counted."""

import re

import pytest

from connectors.base import Connector
from connectors.records import Broken, Directives, Native, natives, parted
from schemas.observation import Kind

PATTERN = re.compile(rb"#\s*(?:(fields|date)\b)?", re.IGNORECASE)
CONNECTOR = Connector(
    name="sample",
    title="Sample",
    kinds=(Kind.WEB,),
    how=("file",),
    parse=lambda record, config: iter(()),
    recognise=lambda record: 0.0,
    records="lines",
    directives=PATTERN,
)
TEXT = b"#version 1\n#fields a b\n1 2\n#date today\n\n3 4\n#Fields c\n5\n"


def read(content, directives=None):
    return [(found.record, found.position) for found in natives(content, CONNECTOR, "f", directives)]


def test_each_record_carries_what_holds_for_it():
    assert read(TEXT) == [
        (b"#fields a b\n1 2", "f:3"),
        (b"#fields a b\n#date today\n3 4", "f:6"),
        (b"#Fields c\n#date today\n5", "f:8"),
    ]


def test_a_record_with_its_directives_reads_as_itself():
    for record, _ in read(TEXT):
        assert [again for again, _ in read(record)] == [record]
        assert parted(record)[1] in TEXT.split(b"\n")


@pytest.mark.parametrize("cut", [0, 11, 23, 27, 39, 40, 44, 54])
def test_reading_goes_on_in_the_middle_with_those_in_force(cut):
    standing = Directives(PATTERN)
    pieces = [record for piece in (TEXT[:cut], TEXT[cut:]) for record, _ in read(piece, standing)]
    assert pieces == [record for record, _ in read(TEXT)]


def test_a_text_without_directives_is_as_it_is():
    assert read(b"1 2\n") == [(b"1 2", "f:1")]
    assert parted(b"1 2") == (b"", b"1 2")


def test_an_endless_directive_takes_no_memory():
    [(record, _)] = read(b"#fields " + b"a " * 100_000 + b"\n1")
    assert len(record) < 10_000


def test_a_line_too_long_is_broken_all_the_same():
    [found] = natives(b"x" * (1 << 21), CONNECTOR, "f")
    assert isinstance(found, Broken)
    assert not isinstance(found, Native)
