"""What stands before an entry of NSS on its line: a relay's words; and which lines are the service's own alerts."""

import re

_RELAY = re.compile(
    r"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ )?(?=[{\"]|CEF:|LEEF:|\d{4}-|[A-Z][a-z]{2} [A-Z])"
)
_ALERT = re.compile(r"<\d{1,3}>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \[[\da-fA-F.:]+\] ")


def own(line: str) -> str | None:
    """The entry without a relay's words before it; None for an alert."""
    if _ALERT.match(line):
        return None
    relay = _RELAY.match(line)
    return line[relay.end() :] if relay else line
