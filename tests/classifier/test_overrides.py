from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.usage import LabelOverride, Verdict
from services.classifier.consume import take

AT = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
KEYS = ("host:a.example", "host:b.example", "app:aria")
Told = tuple[str, LabelOverride | None]


def told(key: str, verdict: Verdict | None) -> Told:
    made = LabelOverride(key=key, verdict=verdict, author="ines.example", reason="r", at=AT) if verdict else None
    return key, made


topics = st.lists(st.builds(told, st.sampled_from(KEYS), st.none() | st.sampled_from(list(Verdict))), max_size=30)


def heard(records: list[Told], before: dict[str, LabelOverride] | None = None) -> dict[str, LabelOverride]:
    overrides = dict(before or {})
    for key, override in records:
        take(overrides, key, override)
    return overrides


@given(topics, st.lists(st.integers(0, 30), max_size=5))
def test_whatever_is_read_again_to_the_end_comes_to_the_same(records, starts):
    held = heard(records)
    for start in starts:
        held = heard(records[start:], held)
    assert held == heard(records)


@given(topics)
def test_a_compacted_topic_says_what_the_whole_one_says(records):
    last = {key: number for number, (key, _) in enumerate(records)}
    compacted = [record for number, record in enumerate(records) if last[record[0]] == number]
    assert heard(compacted) == heard(records)


@given(topics, st.permutations(KEYS))
def test_partitions_may_be_read_in_any_order(records, order):
    apart = [record for key in order for record in records if record[0] == key]
    assert heard(apart) == heard(records)
