"""What a SCIM request did wrong: RFC 7644 §3.12 (https://www.rfc-editor.org/rfc/rfc7644#section-3.12)."""

from typing import Any

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimFault(Exception):
    """A refused request. `kind` is one of the standard's `scimType` words; the detail never repeats what was sent."""

    def __init__(self, status: int, detail: str, kind: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind


def body(status: int, detail: str, kind: str | None = None) -> dict[str, Any]:
    """The error's resource; the status is a text there."""
    found: dict[str, Any] = {"schemas": [ERROR], "status": str(status), "detail": detail}
    return {**found, "scimType": kind} if kind else found
