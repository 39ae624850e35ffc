"""Who pushes: a token of ours, in whichever of four places its sender is able to put it.

`Authorization: Bearer pnb_…` where a header can be chosen, `Splunk pnb_…` from what speaks HEC, Basic with the token as
password from what knows a user and a password only, `X-Penumbra-Token` where a sender fixes Authorization itself. Never
the address: it ends up in the logs of proxies.
"""

import base64
import binascii

from fastapi import Request

from services.kit.access import Access, Caller, Require
from services.kit.access.gate import OWN_HEADER, Unauthenticated
from services.kit.errors import NotAllowed

SCHEMES = frozenset({"bearer", "splunk"})


class Sender(Require):
    """Lets tokens with the permission through, wherever they stand; raises Unauthenticated or NotAllowed."""

    async def __call__(self, request: Request) -> Caller:
        access: Access = request.app.state.access
        token = presented(request)
        caller = await access.tokens.caller(token) if token else None
        if caller is None:
            raise Unauthenticated("send Authorization: Bearer pnb_…, or the token as the password of Basic")
        if not caller.may(self.permission):
            raise NotAllowed(f"this takes the permission {self.permission}")
        return caller


def presented(request: Request) -> str | None:
    """The token a request carries, None where it carries none that could be read."""
    header = request.headers.get("authorization", "").strip()
    if not header:
        return request.headers.get(OWN_HEADER, "").strip() or None
    scheme, _, credential = header.partition(" ")
    if scheme.lower() == "basic":
        return password(credential)
    return credential.strip() or None if scheme.lower() in SCHEMES else None


def password(credential: str) -> str | None:
    """The password of Basic's credential (RFC 7617), None where it is not one."""
    try:
        return base64.b64decode(credential, validate=True).decode().partition(":")[2].strip() or None
    except (binascii.Error, UnicodeDecodeError):
        return None
