"""GitHub Copilot: who holds a seat, when they used it last, and what each person used on a day.

Seats: https://docs.github.com/en/rest/copilot/copilot-user-management (`/orgs/{org}/copilot/billing/seats`); reports by
person and day: https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-usage-metrics
(`/orgs/{org}/copilot/metrics/reports/users-1-day`, signed links to NDJSON files on another host, where no credential is
sent); both read 2026-11-21. The older `/copilot/metrics` was closed down on 2026-04-02 and is not asked. Not verified:
how a day whose report is not made yet is answered (204 and 404 are read as "not yet"). Counts of lines are left out.
Nothing here has an id of the vendor's that names no person, so none is given.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.auditlog import maybe, moment, person
from connectors.shared.github import GitHub
from connectors.shared.graph.values import items, text, under
from connectors.shared.walks import Listed, Places, Window, several, snapshot, windows
from schemas.observation import App, Kind, Observation
from schemas.secretref import SecretRef

_COPILOT = App(name="GitHub Copilot", publisher="GitHub")
_DAY = timedelta(days=1)
_NEEDED = "GitHub Copilot Business: read, and Organization Copilot metrics: read"
_REFUSALS = {
    401: Trouble("failing", "the token is not accepted; make a new one"),
    403: Trouble("no_permission", f"the token lacks {_NEEDED}; or the policy Copilot usage metrics is off"),
    404: Trouble("not_licensed", "no Copilot there: the organisation has no plan, or its name is wrong"),
    422: Trouble("not_licensed", "Copilot is not set up for this organisation"),
}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is a reference (env: or file:); `org` is the organisation.

    `reports` reads what each person used on a day (the policy Copilot usage metrics must be on). `snapshot_hours` is
    how often seats are listed. `base_url` overrides GitHub's address.
    """

    org: str
    token: str
    reports: bool = True
    snapshot_hours: int = 24
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)
        if not 1 <= self.snapshot_hours <= 24 * 30:
            raise ValueError("snapshot_hours: 1 to 720")


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Seats once a day; the reports of each day, the last three again at every run."""
    config, places = ctx.config, Places(ctx)
    hub = GitHub(ctx, ctx.secret(config.token), config.base_url, _REFUSALS)

    async def seats(window: Window, token: str | None) -> Listed:
        told = await hub.page(f"/orgs/{config.org}/copilot/billing/seats", {"per_page": "100"}, token)
        found = told.body.get("seats") if isinstance(told.body, dict) else None
        if not isinstance(found, list):
            raise Trouble("failing", "the list of seats is none")
        taken = {"taken_at": window.end.isoformat(), "org": config.org}
        return Listed(tuple({**one, **taken} if isinstance(one, dict) else one for one in found), told.following)

    async def used(window: Window, _token: str | None) -> Listed:
        day = {"day": window.begin.date().isoformat()}
        told = await hub.page(f"/orgs/{config.org}/copilot/metrics/reports/users-1-day", day, None, absent=(204, 404))
        links = told.body.get("download_links") if isinstance(told.body, dict) else None
        rows = [row for link in (links or ()) if isinstance(link, str) for row in await _report(ctx, link)]
        return Listed(tuple(rows))

    every = timedelta(hours=config.snapshot_hours)
    streams = {"seats": snapshot(ctx, "seats", places, seats, every)}
    if config.reports:
        streams["reports"] = windows(ctx, "reports", places, used, _DAY, whole_days=True)
    async for page in several(ctx, streams):
        yield page


async def _report(ctx: Fetch, link: str) -> list[Any]:
    """The rows of a signed file, asked for without the token: the link is the permission. Raises Trouble."""
    answer = await ctx.http.get(link, headers={"Accept": "*/*"}, accept=(403, 404))
    if answer.status != 200:  # noqa: PLR2004 - OK
        raise Trouble("failing", "a report's signed link is no longer taken; it is asked for again at the next run")
    try:
        if answer.content.lstrip().startswith(b"["):
            return msgspec.json.decode(answer.content, type=list[Any])
        return [msgspec.json.decode(line) for line in answer.content.splitlines() if line.strip()]
    except (msgspec.DecodeError, RecursionError):
        raise Trouble("failing", "a report holds something else than rows of JSON") from None


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """A seat, or what one person used on a day. Raises Rejected for what is neither."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    if isinstance(record.get("assignee"), dict):
        return _seat(record)
    if "user_login" in record and "day" in record:
        return iter((_day(record),))
    if "date" in record and "total_engaged_users" in record:
        return Ignored("sums of the organisation without people")
    raise Rejected("neither a seat nor a person's day with Copilot")


