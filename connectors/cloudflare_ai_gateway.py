"""Cloudflare AI Gateway: its logs of calls to models, by gateway; each gateway is a solution.

Read 2026-11-21: https://developers.cloudflare.com/api/resources/ai_gateway/subresources/logs/methods/list and
https://developers.cloudflare.com/ai-gateway/observability/logging/; request and fields as in the vendor's package
cloudflare (types/ai_gateway/log_list_params.py, log_list_response.py). A log names no person, and not its gateway: that
is put beside it. Requests and responses are another call, which is never made; custom metadata is dropped.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.ai_product import facts, provider, refusals
from connectors.shared.auditlog import maybe, moment
from connectors.shared.graph.values import items, text, under
from connectors.shared.walks import Api, Listed, Listing, Places, Window, forward, several
from schemas.observation import App, Kind, Observation, Solution
from schemas.secretref import SecretRef

SOURCE = "cloudflare_ai_gateway"
PERMISSION = "AI Gateway Read"
GRANTED_IN = "dash.cloudflare.com > Manage Account > Account API Tokens"
_PAGE = 50
_UNKNOWN = App(name="generative AI of an unnamed provider")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is a reference (env: or file:) to an API token; `gateways` are those read, all of the account if none."""

    account_id: str
    token: str
    gateways: tuple[str, ...] = ()
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Each gateway's log from what is known on. Raises Trouble."""
    config: Config = ctx.config
    api = Api(
        ctx, config.base_url or "https://api.cloudflare.com",
        headers={"Authorization": f"Bearer {ctx.secret(config.token)}"},
        refusals=refusals(
            key="API token", permission=PERMISSION, granted_in=GRANTED_IN,
            absent=Trouble("misconfigured", "no such account or gateway; check account_id and gateways"),
        ),
    )  # fmt: skip
    where = f"/client/v4/accounts/{quote(config.account_id, safe='')}/ai-gateway/gateways"
    places = Places(ctx)
    names = config.gateways or await _gateways(api, where)
    streams = {name: forward(ctx, name, places, _log(api, where, name), _created) for name in names}
    async for page in several(ctx, streams):
        yield page


async def _gateways(api: Api, where: str) -> tuple[str, ...]:
    """The ids of an account's gateways, at most a page of them at a time."""
    found: list[str] = []
    number = 1
    while True:
        body = (await api.get(where, {"page": str(number), "per_page": str(_PAGE)})).body
        listed = list(items(body.get("result"))) if isinstance(body, dict) else []
        found += [name for one in listed if (name := text(one.get("id")))]
        if len(listed) < _PAGE:
            return tuple(dict.fromkeys(found))
        number += 1


def _log(api: Api, where: str, gateway: str) -> Listing:
    async def ask(window: Window, token: str | None, /) -> Listed:
        number = int(token or 1)
        wanted = {
            "page": str(number), "per_page": str(_PAGE), "order_by": "created_at", "order_by_direction": "asc",
            "start_date": _clock(window.begin), "end_date": _clock(window.end),
        }  # fmt: skip
        body = (await api.get(f"{where}/{quote(gateway, safe='')}/logs", wanted)).body
        if not isinstance(body, dict) or not isinstance(body.get("result"), list):
            raise Trouble("failing", "the gateway's logs were answered with something else")
        logs = tuple({**log, "gateway_id": gateway} for log in items(body["result"]))
        return Listed(logs, str(number + 1) if _more(body, number) else None)

    return ask


def _more(body: Mapping[str, Any], number: int) -> bool:
    """Whether pages follow: by the count the vendor tells, else because this one is full."""
    told = under(body, "result_info")
    each, total = told.get("per_page"), told.get("total_count")
    if isinstance(each, int) and isinstance(total, int):
        return bool(body["result"]) and number * each < total
    return len(body["result"]) >= _PAGE


def _clock(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _created(record: Any) -> datetime | None:
    return maybe(record.get("created_at")) if isinstance(record, dict) else None


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One call. Raises Rejected for what is none."""
    if not isinstance(record, dict) or "created_at" not in record or "provider" not in record:
        raise Rejected("no created_at or provider: not a log of an AI Gateway")
    if record.get("success") is False:
        return Ignored("call that failed")
    return iter((_observation(record, moment(record["created_at"], "created_at")),))


def _observation(record: Mapping[str, Any], at: datetime) -> Observation:
    key, gateway, model = (text(record.get(field)) for field in ("id", "gateway_id", "model"))
    app = provider(text(record.get("provider")))
    made = gateway and Solution(
        id=f"cloudflare_ai_gateway:{gateway}",
        type="cloudflare_ai_gateway",
        name=gateway,
        connectors=(app.name,) if app and app.name else (),
        touches=(model,) if model else (),
        last_run_at=at,
    )
    cost = record.get("cost")
    return Observation(
        source=SOURCE,
        kind=Kind.AUDIT,
        at=at,
        id=f"{SOURCE}:{key}" if key else "",
        app=app or _UNKNOWN,
        action="model_call",
        solution=made or None,
        attributes=facts(
            provider=record.get("provider"), model=model, type=record.get("model_type"), cached=record.get("cached"),
            input_tokens=record.get("tokens_in"), output_tokens=record.get("tokens_out"), amount=cost or None,
            currency="USD" if cost else None,
        ),
    )  # fmt: skip


def recognise(record: Any) -> float:
    """How much a JSON object looks like a log of an AI Gateway."""
    if not isinstance(record, dict) or not {"created_at", "provider", "model"} <= set(record):
        return 0.0
    return 0.95 if "tokens_in" in record and "cached" in record else 0.3


CONNECTOR = Connector(
    name=SOURCE,
    title="Cloudflare AI Gateway",
    kinds=(Kind.AUDIT,),
    how=("pull", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developers.cloudflare.com/ai-gateway/observability/logging/",
    permissions=(PERMISSION,),
    granted_in=GRANTED_IN,
    plan="any; how many logs are stored depends on it",
    cursor="oldest first by gateway with gap: window, page number, newest time",
    lateness=timedelta(minutes=2),
    lookback=timedelta(minutes=15),
    every=timedelta(minutes=5),
    rate=4.0,
    evidence="vendor example",
    samples=("cloudflare_ai_gateway/logs.json",),
    secrets=("token",),
)
