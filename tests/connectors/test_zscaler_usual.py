"""Lines of a feed met before are read another way than its first ones: what they say is the same."""

from connectors.base import Ignored, Rejected
from connectors.zscaler import Config, parse
from connectors.zscaler.usual import Shapes

LINE = (
    "2026-11-20 10:00:00\tevent_id=73\taction=Blocked\tresponsesize=512\trequestsize=20\turlcategory=A|B\t"
    'requestmethod=post\tuseragent="Agent"\tClientIP=192.0.2.7\tstatus=403\tuser="Carla@example.com"\t'
    'url="chat.example.com:8443/x%3fq=violet-heron-canary"\tdlpengine=PII\tdepartment=Legal\tappname=Chat'
)


def said(line, zone=0.0):
    try:
        found = parse(line.encode(), Config(zone=zone))
        return found if isinstance(found, Ignored) else tuple(found)
    except Rejected as fault:
        return str(fault)


def test_a_line_says_the_same_the_first_the_second_and_the_third_time():
    variants = [
        LINE, LINE.replace("403", "407"), LINE.replace("chat.example.com:8443", "None"), LINE.replace("=20", "=NA"),
        LINE.replace("Carla@example.com", "Carla%40example.com"), LINE.replace("73", "0"),
        LINE.replace("2026-11-20", "2026-13-20"), f"<134>Nov 20 10:00:01 nss-1 {LINE}",
    ]  # fmt: skip
    apart = [said(line.replace("appname=", f"x{number}=1\tappname="), 1.5) for number, line in enumerate(variants)]
    again = [[said(line, 1.5) for line in variants] for _ in range(3)]
    assert again == [apart] * 3
    assert len(set(map(repr, apart))) == len(variants) - 2  # a relay's words before a line and %40 for @ change nothing


def test_a_shape_is_kept_from_the_second_line_on_and_fits_no_other_names():
    shapes, line = Shapes(), LINE.replace("=PII", "=None")
    [first, second, third] = shapes.read(iter([line] * 3), 0.0)
    assert (first, second) == (None, None)
    assert third.host == "chat.example.com"
    others = [line.replace("status=", "respcode="), line + "\turl=other.example.com", LINE]
    assert list(shapes.read(iter(others), 0.0)) == [None] * 3


def test_two_fields_that_say_the_same_leave_a_line_to_the_ordinary_way():
    shapes, twice = Shapes(), LINE + "\teurl=other.example.com"
    assert list(shapes.read(iter([twice] * 4), 0.0)) == [None] * 4
