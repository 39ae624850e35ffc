"""The requests of the Reports API, and what its errors mean.

Request: https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities/list. Errors of the API:
https://developers.google.com/workspace/admin/reports/v1/limits (quota: 403 with a reason, or 429); of the sign-in:
https://developers.google.com/identity/protocols/oauth2/service-account#error-codes. That an edition without an
application's log answers 400 could not be verified against a live tenant.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from connectors.base import Fetch, Response, Trouble
from connectors.shared import google
from connectors.shared.google import GoogleBearer
from connectors.shared.walks import rfc3339
from schemas.secretref import SecretRef

BASE = "https://admin.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/admin.reports.audit.readonly"
PAGE = 1000
WAIT = 60.0
"""Seconds to leave the API alone where a quota by the minute is spent."""
_OK, _BAD, _UNAUTHORISED, _GONE = 300, 400, 401, 410
_READ_HERE = (400, 401, 403, 404, 410)
_SPENT = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "RESOURCE_EXHAUSTED"}
_OFF = {"accessNotConfigured", "SERVICE_DISABLED", "domainCannotUseApis"}
Application = Literal[
    "token", "gemini_in_workspace_apps", "drive", "login", "saml", "rules", "chrome", "admin", "meet",
    "workspace_studio", "gemini_notebook", "chat", "calendar",
]  # fmt: skip
READ: tuple[Application, ...] = (
    "token", "gemini_in_workspace_apps", "login", "saml", "rules", "chrome", "admin", "meet", "workspace_studio",
    "gemini_notebook", "drive",
)  # fmt: skip
"""What is read unless told otherwise; `chat` and `calendar` say something only of agents."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`credentials` refers (env: or file:) to a service account's key in JSON; it acts for `subject`, an
    administrator by e-mail address.

    `base_url` and `login_url` override Google's addresses. `customer_id` is needed where a reseller reads another's.
    """

    credentials: str
    subject: str
    applications: tuple[Application, ...] = READ
    customer_id: str | None = None
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.credentials)


class Stale(Exception):
    """The page's token is not accepted any more: the window is read again from its beginning."""


class Api:
    """The requests, with an access token that is renewed before it ends and once when it is refused."""

    def __init__(self, ctx: Fetch) -> None:
        self.ctx, config = ctx, ctx.config
        self._root = f"{(config.base_url or BASE).rstrip('/')}/admin/reports/v1/activity/users/all/applications"
        self._bearer = GoogleBearer(ctx, SCOPE)

    async def page(
        self, application: str, begin: datetime, end: datetime, token: str | None
    ) -> tuple[tuple[Any, ...], str | None]:  # fmt: skip
        """(activities newest first, token of the next page). Raises Trouble, or Stale for an old page token."""
        params = {
            "startTime": rfc3339(begin, "milliseconds"),
            "endTime": rfc3339(end, "milliseconds"),
            "maxResults": str(PAGE),
        }
        params |= {"customerId": self.ctx.config.customer_id} if self.ctx.config.customer_id else {}
        params |= {"pageToken": token} if token else {}
        answer = await self._asked(f"{self._root}/{application}", params)
        if answer.status >= _OK:
            reason = reason_of(answer)
            if token and answer.status in {_BAD, _GONE} and reason not in _SPENT:
                raise Stale
            raise trouble(answer.status, reason, application)
        body = answer.json()
        found = body.get("items", []) if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise Trouble("failing", f"{application}: the API answered something else than activities")
        following = body.get("nextPageToken")
        return tuple(found), following if isinstance(following, str) and following else None

    async def _asked(self, url: str, params: Mapping[str, str]) -> Response:
        for again in (False, True):
            headers = {"Authorization": f"Bearer {await self._bearer.token(renew=again)}", "Accept": "application/json"}
            answer = await self.ctx.http.get(url, params=params, headers=headers, accept=_READ_HERE)
            if answer.status != _UNAUTHORISED:
                return answer
        raise Trouble(
            "no_permission",
            f"{self.ctx.config.subject} may not read activity records; give this administrator the privilege Reports",
        )


def reason_of(answer: Response) -> str:
    """The API's own word for an error; nothing for an error page without JSON."""
    try:
        return google.reason_of(answer.json())
    except Exception:  # noqa: BLE001 - an error page without JSON has no reason
        return ""


def trouble(status: int, reason: str, application: str) -> Trouble:
    """What an error of the API means for the operator."""
    if reason in _SPENT:
        return Trouble("failing", f"the quota of the Cloud project is spent ({reason})", WAIT)
    if reason in _OFF:
        return Trouble(
            "not_enabled", f"the API is not switched on ({reason}): Admin SDK API in the Cloud project, and API "
            "access in the Admin console",
        )  # fmt: skip
    if status == 403:  # noqa: PLR2004 - forbidden
        return Trouble(
            "no_permission",
            f"{application}: not authorised ({reason}); grant the scope {SCOPE} and the privilege Reports",
        )
    if status in {_BAD, 404}:
        missing = f"{application}: this edition has no such log ({reason or status})"
        return Trouble("not_licensed", f"{missing}; leave it out of the setting `applications`")
    return Trouble("failing", f"{application}: the API answered {status} {reason}".rstrip())
