"""Brex: card expenses at vendors of software, with who paid.

`GET /v1/expenses/card` with `purchased_at_start` and `purchased_at_end`, by `next_cursor`, merchants and users
expanded, and `GET /v2/users` for their addresses (https://developer.brex.com/openapi/expenses_api/,
https://developer.brex.com/openapi/team_api/): parameters and fields as public clients use them, read 2026-11-21; no
record was at hand. Amounts are in minor units. Expenses change for weeks, and no order is promised: windows of a month,
and 35 days read again.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.graph import items, maybe_moment, text, under
from connectors.shared.spending import payment, trades
from connectors.shared.walks import Api, Listed, Places, Window, windows
from schemas.observation import Actor, Kind, Observation
from schemas.secretref import SecretRef

SIZE = "100"
_UNPAID = {
    "DECLINED": "payment that was declined", "CANCELED": "payment that was taken back", "REFUNDED": "refund",
    "REFUNDING": "refund", "CREDITED": "refund",
}  # fmt: skip
_TIMES = ("purchased_at", "initiated_at_date", "posted_at_date")
_NO_SCOPE = "the token lacks a scope: make a user token with read access to Expenses, and to Users or set people=false"
_REFUSALS = {
    401: Trouble("failing", "Brex does not accept the token; tokens end after 90 days without use"),
    403: Trouble("no_permission", _NO_SCOPE),
}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is a reference to a user token.

    `people` reads the list of users for their addresses. `all_trades` reads payments to hotels and doctors too.
    """

    token: str
    people: bool = True
    all_trades: bool = False
    base_url: str = "https://platform.brexapis.com"

    def __post_init__(self) -> None:
        SecretRef(self.token)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Expenses by windows of a month; each with the address of who paid, where `people` is on."""
    config: Config = ctx.config
    headers = {"Authorization": f"Bearer {ctx.secret(config.token)}"}
    api = Api(ctx, config.base_url.rstrip("/"), headers=headers, refusals=_REFUSALS)
    people = await _people(api) if config.people else {}

    async def ask(window: Window, token: str | None) -> Listed:
        asked = [
            ("expand[]", "merchant"), ("expand[]", "user"), ("purchased_at_start", _rfc3339(window.begin)),
            ("purchased_at_end", _rfc3339(window.end)), ("limit", SIZE), *([("cursor", token)] if token else []),
        ]  # fmt: skip
        found, following = _listed((await api.get(f"/v1/expenses/card?{urlencode(asked, quote_via=quote)}")).body)
        return Listed(tuple(_with_address(record, people) for record in found), following)

    async for page in windows(ctx, "expenses", Places(ctx), ask, timedelta(days=31)):
        yield page


async def _people(api: Api) -> dict[str, str]:
    """Addresses by user id. Raises Trouble."""
    found: dict[str, str] = {}
    cursor: str | None = ""
    seen: set[str] = set()
    while cursor is not None and cursor not in seen:
        seen.add(cursor)
        asked = {"limit": SIZE, **({"cursor": cursor} if cursor else {})}
        users, cursor = _listed((await api.get("/v2/users", asked)).body)
        found.update(
            {key: email for one in items(users) if (key := text(one.get("id"))) and (email := text(one.get("email")))}
        )
    return found


def _listed(body: Any) -> tuple[list[Any], str | None]:
    if not isinstance(body, dict) or not isinstance(body.get("items"), list):
        raise Trouble("failing", "Brex answered without items")
    return body["items"], text(body.get("next_cursor"))


def _with_address(record: Any, people: Mapping[str, str]) -> Any:
    if not isinstance(record, dict):
        return record
    email = people.get(text(under(record, "user").get("id")) or text(record.get("user_id")) or "")
    return {**record, "user": {**under(record, "user"), "email": email}} if email else record


def _rfc3339(given: datetime) -> str:
    return given.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One expense, or one settled card transaction. Raises Rejected for what is neither."""
    if not isinstance(record, dict) or "merchant" not in record:
        raise Rejected("no merchant: neither an expense nor a card transaction")
    state = (text(record.get("payment_status")) or "").upper()
    kind = (text(record.get("type")) or "PURCHASE").upper()
    if state in _UNPAID or kind != "PURCHASE":
        return Ignored(_UNPAID.get(state, "no purchase"))
    merchant = under(record, "merchant")
    code = merchant.get("mcc")
    if not (config and config.all_trades) and not trades.may_sell_software(
        code, None if code else record.get("category")
    ):
        return Ignored("merchant of another trade")
    at = next((moment for key in _TIMES if (moment := maybe_moment(record.get(key)))), None)
    if at is None:
        raise Rejected("purchased_at is not a time")
    money = under(record, "billing_amount") or under(record, "amount")
    found = payment.observation(
        "brex", text(record.get("id")) or "", at, merchant=None, descriptor=text(merchant.get("raw_descriptor")),
        who=_who(record), amount=payment.major(money.get("amount"), None), currency=text(money.get("currency")),
        code=code,
    )  # fmt: skip
    return iter((found,)) if found else Ignored("payment without a merchant")


def _who(record: Mapping[str, Any]) -> Actor | None:
    user = under(record, "user")
    email = text(user.get("email"))
    made = Actor(
        id=text(user.get("id")) or text(record.get("user_id")),
        email=email.lower() if email and "@" in email else None,
    )
    return made if made != Actor() else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an expense or a card transaction."""
    if not isinstance(record, dict) or not isinstance(record.get("merchant"), dict):
        return 0.0
    own = (
        "purchased_at",
        "payment_status",
        "expense_type",
        "billing_amount",
        "initiated_at_date",
        "posted_at_date",
        "card_id",
        "budget_id",
    )
    named = 0.4 if "raw_descriptor" in record["merchant"] else 0.0
    return round(min(0.95, named + 0.2 * sum(key in record for key in own)), 2)


CONNECTOR = Connector(
    name="brex",
    title="Brex card expenses",
    kinds=(Kind.SPEND,),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developer.brex.com/openapi/expenses_api/",
    permissions=("expenses.card.readonly", "users.readonly, for the addresses of people"),
    granted_in="Settings > Developer > Create token, with read access to Expenses and Users",
    plan="any",
    cursor="window of purchase dates, with 35 days read again",
    lateness=timedelta(days=35),
    lookback=timedelta(days=35),
    every=timedelta(hours=6),
    rate=15.0,
    evidence="unverified",
    samples=("brex/expenses.json",),
    secrets=("token",),
)
