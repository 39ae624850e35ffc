"""What an HTTP answer means for the one who asked: one table of statuses, and how long to wait. Pure.

retry        ask again here, after a short while
wait         a rate limit: ask again when it ends; long ones go back to the scheduler, so that no worker sleeps
reconnect    the credential is no longer good
no_permission · not_licensed · misconfigured    the operator must change something
ignore       nothing to read (a thing that is gone, nothing new); the caller gets the answer as it is
"""

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum


class Action(StrEnum):
    """What to do about an answer."""

    OK = "ok"
    RETRY = "retry"
    WAIT = "wait"
    RECONNECT = "reconnect"
    NO_PERMISSION = "no_permission"
    NOT_LICENSED = "not_licensed"
    MISCONFIGURED = "misconfigured"
    IGNORE = "ignore"


# Meanings: RFC 9110 §15 (https://www.rfc-editor.org/rfc/rfc9110#section-15), 425 RFC 8470, 429 RFC 6585.
STATUSES: dict[int, Action] = {
    304: Action.IGNORE,
    401: Action.RECONNECT,
    402: Action.NOT_LICENSED,
    403: Action.NO_PERMISSION,
    408: Action.RETRY,
    409: Action.RETRY,
    410: Action.IGNORE,
    423: Action.RETRY,
    425: Action.RETRY,
    429: Action.WAIT,
    500: Action.RETRY,
    501: Action.MISCONFIGURED,
    502: Action.RETRY,
    503: Action.WAIT,
    504: Action.RETRY,
    505: Action.MISCONFIGURED,
}
_SUCCESS, _REDIRECT, _CLIENT, _SERVER = 200, 300, 400, 500
_FORBIDDEN = 403
_REFUSALS = frozenset({409, 423, 425})
_REMAINING = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
_RESET = ("x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset")
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,9})?", re.ASCII)
_LONGEST = 86_400.0
_EPOCH_FROM = 1e9
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_LOOK = 2_048


def action(status: int, headers: Mapping[str, str]) -> Action:
    """What an answer asks for; a 403 that carries a spent rate limit (GitHub's habit) is a rate limit.

    Header names must be in lower case.
    """
    if status == _FORBIDDEN and limited(headers):
        return Action.WAIT
    if status in STATUSES:
        return STATUSES[status]
    if _SUCCESS <= status < _REDIRECT:
        return Action.OK
    return Action.RETRY if status >= _SERVER else Action.MISCONFIGURED


def refused(status: int, headers: Mapping[str, str]) -> bool:
    """Whether the answer says that nothing was done: a rate limit, a conflict; even `next` may be asked again then.

    Any other failure may have come after the source had done what it was asked.
    """
    return action(status, headers) is Action.WAIT or status in _REFUSALS


def limited(headers: Mapping[str, str]) -> bool:
    """Whether the headers speak of a rate limit that is spent."""
    return "retry-after" in headers or any(headers.get(name, "").strip() == "0" for name in _REMAINING)


def delay(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait as the answer says, 0 … one day; None where it does not say, or not readably.

    `Retry-After` in seconds or as a date (RFC 9110 §10.2.3) first; then a reset header, as seconds since the epoch
    (Okta, GitHub), seconds from now, or an ISO time (Atlassian).
    """
    for name in ("retry-after", *_RESET):
        if name == "retry-after" or limited(headers) or not any(key in headers for key in _REMAINING):
            seconds = _seconds(headers.get(name, "").strip(), now)
            if seconds is not None:
                return min(max(seconds, 0.0), _LONGEST)
    return None


def _seconds(text: str, now: datetime) -> float | None:
    if _NUMBER.fullmatch(text):
        number = float(text)
        return number - now.timestamp() if number > _EPOCH_FROM else number
    moment = _moment(text)
    return (moment - now).total_seconds() if moment is not None else None


def _moment(text: str) -> datetime | None:
    """A time as HTTP date or ISO 8601; without a zone it is UTC."""
    for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return None


def is_page(content_type: str, body: bytes) -> bool:
    """Whether an answer is an HTML page, whatever its content type says: a sign-in page, a proxy's notice."""
    return content_type.lower().startswith("text/html") or _HTML.match(body[:_LOOK]) is not None
