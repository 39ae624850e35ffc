"""Pulling: the whole inventory every so often, by the inventory API.

API: https://learn.microsoft.com/power-platform/admin/inventory-api (read 2026-11-21; MicrosoftDocs/power-platform:
power-platform/admin/inventory-api.md): POST resourcequery/resources/query, pages by `skipToken`, `resultTruncated`
where more is there. It takes a signed-in person's token only and answers an application's with 403. A clause begins
with its `$type`; names of environments come by the join that the admin center itself uses.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Fetch, Page, Trouble
from connectors.power_platform.inventory import KINDS
from connectors.shared.graph import Bearer, Signed
from connectors.shared.walks import Answer, Listed, Places, Window, rfc3339, snapshot
from schemas.secretref import SecretRef

BASE, LOGIN = "https://api.powerplatform.com", "https://login.microsoftonline.com"
PATH = "/resourcequery/resources/query"
VERSION = {"api-version": "2024-10-01"}
TOP = 1000
_NAMES = [
    "joinKey = tolower(name)",
    "environmentName = properties.displayName",
    "environmentType = properties.environmentType",
]
_ENVIRONMENTS = {
    "TableName": "PowerPlatformResources",
    "Clauses": [
        {"$type": "where", "FieldName": "type", "Operator": "==", "Values": ["'microsoft.powerplatform/environments'"]},
        {"$type": "project", "FieldList": _NAMES},
    ],
}
CLAUSES: list[dict[str, Any]] = [
    {"$type": "where", "FieldName": "type", "Operator": "in~", "Values": [f"'{kind}'" for kind in KINDS]},
    {"$type": "extend", "FieldName": "joinKey", "Expression": "tolower(tostring(properties.environmentId))"},
    {
        "$type": "join", "JoinKind": "leftouter", "RightTable": _ENVIRONMENTS, "LeftColumnName": "joinKey",
        "RightColumnName": "joinKey",
    },
    {"$type": "orderby", "FieldNamesAscDesc": {"type": "asc", "name": "asc"}},
]  # fmt: skip
_REFUSALS = {
    401: Trouble("failing", "Power Platform refuses a fresh token; sign in again and renew refresh_token"),
    403: Trouble(
        "no_permission",
        "Power Platform: the inventory is for a signed-in Power Platform Administrator, Global Reader or AI Reader; "
        "set refresh_token of such a person, with ResourceQuery.Resources.Read granted to the application",
    ),
}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`refresh_token` and `client_secret` are references (env: or file:); a public client has no secret.

    `refresh_token` is of a sign-in to the application by the person whose roles see the inventory; without it the
    application signs in itself, which the API refused when this was written. `snapshot_hours` is how often the whole is
    read. `base_url` and `login_url` override the addresses.
    """

    tenant_id: str
    client_id: str
    refresh_token: str | None = None
    client_secret: str | None = None
    snapshot_hours: float = 24
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        for reference in (self.refresh_token, self.client_secret):
            if reference is not None:
                SecretRef(reference)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of the inventory, each row with the time it was taken."""
    config = ctx.config
    if config.refresh_token is None and config.client_secret is None:
        raise Trouble("failing", "Power Platform: set refresh_token, or client_secret")
    api = _api(ctx)

    async def ask(window: Window, token: str | None) -> Listed:
        options: dict[str, Any] = {"Top": TOP, **({"SkipToken": token} if token else {"Skip": 0})}
        query = {"TableName": "PowerPlatformResources", "Clauses": CLAUSES, "Options": options}
        answer = await api.post(PATH, query, VERSION, resumed=token is not None)
        return _listed(answer.body, rfc3339(window.end))

    every = timedelta(hours=config.snapshot_hours)
    async for page in snapshot(ctx, "inventory", Places(ctx), ask, every):
        yield page


def _api(ctx: Fetch) -> Signed:
    config = ctx.config
    login = config.login_url or LOGIN
    bearer = Bearer(ctx, login=login, scope=f"{BASE}/.default", refresh_token=config.refresh_token)
    return Signed(ctx, config.base_url or BASE, bearer, said=_refused)


def _refused(answer: Answer) -> Trouble | None:
    return _REFUSALS.get(answer.status)


def _listed(body: Any, taken: str) -> Listed:
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise Trouble("failing", "Power Platform answered 200 without rows")
    following = body.get("skipToken")
    following = following if isinstance(following, str) and following else None
    cut = str(body.get("resultTruncated", 0)).lower() in {"1", "true"} and following is None
    return Listed(tuple({"takenAt": taken, "entry": row} for row in rows), following, whole=not cut)
