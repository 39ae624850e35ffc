"""Ramp: card payments to vendors of software, with who paid.

`GET /developer/v1/transactions`, oldest first, `page.next` the whole address of the next page, and
`POST /developer/v1/token` for a client id and secret (https://docs.ramp.com/developer-api/v1/api/transactions). The
transaction in the npm package @pipedream/ramp 0.2.1 (sources/new-transaction-created/test-event.mjs, read 2026-11-21)
was parsed: there `amount` is 135 and `original_transaction_amount` 13500 of the same dollars, so the latter
counts minor units, of which `minor_unit_conversion_rate` make one. A transaction changes its state for weeks: 35 days
are read again.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.clientgrant import ClientGrant
from connectors.shared.graph import items, maybe_moment, moment, text, under
from connectors.shared.spending import payment, trades
from connectors.shared.walks import Api, Listed, Places, Window, forward, rfc3339
from schemas.observation import Actor, Kind, Observation
from schemas.secretref import SecretRef

SIZE = "100"
_UNPAID = {
    "DECLINED": "payment that was declined",
    "ERROR": "payment that failed",
    "REJECTED": "payment that was declined",
}
_SCOPES = "transactions:read users:read"
_REFUSALS = {
    401: Trouble("failing", "Ramp does not accept the token; look whether the developer app is still there"),
    403: Trouble(
        "no_permission", "the developer app lacks a scope: grant transactions:read, and users:read or set people=false"
    ),
    404: Trouble("failing", "Ramp has no such address; look at base_url"),
}


_Get = Callable[[str, Mapping[str, str] | None], Awaitable[Any]]


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`client_id` and `client_secret` (a reference) are a developer app's.

    `people` reads the list of users for their addresses. `all_trades` reads payments to hotels and doctors too.
    `base_url` is `https://demo-api.ramp.com` for the sandbox.
    """

    client_id: str
    client_secret: str
    people: bool = True
    all_trades: bool = False
    base_url: str = "https://api.ramp.com"

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Transactions of the window, oldest first; each with the address of who paid, where `people` is on."""
    config: Config = ctx.config
    base = config.base_url.rstrip("/")
    grant = ClientGrant(
        ctx, f"{base}/developer/v1/token",
        form={"scope": _SCOPES if config.people else "transactions:read"},
        basic=(config.client_id, ctx.secret(config.client_secret)),
        refused="Ramp gives no token: look at client_id and client_secret, and that the app has the scopes asked for",
    )  # fmt: skip

    async def get(path: str, params: Mapping[str, str] | None) -> Any:
        return (await Api(ctx, base, headers=await grant.headers(), refusals=_REFUSALS).get(path, params)).body

    people = await _people(get, base) if config.people else {}

    async def ask(window: Window, token: str | None) -> Listed:
        asked = {
            "from_date": rfc3339(window.begin), "to_date": rfc3339(window.end), "page_size": SIZE,
            "order_by_date_asc": "true",
        }  # fmt: skip
        records, following = _listed(await get(token or "/developer/v1/transactions", None if token else asked), base)
        return Listed(tuple(_with_address(record, people) for record in records), following)

    async for page in forward(ctx, "transactions", Places(ctx), ask, _paid_at):
        yield page


async def _people(get: _Get, base: str) -> dict[str, str]:
    """Addresses by user id. Raises Trouble."""
    found: dict[str, str] = {}
    following: str | None = "/developer/v1/users"
    params: Mapping[str, str] | None = {"page_size": SIZE}
    seen: set[str] = set()
    while following is not None and following not in seen:
        seen.add(following)
        users, following = _listed(await get(following, params), base)
        params = None
        found.update(
            {key: email for one in items(users) if (key := text(one.get("id"))) and (email := text(one.get("email")))}
        )
    return found


def _listed(body: Any, base: str) -> tuple[list[Any], str | None]:
    """The rows, and the path of the next page: an address of another host is not even remembered."""
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        raise Trouble("failing", "Ramp answered without data")
    following = text(under(body, "page").get("next"))
    if following is not None and not following.startswith((f"{base}/", "/")):
        raise Trouble("failing", "Ramp names another host as its next page; nothing is sent there")
    return body["data"], following.removeprefix(base) if following else None


def _with_address(record: Any, people: Mapping[str, str]) -> Any:
    holder = under(record, "card_holder") if isinstance(record, dict) else {}
    email = people.get(text(holder.get("user_id")) or "")
    return {**record, "card_holder": {**holder, "email": email}} if email else record


def _paid_at(record: Any) -> datetime | None:
    return maybe_moment(record.get("user_transaction_time")) if isinstance(record, dict) else None


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One transaction. Raises Rejected for what is none."""
    if (
        not isinstance(record, dict)
        or "card_holder" not in record
        or not ({"merchant_name", "merchant_id"} & record.keys())
    ):
        raise Rejected("neither card_holder nor a merchant: not a transaction")
    if (state := (text(record.get("state")) or "").upper()) in _UNPAID:
        return Ignored(_UNPAID[state])
    code, category = record.get("merchant_category_code"), record.get("sk_category_name")
    if not (config and config.all_trades) and not trades.may_sell_software(code, category):
        return Ignored("merchant of another trade")
    amount = _amount(record)
    if amount is not None and amount < 0:
        return Ignored("refund")
    key = text(record.get("id"))
    found = payment.observation(
        "ramp", key or "", moment(record.get("user_transaction_time"), "user_transaction_time"),
        merchant=text(record.get("merchant_name")), descriptor=text(record.get("merchant_descriptor")),
        who=_who(under(record, "card_holder")), amount=amount, currency=text(record.get("currency_code")), code=code,
    )  # fmt: skip
    return iter((found,)) if found else Ignored("payment without a merchant")


def _amount(record: Mapping[str, Any]) -> Decimal | None:
    """From the original amount's minor units; `amount` itself is in the major one."""
    original = under(record, "original_transaction_amount")
    found = payment.major(original.get("amount"), original.get("minor_unit_conversion_rate"))
    return found if found is not None else payment.number(record.get("amount"))


def _who(holder: Mapping[str, Any]) -> Actor | None:
    email = text(holder.get("email"))
    made = Actor(
        id=text(holder.get("user_id")),
        email=email.lower() if email and "@" in email else None,
        employee_id=text(holder.get("employee_id")),
        unit=text(holder.get("department_name")),
    )
    return made if made != Actor() else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like a transaction."""
    if not isinstance(record, dict) or "card_holder" not in record:
        return 0.0
    own = (
        "merchant_name",
        "merchant_descriptor",
        "sk_category_id",
        "user_transaction_time",
        "card_id",
        "policy_violations",
    )
    return round(min(0.96, 0.3 + 0.12 * sum(key in record for key in own)), 2)


CONNECTOR = Connector(
    name="ramp",
    title="Ramp card payments",
    kinds=(Kind.SPEND,),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://docs.ramp.com/developer-api/v1/api/transactions",
    permissions=("transactions:read", "users:read, for the addresses of people"),
    granted_in="Company > Developer > Create new app > Grant: client credentials; Scopes",
    plan="any",
    cursor="time of the transaction, with 35 days read again",
    lateness=timedelta(days=35),
    lookback=timedelta(days=35),
    every=timedelta(hours=6),
    evidence="real sample",
    samples=("ramp/transactions.json",),
    secrets=("client_secret",),
)
