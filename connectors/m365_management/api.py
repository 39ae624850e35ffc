"""The requests of the Management Activity API, and what its errors mean.

Reference: MicrosoftDocs/office-365-management-api, office-365-management-activity-api-reference.md.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from connectors.base import Fetch, Response, Trouble
from connectors.shared.graph import Bearer
from schemas.secretref import SecretRef

_OK = 300
_READ_HERE = (400, 401, 403, 404, 410)
_ALREADY_ON, _NOT_ON, _SWITCHED_OFF, _NO_PERMISSION = "AF20024", "AF20022", "AF20023", "AF10001"
_GONE = {"AF20050", "AF20051", "AF20052"}
_AUDIT_OFF = {"AF20011", "AF20012"}
_ROOTS = {
    "commercial": ("https://manage.office.com", "https://login.microsoftonline.com"),
    "gcc": ("https://manage-gcc.office.com", "https://login.microsoftonline.com"),
    "gcc_high": ("https://manage.office365.us", "https://login.microsoftonline.us"),
    "dod": ("https://manage.protection.apps.mil", "https://login.microsoftonline.us"),
}
"""The API's root and the sign-in host per cloud; the latter by the national clouds page."""
ContentType = Literal["Audit.General", "Audit.Exchange", "Audit.SharePoint", "Audit.AzureActiveDirectory", "DLP.All"]


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`client_secret` is a reference (env: or file:). `base_url` and `login_url` override the cloud's addresses.

    `publisher_id` is the tenant that is billed for the requests' quota; the tenant itself where not given.
    """

    tenant_id: str
    client_id: str
    client_secret: str
    content_types: tuple[ContentType, ...] = (
        "Audit.General", "Audit.AzureActiveDirectory", "DLP.All", "Audit.Exchange", "Audit.SharePoint",
    )  # fmt: skip
    cloud: Literal["commercial", "gcc", "gcc_high", "dod"] = "commercial"
    base_url: str | None = None
    login_url: str | None = None
    publisher_id: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)


class Blob(msgspec.Struct):
    """One entry of a content list."""

    content_id: str
    uri: str
    created: datetime


class Passing(Exception):
    """A blob that may be read another time."""


class Lost(Exception):
    """A blob that can't be read any more."""


class Api:
    """The requests; the token is asked for anew once where it is refused."""

    def __init__(self, ctx: Fetch) -> None:
        self.ctx, config = ctx, ctx.config
        base, login = _ROOTS[config.cloud]
        self._base = (config.base_url or base).rstrip("/")
        self._bearer = Bearer(ctx, login=config.login_url or login, scope=f"{base}/.default")
        self._root = f"{self._base}/api/v1.0/{config.tenant_id}/activity/feed"
        self._publisher = {"PublisherIdentifier": config.publisher_id or config.tenant_id}

    async def listed(self, content_type: str, begin: datetime, end: datetime) -> list[Blob]:
        """All entries of a window of at most 24 hours; starts the subscription where there is none."""
        params: dict[str, str] | None = {
            "contentType": content_type, "startTime": _time(begin), "endTime": _time(end), **self._publisher,
        }  # fmt: skip
        url, seen, blobs = f"{self._root}/subscriptions/content", set[str](), list[Blob]()
        answer = await self._asked("GET", url, params)
        if _code(answer) == _NOT_ON:
            await self._start(content_type)
            answer = await self._asked("GET", url, params)
        while True:
            if answer.status >= _OK:
                if _code(answer) == _NOT_ON:  # started a moment ago: not known everywhere yet
                    return []
                raise _trouble(answer, content_type)
            blobs.extend(_blobs(answer.json()))
            following = _header(answer, "nextpageuri")
            if following is None:
                return blobs
            if following in seen:
                raise Trouble("failing", f"{content_type}: the list repeats a page")
            seen.add(following)
            answer = await self._asked("GET", following, None)

    async def content(self, blob: Blob) -> list[Any]:
        """The records of a blob. Raises Passing where it may come later, Lost where it won't."""
        try:
            answer = await self._asked("GET", blob.uri, self._publisher)
            body = answer.json() if answer.status < _OK else None
        except Trouble:
            raise
        except Exception as failure:
            limited = getattr(failure, "retry_after", 0.0) is not None
            if limited and not isinstance(failure, ValueError):
                raise
            raise Passing(type(failure).__name__) from None
        if isinstance(body, list):
            return body
        if answer.status in {404, 410} or _code(answer) in _GONE:
            raise Lost(_code(answer) or str(answer.status))
        if answer.status < _OK:
            raise Passing("not a JSON array")
        raise _trouble(answer, "content")

    async def _start(self, content_type: str) -> None:
        params = {"contentType": content_type, **self._publisher}
        answer = await self._asked("POST", f"{self._root}/subscriptions/start", params)
        if answer.status >= _OK and _code(answer) != _ALREADY_ON:
            raise _trouble(answer, content_type)

    async def _asked(self, method: str, url: str, params: Mapping[str, str] | None) -> Response:
        if urlsplit(url)[:2] != urlsplit(self._base)[:2]:
            raise Trouble("failing", "the feed names another host; the token is not sent there")
        if "PublisherIdentifier=" in url:
            params = None
        for again in (False, True):
            headers = {"Authorization": f"Bearer {await self._bearer.token(renew=again)}"}
            ask = self.ctx.http.get if method == "GET" else self.ctx.http.post
            answer = await ask(url, params=params, headers=headers, accept=_READ_HERE)
            if answer.status != 401:  # noqa: PLR2004 - unauthorised
                return answer
        raise Trouble("failing", "the feed refuses a fresh token; check tenant_id and the application's consent")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _header(answer: Response, name: str) -> str | None:
    """A header's value; its name is written in several cases."""
    return next((value for key, value in answer.headers.items() if key.lower() == name and value), None)


def _blobs(body: Any) -> list[Blob]:
    if not isinstance(body, list):
        raise Trouble("failing", "the content list is not a JSON array")
    try:
        return [
            Blob(entry["contentId"], entry["contentUri"], _created(entry["contentCreated"])) for entry in body
        ]  # fmt: skip
    except (KeyError, TypeError, ValueError):
        raise Trouble(
            "failing", "the content list has an entry without contentId, contentUri or contentCreated"
        ) from None


def _created(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _code(answer: Response) -> str:
    """The API's own error code, or nothing."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("code", "")) if isinstance(error, dict) else ""


def _trouble(answer: Response, where: str) -> Trouble:
    """What an error means for the operator. Codes: the "Errors" table of the reference."""
    code = _code(answer)
    if answer.status == 403 or code == _NO_PERMISSION:  # noqa: PLR2004 - forbidden
        needed = "ActivityFeed.ReadDlp" if where == "DLP.All" else "ActivityFeed.Read"
        return Trouble("no_permission", f"{where}: grant the application {needed} with admin consent")
    if code in _AUDIT_OFF:
        return Trouble("not_enabled", f"{where}: turn on unified auditing in the tenant ({code})")
    if code == _SWITCHED_OFF:
        return Trouble("not_enabled", f"{where}: an administrator switched the subscription off ({code})")
    return Trouble("failing", f"{where}: the feed answered {answer.status} {code}".rstrip())
