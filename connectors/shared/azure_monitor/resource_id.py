"""A resource id taken apart: `/subscriptions/S/resourceGroups/G/providers/NAMESPACE/type/name/type/name`. Pure.

Form: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types, read 2026-11-21.
Exports write it in capitals, the API as it was made: it is compared in small letters.
"""

from functools import lru_cache
from typing import Any

import msgspec


class Resource(msgspec.Struct, frozen=True):
    """`provider` and `types` in small letters, `names` as written (in small letters where all was in capitals).

    `group` is `subscription/resource group`, `id` the whole in small letters.
    """

    provider: str = ""
    types: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    group: str = ""
    id: str = ""

    def upto(self, depth: int) -> "Resource":
        """The outer resource of so many types."""
        if depth >= len(self.types):
            return self
        end = self.id
        for _ in range(2 * (len(self.types) - depth)):
            end = end.rpartition("/")[0]
        return msgspec.structs.replace(self, types=self.types[:depth], names=self.names[:depth], id=end)


@lru_cache(maxsize=4096)
def _parsed(resource_id: str) -> Resource:
    small = resource_id.lower()
    before, _, after = small.partition("/providers/")
    provider, *rest = after.split("/")
    written = resource_id.split("/") if resource_id != resource_id.upper() else small.split("/")
    names = written[len(small.split("/")) - len(rest) :][1::2]
    places = before.split("/")
    group = "/".join(places[2:3] + places[4:5])
    pairs = len(rest) // 2
    return Resource(provider, tuple(rest[0 : 2 * pairs : 2]), tuple(names[:pairs]), group, small.rstrip("/"))


def resource(value: Any) -> Resource:
    """The resource of an id; one that says nothing where it is none."""
    plain = value.strip() if isinstance(value, str) else ""
    return _parsed(plain) if plain.startswith("/") and len(plain) < 2048 else Resource()  # noqa: PLR2004 - far beyond what Azure allows
