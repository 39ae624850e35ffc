"""Polling the System Log: its own next link is the cursor, and a bounded request ends.

API: okta/okta-developer-docs, System Log query (https://developer.okta.com/docs/reference/system-log-query/). Polling
(ascending, no `until`) is ordered by persistence and never ends: every answer has a `rel="next"` link, an empty one
too; that link is the cursor. A bounded request (with `until`) is ordered by publication and ends. Tokens:
https://help.okta.com/en-us/Content/Topics/security/api.htm. Signing in with a private key (OAuth) is left out: it could
not be verified against a live organisation.
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from connectors.base import Fetch, Page, Response, Trouble
from connectors.shared.walks import rfc3339
from schemas.secretref import SecretRef

LIMIT = 1000
_LINK = re.compile(r'<([^>]*)>\s*;[^,<]*?rel="?next"?', re.IGNORECASE)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is a reference (env: or file:) to an API token. `org` is the host, `acme.okta.com`.

    `base_url` overrides the address made of it.
    """

    org: str
    token: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages in the order the log keeps them. Polling ends at the first page not full; its link is the cursor."""
    base = (ctx.config.base_url or f"https://{ctx.config.org}").rstrip("/")
    params = {"since": rfc3339(ctx.since, "milliseconds"), "sortOrder": "ASCENDING", "limit": str(LIMIT)}
    if ctx.until:
        params["until"] = rfc3339(ctx.until, "milliseconds")
    start = f"{base}/api/v1/logs"
    url, asked = (ctx.cursor, None) if ctx.cursor and not ctx.until else (start, params)
    seen: set[str] = set()
    while True:
        _same_host(url, base)
        answer = await _answer(ctx, url, asked)
        if answer.status == 400 and asked is None and url != start:  # noqa: PLR2004 - a link too old to go on from
            url, asked = start, params
            continue
        records = _records(answer)
        following = _next(answer)
        yield Page(records=records, name=_name(records, url), cursor=None if ctx.until else following)
        ended = not records if ctx.until else len(records) < LIMIT
        if following is None or ended:
            return
        if following in seen:
            raise Trouble("failing", "the log repeats a page")
        seen.add(following)
        url, asked = following, None


async def _answer(ctx: Fetch, url: str, params: Mapping[str, str] | None) -> Response:
    headers = {"Authorization": f"SSWS {ctx.secret(ctx.config.token)}", "Accept": "application/json"}
    answer = await ctx.http.get(url, params=params, headers=headers, accept=(400, 401, 403))
    if answer.status == 401:  # noqa: PLR2004 - unauthorised
        raise Trouble("failing", "the API token is not accepted; make a new one")
    if answer.status == 403:  # noqa: PLR2004 - forbidden
        raise Trouble("no_permission", "the token's owner may not read the System Log; give a role that may")
    if answer.status == 400 and params is not None:  # noqa: PLR2004 - bad request
        raise Trouble("failing", "the log does not accept the window asked for")
    return answer


def _records(answer: Response) -> tuple[Any, ...]:
    body = answer.json()
    if not isinstance(body, list):
        raise Trouble("failing", "the log answered something else than a list of events")
    return tuple(body)


def _next(answer: Response) -> str | None:
    """The address of the link `rel="next"`; several links may stand in one header."""
    value = next((value for key, value in answer.headers.items() if key.lower() == "link"), "")
    found = [match[1] for match in _LINK.finditer(value)]
    return found[-1] if found else None


def _same_host(url: str, base: str) -> None:
    if urlsplit(url)[:2] != urlsplit(base)[:2]:
        raise Trouble("failing", "the log's next page is on another host; the token is not sent there")


def _name(records: tuple[Any, ...], url: str) -> str:
    """A page by its first event, so that the same events get the same name again."""
    first = records[0] if records and isinstance(records[0], dict) else {}
    return str(first.get("uuid") or urlsplit(url).path)
