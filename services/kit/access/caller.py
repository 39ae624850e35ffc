"""Caller: who a request comes from and what they may do."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Caller:
    """`name` is the person or token; `reference` is the session's or token's stored key, never the secret itself."""

    name: str
    kind: Literal["session", "token"]
    permissions: frozenset[str]
    reference: str

    def may(self, permission: str) -> bool:
        """Whether the permission is theirs."""
        return permission in self.permissions
