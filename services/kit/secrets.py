"""Resolves a SecretRef (`env:NAME`, `file:/path`) at the moment it is needed; the value is held nowhere."""

import os
from pathlib import Path

from schemas.secretref import SecretRef
from services.kit.errors import Misconfigured

LARGEST = 64 * 1024


def is_reference(text: object) -> bool:
    """Whether a setting's value has the form of a reference."""
    try:
        SecretRef(str(text))
    except ValueError:
        return False
    return isinstance(text, str)


def resolve(ref: str) -> str:
    """The secret behind a reference, without the newline editors add; raises Misconfigured saying what to set.

    The message names the reference, never a value: a text that is no reference may itself be the secret.
    """
    if not is_reference(ref):
        raise Misconfigured("a secret is written as env:NAME or file:/path, not as its value")
    scheme, _, rest = ref.partition(":")
    value = os.environ.get(rest, "") if scheme == "env" else _read(Path(rest))
    if not value.strip():
        raise Misconfigured(f"{ref}: there is no secret; set it, or change the source's reference")
    return value.rstrip("\r\n")


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise Misconfigured(f"file:{path}: {reason}; make it readable for this user") from None
