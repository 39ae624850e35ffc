"""Keys: the HMAC key that makes pseudonyms and the Fernet key that seals what must be readable again.

Kept as JSON `{"id": …, "pseudonym": base64, "seal": base64}` behind `file:` or `env:`; made on first start where the
file is missing, in the place `PENUMBRA_KEYS` names too. The database remembers the fingerprint: once it does, a missing
file is a fault, and so is another key. A wrong path must not leave new keys lying about.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from schemas.observation import Identifier
from services.kit.errors import Misconfigured

DIGITS = 32
SHORTEST = 16


@dataclass(frozen=True)
class Keys:
    """One generation of keys, named by `id`."""

    id: str
    pseudonym: bytes
    seal_key: bytes

    def __hash__(self) -> int:
        """By the id alone: identifiers are remembered under their keys, and this is asked with every record."""
        return hash(self.id)

    @cached_property
    def _fernet(self) -> Fernet:
        return Fernet(self.seal_key)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over both keys, 32 hex digits: says which keys these are, not what they are."""
        return hashlib.sha256(b"penumbra-keys\0" + self.pseudonym + self.seal_key).hexdigest()[:DIGITS]

    def identifier(self, kind: str, value: str) -> Identifier:
        """The protected form of one normalised identifier of a person."""
        digest = hmac.digest(self.pseudonym, f"{kind}\0{value}".encode(), "sha256")
        return Identifier(kind, self.id, digest.hex()[:DIGITS])

    def seal(self, clear: bytes) -> str:
        """Encrypts to a Fernet token."""
        return self._fernet.encrypt(clear).decode()

    def open(self, sealed: str) -> bytes:
        """Decrypts a token of `seal`; raises Misconfigured where other keys sealed it."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise Misconfigured(
                "PENUMBRA_KEYS: these keys did not seal this data; restore the keys of its backup"
            ) from None


def make() -> Keys:
    """Fresh keys."""
    return Keys(secrets.token_hex(4), secrets.token_bytes(32), Fernet.generate_key())


def dump(keys: Keys) -> str:
    """The JSON text of keys."""
    pseudonym = base64.b64encode(keys.pseudonym).decode()
    return json.dumps({"id": keys.id, "pseudonym": pseudonym, "seal": keys.seal_key.decode()})


def parse(text: str, place: str) -> Keys:
    """Reads the JSON text; raises Misconfigured naming the place."""
    try:
        fields = json.loads(text)
        keys = Keys(
            str(fields["id"]), base64.b64decode(fields["pseudonym"], validate=True), str(fields["seal"]).encode()
        )
        Fernet(keys.seal_key)
        if len(keys.pseudonym) < SHORTEST:
            raise ValueError("a key too short to keep pseudonyms from being guessed")  # noqa: TRY301 - one fault for all
    except (ValueError, KeyError, TypeError) as error:
        fault = f"PENUMBRA_KEYS: {place} is not a keys file ({type(error).__name__}); restore it from a backup"
        raise Misconfigured(fault) from None
    return keys


def load(ref: str | None, data: Path, *, written_under: str | None = None) -> Keys:
    """The keys behind `env:NAME` or `file:/path`; a missing file is made, readable by its owner only.

    `written_under` is the fingerprint the database remembers: where there is one nothing is made. Raises Misconfigured.
    """
    scheme, _, rest = (ref or f"file:{data / 'keys.json'}").partition(":")
    if scheme == "env":
        if rest not in os.environ:
            raise Misconfigured(f"PENUMBRA_KEYS: the environment has no {rest}; set it or use file:/path")
        return parse(os.environ[rest], f"the environment's {rest}")
    if scheme != "file" or not rest:
        raise Misconfigured("PENUMBRA_KEYS: write env:NAME or file:/path")
    path = Path(rest)
    try:
        if not path.exists():
            if written_under is not None:
                raise Misconfigured(_gone(path, written_under))
            _write_new(path)
        return parse(path.read_text(), str(path))
    except OSError as error:
        raise Misconfigured(f"PENUMBRA_KEYS: {path}: {error.strerror}; make it readable for this user") from None


def _gone(path: Path, fingerprint: str) -> str:
    fault = f"PENUMBRA_KEYS: {path} is not there, and the database was written under keys {fingerprint}"
    return f"{fault}; name the file they are in, or restore them from a backup"


def _write_new(path: Path) -> None:
    """Makes the file whole or not at all, so that two processes starting together agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(dump(make()))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
