"""Settings drawn from a Config struct, and every fault of given ones at its field."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Connector, discover
from connectors.settings import BY_REFERENCE, Fault, checked, place_faults, rhythm, settings
from schemas.secretref import SecretRef


class Region(StrEnum):
    EU = "eu"
    US = "us"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`account` is the tenant. `secret` is a reference. It is not shown.

    Words about all of it. `tags` are put on records.
    """

    account: str
    secret: str
    other: SecretRef | None = None
    region: Region = Region.EU
    depth: Literal["all", "some"] = "some"
    pages: Annotated[int, msgspec.Meta(ge=1, le=9, description="how many at a time")] = 3
    fast: bool = True
    tags: tuple[str, ...] = ("a", "b")
    columns: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.account == self.secret:
            raise ValueError("account and secret are the same")


def connector(**changed: object) -> Connector:
    fields = {
        "name": "acme", "title": "Acme", "kinds": (), "how": ("pull",), "parse": lambda *_: iter(()),
        "recognise": lambda _: 0.0, "records": "json", "config": Config, "secrets": ("secret",),
    }  # fmt: skip
    return Connector(**fields | changed)


def test_each_setting_says_what_it_takes() -> None:
    drawn = {each.name: each for each in settings(connector())}
    kinds = {name: each.kind for name, each in drawn.items()}
    assert kinds == {
        "account": "text", "secret": "text", "other": "text", "region": "choice", "depth": "choice", "pages": "number",
        "fast": "yes or no", "tags": "list", "columns": "map",
    }  # fmt: skip
    assert [name for name, each in drawn.items() if each.required] == ["account", "secret"]
    assert [name for name, each in drawn.items() if each.secret] == ["secret"]
    assert (drawn["region"].choices, drawn["depth"].choices) == (("eu", "us"), ("all", "some"))
    defaults = {name: each.default for name, each in drawn.items() if each.default}
    assert defaults == {"region": "eu", "depth": "some", "pages": "3", "fast": "yes", "tags": "a, b"}
    assert drawn["pages"].hint == "how many at a time"
    assert drawn["account"].hint == "`account` is the tenant."
    assert drawn["tags"].hint == "`tags` are put on records."


def test_plain_values_become_the_config() -> None:
    given_ = {"account": "x", "secret": "env:S", "pages": "5", "fast": "false", "tags": "p, q\nr", "region": "us"}
    given_["columns"] = "A b=id\nC=name"
    made, faults = checked(connector(), given_)
    assert faults == []
    assert (made.pages, made.fast, made.tags, made.columns, made.region) == (
        5, False, ("p", "q", "r"), {"A b": "id", "C": "name"}, Region.US,
    )  # fmt: skip


def test_every_fault_is_at_its_field_and_repeats_no_value() -> None:
    wrong = {"secret": "canary", "pages": "10", "fast": "canary", "colour": "red", "columns": "x"}
    _, faults = checked(connector(), wrong)
    assert {fault.field for fault in faults} == {"account", "secret", "pages", "fast", "colour", "columns"}
    assert Fault("secret", BY_REFERENCE) in faults
    assert "canary" not in str(faults)


def test_faults_between_settings_have_no_field() -> None:
    assert checked(connector(), {"account": "env:S", "secret": "env:S"}) == (
        None, [Fault("", "account and secret are the same")],
    )  # fmt: skip


def test_what_is_not_pulled_needs_no_credentials() -> None:
    assert checked(connector(), {}, pulled=False) == (None, [])


@pytest.mark.parametrize("name", sorted(discover()))
def test_every_connector_s_settings_can_be_drawn(name: str) -> None:
    known = discover()[name]
    for each in settings(known):
        assert each.name
        assert each.required or each.kind in {"text", "number", "yes or no", "choice", "list", "map"}
    assert {each.name for each in settings(known) if each.secret} == set(known.secrets)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20) | st.integers() | st.booleans(), max_size=5))
def test_no_given_settings_break_the_check(given_: dict[str, object]) -> None:
    made, faults = checked(connector(), given_)
    assert made is None
    assert {"account", "secret"} - set(given_) <= {fault.field for fault in faults}


def test_rhythm_follows_how_it_is_read() -> None:
    async def fetch(_: object):
        yield

    pulled, pushed = connector(fetch=fetch, every=timedelta(minutes=2)), connector(how=("push",))
    assert rhythm(pulled, folder=None, every=None).every == timedelta(minutes=2)
    assert rhythm(pulled, folder=None, every=timedelta(hours=1)).every == timedelta(hours=1)
    assert rhythm(pushed, folder=None, every=None).every is None
    assert rhythm(pushed, folder="/var/log", every=None).every == timedelta(seconds=0.5)
    assert rhythm(pushed, folder=None, every=None).silent_after is None, "what tells no events can't fall silent"
    assert place_faults(pushed, folder="logs", every=None)[0].field == "folder"
    assert place_faults(pushed, folder=None, every=timedelta(hours=1))[0].field == "every"
    assert place_faults(pushed, folder="/var/log", every=timedelta(hours=1)) == []
