"""Cursor: members of a team, what each did on a day, calls of models, sign-ins and settings, from the Admin API.

Read 2026-11-21: https://cursor.com/docs/account/teams/admin-api (requests, limits, examples of each answer; also as
kept in Worklytics/psoxy:docs/sources/cursor). Members stand once a day; days and calls are read by windows, the last
two hours again. What an event holds beside its type (`event_data`) is never read.
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.ai_product import facts, refusals
from connectors.shared.auditlog import maybe, moment, person
from connectors.shared.graph.values import items, text, under
from connectors.shared.walks import Api, Listed, Listing, Places, Window, several, snapshot, windows
from schemas.observation import Actor, App, Kind, Observation
from schemas.secretref import SecretRef

SOURCE = "cursor"
CURSOR = App(name="Cursor", publisher="Anysphere")
PERMISSION = "admin:* (the audit log also takes the Enterprise plan)"
GRANTED_IN = "cursor.com/dashboard > Settings > Advanced > Admin API Keys"
_PAGE = 500
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_CONFIGURED = ("team_rule", "team_hook", "team_command", "team_repo", "team_api_key", "user_api_key", "bugbot_")
_COUNTS = ("composerRequests", "chatRequests", "agentRequests", "cmdkUsages", "bugbotUsages", "totalTabsAccepted")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is a reference (env: or file:) to an Admin API key; `read` which of the four listings are asked for."""

    key: str
    read: tuple[str, ...] = ("members", "days", "calls", "audit")
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.key)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Members once a day; days, calls and the audit log from what is known on. Raises Trouble."""
    config: Config = ctx.config
    basic = b64encode(f"{ctx.secret(config.key)}:".encode()).decode()
    api = Api(
        ctx, config.base_url or "https://api.cursor.com", headers={"Authorization": f"Basic {basic}"},
        refusals=refusals(key="Admin API key", permission=PERMISSION, granted_in=GRANTED_IN),
    )  # fmt: skip
    places = Places(ctx)
    streams = {
        "members": snapshot(ctx, "members", places, _members(ctx, api), _DAY),
        "days": windows(ctx, "days", places, _posted(api, "/teams/daily-usage-data", "data"), _WEEK, whole_days=True),
        "calls": windows(ctx, "calls", places, _posted(api, "/teams/filtered-usage-events", "usageEvents"), _DAY),
        "audit": windows(ctx, "audit", places, _audit(api), _WEEK),
    }
    async for page in several(ctx, {name: stream for name, stream in streams.items() if name in config.read}):
        yield page


def _members(ctx: Fetch, api: Api) -> Listing:
    async def ask(_window: Window, _token: str | None, /) -> Listed:
        body = (await api.get("/teams/members")).body
        if not isinstance(body, dict) or not isinstance(body.get("teamMembers"), list):
            raise Trouble("failing", "/teams/members answered something else than members")
        taken = ctx.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Listed(tuple({**member, "takenAt": taken} for member in items(body["teamMembers"])))

    return ask


def _posted(api: Api, path: str, field: str) -> Listing:
    async def ask(window: Window, token: str | None, /) -> Listed:
        asked = {
            "startDate": _milliseconds(window.begin), "endDate": _milliseconds(window.end), "page": int(token or 1),
            "pageSize": _PAGE,
        }  # fmt: skip
        return _listed((await api.post(path, asked)).body, path, field, int(token or 1))

    return ask


def _audit(api: Api) -> Listing:
    path = "/teams/audit-logs"

    async def ask(window: Window, token: str | None, /) -> Listed:
        asked = {
            "startTime": str(_milliseconds(window.begin)), "endTime": str(_milliseconds(window.end)),
            "page": token or "1", "pageSize": str(_PAGE),
        }  # fmt: skip
        return _listed((await api.get(path, asked)).body, path, "events", int(token or 1))

    return ask


def _listed(body: Any, path: str, field: str, number: int) -> Listed:
    if not isinstance(body, dict) or not isinstance(body.get(field), list):
        raise Trouble("failing", f"{path} answered without {field}")
    more = under(body, "pagination").get("hasNextPage") is True
    return Listed(tuple(body[field]), str(number + 1) if more else None)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """A member, a person's day, a call or an audit event. Raises Rejected for what is none of them."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    if "event_type" in record or "eventType" in record:
        return _event(record)
    if "model" in record and "timestamp" in record:
        return iter((_call(record),))
    if "mostUsedModel" in record or "composerRequests" in record:
        return _used(record)
    if "isRemoved" in record or ("role" in record and "email" in record):
        return _member(record)
    raise Rejected("neither a member, a day, a call nor an audit event of Cursor")


