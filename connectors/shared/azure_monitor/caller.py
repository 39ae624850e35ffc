"""Who called Azure: the claims of the token that came with the request. Pure.

Claims: https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema and
https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference (read 2026-11-21). A service principal
or managed identity is nobody; it stands as `principal`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from connectors.shared.graph import text
from schemas.observation import Actor

_UPN = (
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "upn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "unique_name",
)  # fmt: skip
_OBJECT = ("http://schemas.microsoft.com/identity/claims/objectidentifier", "oid")
_APPLICATION = ("appid", "azp")


class Caller(msgspec.Struct, frozen=True):
    """`person` where one called, else `principal`, the id of the program that did."""

    person: Actor | None = None
    principal: str | None = None


def of_claims(claims: Mapping[str, Any], named: Any, principal_type: Any, address: str | None) -> Caller:
    """`named` is what the record calls the caller beside the claims: a user's name or a program's id."""
    email = _first(claims, _UPN)
    called = text(named) or ""
    email = email if email and "@" in email else called if "@" in called else None
    object_id = _first(claims, _OBJECT)
    if email:
        bare = email.rpartition("#")[2].lower()
        return Caller(person=Actor(email=bare, idp_id=object_id, ip=address))
    if text(principal_type) == "User" and object_id:
        return Caller(person=Actor(idp_id=object_id, ip=address))
    return Caller(principal=_first(claims, _APPLICATION) or called or object_id)


def _first(claims: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((value for key in keys if (value := text(claims.get(key)))), None)
