"""What an identity provider says about somebody: its signature checked, its claims held against what was asked for.

Pure. Rules: https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation, logout tokens:
https://openid.net/specs/openid-connect-backchannel-1_0.html#Validation.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

from services.kit.errors import PenumbraError

ALGORITHMS = {
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
    "ES256": "EC", "ES384": "EC", "ES512": "EC", "EdDSA": "OKP", "Ed25519": "OKP",
}  # fmt: skip
"""The signatures that are taken, and the key type of each. None with a shared secret, and never `none`."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_AGE = 300
LONGEST = 64 * 1024
Claims = Mapping[str, Any]


class Refused(PenumbraError):
    """A sign-in that can't be taken; the message says why, without anything of a token."""


@dataclass(frozen=True)
class Expected:
    """What a token must say to be ours: `nonce` is this sign-in's, `skew` how many seconds clocks may differ."""

    issuer: str
    client_id: str
    skew: int
    nonce: str = ""
    access_token: str | None = None


def header(token: str) -> tuple[str, str | None]:
    """Algorithm and key id a token names, unverified; raises Refused."""
    if len(token) > LONGEST:
        raise Refused("the ID token is too long")
    try:
        found = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError) as error:
        raise Refused(f"the ID token can't be read ({type(error).__name__})") from None
    algorithm, key_id = found.get("alg"), found.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise Refused("the ID token is not signed by an algorithm that is taken here")
    return algorithm, key_id if isinstance(key_id, str) else None


def fitting(keys: Sequence[jwk.Key], algorithm: str, key_id: str | None) -> jwk.Key | None:
    """The one key that may have signed it; None where there is none, or several and the token names none of them."""
    found = [
        key
        for key in keys
        if key.key_type == ALGORITHMS[algorithm]
        and (key_id is None or key.kid == key_id)
        and key.get("use") in {None, "sig"}
        and key.get("alg") in {None, algorithm}
    ]
    return found[0] if len(found) == 1 else None


def verified(token: str, key: jwk.Key, expected: Expected, now: datetime) -> Claims:
    """The claims of an ID token; raises Refused where signature, issuer, audience, nonce or time is not right."""
    claims, protected = _signed(token, key)
    if not expected.nonce:
        raise Refused("a sign-in without a nonce")
    checked = CodeIDToken(
        claims, protected,
        options={
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
            "sub": {"essential": True},
        },
        params={"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token},
    )  # fmt: skip
    try:
        checked.validate(now=math.floor(now.timestamp()), leeway=expected.skew)
    except JoseError as error:
        raise Refused(f"the ID token is not for this sign-in: {error.error}: {error.description}") from None
    _subject(claims)
    return claims


def logout(token: str, key: jwk.Key, expected: Expected, now: datetime) -> Claims:
    """The claims of a back-channel logout token; raises Refused where it is not one for us, now."""
    claims, _ = _signed(token, key)
    audience = claims.get("aud")
    issued, events = claims.get("iat"), claims.get("events")
    if claims.get("iss") != expected.issuer or expected.client_id not in (
        audience if isinstance(audience, list) else [audience]
    ):
        raise Refused("the logout token is another's")
    if "nonce" in claims or not isinstance(events, dict) or LOGOUT_EVENT not in events:
        raise Refused("this is no logout token")
    if not isinstance(issued, int | float) or abs(now.timestamp() - issued) > LOGOUT_AGE + expected.skew:
        raise Refused("the logout token is too old or from the future")
    if not isinstance(claims.get("jti"), str) or not (claims.get("sub") or claims.get("sid")):
        raise Refused("the logout token names nobody")
    return claims


def listed(claims: Claims, path: str) -> tuple[str, ...] | None:
    """The strings under a claim, `realm_access.roles` for one inside another; None where the claim is not there.

    Raises Refused where the provider left groups out because there are too many (Entra ID: more than 200 in a JWT):
    without them roles would be guessed. Source of the marks:
    https://learn.microsoft.com/en-us/security/zero-trust/develop/configure-tokens-group-claims-app-roles
    """
    elsewhere = claims.get("_claim_names")
    left_out = isinstance(elsewhere, dict) and path in elsewhere
    if left_out or (claims.get("hasgroups") is True and path not in claims):
        raise Refused(
            "the provider left the groups out because there are too many; let it send only the groups that are "
            "assigned to the application, or application roles (PENUMBRA_OIDC_GROUPS_CLAIM=roles)"
        )
    value: object = claims.get(path)
    if value is None:
        value = claims
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
    if value is None:
        return None
    given = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(one for one in given if isinstance(one, str)))


def name(claims: Claims, claim: str) -> str:
    """What somebody is called here: the chosen claim, else a verified e-mail address, else their id there."""
    mail = None if claims.get("email_verified") is False else claims.get("email")
    for value in (claims.get(claim), mail):
        if isinstance(value, str) and value.strip() and value.isprintable():
            return value.strip()[:200]
    return _subject(claims)


def _subject(claims: Claims) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.strip():
        raise Refused("the provider names nobody")
    return subject


def _signed(token: str, key: jwk.Key) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        read = jwt.decode(token, key, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError) as error:
        raise Refused(f"the signature is not the provider's ({type(error).__name__})") from None
    return read.claims, read.header
