from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.observation import Actor, Kind, Observation, Solution
from schemas.usage import Label, Verdict
from services.classifier.fold import Fold, person_of

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LABELS = (
    Label(key="host:a.example", verdict=Verdict.AI, tool="acme.chat", confidence=0.9, basis=("host",)),
    Label(key="app:acme", verdict=Verdict.EMBEDDED, tool="acme.chat", confidence=0.6, basis=("name", "alone")),
    Label(key="host:b.example", verdict=Verdict.SUSPECTED, confidence=0.9, basis=("sdk",)),
    Label(key="host:c.example", verdict=Verdict.RELATED, tool="acme.chat", confidence=0.9),
    Label(key="host:d.example", verdict=Verdict.NONE),
)
seen = st.tuples(
    st.builds(
        Observation,
        source=st.sampled_from(["squid", "okta"]),
        kind=st.sampled_from([Kind.WEB, Kind.GRANT, Kind.BUILD]),
        at=st.integers(0, 9).map(lambda minutes: AT + timedelta(minutes=minutes)),
        actor=st.sampled_from([None, Actor(id="a", unit="Sales"), Actor(id="a"), Actor(id="b", ip="192.0.2.1")]),
        scopes=st.sampled_from([(), ("Mail.Read",), ("User.Read",)]),
        bytes_out=st.sampled_from([None, 5]),
        solution=st.sampled_from(
            [
                None,
                Solution(id="f:1", type="f"),
                Solution(id="f:1", type="f", name="n"),
                Solution(id="f:1", type="f", connectors=("mail",), deleted=True),
            ]
        ),
    ),
    st.sampled_from(LABELS),
)


def actor_of(observation):
    actor = observation.actor
    return () if actor is None else tuple((k, v) for k, v in (("login", actor.id), ("ip", actor.ip)) if v)


def folded(some):
    fold = Fold()
    for observation, label in some:
        fold.add(observation, label, actor_of(observation))
    return fold


def shape(fold):
    return [
        {key: vars(found) for key, found in table.items()} for table in (fold.tools, fold.suspected, fold.solutions)
    ]


@given(st.lists(seen, max_size=20), st.randoms(), st.integers(0, 20))
def test_order_and_split_do_not_matter(some, random, cut):
    whole = shape(folded(some))
    mixed = list(some)
    random.shuffle(mixed)
    assert shape(folded(mixed)) == whole
    parts = folded(mixed[cut:])
    parts.merge(folded(mixed[:cut]))
    assert shape(parts) == whole


def test_only_what_travels_is_folded_and_the_surest_verdict_is_kept():
    observation = Observation(source="squid", kind=Kind.WEB, at=AT, actor=Actor(id="a"))
    fold = folded([(observation, label) for label in LABELS])
    assert {tool: (found.verdict, found.events["squid"]) for tool, found in fold.tools.items()} == {
        "acme.chat": (Verdict.AI, 2)
    }
    assert set(fold.suspected) == {"host:b.example"}


def test_people_are_counted_once_through_any_of_their_identifiers():
    fold = Fold()
    for actor in ((("login", "ann"),), (("email", "ann@example.com"), ("ip", "192.0.2.1")), (("login", "x"),), ()):
        fold.add(Observation(source="squid", kind=Kind.WEB, at=AT), LABELS[0], actor)
    links = {("login", "ann"): "E1", ("ip", "192.0.2.1"): "E1"}
    actors = [actor for actor in fold.tools["acme.chat"].actors if actor]
    assert {person_of(actor, links) for actor in actors} == {"E1", ("login", "x")}
    assert len({person_of(actor, {}) for actor in actors}) == 3
    assert person_of((), links) is None
