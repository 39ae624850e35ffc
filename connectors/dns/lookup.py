"""One lookup as an observation: who asked for which name, and nothing of the answer. Pure."""

from datetime import datetime

import msgspec

from connectors.base import Ignored
from connectors.shared.hostnames import ADDRESS, asked_for, host, nothing
from schemas.observation import Actor, Kind, Observation

SOURCE = "dns"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`zone` is added to times that carry none, as hours east of UTC. `local` are the organisation's own suffixes.

    `replies` counts logged replies in place of queries: for BIND's response log and Unbound's `log-replies` where
    queries are not logged. `day_first` is how a Windows server writes dates with slashes (20/11/2026).
    """

    zone: float = 0.0
    local: tuple[str, ...] = ()
    replies: bool = False
    day_first: bool = False

    def __post_init__(self) -> None:
        if not -15 <= self.zone <= 15:  # noqa: PLR2004 - no zone is further from UTC
            raise ValueError("zone: hours east of UTC, -15 to 15")


class Lookup(msgspec.Struct, frozen=True):
    """What a record says: `kind` is the record type asked for, `id` the source's own, `attributes` as observed."""

    at: datetime
    name: str
    kind: str = ""
    client: str | None = None
    device: str | None = None
    blocked: bool = False
    id: str = ""
    attributes: dict[str, str] = {}


def observed(found: Lookup, config: Config) -> Observation | Ignored:
    """The observation, or the reason why there is none."""
    name, kind = host(found.name), asked_for(found.kind)
    reason = nothing(name, kind, config.local)
    if reason is not None:
        return Ignored(reason)
    told = {"query_type": kind} if kind not in {"", "-"} else {}
    return Observation(
        source=SOURCE,
        kind=Kind.WEB,
        at=found.at,
        id=f"{SOURCE}:{found.id}" if found.id else "",
        host=name,
        actor=actor(found.client, found.device),
        action="blocked" if found.blocked else None,
        attributes={**told, **found.attributes},
    )


def actor(client: str | None, device: str | None = None, login: str | None = None) -> Actor | None:
    """Who asked: an address, or the name a log gives in its place."""
    named = client.strip() if client else ""
    address = named if ADDRESS.fullmatch(named) else None
    made = Actor(
        id=login or None,
        email=login.lower() if login and "@" in login else None,
        ip=address,
        device=device or (named if named and not address else None),
    )
    return made if made != Actor() else None
