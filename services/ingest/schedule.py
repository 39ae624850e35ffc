"""When a source runs next: its interval with jitter, or a growing pause while it is in trouble. Pure."""

import random
from datetime import datetime, timedelta

from services.kit.control.rows import TROUBLES

LONGEST_PAUSE = timedelta(hours=1)
FIRST_PAUSE = timedelta(seconds=30)
JITTER = 0.1


def next_run(
    now: datetime, every: timedelta, outcome: str, *, failures: int = 0, retry_after: float | None = None,
    chance: float | None = None,
) -> datetime:  # fmt: skip
    """The next start. `failures` counts the runs in trouble before this one; `chance` (0…1) is the jitter's draw.

    A source's own wait is kept to, at least; jitter only ever adds, so that no limit is broken.
    """
    drawn = random.random() if chance is None else chance  # noqa: S311 - spreads load, keeps no secret
    if outcome in TROUBLES:
        doubled = FIRST_PAUSE * float(1 << min(failures, 12))
        pause = min(max(doubled, min(every, FIRST_PAUSE)), LONGEST_PAUSE)
        if retry_after is not None:
            pause = max(timedelta(seconds=retry_after), timedelta(seconds=1))
        return now + pause * (1 + JITTER * drawn)
    return now + every * (1 + JITTER * drawn)
