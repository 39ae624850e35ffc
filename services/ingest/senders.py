"""Who pushes: a token of ours, in whichever of four places its sender is able to put it.

`Authorization: Bearer pnb_…` where a header can be chosen, `Splunk pnb_…` from what speaks HEC, Basic with the token as
password from what knows a user and a password only, `X-Penumbra-Token` where a sender fixes Authorization itself. Never
the address: it ends up in the logs of proxies.

Who a token is, is remembered for three seconds from when it was asked: a sender of many requests a second costs four
ways to the database each otherwise. So a token that is revoked, or ends, may push for that long still; what is unknown
is asked each time, so a new token takes at once.
"""

import asyncio
import base64
import binascii
from weakref import WeakKeyDictionary

from fastapi import Request

from services.kit.access import Access, Caller, Require, Tokens, reference
from services.kit.access.gate import OWN_HEADER, Unauthenticated
from services.kit.errors import NotAllowed

SCHEMES = frozenset({"bearer", "splunk"})
KNOWN_SECONDS = 3.0
MOST_KNOWN = 1_000
_known: "WeakKeyDictionary[Tokens, dict[str, tuple[float, Caller]]]" = WeakKeyDictionary()
"""By the tokens of an application: until when each digest of a token is known to be whose."""


class Sender(Require):
    """Lets tokens with the permission through, wherever they stand; raises Unauthenticated or NotAllowed."""

    async def __call__(self, request: Request) -> Caller:
        access: Access = request.app.state.access
        token = presented(request)
        caller = await known(access.tokens, token) if token else None
        if caller is None:
            raise Unauthenticated("send Authorization: Bearer pnb_…, or the token as the password of Basic")
        if not caller.may(self.permission):
            raise NotAllowed(f"this takes the permission {self.permission}")
        return caller


async def known(tokens: Tokens, token: str) -> Caller | None:
    """Who presents this token, as `Tokens.caller` said at most KNOWN_SECONDS ago; None is asked again each time."""
    remembered, now = _known.setdefault(tokens, {}), asyncio.get_running_loop().time()
    digest = reference.digest(token)
    until, caller = remembered.get(digest, (now, None))
    if caller is None or until <= now:
        caller = await tokens.caller(token)
        remembered.pop(digest, None)
        if caller is not None:
            if len(remembered) >= MOST_KNOWN:
                remembered.clear()
            remembered[digest] = (now + KNOWN_SECONDS, caller)
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
