"""Fault points: named places between two steps of an event's way where a test, or a chaos run, lets the process end.

`point` does nothing unless something is armed: a test arms a call of its own, a chaos run sets `PENUMBRA_FAULT=name:n`
for one process, which then ends itself as `kill -9` does when it passes that point for the n-th time. `PENUMBRA_BREAK`
switches a safeguard off, so that the harness itself can be tested; it is no setting of the product.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Hook = Callable[[str], None]
_BROKEN = frozenset(os.environ.get("PENUMBRA_BREAK", "").split(",")) - {""}
_armed: list[Hook] = []


def point(name: str) -> None:
    """A place where the process may end. `name` is `<service>.<what has just been done>`."""
    for hook in _armed:
        hook(name)


def broken(safeguard: str) -> bool:
    """Whether a safeguard (dedup, position, lookback, commit_first) was switched off to test the harness."""
    return safeguard in _BROKEN


@contextmanager
def armed(hook: Hook) -> Iterator[None]:
    """Calls `hook` at every point within the block; what it raises is raised there."""
    _armed.append(hook)
    try:
        yield
    finally:
        _armed.remove(hook)


def ending(name: str, times: int) -> Hook:
    """A hook that ends this process without a word when it passes the point for the `times`-th time."""
    left = times

    def pass_by(passed: str) -> None:
        nonlocal left
        left -= passed == name
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return pass_by


if _asked := os.environ.get("PENUMBRA_FAULT"):
    _name, _, _times = _asked.partition(":")
    _armed.append(ending(_name, int(_times or "1")))
