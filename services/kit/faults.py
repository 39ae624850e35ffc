"""Fault points: named places between two steps of an event's way where a test, or a chaos run, lets the process end.

`point` does nothing unless something is armed: a test arms a call of its own, a chaos run sets `PENUMBRA_FAULT=name:n`
for one process, which then ends itself as `kill -9` does when it passes that point for the n-th time; `name:n:stop`
stops it there instead until somebody continues it, as a machine that hangs. `PENUMBRA_FAULT=@path` arms a process that
runs already: what the file says holds from the next point on, once. `PENUMBRA_BREAK` switches a safeguard off, so that
the harness itself can be tested; it is no setting of the product.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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


def ending(name: str, times: int = 1, by: signal.Signals = signal.SIGKILL) -> Hook:
    """A hook that ends (or stops) this process without a word when it passes the point for the `times`-th time."""
    left = times

    def pass_by(passed: str) -> None:
        nonlocal left
        if passed == name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), by)

    return pass_by


def asked(text: str) -> Hook:
    """The hook that `name:times` or `name:times:stop` asks for."""
    name, _, rest = text.strip().partition(":")
    times, _, stop = rest.partition(":")
    return ending(name, int(times or "1"), signal.SIGSTOP if stop else signal.SIGKILL)


def told_later(path: Path) -> Hook:
    """A hook that does what the file asks for once there is one, and removes it when it has read it."""
    hooks: list[Hook] = []

    def pass_by(passed: str) -> None:
        if path.exists():
            hooks[:] = [asked(path.read_text())]
            path.unlink()
        for hook in hooks:
            hook(passed)

    return pass_by


if _asked := os.environ.get("PENUMBRA_FAULT"):
    _armed.append(told_later(Path(_asked[1:])) if _asked.startswith("@") else asked(_asked))
