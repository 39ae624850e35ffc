"""The signed request for an access token: a service account acting for an administrator, or for itself. Pure.

JWT bearer grant: https://developers.google.com/identity/protocols/oauth2/service-account#httprest; RFC 7523, RFC 7515.
The key file is the one Google's console gives out (`client_email`, `private_key`, `private_key_id`).
"""

import base64
from datetime import datetime, timedelta

import msgspec

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LASTS = timedelta(hours=1)


class BadKey(ValueError):
    """The key file is not one; the message says what is wrong and repeats nothing of it."""


class KeyFile(msgspec.Struct, frozen=True):
    """What is read of a service account's key file; `token_uri` is not: a key is sent nowhere it names itself."""

    client_email: str
    private_key: str
    private_key_id: str = ""


def read(text: str) -> KeyFile:
    """The key file; raises BadKey."""
    try:
        return msgspec.json.decode(text, type=KeyFile)
    except msgspec.DecodeError:
        raise BadKey("it is no service account's key in JSON (client_email, private_key)") from None


def signed(key: KeyFile, *, subject: str, scopes: tuple[str, ...], audience: str, now: datetime) -> str:
    """The assertion, RS256, valid for an hour; without a `subject` the account acts for itself. Raises BadKey."""
    header = {"alg": "RS256", "typ": "JWT", **({"kid": key.private_key_id} if key.private_key_id else {})}
    issued = int(now.timestamp())
    claims = {
        "iss": key.client_email, "scope": " ".join(scopes), "aud": audience, "iat": issued,
        "exp": issued + int(LASTS.total_seconds()), **({"sub": subject} if subject else {}),
    }  # fmt: skip
    body = b".".join(_part(msgspec.json.encode(part)) for part in (header, claims))
    return b".".join((body, _part(_signature(key.private_key, body)))).decode()


def _signature(private_key: str, body: bytes) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - slow to load, and parse needs none of it
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - the same
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415 - the same

    try:
        loaded = serialization.load_pem_private_key(private_key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey("its private_key is no key in PEM") from None
    if not isinstance(loaded, rsa.RSAPrivateKey):
        raise BadKey("its private_key is no RSA key")
    return loaded.sign(body, padding.PKCS1v15(), hashes.SHA256())


def _part(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
