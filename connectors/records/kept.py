"""What was made of a value, kept for when the value comes again: a log names the same people and places always."""

from collections.abc import Callable, Hashable
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class Kept(dict[Key, Made]):
    """`kept[value]` makes what `make` makes of a value, once; all of it is let go before more than `most` are held.

    Made of tuples as they come from a split line, it is looked up without a call, which `lru_cache` is not. What `make`
    raises is raised each time.
    """

    __slots__ = ("make", "most")

    def __init__(self, make: Callable[[Key], Made], most: int) -> None:
        super().__init__()
        self.make = make
        self.most = most

    def __missing__(self, key: Key) -> Made:
        made = self.make(key)
        if len(self) >= self.most:
            self.clear()
        self[key] = made
        return made
