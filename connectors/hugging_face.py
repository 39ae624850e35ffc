"""Hugging Face: the audit log of an organisation, with its models, Spaces and scheduled jobs as solutions.

Read 2026-11-21: https://huggingface.co/docs/hub/audit-logs (also huggingface/hub-docs:docs/hub/audit-logs.md), and for
request, fields and event types the vendor's OpenAPI document as tryAGI/HuggingFace is generated from it
(`GetOrganizationsAuditLogExportResponseItem`). The API gives the last 100,000 events in one answer and takes no time;
of those only what is new is handed on. The sentence that describes an event is never read; addresses are shortened by
the vendor and would stand for a stranger, so they are dropped.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.ai_product import facts, refusals
from connectors.shared.auditlog import maybe, moment, person
from connectors.shared.graph.values import items, text, under
from connectors.shared.walks import Api, Listed, Listing, Places, Window, forward
from schemas.observation import Actor, App, Kind, Object, Observation, Solution
from schemas.secretref import SecretRef

SOURCE = "hugging_face"
HUGGING_FACE = App(name="Hugging Face", publisher="Hugging Face")
PERMISSION = "read access to the organisation's settings (its owner must be an administrator there)"
GRANTED_IN = "huggingface.co > Settings > Access Tokens"
_PAGE = 1000
_SIGNED_IN = ("org.sso_login", "org.sso_join")
_WORK = ("repo.", "spaces.", "jobs.", "scheduled_job.", "collection.", "oauth.")
_SORTS = {"model": "hf_model", "space": "hf_space"}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`organization` is its name on the Hub; `token` a reference (env: or file:) to an access token."""

    organization: str
    token: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """What is new in the log. Raises Trouble."""
    config: Config = ctx.config
    api = Api(
        ctx, config.base_url or "https://huggingface.co",
        headers={"Authorization": f"Bearer {ctx.secret(config.token)}"},
        refusals=refusals(
            key="access token", permission=PERMISSION, granted_in=GRANTED_IN,
            absent=Trouble("misconfigured", "no such organisation, or none with audit logs; check organization"),
        ),
    )  # fmt: skip
    async for page in forward(ctx, "log", Places(ctx), _export(api, config.organization), _at):
        yield page


def _export(api: Api, organization: str) -> Listing:
    """The log, asked for once a run; a page's token is how many events of the window came before it."""
    path = f"/api/organizations/{quote(organization, safe='')}/audit-log/export"
    known: list[Mapping[str, Any]] | None = None

    async def ask(window: Window, token: str | None, /) -> Listed:
        nonlocal known
        if known is None:
            body = (await api.get(path)).body
            if not isinstance(body, list):
                raise Trouble("failing", "the export is no list of events")
            known = sorted(items(body), key=lambda event: str(event.get("createdAt")))
        wanted = [event for event in known if (at := _at(event)) is None or window.begin <= at <= window.end]
        begin = int(token or 0)
        end = begin + _PAGE
        return Listed(tuple(wanted[begin:end]), str(end) if end < len(wanted) else None)

    return ask


def _at(record: Any) -> datetime | None:
    return maybe(record.get("createdAt")) if isinstance(record, dict) else None


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none."""
    if not isinstance(record, dict) or not isinstance(record.get("type"), str) or "createdAt" not in record:
        raise Rejected("no type or createdAt: not an event of the audit log")
    action = record["type"]
    signed = action in _SIGNED_IN
    if not signed and not action.startswith(_WORK):
        return Ignored(action)
    return iter((_observation(record, action, signed=signed),))


def _observation(record: Mapping[str, Any], action: str, *, signed: bool) -> Observation:
    at, key = moment(record["createdAt"], "createdAt"), text(record.get("_id"))
    sort, name = _thing(record, action)
    made = None if signed else _solution(record, action, sort, name, at)
    return Observation(
        source=SOURCE,
        kind=Kind.SIGNIN if signed else Kind.BUILD if made else Kind.AUDIT,
        at=at,
        id=f"{SOURCE}:{key}" if key else "",
        actor=_actor(record),
        app=HUGGING_FACE,
        action="signin" if signed else action,
        object=Object(type=sort or "repository", name=name) if name else None,
        solution=made,
        user_agent=text(record.get("userAgent")),
        attributes=facts(token_role=under(record, "token").get("role"), repository=name),
    )


def _actor(record: Mapping[str, Any]) -> Actor | None:
    author = under(record, "author")
    return None if author.get("type") not in (None, "user") else person(account=author.get("user"))


def _thing(record: Mapping[str, Any], action: str) -> tuple[str | None, str | None]:
    """The sort and name of the repository or job an event is about."""
    data = under(record, "data")
    repo = data.get("repo") if "repo" in data else data.get("repoId")
    if isinstance(repo, dict):
        sort, name = text(repo.get("type")), text(repo.get("name")) or text(repo.get("id"))
    else:
        sort, name = text(data.get("repoType")), text(repo) or text(data.get("repoName"))
    if action.startswith("spaces."):
        sort = "space"
    if action.startswith("scheduled_job."):
        sort, name = "scheduled_job", text(data.get("scheduledJobId")) or text(data.get("jobId"))
    return sort, name


def _solution(
    record: Mapping[str, Any], action: str, sort: str | None, name: str | None, at: datetime
) -> Solution | None:
    """A model, a Space or a scheduled job; a data set and a run once are what they touch, not what is built."""
    kind = "hf_scheduled_job" if sort == "scheduled_job" else _SORTS.get(sort or "")
    if kind is None or name is None:
        return None
    created, ran = action.endswith(".create"), action == "scheduled_job.run"
    private = under(under(record, "data"), "repo").get("private")
    return Solution(
        id=f"{kind}:{name}",
        type=kind,
        name=name,
        sharing=("private" if private else "public") if isinstance(private, bool) else None,
        deleted=action.endswith(".delete"),
        owner=_actor(record) if created else None,
        created_at=at if created else None,
        last_run_at=at if ran else None,
    )


def action_of(record: Any) -> str | None:
    """The event's type."""
    return text(record.get("type")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of the audit log."""
    if not isinstance(record, dict) or not {"_id", "createdAt", "type", "author"} <= set(record):
        return 0.0
    return 0.95 if "user" in under(record, "author") and "message" in record else 0.4


CONNECTOR = Connector(
    name=SOURCE,
    title="Hugging Face audit log",
    kinds=(Kind.AUDIT, Kind.BUILD, Kind.SIGNIN),
    how=("pull", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://huggingface.co/docs/hub/audit-logs",
    permissions=(PERMISSION,),
    granted_in=GRANTED_IN,
    plan="Team or Enterprise",
    cursor="oldest first of one export: window, count, newest time",
    lateness=timedelta(minutes=10),
    lookback=timedelta(hours=1),
    every=timedelta(hours=3),
    evidence="vendor example",
    samples=("hugging_face/audit-log.json",),
    secrets=("token",),
    action_of=action_of,
)
