"""The published figures of the last evaluation, as `penumbra evaluate` wrote them: what the console shows."""

from functools import cache
from pathlib import Path

import msgspec

from schemas.figures import Card

FIGURES = Path(__file__).parent / "figures.json"


@cache
def card() -> Card:
    """The card; raises OSError or msgspec.MsgspecError where the file is missing or damaged."""
    return msgspec.json.decode(FIGURES.read_bytes(), type=Card)
