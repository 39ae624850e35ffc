"""The topics, each declared once: value, key, retention, who writes and who reads (DESIGN §3)."""

from datetime import timedelta

import msgspec

from schemas.alert import Alert, SourceHealth
from schemas.deadletter import DeadLetter
from schemas.observation import ProtectedObservation
from schemas.person import ProtectedPerson
from schemas.usage import LabelOverride, Usage


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """One logical topic. The physical name is the deployment's topic prefix and this name.

    `retention` is None on a compacted topic. `version` counts incompatible changes; within one only optional
    fields are added.
    """

    name: str
    value: type
    key: str
    about: str
    retention: timedelta | None
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    version: int = 1

    @property
    def compacted(self) -> bool:
        """Whether the last record of a key is kept for good."""
        return self.retention is None

    @property
    def dead_letters(self) -> str:
        """The name of the topic that takes this one's unreadable records."""
        return f"{self.name}.dlq"


OBSERVATION = Topic(
    name="penumbra.observation.v1", value=ProtectedObservation, key="primary actor pseudonym",
    about="Protected observations of every source.", retention=timedelta(days=7),
    producers=("ingest",), consumers=("classifier",),
)  # fmt: skip
USAGE = Topic(
    name="penumbra.usage.v1", value=Usage, key="primary actor pseudonym",
    about="What is AI, embedded, suspected or for review.", retention=timedelta(days=30),
    producers=("classifier",), consumers=("inventory",),
)  # fmt: skip
LABEL = Topic(
    name="penumbra.label.v1", value=LabelOverride, key="match key",
    about="Overrides and evidence-based verdicts, back to every classifier.", retention=None,
    producers=("inventory",), consumers=("classifier",),
)  # fmt: skip
PERSON = Topic(
    name="penumbra.person.v1", value=ProtectedPerson, key="person",
    about="Identities, encrypted, with their identifier hashes; a tombstone is an erasure.", retention=None,
    producers=("ingest",), consumers=("inventory",),
)  # fmt: skip
SOURCE = Topic(
    name="penumbra.source.v1", value=SourceHealth, key="source instance",
    about="Health, lateness and counts of every source instance.", retention=None,
    producers=("ingest",), consumers=("inventory",),
)  # fmt: skip
ALERT = Topic(
    name="penumbra.alert.v1", value=Alert, key="alert",
    about="Alerts as CloudEvents, for others.", retention=timedelta(days=30),
    producers=("inventory",), consumers=(),
)  # fmt: skip

TOPICS = (OBSERVATION, USAGE, LABEL, PERSON, SOURCE, ALERT)
DEAD_LETTER_RETENTION = timedelta(days=14)
DEAD_LETTER = Topic(
    name="penumbra.ingest.v1.dlq", value=DeadLetter, key="dead letter",
    about="Records of a source that could not be read.", retention=DEAD_LETTER_RETENTION,
    producers=("ingest",), consumers=(),
)  # fmt: skip
