"""A syslog message's header and what it says: RFC 5424, RFC 3164, and the many forms between. Pure.

RFC 5424 §6: `<PRI>1 TIME HOST APP PROCID MSGID SD MSG`, `-` for nothing, a byte-order mark before UTF-8. RFC 3164 §4.1:
`<PRI>Mmm dd hh:mm:ss HOST TAG: MSG`, a time without year and zone; devices write a year, fractions, an ISO time, no
host or nothing of all that. What can't be told apart is the message: no header is ever a reason to reject.
"""

import re
from typing import NamedTuple

_PRI = re.compile(rb"<(\d{1,3})>")
_HIGHEST = 191
_NEW = re.compile(rb"1 (\S{1,64}) (\S{1,255}) (\S{1,128}) (\S{1,128}) (\S{1,64}) ")
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_OLD = re.compile(
    rb"(" + _MONTH + rb" [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?(?: \d{4})?:?"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?) "
    rb"(?:([\w.:-]{1,255}) )?"
)
_TAG = re.compile(rb"([A-Za-z_/][\w./-]{0,63})(?:\[[^\]\s]{1,64}\])?:(?: +|\Z)")
_ELEMENT = re.compile(rb'\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\]', re.DOTALL)
"""An element of structured data; a bracket in quotes is none, nor a quote after a backslash."""
_MARK = b"\xef\xbb\xbf"
_NIL = b"-"


class Message(NamedTuple):
    """`text` is what the program said; `line` is that with time, host and program before, as a daemon's file has it.

    `host` and `app` are empty where the header does not name them.
    """

    text: bytes
    line: bytes
    host: str = ""
    app: str = ""


def read(raw: bytes) -> Message:
    """The message of a frame or datagram; never raises."""
    plain = raw.rstrip(b"\r\n\0 ").removeprefix(_MARK)
    pri = _PRI.match(plain)
    said = plain[pri.end() :] if pri is not None and int(pri[1]) <= _HIGHEST else plain
    if said.startswith(b"1 ") and (new := _NEW.match(said)) is not None:
        return _new(said, new)
    old = _OLD.match(said)
    return _old(said, old) if old is not None else Message(said, said)


def _new(said: bytes, header: re.Match[bytes]) -> Message:
    time, host, app, process, _ = (b"" if part == _NIL else part for part in header.groups())
    text = said[_after_data(said, header.end()) :].lstrip(b" ").removeprefix(_MARK)
    tag = app + b"[" + process + b"]" if process and app else app
    before = b" ".join(part for part in (time, host, tag + b":" if tag else b"") if part)
    return Message(text, before + b" " + text if before else text, _name(host), _name(app))


def _after_data(said: bytes, at: int) -> int:
    """Where the structured data ends; where it is broken, it is left in the message."""
    if said[at : at + 1] == _NIL:
        return at + 1
    while (element := _ELEMENT.match(said, at)) is not None:
        at = element.end()
    return at


def _old(said: bytes, header: re.Match[bytes]) -> Message:
    """A tag is the program's name and a colon; where there is none, all after the host is the message."""
    begin, host = header.end(), header[2] or b""
    if host.endswith(b":"):  # no host was written: what looks like one is the tag
        begin, host = header.start(2), b""
    tag = _TAG.match(said, begin)
    text = said[tag.end() :] if tag is not None else said[begin:].removeprefix(b": ")  # `asa1 : %ASA-6-…`
    return Message(text, said, _name(host), _name(tag[1]) if tag is not None else "")


def _name(given: bytes) -> str:
    return given.decode("ascii", "replace").lower()
