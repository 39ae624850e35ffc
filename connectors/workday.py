"""Workday: tasks of its AI and agents that people ran, from user activity logging; sign-on reports are counted only.

Activity logging: https://community.workday.com/sites/default/files/file-hosting/restapi/#privacy/v1/get-/activityLogging
(behind a sign-in; read 2026-11-21 in public programs that call it). `GET /ccx/api/privacy/v1/{tenant}/activityLogging`
with `from`, `to`, `offset`, `limit` (at most 1000) answers `{total, data}`, oldest first. A record: `requestTime`,
`taskDisplayName`, `taskId`, `activityAction`, `systemAccount`, `ipAddress`, `sessionId`, `userAgent`, `target`, whose
descriptor names people and is never read. Records somebody else captured: elastic/integrations (packages/workday),
hashicorp-forge/grove (tests/fixtures/workday). Not verified: the names of the tasks of Workday's AI and agents.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.auditlog import Session, Signed, access_token, moment, names_ai, person
from connectors.shared.graph.values import text
from connectors.shared.walks import Listed, Places, Window, rfc3339, windows
from schemas.observation import App, Kind, Observation
from schemas.secretref import SecretRef

AI = App(name="Workday AI", publisher="Workday")
_SIZE, _SPAN = 1000, timedelta(hours=4)
_SIGN_ON = ("Session_Start", "Sign-on_Time")
_REFUSALS = {
    400: Trouble("not_enabled", "the tenant has no activity logging: Edit Tenant Setup - System switches it on"),
    401: Trouble("failing", "the access token is not accepted; check the API client and its refresh token"),
    403: Trouble("no_permission", "the integration user may not read User Activity Logging"),
    404: Trouble("failing", "there is no such tenant on this host; compare View API Clients > REST API Endpoint"),
}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`host` (`wd5-services1.myworkday.com`) and `tenant`, with an API client for integrations: `client_id`,
    `client_secret` and `refresh_token`, the last two references (env: or file:). `base_url` overrides the host.
    """

    host: str
    tenant: str
    client_id: str
    client_secret: str
    refresh_token: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)
        SecretRef(self.refresh_token)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of four hours after four hours; each is asked for with a fixed end, so that its offsets stay."""
    config = ctx.config
    base = (config.base_url or f"https://{config.host}").rstrip("/")

    async def sign_in() -> Signed:
        form = {
            "grant_type": "refresh_token", "refresh_token": ctx.secret(config.refresh_token),
            "client_id": config.client_id, "client_secret": ctx.secret(config.client_secret),
        }  # fmt: skip
        body = await access_token(ctx, f"{base}/ccx/oauth2/{config.tenant}/token", data=form)
        return Signed(base, {"Authorization": f"Bearer {body['access_token']}"})

    session = Session(ctx, sign_in, refusals=_REFUSALS)
    path = f"/ccx/api/privacy/v1/{config.tenant}/activityLogging"

    async def ask(window: Window, token: str | None) -> Listed:
        offset = int(token or 0)
        params = {"from": rfc3339(window.begin), "to": rfc3339(window.end), "offset": str(offset), "limit": str(_SIZE)}
        answer = await session.get(path, params, resumed=bool(token))
        body = answer.body if isinstance(answer.body, dict) else {}
        if not isinstance(body.get("data"), list):
            raise Trouble("failing", "activity logging was answered without data")
        reached, total = offset + len(body["data"]), body.get("total")
        more = bool(body["data"]) and (reached < total if isinstance(total, int) else len(body["data"]) == _SIZE)
        return Listed(tuple(body["data"]), str(reached) if more else None)

    async for page in windows(ctx, "activity", Places(ctx), ask, _SPAN):
        yield page


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """A task of AI that somebody ran. Raises Rejected for what is no record of Workday's."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    if "requestTime" in record and ("taskDisplayName" in record or "activityAction" in record):
        return _activity(record)
    if any(key in record for key in _SIGN_ON):
        return Ignored("sign-on")
    raise Rejected("neither an activity nor a sign-on of Workday")


def _activity(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    at = moment(record.get("requestTime"), "requestTime")
    task = text(record.get("taskDisplayName")) or ""
    kind = (text(record.get("activityAction")) or "no action").lower()[:30]
    if not names_ai(task):
        return Ignored("consent to an application it does not name" if "Consent" in task else f"task: {kind}")
    seen = Observation(
        source="workday",
        kind=Kind.AUDIT,
        at=at,
        actor=person(account=_login(record.get("systemAccount")), ip=record.get("ipAddress")),
        app=AI,
        action=task[:120],
        user_agent=text(record.get("userAgent")),
        attributes={
            name: value
            for name, value in {"activity": kind, "task": text(record.get("taskId")),
                                "device": text(record.get("deviceType"))}.items()
            if value
        },
    )  # fmt: skip
    return iter((seen,))


def _login(account: Any) -> str | None:
    """The login of `login / Name of the person`."""
    return (text(account) or "").partition(" / ")[0].strip() or None


def action_of(record: Any) -> str | None:
    """What sort of activity it was; a task's name may be the customer's own."""
    return text(record.get("activityAction")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like Workday's."""
    if not isinstance(record, dict):
        return 0.0
    if {"requestTime", "taskDisplayName", "systemAccount"} <= record.keys():
        return 0.98
    known = ("System_Account", "Authentication_Type_for_Signon", "Signon_IP_Address", "Request_Originator")
    return round(0.4 + 0.15 * sum(key in record for key in known), 2) if any(key in record for key in _SIGN_ON) else 0.0


CONNECTOR = Connector(
    name="workday",
    title="Workday user activity logging",
    kinds=(Kind.AUDIT,),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://community.workday.com/sites/default/files/file-hosting/restapi/#privacy/v1/get-/activityLogging",
    permissions=("Get on the domain User Activity Logging", "scope System"),
    granted_in=(
        "Create Integration System User; Create Security Group (Integration System, Unconstrained); View Domain: User "
        "Activity Logging; Activate Pending Security Policy Changes; Register API Client for Integrations; Manage "
        "Refresh Tokens for Integrations"
    ),
    plan="User Activity Logging switched on in Edit Tenant Setup - System",
    cursor="window, offset",
    lateness=timedelta(minutes=15),
    lookback=timedelta(minutes=30),
    max_back=timedelta(days=30),
    every=timedelta(minutes=15),
    rate=2.0,
    evidence="real sample",
    samples=("workday/activity.ndjson",),
    wrapped_in=("data", "Report_Entry"),
    secrets=("client_secret", "refresh_token"),
)
