"""What stands after a source's settings were changed, and every fault of the change at once."""

from datetime import timedelta

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from connectors import base
from connectors.amending import Asked, Standing, amended, differences
from connectors.settings import checked, written

OKTA, SQUID = (base.find(name) for name in ("okta", "squid"))
PULLED = Standing({"org": "old.okta.com", "token": "env:OLD"}, timedelta(minutes=5), None, "*")
WATCHED = Standing({}, timedelta(seconds=0.5), "/var/log/squid", "*.log")


def test_only_what_was_asked_for_changes():
    after, faults = amended(OKTA, PULLED, Asked({"org": "new.okta.com"}, timedelta(minutes=10)))
    assert faults == []
    assert after == Standing({"org": "new.okta.com", "token": "env:OLD"}, timedelta(minutes=10), None, "*")
    assert differences(PULLED, after) == {"config.org": ("old.okta.com", "new.okta.com"), "every": (300.0, 600.0)}
    assert differences(PULLED, amended(OKTA, PULLED, Asked())[0]) == {}


def test_an_empty_value_goes_back_to_the_usual_one():
    before = WATCHED._replace(config={"format": "combined"})
    after, faults = amended(SQUID, before, Asked({"format": ""}, usual_rhythm=True))
    assert (after, faults) == (WATCHED, [])
    assert differences(before, after) == {"config.format": ("combined", None)}


def test_every_fault_is_told_at_its_field_and_the_way_records_come_stays():
    asked = Asked({"org": None, "token": "canary", "colour": "red"}, folder="/var/log/okta")
    faults = dict(amended(OKTA, PULLED, asked)[1])
    assert set(faults) == {"config.org", "config.token", "config.colour", "folder"}
    assert "canary" not in str(faults)
    assert [fault.field for fault in amended(SQUID, WATCHED, Asked(folder="logs"))[1]] == ["folder"]
    pushed = Standing({}, None, None, "*")
    assert [fault.field for fault in amended(SQUID, pushed, Asked(every=timedelta(minutes=5)))[1]] == ["every"]


class Config(msgspec.Struct, frozen=True, kw_only=True):
    names: tuple[str, ...] = ()
    places: dict[str, str] = {}
    yes: bool = False
    number: float | None = None


KIND = base.Connector(
    name="kind", title="Kind", kinds=(), how=("pull",), parse=lambda record: iter(()), recognise=lambda record: 0.0,
    records="json", config=Config,
)  # fmt: skip
words = st.text('ab =,\n"{[', min_size=1, max_size=8)


numbers = st.none() | st.floats(0, 9)


@given(
    names=st.lists(words, max_size=3), places=st.dictionaries(words, words, max_size=3), yes=st.booleans(),
    number=numbers,
)  # fmt: skip
@example(names=[], places={'"': " ="}, yes=False, number=None)
def test_what_is_written_out_is_read_as_it_was(names, places, yes, number):
    before = {"names": names, "places": places, "yes": yes, "number": number}
    text = {name: written(value) for name, value in before.items() if written(value)}
    assert checked(KIND, text) == checked(KIND, before)
