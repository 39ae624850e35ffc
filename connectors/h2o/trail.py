"""Asking the Audit Trail: an access token for a refresh token at the cloud's identity provider, then pages of events.

As the vendor's package does it: h2o_audit_trail/login.py (`login_custom`) and connection_config.py; the token endpoint
is what OpenID Connect discovery names, on the issuer's own host.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from connectors.base import Fetch, Page, Trouble
from connectors.shared.auditlog import maybe
from connectors.shared.graph.values import text
from connectors.shared.walks import Api, Listed, Places, Window, newest_first, rfc3339
from schemas.secretref import SecretRef

PERMISSION = "actions/audittrail/events/search, for all workspaces (the action's exact name is unverified)"
GRANTED_IN = "H2O AI Cloud > Administration > Roles (an auditor's role); token: the user icon > CLI & API access"
_PAGE = 500
_REFUSED = (400, 401, 403)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`endpoint` is the Audit Trail's address, `issuer` and `client_id` the cloud's identity provider and client.

    `refresh_token` is a reference (env: or file:) to a platform token, `client_secret` where the client has a secret.
    """

    endpoint: str
    issuer: str
    client_id: str
    refresh_token: str
    client_secret: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.refresh_token)
        if self.client_secret is not None:
            SecretRef(self.client_secret)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """The trail from its newest event down to what is known. Raises Trouble."""
    api = Api(
        ctx, ctx.config.endpoint, headers={"Authorization": f"Bearer {await _token(ctx)}"},
        refusals={
            401: Trouble("failing", "the access token is not accepted; check issuer and client_id"),
            403: Trouble("no_permission", f"the token's owner lacks {PERMISSION}; grant it in {GRANTED_IN}"),
            404: Trouble("not_enabled", "no Audit Trail at this endpoint; ask discovery for `audit-trail`"),
        },
        gone=(400,),
    )  # fmt: skip

    async def ask(window: Window, token: str | None) -> Listed:
        wanted = {
            "startEventTime": rfc3339(window.begin, "microseconds"),
            "endEventTime": rfc3339(window.end, "microseconds"),
        }
        asked = {"filter": wanted, "pageSize": _PAGE, **({"pageToken": token} if token else {})}
        body = (await api.post("/v1/events:search", asked, resumed=token is not None)).body
        if not isinstance(body, dict) or not isinstance(body.get("events", []), list):
            raise Trouble("failing", "the Audit Trail answered something else than events")
        return Listed(tuple(body.get("events", [])), text(body.get("nextPageToken")))

    async for page in newest_first(ctx, "events", Places(ctx), ask, _at):
        yield page


def _at(record: Any) -> datetime | None:
    return maybe(record.get("eventTime")) if isinstance(record, dict) else None


async def _token(ctx: Fetch) -> str:
    """An access token. Raises Trouble where the identity provider gives none."""
    config: Config = ctx.config
    found = await ctx.http.get(f"{config.issuer.rstrip('/')}/.well-known/openid-configuration")
    about = found.json()
    where = text(about.get("token_endpoint")) if isinstance(about, dict) else None
    if where is None or urlsplit(where)[:2] != urlsplit(config.issuer)[:2]:
        raise Trouble("failing", "the issuer names no token endpoint of its own; check issuer")
    asked = {
        "grant_type": "refresh_token", "refresh_token": ctx.secret(config.refresh_token), "client_id": config.client_id,
        **({"client_secret": ctx.secret(config.client_secret)} if config.client_secret else {}),
    }  # fmt: skip
    answer = await ctx.http.post(where, data=asked, accept=_REFUSED)
    body = answer.json() if answer.status not in _REFUSED else {}
    token = text(body.get("access_token")) if isinstance(body, dict) else None
    if token is None:
        raise Trouble("failing", "the platform token is not accepted; make a new one (CLI & API access)")
    return token
