"""The debug log of Windows' DNS server (`dns.log`). Pure.

`date time thread PACKET id protocol Rcv|Snd address xid [R] opcode [flags rcode] type (7)example(3)com(0)`
(https://learn.microsoft.com/windows-server/networking/dns/dns-logging-and-diagnostics, and the key that the log's own
head explains; read 2026-11-21). Date and clock are written as the server's region does, in its local time: `zone` and
`day_first` set them right. Records of others it was run over: mbabinski/InsightIDR4Py:README.md.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from connectors.base import Ignored, Rejected
from connectors.dns.lookup import Config, Lookup

_LINE = re.compile(
    r"(?P<date>\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}) (?P<clock>\d{1,2}:\d{2}:\d{2})(?: (?P<half>[AP]M))? "
    r"[0-9A-Fa-f]{3,5} (?P<context>[A-Z]+)\s+(?P<rest>.*)"
)
_PACKET = re.compile(
    r"[0-9A-Fa-f]{8,16} (?:UDP|TCP) (?P<way>Rcv|Snd) (?P<client>\S+)\s+[0-9A-Fa-f]{4} (?P<response>R?)\s*"
    r"(?P<opcode>[A-Z?]) \[[^\]]*\] (?P<type>\S+)\s+(?P<name>\(.*)"
)
_HEAD = re.compile(
    r"DNS Server log file |Log file wrap at |Message logging key |\s+(?:Field #|-{7}  -|\d{1,2} {5}[A-Z])"
)
_LABEL = re.compile(r"\(\d{1,2}\)")
_NOON = 12


def read(line: str, config: Config) -> Lookup | Ignored | None:
    """The lookup of a line, or why there is none; None for a line of another program. Raises Rejected."""
    found = _LINE.match(line)
    if found is None:
        return Ignored("comment") if _HEAD.match(line) else None
    if found["context"] != "PACKET":
        return Ignored("message of the resolver")
    packet = _PACKET.match(found["rest"])
    if packet is None:
        raise Rejected("a PACKET line that ends early: address, flags, type and name are expected")
    if packet["response"]:
        return Ignored("answer")
    if packet["way"] == "Snd":
        return Ignored("resolver's own query")
    if packet["opcode"] != "Q":
        return Ignored("change of a zone")
    return Lookup(
        at=_at(found["date"], found["clock"], found["half"] or "", config.zone, config.day_first),
        name=_LABEL.sub(".", packet["name"].strip()).strip("."),
        kind=packet["type"],
        client=packet["client"],
    )


@lru_cache(maxsize=1 << 12)
def _at(date: str, clock: str, half: str, zone: float, day_first: bool) -> datetime:  # noqa: FBT001 - a setting, passed on
    """The time in UTC; a date that can be read one way only is read so. Raises Rejected."""
    first, second, third = (int(part) for part in re.split(r"[/.-]", date))
    if date[:4].isdecimal():
        year, month, day = first, second, third
    elif "." in date or first > _NOON or (day_first and second <= _NOON):
        day, month, year = first, second, third
    else:
        month, day, year = first, second, third
    hour, minute, second_of = (int(part) for part in clock.split(":"))
    if half and hour <= _NOON:
        hour = hour % _NOON + (_NOON if half == "PM" else 0)
    try:
        here = datetime(year, month, day, hour, minute, min(second_of, 59), tzinfo=timezone(timedelta(hours=zone)))
        return here.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Rejected("the time is not one") from None
