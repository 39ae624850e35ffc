"""Signatures of Standard Webhooks 1.0 (https://github.com/standard-webhooks/standard-webhooks), symmetric `v1`."""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

SECRET_BYTES = 32


def make_secret() -> str:
    """A new signing secret: `whsec_` and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(message: str, at: datetime, body: str, signing: Sequence[str]) -> dict[str, str]:
    """The three headers of one attempt, signed with every secret in force: the new one first during a rotation."""
    # The library takes the fields of the time as UTC whatever its zone says.
    stamp = at.astimezone(UTC)
    signatures = " ".join(Webhook(secret).sign(message, stamp, body) for secret in signing)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(stamp.timestamp())),
        "webhook-signature": signatures,
    }
