"""Messages of a stream: both ways of framing on one port, however the stream is cut, and what is too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.syslog.framing import KEPT, Frame, Frames

MESSAGES = st.lists(
    st.tuples(st.booleans(), st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=40)),
    max_size=6,
)


def streamed(messages) -> bytes:
    made = b""
    for counted, text in messages:
        message = b"<13>" + text.encode()
        made += b"%d %b" % (len(message), message) if counted else message + b"\n"
    return made


def fed(stream: bytes, cuts: list[int], longest: int = 1 << 16) -> list[Frame]:
    frames, found, at = Frames(longest), [], 0
    for cut in [*sorted(cuts), len(stream)]:
        found += frames.feed(stream[at:cut])
        at = max(at, cut)
    return found + frames.rest()


@given(MESSAGES, st.lists(st.integers(0, 200), max_size=8))
def test_every_message_comes_once_wherever_the_stream_is_cut(messages, cuts):
    wanted = [b"<13>" + text.encode() for _, text in messages]
    assert [frame.data for frame in fed(streamed(messages), cuts)] == wanted


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_any_bytes_are_frames_and_the_cuts_change_nothing(stream, cuts):
    assert fed(stream, cuts, 50) == fed(stream, [], 50)


@pytest.mark.parametrize(
    ("stream", "wanted"),
    [
        (b"1794823181.123 90 192.0.2.7 TCP_TUNNEL/200\n", [b"1794823181.123 90 192.0.2.7 TCP_TUNNEL/200"]),
        (b"17 digits begin a line\n", [b"17 digits begin a line"]),
        (b"<13>ends\r\n<13>by nul\0\n\n<13>no end", [b"<13>ends\r", b"<13>by nul\0", b"<13>no end"]),
        (b"10 <13>a\nb\nc\n5 <13>x\n", [b"<13>a\nb\nc\n", b"<13>x"]),
        (b'7 {"a":1}<13>x\n', [b'{"a":1}', b"<13>x"]),
    ],
)
def test_a_count_is_told_from_a_line(stream, wanted):
    assert [frame.data for frame in fed(stream, [])] == wanted


@pytest.mark.parametrize("counted", [True, False])
def test_one_that_is_too_long_is_told_and_costs_no_other(counted):
    long = b"<13>" + b"x" * 100_000
    stream = (b"%d %b" % (len(long), long) if counted else long + b"\n") + b"<13>next\n5 <13>y"
    for cuts in ([], list(range(0, len(stream), 999))):
        first, *rest = fed(stream, cuts, 9000)
        assert (len(first.data), first.fault) == (KEPT, "message longer than 9000 bytes")
        assert [frame.data for frame in rest] == [b"<13>next", b"<13>y"]


def test_a_stream_without_an_end_holds_no_more_than_one_message():
    frames = Frames(1000)
    told = [frame for _ in range(200) for frame in frames.feed(b"y" * 1000)]
    assert len(told) == 1
    assert len(frames._held) <= 1000


def test_a_counted_message_that_breaks_off_is_told():
    (frame,) = fed(b"50 <13>only this", [])
    assert frame == Frame(b"<13>only this", "the connection ended in the middle of a message")
