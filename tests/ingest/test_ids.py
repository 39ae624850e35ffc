"""Ids are the same on every reading, and two identical records are two events."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.observation import Kind, ProtectedObservation
from services.ingest.ids import UNREAD, Occurrences, encoded

AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
PLAIN = ProtectedObservation(
    id="", source="squid", instance="i", kind=Kind.WEB, at=AT, arrived_at=AT, host="example.com"
)


def identified(given: ProtectedObservation, seen: Occurrences, part: int = 0) -> ProtectedObservation:
    made = encoded(given, seen, arrived_at=given.arrived_at, generation=given.generation, part=part)
    return msgspec.json.decode(made, type=ProtectedObservation)


def ids(hosts: list[str], arrived: datetime = AT, generation: int = 0) -> list[str]:
    seen = Occurrences()
    changes = {"arrived_at": arrived, "generation": generation}
    return [identified(msgspec.structs.replace(PLAIN, host=host, **changes), seen).id for host in hosts]


@given(st.lists(st.sampled_from("abc")))
def test_identical_records_differ_and_a_second_reading_agrees(hosts: list[str]) -> None:
    first = ids(hosts)
    assert len(set(first)) == len(first)
    assert ids(hosts, AT + timedelta(hours=3), generation=2) == first


def test_vendor_id_is_kept_and_prefixed_once() -> None:
    given_id = msgspec.structs.replace(PLAIN, id="6c9c")
    assert identified(given_id, Occurrences()).id == "squid:6c9c"
    assert identified(msgspec.structs.replace(PLAIN, id="squid:6c9c"), Occurrences()).id == "squid:6c9c"
    assert identified(given_id, Occurrences(), part=1).id == "squid:6c9c/1"


def test_vendor_id_that_holds_an_address_is_hashed() -> None:
    made = identified(msgspec.structs.replace(PLAIN, id="jane@example.com/1"), Occurrences()).id
    assert "jane" not in made
    assert made == identified(msgspec.structs.replace(PLAIN, id="jane@example.com/1"), Occurrences()).id


def test_reading_on_after_replaying_a_window_gives_the_same_numbers() -> None:
    """Records of 100 bytes, four of a kind in a row, a window of ten records."""
    digests = [bytes([place // 4]) for place in range(200)]
    whole = Occurrences(window=1000)
    numbers = [whole.number(digest, place * 100) for place, digest in enumerate(digests)]
    assert numbers[:6] == [1, 2, 3, 4, 1, 2]
    for start in range(10, 200):
        again = Occurrences(window=1000)
        replayed = [again.number(digests[place], place * 100) for place in range(start - 10, 200)]
        assert replayed[10:] == numbers[start:]


def test_far_apart_counts_anew_and_memory_is_bounded() -> None:
    seen = Occurrences(window=1000)
    assert [seen.number(b"x", at) for at in (0, 900, 5000)] == [1, 2, 1]
    for place in range(10_000):
        seen.number(place.to_bytes(4), place * 100)
    assert len(seen._seen) <= 11


@given(
    st.builds(
        ProtectedObservation, id=st.sampled_from(("", "squid:", "6c9c", "squid:6c9c")), source=st.just("squid"),
        instance=st.text(), kind=st.sampled_from(Kind), at=st.just(AT), arrived_at=st.sampled_from((UNREAD, AT)),
        host=st.text() | st.just('"arrived_at":"1970-01-01T00:00:00Z"'),
        attributes=st.dictionaries(st.text(), st.text()),
    ),
    st.integers(0, 3),
)  # fmt: skip
def test_nothing_else_changes_with_the_id_and_the_times(given: ProtectedObservation, generation: int) -> None:
    made = encoded(given, Occurrences(), arrived_at=AT, generation=generation)
    told = msgspec.json.decode(made, type=ProtectedObservation)
    assert told.id.startswith("squid:")
    assert told == msgspec.structs.replace(given, id=told.id, arrived_at=AT, generation=generation)
    assert made == msgspec.json.Encoder(order="deterministic").encode(told)
