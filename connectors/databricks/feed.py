"""Rows of `system.access.audit` by windows of six hours, as a SQL warehouse answers them.

A statement (`POST /api/2.0/sql/statements`, waiting at most 50 seconds) answers `status.state` and `result` with rows
as arrays of text; a result of several chunks is read on at `/api/2.0/sql/statements/{id}/result/chunks/{n}`. Only what
`record.py` reads is asked for: of the parameters of a request the names below, never the whole. A statement that takes
longer is cancelled and told.
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

from connectors.base import Fetch, Page, Trouble
from connectors.shared.auditlog import Signed, access_token
from connectors.shared.graph.values import text, under
from connectors.shared.walks import Api, Listed, Places, Window, windows

_PATH = "/api/2.0/sql/statements"
_SPAN = timedelta(hours=6)
_COLUMNS = (
    "event_time", "event_id", "workspace_id", "account_id", "source_ip_address", "user_agent", "service_name",
    "action_name", "request_id",
)  # fmt: skip
_PARAMS = (
    "space_id", "name", "endpoint_name", "index_name", "experimentId", "experimentName", "title", "display_name",
    "full_name_arg", "client_id", "scope",
)  # fmt: skip
_SERVICES = (
    "aibiGenie", "serverlessRealTimeInference", "vectorSearch", "mlflowExperiment", "modelRegistry", "featureStore",
)  # fmt: skip
_REFUSALS = {
    400: Trouble("failing", "the statement is not taken; check the id of the warehouse"),
    401: Trouble("failing", "the service principal's token is not accepted"),
    403: Trouble("no_permission", "the service principal may not use the warehouse: CAN USE is needed"),
    404: Trouble("failing", "there is no such warehouse, or no statement execution in this workspace"),
}


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of six hours after six hours, a chunk of a result each."""
    signed = await _sign_in(ctx)
    api = Api(ctx, signed.base, headers=signed.headers, refusals=_REFUSALS, gone=(404,))

    async def ask(window: Window, token: str | None) -> Listed:
        if token:
            statement, _, chunk = token.partition(" ")
            answer = await api.get(f"{_PATH}/{statement}/result/chunks/{chunk}", resumed=True)
            return _listed(statement, under({"body": answer.body}, "body"))
        answer = await api.post(_PATH, _statement(ctx.config.warehouse, window))
        body = under({"body": answer.body}, "body")
        _succeeded(body)
        return _listed(text(body.get("statement_id")) or "", under(body, "result"))

    async for page in windows(ctx, "audit", Places(ctx), ask, _SPAN):
        yield page


async def _sign_in(ctx: Fetch) -> Signed:
    base = ctx.config.workspace.rstrip("/")
    pair = b64encode(f"{ctx.config.client_id}:{ctx.secret(ctx.config.client_secret)}".encode()).decode()
    form = {"grant_type": "client_credentials", "scope": "all-apis"}
    body = await access_token(ctx, f"{base}/oidc/v1/token", data=form, headers={"Authorization": f"Basic {pair}"})
    return Signed(base, {"Authorization": f"Bearer {body['access_token']}"})


def _statement(warehouse: str, window: Window) -> dict[str, Any]:
    """The request for a window's rows: of AI services, of models in Unity Catalog, and of tokens applications got."""
    params = ", ".join(f"'{name}', try_element_at(request_params, '{name}')" for name in _PARAMS)
    services = ", ".join(f"'{name}'" for name in _SERVICES)
    return {
        "warehouse_id": warehouse,
        "statement": (
            f"SELECT {', '.join(_COLUMNS)}, user_identity.email AS email, response.status_code AS status_code, "
            f"to_json(map({params})) AS request_params FROM system.access.audit "
            "WHERE event_time >= :begin AND event_time < :end AND event_date >= to_date(:begin) "
            f"AND (service_name IN ({services}) OR action_name = 'mintOAuthToken' "
            "OR (service_name = 'unityCatalog' AND contains(action_name, 'Model'))) ORDER BY event_time"
        ),
        "parameters": [
            {"name": "begin", "value": window.begin.isoformat(), "type": "TIMESTAMP"},
            {"name": "end", "value": window.end.isoformat(), "type": "TIMESTAMP"},
        ],
        "wait_timeout": "50s", "on_wait_timeout": "CANCEL", "format": "JSON_ARRAY", "disposition": "INLINE",
    }  # fmt: skip


def _succeeded(body: dict[str, Any] | Any) -> None:
    """Raises Trouble where a statement did not come to its end."""
    status = under(body, "status")
    state = text(status.get("state"))
    if state == "SUCCEEDED":
        return
    said = text(under(status, "error").get("message")) or ""
    if "PERMISSION" in said.upper():
        raise Trouble("no_permission", "the service principal may not read system.access.audit: SELECT is needed")
    if "NOT_FOUND" in said.upper():
        raise Trouble("not_enabled", "there is no system.access.audit: the system schema access is not enabled")
    raise Trouble("failing", f"the statement ended as {(state or 'nothing')[:40]}")


def _listed(statement: str, result: Any) -> Listed:
    rows = result.get("data_array") if isinstance(result, dict) else None
    following = result.get("next_chunk_index") if isinstance(result, dict) else None
    token = f"{statement} {following}" if isinstance(following, int) and statement else None
    return Listed(tuple(_row(row) for row in rows or () if isinstance(row, list)), token)


def _row(values: Sequence[Any]) -> dict[str, Any]:
    """A row as the table has it: columns by name, the person and the status where an event has them."""
    names = (*_COLUMNS, "email", "status_code", "request_params")
    row = {name: value for name, value in zip(names, values, strict=False) if value is not None}
    email, status = row.pop("email", None), row.pop("status_code", None)
    return {**row, "user_identity": {"email": email}, "response": {"status_code": status}}
