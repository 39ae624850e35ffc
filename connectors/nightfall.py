"""Nightfall: DLP violations, with what was violated, by whom, in which product or at which site.

`GET /dlp/v1/violations` between `createdAfter` and `createdBefore` (seconds since the epoch):
https://help.nightfall.ai/developer-api/nightfall_apis/saas (parameters read 2026-11-21 as public clients give them; how
pages follow, `limit`, `pageToken` and `nextPageToken`, could not be verified). Parsed against the violations that
DefectDojo/django-DefectDojo keeps for its tests (unittests/scans/nightfall/*.json). Of a violation only policies, kinds
of keys, risk and place are read: never what was found, its context, names of files and tickets.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.graph import items, text, under
from connectors.shared.walks import Api, Listed, Places, Window, windows
from schemas.observation import Actor, App, Kind, Observation
from schemas.secretref import SecretRef

_NAMES = {
    "GDRIVE": "Google Drive", "GMAIL": "Gmail", "M365_TEAMS": "Microsoft Teams", "M365_ONEDRIVE": "OneDrive",
    "M365_SHAREPOINT": "SharePoint", "M365_EXCHANGE": "Exchange", "GITHUB": "GitHub", "JIRA": "Jira",
    "INLINE_EMAIL": "Email", "CHATGPT": "ChatGPT",
}  # fmt: skip
_REFUSALS = {
    401: Trouble(
        "failing", "Nightfall does not accept the API key; make a new one under Developer Platform > API keys"
    ),
    403: Trouble("no_permission", "the API key may not list violations; make one with access to them"),
}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`api_key` is a reference (env: or file:) to an API key."""

    api_key: str
    base_url: str = "https://api.nightfall.ai"

    def __post_init__(self) -> None:
        SecretRef(self.api_key)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Violations by windows of a day of their making."""
    config: Config = ctx.config
    headers = {"Authorization": f"Bearer {ctx.secret(config.api_key)}"}
    api = Api(ctx, config.base_url.rstrip("/"), headers=headers, refusals=_REFUSALS)

    async def ask(window: Window, token: str | None) -> Listed:
        asked = {
            "createdAfter": str(int(window.begin.timestamp())), "createdBefore": str(int(window.end.timestamp())),
            "limit": "100", **({"pageToken": token} if token else {}),
        }  # fmt: skip
        body = (await api.get("/dlp/v1/violations", asked)).body
        if not isinstance(body, dict) or not isinstance(body.get("violations") or [], list):
            raise Trouble("failing", "Nightfall answered without violations")
        return Listed(tuple(body.get("violations") or ()), text(body.get("nextPageToken")))

    async for page in windows(ctx, "violations", Places(ctx), ask, timedelta(days=1)):
        yield page


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One violation. Raises Rejected for what is none."""
    if not isinstance(record, dict) or "integration" not in record:
        raise Rejected("no integration: not a violation")
    key, metadata = text(record.get("id")), under(record, "metadata")
    host = _host(under(metadata, "browserMetadata"))
    kind = text(record.get("integration")) or ""
    facts = {
        "risk": text(record.get("risk")), "state": text(record.get("state")),
        "browser": text(under(metadata, "browserMetadata").get("browserName")),
    }  # fmt: skip
    told = Observation(
        source="nightfall", kind=Kind.DLP, at=_at(record.get("createdAt")), id=f"nightfall:{key}" if key else "",
        host=host, app=App(name=_NAMES.get(kind, kind.replace("_", " ").title())) if kind and not host else None,
        actor=_who(record), action="detected", labels=tuple(dict.fromkeys(_labels(record))),
        content_type=text(under(record, "fileDetails").get("mimeType")),
        attributes={name: value for name, value in facts.items() if value},
    )  # fmt: skip
    return iter((told,))


def _host(browser: Mapping[str, Any]) -> str | None:
    """The site something was sent to from a browser, without path and query."""
    place = text(browser.get("location")) or ""
    try:
        return urlsplit(place if "//" in place else f"//{place}").hostname
    except ValueError:
        return None


def _labels(record: Mapping[str, Any]) -> Iterator[str]:
    """Names of the policies that were violated, and what sort of key was found."""
    policies = record.get("policyNames")
    yield from (name for one in policies if (name := text(one))) if isinstance(policies, list) else ()
    for finding in items(record.get("findings")):
        if kind := text(under(under(finding, "metadata"), "apiKeyMetaData").get("kind")):
            yield f"{kind} API key"


def _who(record: Mapping[str, Any]) -> Actor | None:
    user = under(record, "userInfo")
    email = text(user.get("userEmail"))
    made = Actor(id=text(user.get("username")), email=email.lower() if email and "@" in email else None)
    return made if made != Actor() else None


def _at(value: Any) -> datetime:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 33:
        return datetime.fromtimestamp(value, UTC)
    raise Rejected("createdAt is not a time")


def recognise(record: Any) -> float:
    """How much a JSON object looks like a violation."""
    if not isinstance(record, dict) or not isinstance(record.get("integration"), str):
        return 0.0
    own = ("policyUUIDs", "policyNames", "riskSource", "risk", "createdAt", "state", "detectorUUIDs", "userInfo")
    return round(min(0.96, 0.3 + 0.13 * sum(key in record for key in own)), 2)


def action_of(record: Any) -> str | None:
    """The product a violation was found in."""
    name = record.get("integration") if isinstance(record, dict) else None
    return name if isinstance(name, str) else None


CONNECTOR = Connector(
    name="nightfall",
    title="Nightfall DLP",
    kinds=(Kind.DLP,),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://help.nightfall.ai/developer-api/nightfall_apis/saas",
    permissions=("an API key that may list violations",),
    granted_in="Developer Platform > API keys > Create key",
    plan="Nightfall with the Violations API",
    cursor="windows of a day of their making, page tokens within",
    lateness=timedelta(hours=1),
    lookback=timedelta(days=1),
    every=timedelta(minutes=15),
    evidence="real sample",
    samples=("nightfall/violations.json",),
    wrapped_in=("violations",),
    secrets=("api_key",),
    action_of=action_of,
)
