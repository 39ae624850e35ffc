"""One request of an access log as an observation, and the settings of the source. Pure."""

from datetime import datetime
from functools import lru_cache

import msgspec

from connectors.base import Ignored
from connectors.shared.hostnames import ADDRESS, authority, path_of
from schemas.observation import Actor, Kind, Observation

SOURCE = "access_log"
NO_HOST = Ignored("request that names no host")
ASKED_TO_SIGN_IN = Ignored("proxy asked for a sign-in")
NO_REQUEST = Ignored("connection without a request")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`host` is the site a log is of, where its lines do not name one."""

    host: str = ""


class Asked(msgspec.Struct, gc=False):
    """What a line says, as written; `target` is what stands between method and protocol."""

    at: datetime
    method: str
    target: str
    host: str = ""
    client: str = ""
    user: str = ""
    status: str = ""
    bytes_in: str = ""
    bytes_out: str = ""
    user_agent: str = ""


def observed(asked: Asked, config: Config) -> Observation | Ignored:
    """The observation, or why there is none. A proxy's target names the host itself, before any header."""
    method, target = asked.method, asked.target
    if method == "CONNECT":
        named, path = target, None
    else:
        path = path_of(target)
        named = target.partition("://")[2].partition("/")[0] if target[:1] != "/" and "://" in target[:10] else ""
    to, port = _authority(named or asked.host or config.host)
    if not to:
        return NO_HOST
    if asked.status == "407":
        return ASKED_TO_SIGN_IN
    agent = asked.user_agent
    return Observation(
        source=SOURCE,
        kind=Kind.WEB,
        at=asked.at,
        host=to,
        path=path,
        method=method,
        status=_number(asked.status) or None,
        actor=_actor(asked.client, asked.user),
        bytes_in=_number(asked.bytes_in),
        bytes_out=_number(asked.bytes_out),
        user_agent=agent if agent and agent != "-" else None,
        attributes={"port": port} if port else {},
    )


_authority = lru_cache(maxsize=1 << 14)(authority)


@lru_cache(maxsize=1 << 14)
def _actor(client: str, user: str) -> Actor | None:
    """Who asked: the first address of those that were forwarded, and the name they signed in with."""
    first = client.partition(",")[0].strip()
    bare = first.rpartition(":")[0] if first.count(":") == 1 else first
    address = bare if ADDRESS.fullmatch(bare) else None
    name = user if user and user != "-" else None
    if address is None and name is None:
        return None
    return Actor(id=name, email=name.lower() if name and "@" in name else None, ip=address)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None  # noqa: PLR2004 - beyond 64 bits it is damage
