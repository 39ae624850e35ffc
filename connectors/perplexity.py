"""Perplexity Enterprise: audit events, from the Audit API (newest first) or as the audit webhook sends them.

Read 2026-11-21: https://docs.perplexity.ai/docs/admin/audit-api, …/api-reference/admin-audit-events-get (address, key,
scope, order, 30 days at most, 404 where logging is off) and https://www.perplexity.ai/help-center/en/articles/11652747
(an event has a type, a time, the user's address and IP; queries and answers whole). Neither the names of an event's
fields nor those of the request's parameters were seen: several usual spellings are read, and queries never are.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.ai_product import facts, refusals
from connectors.shared.auditlog import maybe, moment, person
from connectors.shared.graph.values import text, under
from connectors.shared.walks import Api, Listed, Places, Window, newest_first, rfc3339
from schemas.observation import Actor, App, Kind, Observation
from schemas.secretref import SecretRef

SOURCE = "perplexity"
PERPLEXITY = App(name="Perplexity Enterprise", publisher="Perplexity")
PERMISSION = "audit_logs:read (an audit log API key; Sonar keys are refused)"
GRANTED_IN = "Organization settings > Enterprise APIs > Audit API > Audit log API keys"
_LONGEST = timedelta(days=30)
_PAGE = 100
_TYPE, _TIME = ("event_type", "eventType", "type", "event", "action"), ("timestamp", "created_at", "createdAt", "time")
_WORDS = re.compile(r"[^a-z]+")
_SIGNED_IN = {"login", "signin", "sso"}
_USE = {
    "query", "queries", "prompt", "message", "thread", "answer", "search", "task", "file", "files", "upload", "space",
    "spaces", "collection", "page", "connector", "connectors", "comet", "computer", "assistant", "agent", "agents",
    "research", "labs", "entry", "step",
}  # fmt: skip


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is a reference (env: or file:) to an audit log API key; `base_url` overrides the host."""

    key: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.key)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Events from the newest down to what is known. Raises Trouble."""
    config: Config = ctx.config
    off = Trouble("not_enabled", "audit logging is off; turn it on in Organization Settings > Data and privacy")
    api = Api(
        ctx, config.base_url or "https://api.perplexity.ai",
        headers={"Authorization": f"Bearer {ctx.secret(config.key)}"},
        refusals=refusals(key="audit log API key", permission=PERMISSION, granted_in=GRANTED_IN, absent=off),
    )  # fmt: skip

    async def ask(window: Window, token: str | None, /) -> Listed:
        begin = max(window.begin, window.end - _LONGEST)
        asked = {"start_time": rfc3339(begin), "end_time": rfc3339(window.end), "limit": str(_PAGE)}
        body = (await api.get("/v1/admin/audit-events", asked | ({"cursor": token} if token else {}))).body
        found = next((body[name] for name in ("events", "data", "items") if name in body), None) if body else None
        if not isinstance(body, dict) or not isinstance(found, list):
            raise Trouble("failing", "the Audit API answered something else than events")
        return Listed(tuple(found), text(body.get("next_cursor")) if body.get("has_more") is not False else None)

    async for page in newest_first(ctx, "events", Places(ctx), ask, _at):
        yield page


def _at(record: Any) -> datetime | None:
    return maybe(_first(record, *_TIME)) if isinstance(record, dict) else None


def _first(record: Mapping[str, Any], *names: str) -> Any:
    return next((record[name] for name in names if record.get(name) is not None), None)


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One audit event. Raises Rejected for what is none."""
    kind = text(_first(record, *_TYPE)) if isinstance(record, dict) else None
    if kind is None:
        raise Rejected("no type: not an audit event of Perplexity")
    at = moment(_first(record, *_TIME), "timestamp")
    words = set(_WORDS.split(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()))
    signed = not words.isdisjoint(_SIGNED_IN)
    if not signed and words.isdisjoint(_USE):
        return Ignored(kind)
    key = text(_first(record, "id", "event_id", "eventId"))
    return iter((
        Observation(
            source=SOURCE, kind=Kind.SIGNIN if signed else Kind.AUDIT, at=at, id=f"{SOURCE}:{key}" if key else "",
            actor=_actor(record), app=PERPLEXITY, action="signin" if signed else kind,
            user_agent=text(record.get("user_agent")), attributes=facts(event_type=kind),
        ),
    ))  # fmt: skip


def _actor(record: Mapping[str, Any]) -> Actor | None:
    about = under(record, "user") or under(record, "actor")
    return person(
        email=_first(record, "user_email", "userEmail", "email", "actor_email") or about.get("email"),
        account=_first(record, "user_id", "userId") or about.get("id"),
        ip=_first(record, "ip_address", "ipAddress", "ip") or about.get("ip_address"),
    )


def action_of(record: Any) -> str | None:
    """The type of the event."""
    return text(_first(record, *_TYPE)) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event: little, as other vendors' events have such fields too."""
    if not isinstance(record, dict) or _first(record, *_TIME) is None or action_of(record) is None:
        return 0.0
    who = _actor(record)
    return 0.6 if who is not None and who.email and who.ip else 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="Perplexity Enterprise audit log",
    kinds=(Kind.AUDIT, Kind.SIGNIN),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://docs.perplexity.ai/docs/admin/audit-api",
    permissions=(PERMISSION,),
    granted_in=GRANTED_IN,
    plan="Enterprise with 50 seats or more, or with a seat of Enterprise Max",
    cursor="newest event with gap: window, cursor, newest time",
    lateness=timedelta(minutes=5),
    lookback=timedelta(minutes=30),
    max_back=_LONGEST,
    every=timedelta(minutes=10),
    evidence="unverified",
    samples=("perplexity/events.json",),
    secrets=("key",),
    action_of=action_of,
)
