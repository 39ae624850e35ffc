from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.observation import App, ClassLabel, Identifier, Kind, Object, ProtectedObservation, ProtectedSolution
from schemas.usage import TRAVELS, LabelOverride, Usage, Verdict
from schemas.vendor import read
from services.classifier.decide import Decider, Outgoing
from services.labelling.index import build
from services.labelling.match import label
from services.labelling.usage import usage

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ACME = build([read(Path(__file__).parent.parent / "labelling/vendors/acme.toml")])
OVERRIDES = {
    "host:mail.example": LabelOverride(key="host:mail.example", verdict=Verdict.AI, author="a", reason="r", at=AT)
}
observations = st.builds(
    ProtectedObservation,
    id=st.text(min_size=1, max_size=9),
    source=st.sampled_from(["squid", "m365_management"]),
    instance=st.just("edge"),
    kind=st.sampled_from(list(Kind)),
    at=st.just(AT),
    arrived_at=st.just(AT),
    generation=st.integers(0, 3),
    identifiers=st.sampled_from([(), (Identifier("email", "k", "00ff"),)]),
    unit=st.sampled_from([None, "Unit 7"]),
    host=st.sampled_from([None, "chat.acme-ai.example", "auth.acme-ai.example", "mail.example", "llm.example"]),
    path=st.sampled_from([None, "/", "/anon/*"]),
    app=st.sampled_from([None, App(name="Acme Chat")]),
    action=st.sampled_from([None, "AcmeInteraction", "blocked"]),
    object=st.sampled_from([None, Object(type="file", name="a.py")]),
    solution=st.sampled_from(
        [None, ProtectedSolution(id="flow:1", type="flow", owner=Identifier("email", "k", "0b0b"))]
    ),
    scopes=st.sampled_from([(), ("Mail.Read", "odd.scope")]),
    labels=st.sampled_from([(), ("Confidential",)]),
    classes=st.sampled_from([(), (ClassLabel("pii", 0.9, "b"),)]),
    bytes_out=st.sampled_from([None, 0, 7]),
    bytes_in=st.sampled_from([None, 9]),
    user_agent=st.sampled_from([None, "Acme/Python 1.0", "curl/8"]),
)


@given(st.lists(observations, max_size=20), st.sampled_from([{}, OVERRIDES]))
def test_the_hot_path_writes_what_the_plain_functions_say(seen, overrides):
    decider = Decider(ACME, overrides)
    travelled = 0
    for one in seen:
        written = decider.decide(msgspec.json.encode(one))
        expected = label(one, ACME, overrides)
        if expected.verdict in TRAVELS:
            travelled += 1
            assert msgspec.json.decode(written, type=Usage) == usage(one, expected, ACME.version)
        else:
            assert written is None
    counts = decider.taken()
    assert sum(counts.values()) == len(seen)
    assert sum(counts.get(verdict, 0) for verdict in TRAVELS) == travelled
    assert decider.taken() == {}


def test_what_is_written_has_exactly_the_fields_of_a_usage():
    assert set(Outgoing.__struct_fields__) == set(Usage.__struct_fields__)
    assert Outgoing.__struct_defaults__ == tuple(
        field.default for field in msgspec.structs.fields(Usage) if field.default is not msgspec.NODEFAULT
    )


def test_an_override_heard_later_changes_what_comes_after():
    decider = Decider(ACME)
    value = msgspec.json.encode(
        ProtectedObservation(
            id="1", source="squid", instance="edge", kind=Kind.WEB, at=AT, arrived_at=AT, host="mail.example"
        )
    )
    assert decider.decide(value) is None
    decider.override(OVERRIDES)
    assert msgspec.json.decode(decider.decide(value), type=Usage).label.verdict is Verdict.AI


@pytest.mark.parametrize("value", [b"", b"{", b"\xff", b"[]", b'{"id":"1"}', b'{"id":1,"source":"squid"}'])
def test_what_is_no_observation_is_refused(value):
    with pytest.raises((msgspec.MsgspecError, UnicodeDecodeError)):
        Decider(ACME).decide(value)
