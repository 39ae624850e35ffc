"""Random references: tokens that carry an id and a checksum, and plain ones for sessions and links.

Only SHA-256 digests are stored. A fast hash is right here: these hold ≥ 128 random bits, so nobody guesses them.
"""

import hashlib
import secrets
import string
import zlib

ALPHABET = string.digits + string.ascii_letters
PREFIX = "pnb"
ID_LENGTH, SECRET_LENGTH, CHECK_LENGTH = 8, 32, 6


def plain() -> str:
    """A reference of 256 random bits, safe in an address or a cookie."""
    return secrets.token_urlsafe(32)


def digest(reference: str) -> str:
    """What is stored of a reference: its SHA-256, in hex."""
    return hashlib.sha256(reference.encode()).hexdigest()


def make_token() -> tuple[str, str]:
    """A new token's id and text: `pnb_<id>_<secret><checksum>`, 190 random bits in the secret."""
    token_id = _letters(ID_LENGTH)
    secret = _letters(SECRET_LENGTH)
    return token_id, f"{PREFIX}_{token_id}_{secret}{_checksum(token_id + secret)}"


def token_id(token: str) -> str | None:
    """The id inside a well-formed token; None where form or checksum is wrong, which needs no database to know."""
    prefix, _, rest = token.partition("_")
    found, _, secret = rest.partition("_")
    well_formed = (
        token.isascii()
        and prefix == PREFIX
        and len(found) == ID_LENGTH
        and len(secret) == SECRET_LENGTH + CHECK_LENGTH
        and _checksum(found + secret[:SECRET_LENGTH]) == secret[SECRET_LENGTH:]
    )
    return found if well_formed else None


def _letters(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _checksum(text: str) -> str:
    """CRC-32 in base 62: finds a mistyped token and lets secret scanners tell a real one; it secures nothing."""
    number, letters = zlib.crc32(text.encode()), ""
    for _ in range(CHECK_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters = ALPHABET[rest] + letters
    return letters