def _seat(record: Mapping[str, Any]) -> Iterator[Observation]:
    """The seat, which stands once a day, and the last time it was used, which is told once."""
    login = text(under(record, "assignee").get("login"))
    since, taken = maybe(record.get("created_at")), maybe(record.get("taken_at"))
    at = taken or since or moment(None, "created_at")
    at = at.replace(hour=0, minute=0, second=0, microsecond=0)
    org = text(record.get("org")) or text(under(record, "organization").get("login"))
    team = text(under(record, "assigning_team").get("slug"))
    told = {
        "plan": text(record.get("plan_type")), "team": team, "since": since.date().isoformat() if since else None,
        "ends": text(record.get("pending_cancellation_date")),
    }  # fmt: skip
    yield _observation(Kind.GRANT, "hold", at, login, org, told)
    last = maybe(record.get("last_activity_at"))
    if last is not None:
        editor = text(record.get("last_activity_editor"))
        yield _observation(Kind.AUDIT, "used", last, login, org, {}, editor)


def _day(record: Mapping[str, Any]) -> Observation:
    count = record.get("user_initiated_interaction_count")
    features = {name for one in items(record.get("totals_by_feature")) if (name := text(one.get("feature")))}
    editors = {name for one in items(record.get("totals_by_ide")) if (name := text(one.get("ide")))}
    told = {
        "features": ", ".join(sorted(features)),
        "editors": ", ".join(sorted(editors)),
        "interactions": str(count) if isinstance(count, int) and not isinstance(count, bool) else None,
        "agent": "true" if record.get("used_agent") is True else None,
    }
    at, login = moment(record.get("day"), "day"), text(record.get("user_login"))
    org = record.get("organization_id")
    tenant = str(org) if isinstance(org, int | str) and not isinstance(org, bool) and org != "" else None
    return _observation(Kind.AUDIT, "used", at, login, tenant, told)


def _observation(
    kind: Kind, action: str, at: datetime, login: str | None, org: str | None,
    told: Mapping[str, str | None], editor: str | None = None,
) -> Observation:  # fmt: skip
    return Observation(
        source="github_copilot",
        kind=kind,
        at=at,
        actor=person(account=login),
        app=_COPILOT,
        action=action,
        user_agent=editor,
        tenant=org,
        attributes={name: value for name, value in told.items() if value},
    )


def recognise(record: Any) -> float:
    """How much a JSON object looks like a seat, or a person's day with Copilot."""
    if not isinstance(record, dict):
        return 0.0
    seat = ("assignee", "last_activity_at", "last_activity_editor", "plan_type", "pending_cancellation_date")
    day = ("user_login", "day", "user_initiated_interaction_count", "code_generation_activity_count", "totals_by_ide")
    best = max(sum(key in record for key in keys) for keys in (seat, day))
    return round(0.19 * best, 2)


CONNECTOR = Connector(
    name="github_copilot",
    title="GitHub Copilot seats and use",
    kinds=(Kind.AUDIT, Kind.GRANT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://docs.github.com/en/rest/copilot/copilot-user-management",
    permissions=(_NEEDED, "classic tokens: manage_billing:copilot"),
    granted_in=(
        "Organization settings > Developer settings > GitHub Apps > the app > Permissions & events > Organization "
        "permissions > GitHub Copilot Business and Organization Copilot metrics: Read-only; the policy is in "
        "Enterprise > AI controls > Copilot > Copilot usage metrics"
    ),
    plan="Copilot Business or Enterprise",
    cursor="seats once a day; each day's reports by window",
    lateness=timedelta(days=2),
    lookback=timedelta(days=3),
    max_back=timedelta(days=365),
    every=timedelta(hours=6),
    rate=0.4,
    evidence="vendor example",
    samples=("github_copilot/seats.json", "github_copilot/users_day.ndjson"),
    wrapped_in=("seats",),
    secrets=("token",),
)
