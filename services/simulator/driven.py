"""A clock that runs at another speed and can be pushed on: records become visible when it passes their arrival."""

from datetime import datetime, timedelta

from services.kit.clock import Clock


class DrivenClock:
    """Starts at `start` and runs `speed` times as fast as `base`; speed 0 stands still until it is advanced."""

    def __init__(self, start: datetime, base: Clock, speed: float = 1.0) -> None:
        self._start, self._base, self._speed = start, base, speed
        self._began = base.now()

    def now(self) -> datetime:
        """The company's time."""
        return self._start + (self._base.now() - self._began) * self._speed

    def advance(self, by: timedelta) -> None:
        """Pushes it on (or back, which shows what a clock set wrong does)."""
        self._start += by
