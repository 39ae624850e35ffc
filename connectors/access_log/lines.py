"""Lines of text, cut at their quotes: common, combined and vhost_combined, Envoy's and Istio's default. Pure.

nginx and Apache: `[host] client ident user [time] "request" status bytes "referrer" "user agent" …`.
Envoy: `[time] "request" status flags received sent duration upstream "forwarded" "user agent" "id" "authority" …`;
Istio writes details and a reason between flags and sizes, and more columns after, the server name the last but one.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from connectors.access_log.request import NO_REQUEST, Asked, Config, observed
from connectors.base import Ignored, Rejected
from connectors.shared.graph import moment
from connectors.shared.hostnames import ADDRESS
from schemas.observation import Observation

NOT_READ = "neither a common, combined or vhost_combined line nor one of Envoy's"
_MONTHS = {
    name: number
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)  # noqa: SIM905 - reads as a calendar
}
_LOCAL = len("10/Oct/2000:13:55:36 -0700")
_PLAIN, _OF_ENVOY, _OF_ISTIO = 4, 10, 12


def read(line: str, config: Config) -> Observation | Ignored:
    """The request of a line, or why it tells of none. Raises Rejected where it is of no format."""
    if '\\"' in line:
        line = line.replace('\\"', "'")
    parts = line.split('"')
    if len(parts) < 3:  # noqa: PLR2004 - before, request, after
        raise Rejected(NOT_READ)
    before = parts[0]
    if len(parts) > 3 and "[" not in before:  # noqa: PLR2004 - forwarded addresses may stand in quotes
        parts = [before + parts[1] + parts[2], *parts[3:]]
        before = parts[0]
    head, bracket, rest = before.partition("[")
    time = rest.rstrip().removesuffix("]")
    if not bracket or not time:
        raise Rejected(NOT_READ)
    asked = _envoy(parts, time) if time[4:5] == "-" else _plain(head, parts, time)
    return asked if isinstance(asked, Ignored) else observed(asked, config)


def _request(text: str) -> tuple[str, str] | None:
    """(method, target) of a request line; None where it is none."""
    words = text.split(" ")
    if len(words) < 2 or not words[0].isalpha() or not words[1]:  # noqa: PLR2004 - method and target
        return None
    if len(words) > 3 and words[-1].startswith("HTTP/"):  # noqa: PLR2004 - a target with spaces
        return words[0], " ".join(words[1:-1])
    return words[0], words[1]


def _plain(head: str, parts: list[str], time: str) -> Asked | Ignored:
    at = local_time(time)
    made = _request(parts[1]) if len(parts) > 1 else None
    if made is None:
        return NO_REQUEST
    after = parts[2].split() if len(parts) > 2 else []  # noqa: PLR2004 - before, request, after
    host, client, user = _heads(head)
    return Asked(
        at, made[0], made[1], host, client, user,
        after[0] if after else "", after[1] if len(after) > 1 else "", "",
        parts[5] if len(parts) > 5 and parts[4].isspace() else "",  # noqa: PLR2004 - referrer, then user agent
    )  # fmt: skip


@lru_cache(maxsize=1 << 14)
def _heads(head: str) -> tuple[str, str, str]:
    """(host, client, user) of what stands before the time; the same come again and again."""
    words = head.split()
    host, client = "", words[0] if words else ""
    if len(words) > 3:  # noqa: PLR2004 - client, ident, user
        host, client = _named(words[:-2])
    return host, client, words[-1] if words else ""


def _named(words: list[str]) -> tuple[str, str]:
    """(host, client) of the words before ident and user: the host is what is no address, or comes first."""
    plain = [word.strip('",') for word in words]
    addresses = [one for one in plain if _is_address(one)]
    hosts = [one for one in plain if not _is_address(one) and one != "-"]
    return (hosts[0] if hosts else ""), (addresses[0] if addresses else "")


def _is_address(text: str) -> bool:
    bare = text.rpartition(":")[0] if text.count(":") == 1 else text
    return ADDRESS.fullmatch(bare) is not None


def _envoy(parts: list[str], time: str) -> Asked | Ignored:
    at = moment(time, "the time")
    numbers = parts[2].split() if len(parts) > 2 else []  # noqa: PLR2004 - before, request, after
    made = _request(parts[1])
    istio = len(numbers) == _PLAIN
    shift = 2 if istio else 0
    if len(parts) < (_OF_ISTIO if istio else _OF_ENVOY):
        raise Rejected("Envoy's line ends early: the default format has an authority")
    sizes = (parts[4].split() if istio else numbers[2:]) or [""]
    authority = parts[9 + shift]
    if made is None:
        server = parts[-1].split()[-2:] if istio else []
        if len(server) < 2 or server[0] == "-":  # noqa: PLR2004 - server name, route
            return NO_REQUEST
        made, authority = ("CONNECT", server[0]), server[0]
    return Asked(
        at, made[0], made[1], "" if authority == "-" else authority, parts[3 + shift], "",
        numbers[0] if numbers else "", sizes[1] if len(sizes) > 1 else "", sizes[0], parts[5 + shift],
    )  # fmt: skip


@lru_cache(maxsize=1 << 12)
def local_time(text: str) -> datetime:
    """`10/Oct/2000:13:55:36 -0700` in UTC; the lines of one second share it. Raises Rejected."""
    try:
        if len(text) != _LOCAL:
            raise ValueError(text)  # noqa: TRY301 - told below, as all else that is no time
        offset = timedelta(hours=int(text[22:24]), minutes=int(text[24:26]))
        here = datetime(
            int(text[7:11]), _MONTHS[text[3:6]], int(text[:2]), int(text[12:14]), int(text[15:17]),
            min(int(text[18:20]), 59), tzinfo=UTC,
        )  # fmt: skip
        return here + offset if text[21] == "-" else here - offset
    except (ValueError, KeyError, OverflowError):
        raise Rejected("the time is not one") from None


def recognise(line: str) -> float:
    """How much a line looks like one of these; Squid's end in its own words and are Squid's."""
    if line.rpartition(" ")[2].partition(":")[0].startswith(("TCP_", "UDP_", "NONE")):
        return 0.0
    try:
        read(line, Config())
    except Rejected:
        return 0.0
    return 0.9
