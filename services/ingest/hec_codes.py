"""What Splunk's HTTP Event Collector answers: status, code and text.

https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector ("Possible error codes"). That
413, 415 and 408 carry code 6 is what other collectors do; Splunk's own page names no code for them. Codes 19 and 20
(the acknowledgement service is away), 21 and 22 (of its forwarders) and 24 and 25 (nearly full) are never ours to give.
"""

from typing import NamedTuple


class Code(NamedTuple):
    """One answer."""

    status: int
    code: int
    text: str


SUCCESS = Code(200, 0, "Success")
TOKEN_DISABLED = Code(403, 1, "Token disabled")
TOKEN_REQUIRED = Code(401, 2, "Token is required")
INVALID_AUTHORIZATION = Code(401, 3, "Invalid authorization")
INVALID_TOKEN = Code(403, 4, "Invalid token")
NO_DATA = Code(400, 5, "No data")
INVALID_FORMAT = Code(400, 6, "Invalid data format")
INCORRECT_INDEX = Code(400, 7, "Incorrect index")
INTERNAL_ERROR = Code(500, 8, "Internal server error")
BUSY = Code(503, 9, "Server is busy")
CHANNEL_MISSING = Code(400, 10, "Data channel is missing")
CHANNEL_INVALID = Code(400, 11, "Invalid data channel")
EVENT_REQUIRED = Code(400, 12, "Event field is required")
EVENT_BLANK = Code(400, 13, "Event field cannot be blank")
INDEXED_FIELDS = Code(400, 15, "Error in handling indexed fields")
QUERY_STRING_OFF = Code(400, 16, "Query string authorization is not enabled")
HEALTHY = Code(200, 17, "HEC is healthy")
UNHEALTHY = Code(503, 18, "HEC is unhealthy, queues are full")
SHUTTING_DOWN = Code(503, 23, "Server is shutting down")
FULL = Code(429, 26, "HEC queue is at capacity and cannot process any more requests")
CHANNELS_FULL = Code(429, 27, "HEC ACK channel is at capacity and cannot process any more requests")
TOO_LARGE = Code(413, 6, "Request entity too large")
TOO_SLOW = Code(408, 6, "Request timeout")
STRANGE_ENCODING = Code(415, 6, "Invalid data format")
AGAIN = frozenset({BUSY, SHUTTING_DOWN, FULL, CHANNELS_FULL})
"""What a sender is to send again later."""


class Refused(Exception):
    """A request that is answered with a code; `event` counts from 0, `detail` is a sentence of ours beside it."""

    def __init__(self, code: Code, event: int | None = None, detail: str | None = None) -> None:
        super().__init__(code.text)
        self.code = code
        self.event = event
        self.detail = detail

    def body(self) -> dict[str, object]:
        """The answer's body."""
        more = {"invalid-event-number": self.event, "detail": self.detail}
        said = {name: value for name, value in more.items() if value is not None}
        return {"text": self.code.text, "code": self.code.code, **said}
