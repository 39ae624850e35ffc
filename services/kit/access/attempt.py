"""One attempt to sign in at a provider: all of it follows from a secret in the browser's cookie, so nothing is stored.

State, nonce and PKCE verifier are derived from it, each under its own name. An answer counts only in the browser that
asked, whichever process it comes to.
"""

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass

HOME = "/"
LONGEST_WAY = 500
SECRET_LENGTH = 43


@dataclass(frozen=True)
class Attempt:
    """The secret, and where to go afterwards: a path of ours."""

    secret: str
    way: str

    @property
    def state(self) -> str:
        """What the provider hands back, to show that its answer belongs to this browser."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """What the ID token must repeat."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """The PKCE code verifier, 43 letters of 256 bits (RFC 7636 §4.1)."""
        return self._derived("verifier")

    def answers(self, state: str | None) -> bool:
        """Whether a state is this attempt's."""
        return state is not None and hmac.compare_digest(state.encode(), self.state.encode())

    def cookie(self) -> str:
        """What the browser keeps."""
        return f"{self.secret}.{base64.urlsafe_b64encode(self.way.encode()).decode().rstrip('=')}"

    def _derived(self, name: str) -> str:
        return _letters(hmac.digest(self.secret.encode(), name.encode(), "sha256"))


def begun(way: str | None) -> Attempt:
    """A fresh attempt."""
    return Attempt(_letters(secrets.token_bytes(32)), local(way))


def read(cookie: str | None) -> Attempt | None:
    """The attempt a cookie holds; None where there is none."""
    secret, dot, way = (cookie or "").partition(".")
    if len(secret) != SECRET_LENGTH or not dot:
        return None
    try:
        return Attempt(secret, local(base64.urlsafe_b64decode(way + "=" * (-len(way) % 4)).decode()))
    except (binascii.Error, ValueError):
        return None


def local(way: str | None) -> str:
    """A path of this service, else the start page: nobody is sent to another host by a link that signs in first."""
    fine = (
        way is not None
        and way.startswith("/")
        and not way.startswith(("//", "/login", "/logout"))
        and len(way) <= LONGEST_WAY
        and way.isascii()
        and way.isprintable()
        and "\\" not in way
    )
    return way if fine and way is not None else HOME


def _letters(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
