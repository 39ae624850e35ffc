"""Requests to GitHub: pages by the `Link` header, and a 403 that is a rate limit told from one that is not.

Rate limits: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api (read 2026-11-21). A spent
limit is a 403 or 429 with `x-ratelimit-remaining: 0`; a secondary limit a 403 whose message says so, with or without
`retry-after`, after which a minute is to be waited. Both pass by themselves; a lacking permission does not.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from connectors.base import Fetch, Trouble
from connectors.shared.walks import Answer, Api

BASE = "https://api.github.com"
VERSION = "2022-11-28"
_FORBIDDEN = 403
_LINK = re.compile(r'<([^>]*)>\s*;[^,<]*?rel="?next"?', re.IGNORECASE)
_LIMITED = re.compile(r"rate limit|abuse detection", re.IGNORECASE)
_A_MINUTE = 60.0


class Told(NamedTuple):
    """One page: its body, and the address of the next one."""

    body: Any
    following: str | None


class GitHub:
    """GitHub for one run; `refusals` are those of `walks.Api`."""

    def __init__(self, ctx: Fetch, token: str, base: str | None, refusals: Mapping[int, Trouble]) -> None:
        headers = {
            "Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": VERSION,
        }  # fmt: skip
        self._api = Api(ctx, base or BASE, headers=headers, refusals=refusals, gone=(400, 404, 410, 422))
        self._refusals = refusals

    async def page(
        self, path: str, params: Mapping[str, str], token: str | None, *, absent: tuple[int, ...] = ()
    ) -> Told:
        """The first page of a path, or the one a link names. Raises Trouble; Expired where a link has grown too old.

        `absent` are statuses that stand for nothing there.
        """
        asked = None if token else params
        answer = await self._api.get(token or path, asked, accept=(_FORBIDDEN, *absent), resumed=bool(token))
        if answer.status in absent:
            return Told(None, None)
        if answer.status == _FORBIDDEN:
            raise told(answer, self._refusals[_FORBIDDEN])
        return Told(answer.body, _next(answer.headers))


def told(answer: Answer, refusal: Trouble) -> Trouble:
    """What a 403 means: a rate limit, which passes by itself, or the refusal."""
    message = answer.body.get("message") if isinstance(answer.body, dict) else None
    spent = answer.headers.get("x-ratelimit-remaining", "").strip() == "0"
    if spent or (isinstance(message, str) and _LIMITED.search(message)):
        said = answer.headers.get("retry-after", "").strip()
        seconds = float(said) if said.isdecimal() and said.isascii() else _A_MINUTE
        return Trouble("failing", "GitHub's rate limit is spent; it is read on when it ends", retry_after=seconds)
    return refusal


def _next(headers: Mapping[str, str]) -> str | None:
    found = _LINK.search(headers.get("link", ""))
    return found[1] if found else None
