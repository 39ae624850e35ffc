"""Grain: what an alert is about, written as text.

`tool:<id>|<unit>`, `solution:<id>`, `source:<instance>`, and `capability:<instance>/<stem>`: a family of new names that
a source has for what it tells.
"""

from typing import NamedTuple

UNKNOWN = "unknown"


class Grain(NamedTuple):
    """`kind` is tool, solution, source or capability; `unit` only for a tool."""

    kind: str
    subject: str
    unit: str | None = None

    def __str__(self) -> str:
        """Its text, as stored."""
        return f"{self.kind}:{self.subject}" + (f"|{self.unit}" if self.unit is not None else "")


def parse(text: str) -> Grain:
    """Reads the text; raises ValueError for another kind."""
    kind, _, rest = text.partition(":")
    subject, bar, unit = rest.rpartition("|")
    if kind == "tool" and bar and subject:
        return Grain(kind, subject, unit or UNKNOWN)
    if kind not in {"solution", "source", "capability"} or not rest:
        raise ValueError(
            f"grain {text!r}: write tool:<id>|<unit>, solution:<id>, source:<instance> or capability:<instance>/<stem>"
        )
    return Grain(kind, rest)
