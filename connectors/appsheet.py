"""AppSheet: who uses and changes which app, from the team's audit history, and the team's usage report.

Audit history: https://support.google.com/appsheet/answer/10104794 (syncs, adds, updates, deletes, API calls, bots,
reports, documents; kept 53 days, up to five minutes late); its export to BigQuery: …/answer/12469223. Usage report:
…/answer/11918345, `GET https://{region}/api/v2/admin/reports/usage` with the headers AccessKey and UserId, a CSV with
the columns User Id, User Email and a row for each user and app (all read 2026-11-21). The further columns' names could
not be read: columns are known by the usual spellings of what the pages say they hold, `columns` names others. No row of
a live team was seen. Values of rows, and what a bot sent, are not read.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.walks import Listed, Places, Window, snapshot
from schemas.observation import Actor, App, Kind, Object, Observation, Solution
from schemas.secretref import SecretRef

SOURCE = "appsheet"
ALIASES: Mapping[str, tuple[str, ...]] = {
    "app_id": ("appid", "applicationid", "appguid"),
    "app": ("appname", "app", "applicationname", "apptemplatename"),
    "user": ("useremail", "email", "user", "useridemail"),
    "user_id": ("userid", "useraccountid"),
    "owner": ("owneremail", "appowneremail", "appowner", "owner"),
    "owner_id": ("ownerid", "appownerid"),
    "at": ("timestamp", "datetime", "time", "eventtime", "operationtime", "date", "takenat"),
    "action": ("operation", "action", "operationtype", "eventtype", "activity"),
    "table": ("tablename", "table"),
    "bot": ("botname", "rulename", "automationname"),
    "last": ("lastaccess", "lastaccessed", "lastused", "lastactivity", "lastsync"),
}
_FIELDS = {alias: field for field, aliases in ALIASES.items() for alias in aliases}
_APP = App(name="AppSheet", publisher="Google")
_OK = 300
_FORMATS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S UTC", "%m/%d/%Y")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`access_key` is a reference (env: or file:) to the API key of a team's root or admin, `user_id` their account.

    `region` is the host of the team's data, www.appsheet.com where it is kept nowhere in particular. `columns` maps an
    export's own column names to those known here. `snapshot_hours` is how often the usage report is read.
    """

    access_key: str | None = None
    user_id: str = ""
    region: str = "www.appsheet.com"
    columns: dict[str, str] = {}
    snapshot_hours: float = 24
    base_url: str | None = None

    def __post_init__(self) -> None:
        if self.access_key is not None:
            SecretRef(self.access_key)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """The usage report, whole; its rows get the time they were taken."""
    config = ctx.config
    if config.access_key is None or not config.user_id:
        raise Trouble("failing", "AppSheet: set access_key and user_id of the team's root or an admin")
    base = (config.base_url or f"https://{config.region}").rstrip("/")

    async def ask(window: Window, _token: str | None) -> Listed:
        headers = {"AccessKey": ctx.secret(config.access_key), "UserId": config.user_id}
        answer = await ctx.http.get(
            f"{base}/api/v2/admin/reports/usage", headers=headers, accept=(400, 401, 402, 403, 404)
        )
        if answer.status >= _OK:
            raise _refused(answer.status)
        return Listed(tuple(_rows(answer.content, window.end)))

    async for page in snapshot(ctx, "usage", Places(ctx), ask, timedelta(hours=config.snapshot_hours)):
        yield page


def _refused(status: int) -> Trouble:
    if status in {401, 403}:
        return Trouble("no_permission", "AppSheet: the key's account is neither root nor admin of a team")
    if status in {402, 404}:
        return Trouble("not_licensed", "AppSheet: teams, and their reports, need an Enterprise plan")
    return Trouble("failing", f"AppSheet answered {status}; check access_key and user_id")


