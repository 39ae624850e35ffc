"""What Splunk's HTTP Event Collector answers: status, code and text.

https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector ("Possible error codes"). That
413 carries code 6 is what other collectors do; Splunk's own page names no code for it.
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
BUSY = Code(503, 9, "Server is busy")
EVENT_REQUIRED = Code(400, 12, "Event field is required")
EVENT_BLANK = Code(400, 13, "Event field cannot be blank")
ACK_DISABLED = Code(400, 14, "ACK is disabled")
INDEXED_FIELDS = Code(400, 15, "Error in handling indexed fields")
QUERY_STRING_OFF = Code(400, 16, "Query string authorization is not enabled")
HEALTHY = Code(200, 17, "HEC is healthy")
UNHEALTHY = Code(503, 18, "HEC is unhealthy, queues are full")
TOO_LARGE = Code(413, 6, "Request entity too large")
STRANGE_ENCODING = Code(415, 6, "Invalid data format")


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
