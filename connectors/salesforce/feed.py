"""Event log files by when they were made, changes and requests by when they happened, what stands once a day.

A file is a page of its own. Its `CreatedDate` is when it arrived (`LogDate` is the day of its events): a late event
makes another file with a higher `Sequence` that holds the addition only. Hourly and daily files hold the same events:
one `interval` is read. A walk goes on after the file it read last: its date and id are the token.
"""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Fetch, Page, Trouble
from connectors.salesforce.genai import COLUMNS
from connectors.shared.auditlog import Session, Signed, access_token, maybe, names_ai
from connectors.shared.walks import Listed, Listing, Places, Window, forward, several, snapshot

STREAMS = ("event_log", "setup", "agents", "tokens", "genai")
_FILES = "SELECT Id,EventType,CreatedDate,LogDate,Interval,Sequence,LogFileLength FROM EventLogFile"
_SETUP = (
    "SELECT Id,Action,Section,CreatedDate,CreatedById,CreatedBy.Username,CreatedByContext,Display FROM SetupAuditTrail"
)
_AGENTS = (
    "SELECT Id,DeveloperName,MasterLabel,CreatedDate,CreatedBy.Username,LastModifiedBy.Username FROM BotDefinition"
)
_TOKENS = "SELECT Id,AppName,UserId,User.Username,CreatedDate,LastUsedDate,UseCount FROM OauthToken"
_REFUSALS = {
    400: Trouble("not_enabled", "Salesforce does not know what was asked for: the feature is not switched on here"),
    401: Trouble("failing", "the session is not accepted; check the connected app"),
    403: Trouble(
        "no_permission", "the connected app's user lacks a permission: API Enabled, View Event Log Files, "
        "View Setup and Configuration, Manage Users"
    ),
    404: Trouble("not_licensed", "what was asked for does not exist in this edition"),
}  # fmt: skip


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of every stream, each with its own progress."""
    config, places = ctx.config, Places(ctx)
    org = _Org(ctx)
    every = timedelta(hours=config.snapshot_hours)
    made = {
        "event_log": lambda: forward(ctx, "event_log", places, _Files(org).ask, _arrived),
        "setup": lambda: forward(ctx, "setup", places, org.since(_SETUP, "CreatedDate"), _arrived),
        "genai": lambda: forward(ctx, "genai", places, org.since(_GENAI, "timestamp__c"), _asked),
        "agents": lambda: snapshot(ctx, "agents", places, org.standing(_AGENTS), every),
        "tokens": lambda: snapshot(ctx, "tokens", places, org.standing(_TOKENS), every),
    }
    async for page in several(ctx, {name: made[name]() for name in config.streams}):
        yield page


_GENAI = f"SELECT {','.join(COLUMNS)} FROM GenAIGatewayRequest__dlm"


class _Org:
    """One organisation for one run: its session, and the lists its API pages by `nextRecordsUrl`."""

    def __init__(self, ctx: Fetch) -> None:
        self.config = ctx.config
        self.data = f"/services/data/{ctx.config.version}"
        self._ctx = ctx
        self.session = Session(ctx, self._sign_in, refusals=_REFUSALS, gone=(400, 404))

    async def _sign_in(self) -> Signed:
        base = self.config.base_url or f"https://{self.config.domain}"
        form = {
            "grant_type": "client_credentials", "client_id": self.config.client_id,
            "client_secret": self._ctx.secret(self.config.client_secret),
        }  # fmt: skip
        body = await access_token(self._ctx, f"{base.rstrip('/')}/services/oauth2/token", data=form)
        instance = self.config.base_url or body.get("instance_url") or base
        return Signed(str(instance), {"Authorization": f"Bearer {body['access_token']}"})

    async def query(self, soql: str, token: str | None = None) -> Listed:
        """One page of a query, or the page a token names. Raises Trouble."""
        path = token or f"{self.data}/query"
        answer = await self.session.get(path, None if token else {"q": soql}, resumed=bool(token))
        body = answer.body if isinstance(answer.body, dict) else {}
        if not isinstance(body.get("records"), list):
            raise Trouble("failing", "a query was answered without records")
        following = body.get("nextRecordsUrl")
        return Listed(tuple(body["records"]), following if isinstance(following, str) else None)

    def since(self, soql: str, clock: str) -> Listing:
        """What a clock of the API says came in a window, oldest first."""

        async def ask(window: Window, token: str | None) -> Listed:
            bounds = f" WHERE {clock} >= {_soql(window.begin)}"
            if self._ctx.until is not None:
                bounds += f" AND {clock} < {_soql(window.end)}"
            return await self.query(f"{soql}{bounds} ORDER BY {clock}", token)

        return ask

    def standing(self, soql: str) -> Listing:
        """What stands, with the time it was listed."""

        async def ask(window: Window, token: str | None) -> Listed:
            page = await self.query(soql, token)
            taken = {"taken_at": window.end.isoformat()}
            return page._replace(records=tuple({**one, **taken} for one in page.records if isinstance(one, dict)))

        return ask


class _Files:
    """The event log files of a run, a file a page. The token is `CreatedDate Id` of the file read last.

    A page's first record is the file itself, so that the walk's clock is when files were made. The last page has the
    last file of the list, wanted or not: a day without a file of the wanted types is known then, too.
    """

    def __init__(self, org: _Org) -> None:
        self._org = org
        self._left: list[dict[str, Any]] | None = None
        self._more: str | None = None

    async def ask(self, window: Window, token: str | None) -> Listed:
        """The rows of the next wanted file; no rows where there is none left."""
        if self._left is None:
            await self._list(window, token)
        while self._left and not self._wanted(self._left[0]):
            last = self._left.pop(0)
            if not self._left:
                await self._next()
            if not self._left:
                return Listed((_listed(last),))
        if not self._left:
            return Listed(())
        file = self._left.pop(0)
        rows = await self._rows(file["Id"])
        if not self._left:
            await self._next()
        return Listed((_listed(file), *rows), _token(file) if self._left else None)

    async def _list(self, window: Window, token: str | None) -> None:
        begin = token.partition(" ")[0] if token else _soql(window.begin)
        interval = self._org.config.interval
        bounds = f"CreatedDate >= {begin} AND CreatedDate < {_soql(window.end)} AND Interval = '{interval}'"
        page = await self._org.query(f"{_FILES} WHERE {bounds} ORDER BY CreatedDate,Id")
        self._left = [file for file in _files(page) if _token(file) > (token or "")]
        self._more = page.following

    async def _next(self) -> None:
        while not self._left and self._more:
            page = await self._org.query("", self._more)
            self._left, self._more = _files(page), page.following

    def _wanted(self, file: dict[str, Any]) -> bool:
        kind = file.get("EventType")
        return isinstance(kind, str) and (kind in self._org.config.event_types or names_ai(kind))

    async def _rows(self, key: str) -> list[dict[str, Any]]:
        content = await self._org.session.file(f"{self._org.data}/sobjects/EventLogFile/{key}/LogFile", "text/csv")
        return [dict(row) for row in csv.DictReader(io.StringIO(content.decode("utf-8", "replace")))]


def _files(page: Listed) -> list[dict[str, Any]]:
    return [one for one in page.records if isinstance(one, dict) and isinstance(one.get("Id"), str)]


def _listed(file: dict[str, Any]) -> dict[str, Any]:
    return {"id": file["Id"], "CreatedDate": file.get("CreatedDate"), "attributes": {"type": "EventLogFile"}}


def _token(file: dict[str, Any]) -> str:
    made = maybe(file.get("CreatedDate"))
    return f"{_soql(made) if made else ''} {file['Id']}"


def _arrived(record: Any) -> datetime | None:
    return maybe(record.get("CreatedDate")) if isinstance(record, dict) else None


def _asked(record: Any) -> datetime | None:
    return maybe(record.get("timestamp__c")) if isinstance(record, dict) else None


def _soql(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
