"""Usage: an observation the classifier labelled as AI, embedded AI, suspected AI or for review."""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.observation import ClassLabel, Identifier, Kind, ProtectedSolution


class Verdict(StrEnum):
    """What a key was taken for. `related` is an AI vendor's telemetry, sign-in, help or company pages: no use."""

    AI = "ai"
    EMBEDDED = "embedded"
    RELATED = "related"
    SUSPECTED = "suspected"
    REVIEW = "review"
    NONE = "none"


TRAVELS = frozenset({Verdict.AI, Verdict.EMBEDDED, Verdict.SUSPECTED, Verdict.REVIEW})
"""Verdicts that go on to `usage.v1`; all else ends at the classifier."""


# gc=False where millions are decoded: a frozen tree can't form a cycle, and collecting costs more than decoding.
class Label(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The answer to "is it AI?" for one match key: verdict, tool, confidence 0…1, and the basis of each step.

    `key` is what was seen, not what it was taken for: `host:chatgpt.com`, `client:e0476654-…`, `app:chatgpt`,
    `event:m365/copilotinteraction`. `tool` is a catalog id, present only for ai, embedded and related.
    `corrected` where an analyst's correction says so and not the catalog.
    """

    key: str
    verdict: Verdict
    tool: str | None = None
    confidence: float = 0.0
    basis: tuple[str, ...] = ()
    action: str | None = None
    account: str | None = None
    corrected: bool = False


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The value of `penumbra.usage.v1`. `id` is the observation's id; sizes are bytes.

    `identifiers` as in the observation, the first is the primary one (empty: nobody known). `account` is enterprise,
    personal or anonymous where told. `catalog` is the version the label was made with.
    """

    id: str
    source: str
    instance: str
    kind: Kind
    at: datetime
    arrived_at: datetime
    label: Label
    generation: int = 0
    identifiers: tuple[Identifier, ...] = ()
    unit: str | None = None
    action: str = "use"
    classes: tuple[ClassLabel, ...] = ()
    solution: ProtectedSolution | None = None
    bytes_out: int = 0
    bytes_in: int = 0
    catalog: str = ""


class LabelOverride(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The value of `penumbra.label.v1`: a verdict for a match key that outranks the catalog, with author and reason."""

    key: str
    verdict: Verdict
    author: str
    reason: str
    at: datetime
    tool: str | None = None
    confidence: float = 1.0
