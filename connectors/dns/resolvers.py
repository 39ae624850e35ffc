"""Query logs of dnsmasq, BIND, Unbound, CoreDNS and Windows, line by line, with or without syslog's words. Pure.

dnsmasq: `query[type] name from client`, with `log-queries=extra` after a serial number and `client/port`
(RMerl/asuswrt-merlin.ng:release/src/router/dnsmasq/src/cache.c, log_query; dnsmasq(8) `--log-queries`).
BIND: `client [@address] ip#port (name): [view v:] query: name class type flags (server)`
(https://bind9.readthedocs.io/en/latest/reference.html, querylog and the category `queries`).
Unbound: `[seconds] unbound[pid:thread] info: client name type class`, replies with rcode, seconds, cached and size
after it (NLnetLabs/unbound:util/data/msgreply.c, log_reply_info; unbound.conf(5) `log-queries`, `log-replies`,
`log-tag-queryreply`, `log-time-ascii`).
"""

import re
from datetime import datetime

from connectors.base import Ignored, Rejected
from connectors.dns import coredns, windows
from connectors.dns.lookup import Config, Lookup
from connectors.dns.moments import written

_QUERY = re.compile(
    r"(?:^|: )(?:\d+ [0-9a-fA-F:.]+/\d+ )?"
    r"(?:query|auth)\[(?P<type>[^\]\s]{1,24})\] (?P<name><name unprintable>|\S*) from (?P<client>\S+)\s*$"
)
_DNSMASQ = re.compile(r"\bdnsmasq(?:-[a-z]+)?(?:\[\d+\])?: (?:\d+ \S+/\d+ )?(?P<word>\S+)(?: (?:is|blacklisted)\b)?")
_BIND = re.compile(
    r"\bclient (?:@0x[0-9a-fA-F]+ )?(?P<client>[0-9a-fA-F:.]+(?:%\w+)?)#\d+(?:/key [^\s:]+)?"
    r"(?: \((?:\\.|[^()\\])*\))?: "
    r"(?:view [^:]+: )?(?P<what>[a-z]+)(?P<rest>.*)"
)
_BIND_QUERY = re.compile(r": (?P<name>\S+) (?P<class>[A-Z]+\d*) (?P<type>[A-Z]+\d*)(?: .*)?")
_NAMED = re.compile(
    r"\bnamed(?:\[\d+\])?: |"
    r"\d{2}-[A-Z][a-z]{2}-\d{4} \S+ (?:[a-z-]+: )?(?:info|notice|warning|error|critical|debug \d+): "
)
_UNBOUND = re.compile(
    r"\bunbound(?:\[[^\]\s]*\])?:? (?:\[\d+:[0-9a-f]+\] )?"
    r"(?P<level>info|query|reply|debug|notice|warning|error): (?P<rest>.*)"
)
_UNBOUND_QUERY = re.compile(
    r"(?P<client>[0-9a-fA-F:.]+(?:%\w+)?)(?:@\d+)? (?P<name>\S+) (?P<type>[A-Z]+\d*) (?P<class>[A-Z]+\d*)"
    r"(?P<reply> [A-Z0-9]+ \d+\.\d+ \d+ \d+.*)?\s*"
)
_ANSWERS = {"reply", "cached", "cached-stale", "config", "dhcp", "/etc/hosts", "gravity", "regex", "special", "blocked"}
ANSWER = Ignored("answer")
MESSAGE = Ignored("message of the resolver")
NOT_READ = "neither a query log of dnsmasq, BIND, Unbound, CoreDNS or Windows nor a log of Zeek"


def read(line: str, config: Config, arrived: datetime | None) -> Lookup | Ignored:
    """The lookup a line speaks of, or why it speaks of none. Raises Rejected where the line is of no known program."""
    if query := _QUERY.search(line):
        at = written(line[: query.start()], config.zone, arrived)
        return Lookup(at=at, name=query["name"], kind=query["type"], client=query["client"])
    if client := _BIND.search(line):
        return _bind(line, client, config, arrived)
    if message := _UNBOUND.search(line):
        return _unbound(line, message, config, arrived)
    if told := _DNSMASQ.search(line):
        return _dnsmasq(told["word"].lower())
    if _NAMED.search(line):
        return MESSAGE
    other = coredns.read(line, config, arrived) or windows.read(line, config)
    if other is not None:
        return other
    raise Rejected(NOT_READ)


def _dnsmasq(word: str) -> Ignored:
    if word.startswith(("query[", "auth[")):
        raise Rejected("dnsmasq's query line ends early: `query[type] name from client` is expected")
    if word == "forwarded" or word.startswith(("dnssec-", "validation")):
        return Ignored("resolver's own query")
    return ANSWER if word in _ANSWERS or word.startswith("/") else MESSAGE


def _bind(line: str, client: re.Match[str], config: Config, arrived: datetime | None) -> Lookup | Ignored:
    what = client["what"]
    if what not in {"query", "response"} or not client["rest"].startswith(":"):
        return MESSAGE
    if (what == "response") != config.replies:
        return ANSWER if what == "response" else Ignored("query, where replies are counted")
    found = _BIND_QUERY.fullmatch(client["rest"])
    if found is None:
        raise Rejected(f"BIND's {what} line ends early: `name class type flags` is expected")
    at = written(line[: client.start()], config.zone, arrived)
    return Lookup(at=at, name=found["name"], kind=found["type"], client=client["client"])


def _unbound(line: str, message: re.Match[str], config: Config, arrived: datetime | None) -> Lookup | Ignored:
    found = _UNBOUND_QUERY.fullmatch(message["rest"])
    if found is None:
        if message["level"] in {"query", "reply"}:
            raise Rejected(f"Unbound's {message['level']} line ends early: `client name type class` is expected")
        return MESSAGE
    reply = message["level"] == "reply" or found["reply"] is not None
    if reply != config.replies:
        return ANSWER if reply else Ignored("query, where replies are counted")
    at = written(line[: message.start()], config.zone, arrived)
    return Lookup(at=at, name=found["name"], kind=found["type"], client=found["client"])
