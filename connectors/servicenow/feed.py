"""Rows of tables: the log of Now Assist and changes by when they were made, what stands once a day.

`GET /api/now/table/NAME?sysparm_query=…&sysparm_fields=…&sysparm_limit=…&sysparm_offset=…`. Only the named columns are
asked for: prompts, answers, old and new values, instructions and secrets stay where they are. A time in a query is read
in the time zone of the user who asks, `value` is always UTC: the user's time zone is to be GMT. Rows a user may not see
are left out without a word, and so is a column; a table that is not there is answered 400 or 404.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from connectors.base import Fetch, Page, Trouble
from connectors.servicenow.record import OF_AI, value
from connectors.shared.auditlog import Session, Signed, access_token, maybe
from connectors.shared.graph.values import text
from connectors.shared.walks import Listed, Listing, Places, Window, forward, several, snapshot

_SIZE = 1000
_OK = 200
_MADE = "sys_id,sys_created_on,sys_created_by"
_KEPT = f"{_MADE},sys_updated_by,name,active"
_CHANGED = "^OR".join(f"tablenameSTARTSWITH{prefix}" for prefix in OF_AI)


class _Table(NamedTuple):
    name: str
    columns: str
    query: str = ""
    stands: bool = False


_TABLES = {
    "usage": _Table(
        "sys_gen_ai_usage_log",
        f"{_MADE},status,execution_type,feature,skill_config_id,plugin_name,document_table,assists",
    ),
    "changes": _Table("sys_audit", f"{_MADE},user,tablename,fieldname,documentkey", _CHANGED),
    "agents": _Table("sn_aia_agent", f"{_KEPT},run_as,agent_type", stands=True),
    "applications": _Table("oauth_entity", f"{_KEPT},client_id,type", stands=True),
    "services": _Table("sys_rest_message", f"{_KEPT},rest_endpoint", stands=True),
}
STREAMS = tuple(_TABLES)
_REFUSALS = {
    400: Trouble("not_enabled", "the instance has no such table: the plugin is not installed"),
    401: Trouble("failing", "the access token is not accepted; check the OAuth client and its user"),
    403: Trouble("no_permission", "the user may not read a table; see the roles and access rules it needs"),
    404: Trouble("not_enabled", "the instance has no such table: the plugin is not installed"),
}


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of every table, each with its own progress."""
    config, places = ctx.config, Places(ctx)
    base = (config.base_url or f"https://{config.instance}.service-now.com").rstrip("/")

    async def sign_in() -> Signed:
        form = {
            "grant_type": "client_credentials", "client_id": config.client_id,
            "client_secret": ctx.secret(config.client_secret),
        }  # fmt: skip
        body = await access_token(ctx, f"{base}/oauth_token.do", data=form)
        return Signed(base, {"Authorization": f"Bearer {body['access_token']}"})

    session = Session(ctx, sign_in, refusals=_REFUSALS)
    every = timedelta(hours=config.snapshot_hours)

    def walk(stream: str) -> AsyncIterator[Page]:
        table = _TABLES[stream]
        if table.stands:
            return snapshot(ctx, stream, places, _listing(session, table), every)
        return forward(ctx, stream, places, _since(ctx, session, table), _made)

    async for page in several(ctx, {name: walk(name) for name in config.streams}):
        yield page


def _since(ctx: Fetch, session: Session, table: _Table) -> Listing:
    async def ask(window: Window, token: str | None) -> Listed:
        wanted = [f"sys_created_on>={_written(window.begin)}"]
        if ctx.until is not None:
            wanted.append(f"sys_created_on<{_written(window.end)}")
        if table.query:
            wanted.append(table.query)
        return await _page(session, table, [*wanted, "ORDERBYsys_created_on", "ORDERBYsys_id"], token, {})

    return ask


def _listing(session: Session, table: _Table) -> Listing:
    async def ask(window: Window, token: str | None) -> Listed:
        return await _page(session, table, ["ORDERBYsys_id"], token, {"taken_at": window.end.isoformat()})

    return ask


async def _page(session: Session, table: _Table, query: list[str], token: str | None, told: dict[str, str]) -> Listed:
    """One page; a table that stands but is not there has no rows. Raises Trouble."""
    offset = int(token or 0)
    params = {
        "sysparm_query": "^".join(query), "sysparm_fields": table.columns, "sysparm_display_value": "all",
        "sysparm_exclude_reference_link": "true", "sysparm_limit": str(_SIZE), "sysparm_offset": str(offset),
    }  # fmt: skip
    accept = (400, 404) if table.stands else ()
    answer = await session.get(f"/api/now/table/{table.name}", params, accept=accept, resumed=bool(token))
    if answer.status != _OK:
        return Listed(())
    rows = answer.body.get("result") if isinstance(answer.body, dict) else None
    if not isinstance(rows, list):
        raise Trouble("failing", f"{table.name} was answered without a result")
    marked = tuple({**row, "table_name": table.name, **told} if isinstance(row, dict) else row for row in rows)
    linked = 'rel="next"' in (text(answer.headers.get("link")) or "")
    return Listed(marked, str(offset + _SIZE) if rows and (linked or len(rows) == _SIZE) else None)


def _made(record: Any) -> datetime | None:
    return maybe(value(record, "sys_created_on")) if isinstance(record, dict) else None


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