def _member(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    if record.get("isRemoved") is True:
        return Ignored("member who was removed")
    if "takenAt" not in record:
        return Ignored("member without the time they were listed")
    taken = moment(record["takenAt"], "takenAt")
    key, role = record.get("id"), text(record.get("role"))
    return iter((
        Observation(
            source=SOURCE, kind=Kind.GRANT, at=taken, id=f"{SOURCE}:member:{key}:{taken:%Y-%m-%d}" if key else "",
            actor=_who(record), app=CURSOR, action="hold", attributes=facts(standing=True, role=role),
        ),
    ))  # fmt: skip


def _used(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    counts = [record.get(name) for name in _COUNTS]
    if record.get("isActive") is False or (
        "isActive" not in record and not any(isinstance(count, int) and count > 0 for count in counts)
    ):
        return Ignored("day without use")
    said = record.get("date") if "date" in record else record.get("day")
    at = moment(said, "date").replace(hour=0, minute=0, second=0, microsecond=0)
    who = text(record.get("email")) or record.get("userId")
    return iter((
        Observation(
            source=SOURCE, kind=Kind.AUDIT, at=at, id=f"{SOURCE}:day:{at:%Y-%m-%d}:{who}" if who else "",
            actor=_who(record), app=CURSOR, action="used", attributes=facts(
                model=record.get("mostUsedModel"), composer=record.get("composerRequests"),
                chat=record.get("chatRequests"), agent=record.get("agentRequests"), inline=record.get("cmdkUsages"),
                bugbot=record.get("bugbotUsages"), lines_added=record.get("acceptedLinesAdded"),
                version=record.get("clientVersion"),
            ),
        ),
    ))  # fmt: skip


def _call(record: Mapping[str, Any]) -> Observation:
    tokens, cents = under(record, "tokenUsage"), record.get("chargedCents")
    amount = cents / 100 if isinstance(cents, int | float) and not isinstance(cents, bool) and cents else None
    return Observation(
        source=SOURCE, kind=Kind.AUDIT, at=moment(record["timestamp"], "timestamp"), actor=_who(record), app=CURSOR,
        action="model_call", attributes=facts(
            model=record.get("model"), billed=record.get("kind") or record.get("kindLabel"),
            input_tokens=tokens.get("inputTokens"), output_tokens=tokens.get("outputTokens"), amount=amount,
            currency="USD" if amount else None, max_mode=record.get("maxMode"),
        ),
    )  # fmt: skip


def _event(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    action = text(record.get("event_type")) or text(record.get("eventType")) or ""
    if action != "login" and not action.startswith(_CONFIGURED):
        return Ignored(action or "event without a type")
    signed = action == "login"
    key = text(record.get("event_id")) or text(record.get("id"))
    return iter((
        Observation(
            source=SOURCE, kind=Kind.SIGNIN if signed else Kind.AUDIT, at=moment(record.get("timestamp"), "timestamp"),
            id=f"{SOURCE}:{key}" if key else "", actor=_who(record), app=CURSOR,
            action="signin" if signed else action,
        ),
    ))  # fmt: skip


def _who(record: Mapping[str, Any]) -> Actor | None:
    email = next((record[name] for name in ("userEmail", "user_email", "email") if text(record.get(name))), None)
    return person(email=email, ip=record.get("ip_address") or record.get("ipAddress"))


def action_of(record: Any) -> str | None:
    """The type of an audit event; the other listings have none."""
    return text(record.get("event_type")) or text(record.get("eventType")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like one of the four listings."""
    if not isinstance(record, dict):
        return 0.0
    if {"isRemoved", "email", "role"} <= set(record):
        return 0.9
    if {"tokenUsage", "userEmail"} <= set(record) or {"mostUsedModel", "email"} <= set(record):
        return 0.95
    if "event_type" in record and "user_email" in record and "event_id" in record:
        return 0.7 if maybe(record.get("timestamp")) else 0.4
    return 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="Cursor Admin API",
    kinds=(Kind.AUDIT, Kind.GRANT, Kind.SIGNIN),
    how=("pull", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://cursor.com/docs/account/teams/admin-api",
    permissions=(PERMISSION,),
    granted_in=GRANTED_IN,
    plan="Teams or Enterprise; audit log and some listings Enterprise only",
    cursor="members once a day; days, calls and audit events by window: page number, time known",
    lateness=timedelta(hours=1),
    lookback=timedelta(hours=2),
    every=timedelta(hours=1),
    rate=0.33,
    evidence="vendor example",
    samples=("cursor/calls.json", "cursor/days.json", "cursor/audit.json", "cursor/members.json"),
    wrapped_in=("teamMembers", "usageEvents"),
    secrets=("key",),
    action_of=action_of,
)
