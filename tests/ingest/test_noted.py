"""What is kept beside the records: in bounded memory, without addresses, and the same whoever reads them."""

from datetime import UTC, datetime, timedelta

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.records import Native
from services.ingest.intake import Intake, Origin
from services.ingest.noted import ACTORS, WORDS, Noted
from services.kit.keys import Keys
from tests.ingest.conftest import _observation

NOW = datetime(2026, 11, 16, 12, 3, tzinfo=UTC)
SLOT = int(NOW.timestamp()) // 300


def parse(record, config):
    """`word user` told now; `skip` is ignored, `bad` rejected."""
    word, _, user = record.decode().partition(" ")
    if word == "skip":
        return Ignored("told to skip")
    if word == "bad":
        raise Rejected("bad")
    return iter([_observation(NOW.isoformat(), user, "example.com")])


def action_of(record):
    """The first word; of `odd` none can be told."""
    word = record.decode().partition(" ")[0]
    if word == "odd":
        raise LookupError(word)
    return None if word == "mute" else word


SPEAKING = Connector(
    name="lines", title="Lines", kinds=(), how=("push",), parse=parse, recognise=lambda _: 0, records="lines",
    action_of=action_of,
)  # fmt: skip


def noted(keys: Keys, *lines: str, again: bool = False, connector: Connector = SPEAKING) -> Noted:
    natives = (Native(line.encode(), f"-:{number}") for number, line in enumerate(lines))
    return Intake(Origin(instance="one", connector=connector), keys, again=again).take(natives, NOW).noted


def test_words_are_counted_by_what_became_of_their_records(keys):
    found = noted(keys, "ask ann", "ask bob", "ask ann", "skip", "bad", "mute eve", "odd eve", "a@b.example eve").words
    counts = {word: (each.observed, each.ignored, each.rejected) for word, each in found.items()}
    assert counts == {"ask": (3, 0, 0), "skip": (0, 1, 0), "bad": (0, 0, 1)}
    assert len(found["ask"].actors) == 2
    assert all(actor.startswith("login:") for actor in found["ask"].actors)
    assert "ann" not in str(found)


def test_memory_is_bounded(keys):
    many = Noted()
    for number in range(WORDS + 50):
        many.word(f"w{number}", "ignored")
    many.word("w0", "observed", [f"login:{number}" for number in range(50)])
    many.word("x" * 121, "observed")
    assert len(many.words) == WORDS
    assert len(many.words["w0"].actors) == ACTORS
    total = Noted()
    total.merge(many)
    total.merge(many)
    assert (len(total.words), total.words["w0"].ignored, total.words["w0"].observed) == (WORDS, 2, 2)
    assert many.words["w0"].ignored == 1, "what is merged stays as it was"


def test_what_is_read_again_has_the_same_digest_and_two_equal_events_have_two(keys):
    first, second = (noted(keys, "ask ann", "ask ann", "ask bob", again=True) for _ in range(2))
    assert first.events == second.events
    assert len({digest for digest, _ in first.events}) == 3
    assert {slot for _, slot in first.events} == {SLOT}
    assert not first.happened
    assert noted(keys, "ask ann", "ask ann").happened == {SLOT: 2}


def test_an_event_from_ahead_counts_as_of_now():
    made = Noted()
    made.event(NOW + timedelta(hours=5), NOW, None)
    made.event(NOW - timedelta(minutes=5), NOW, msgspec.json.encode({"id": "a"}))
    assert made.happened == {SLOT: 1}
    assert [slot for _, slot in made.events] == [SLOT - 1]