def _rows(content: bytes, taken: datetime) -> Iterator[dict[str, str]]:
    """The rows of the CSV. Raises Trouble for a page that is none."""
    text = content.decode("utf-8-sig", "replace")
    if text.lstrip().startswith("<"):
        raise Trouble("failing", "AppSheet answered with a page in place of a CSV; check region")
    for row in csv.DictReader(io.StringIO(text)):
        yield {
            "takenAt": taken.isoformat(),
            **{str(key): value for key, value in row.items() if isinstance(value, str)},
        }


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One row of either. Raises Rejected for one that names no app."""
    cells = _cells(record, config.columns if config else {})
    key = cells.get("app_id") or cells.get("app")
    if key is None:
        raise Rejected("no app: neither a row of AppSheet's audit history nor of its usage report")
    action = cells.get("action")
    if "at" not in cells and (action or "last" not in cells):
        if action is None:
            return Ignored("usage row without the time it was read")
        raise Rejected("no column says when")
    used = action or ("use" if "last" in cells else None)
    at = _moment(cells["last"] if used == "use" else cells["at"])
    return iter((_observation(cells, key.rpartition("/")[2].lower(), used, at),))


def _observation(cells: Mapping[str, str], key: str, used: str | None, at: datetime) -> Observation:
    """Somebody at work in an app: what the history tells, or the report's last access. Else the app as it stands.

    Whoever uses an app is no maker of it: that is no build event. Rows of the report count once a day.
    """
    owner, who = _person(cells, "owner"), _person(cells, "user")
    solution = Solution(
        id=f"appsheet_app:{key}", type="appsheet_app", name=cells.get("app"), owner=owner,
        touches=(cells["table"],) if "table" in cells else (),
    )  # fmt: skip
    told = {"standing": None if used else "true", "bot": "true" if "bot" in cells else None}
    reported = "action" not in cells
    named = f"{SOURCE}:{key}:{(who.email or who.id or '') if who else ''}@{at:%Y-%m-%d}" if reported else ""
    return Observation(
        source=SOURCE, kind=Kind.AUDIT if used else Kind.BUILD, at=at, id=named, actor=who if used else owner, app=_APP,
        action=used or "present", object=Object(type="app", id=key, name=cells.get("app")), solution=solution,
        attributes={name: value for name, value in told.items() if value},
    )  # fmt: skip


def _cells(record: Any, columns: Mapping[str, str]) -> dict[str, str]:
    """What stands under each known column. Raises Rejected for what is no row."""
    if not isinstance(record, dict):
        raise Rejected("not a row with columns")
    found: dict[str, str] = {}
    for column, value in record.items():
        given = columns.get(column, column) if isinstance(column, str) else ""
        field = _FIELDS.get(re.sub(r"[^0-9a-z]", "", given.lower()), given if given in ALIASES else "")
        plain = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if field and plain and field not in found:
            found[field] = plain
    return found


def _person(cells: Mapping[str, str], field: str) -> Actor | None:
    mail, key = cells.get(field, ""), cells.get(f"{field}_id")
    made = Actor(email=mail.lower(), id=None) if "@" in mail else Actor(id=key or mail or None)
    return made if made != Actor() else None


def _moment(given: str) -> datetime:
    """A time in one of the spellings that Google's exports have; without a zone it is UTC. Raises Rejected."""
    try:
        found = datetime.fromisoformat(given)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    for form in _FORMATS:
        try:
            return datetime.strptime(given, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise Rejected("the column that says when holds no time")


def recognise(record: Any) -> float:
    """How much a row's columns look like those of either: an app's id, a user, and a word only AppSheet has."""
    try:
        cells = _cells(record, {})
    except Rejected:
        return 0.0
    if "app_id" not in cells or not cells.keys() & {"user", "user_id"}:
        return 0.0
    known = cells.keys() & {"app", "action", "table", "owner", "last", "bot"}
    return round(min(0.9, 0.3 + 0.2 * len(known)), 2)


def action_of(record: Any) -> str | None:
    """The operation an audit row names."""
    try:
        return _cells(record, {}).get("action")
    except Rejected:
        return None


CONNECTOR = Connector(
    name=SOURCE,
    title="AppSheet audit history and usage",
    kinds=(Kind.AUDIT, Kind.BUILD),
    how=("pull", "file", "push"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="csv",
    config=Config,
    fetch=fetch,
    docs="https://support.google.com/appsheet/answer/11918345",
    permissions=("root or admin of the AppSheet team", "an API key of that account"),
    granted_in="AppSheet > My account > Settings > API settings > Generate Api Key; the role: My team > Members",
    plan="AppSheet Enterprise; teams",
    cursor="time of the last whole report; files whole",
    lateness=timedelta(minutes=5),
    max_back=timedelta(days=53),
    every=timedelta(hours=6),
    evidence="unverified",
    samples=("appsheet/audit.csv", "appsheet/usage.csv"),
    secrets=("access_key",),
)
