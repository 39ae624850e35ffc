"""Card and expense lines as a CSV: statements of banks and card programmes, reports of expense systems like Concur.

Any file with a header that has a date, a merchant or the statement's text, and best an amount and a category's code;
columns are known by their usual names (connectors/shared/spending/columns.py) or by `columns`. Texts of statements as
people publish theirs: `OPENAI *CHATGPT SUBSCR`, `CLAUDE.AI SUBSCRIPTIONANTHROPIC.`, `CURSOR, AI POWERED IDECURSOR.COM`
(read 2026-11-21).
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.spending import columns, payment, trades
from schemas.observation import Actor, Kind, Observation

_NO_PURCHASE = ("refund", "return", "credit", "payment", "reversal", "chargeback", "transfer", "fee", "interest")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`columns` says which column stands for what, where its own name doesn't: `Buchungstext=descriptor`.

    `month_first` is for dates like 11/20/2026, `negative_is_refund` for files where purchases are positive.
    `all_trades` reads payments to hotels and doctors too.
    """

    columns: dict[str, str] = {}
    month_first: bool = False
    negative_is_refund: bool = False
    all_trades: bool = False

    def __post_init__(self) -> None:
        if unknown := [field for field in self.columns.values() if field not in columns.FIELDS]:
            raise ValueError(f"columns: {', '.join(unknown)} not known; there are {', '.join(columns.FIELDS)}")


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One line. Raises Rejected where it has no date or names nobody."""
    if not isinstance(record, dict):
        raise Rejected("no row with columns")
    given = config or Config()
    row = columns.row(record, given.columns)
    if "merchant" not in row and "descriptor" not in row:
        raise Rejected("no column holds a merchant or a statement's text; set `columns`")
    amount = columns.amount(row.get("amount", ""))
    if reason := _nothing(row, given, refunded=amount is not None and amount < 0 and given.negative_is_refund):
        return Ignored(reason)
    at = columns.day(row.get("date", ""), month_first=given.month_first)
    if at is None:
        raise Rejected("the date is none; set `month_first` or `columns`")
    found = payment.observation(
        "card_lines", row.get("id", ""), at, merchant=row.get("merchant"), descriptor=row.get("descriptor"),
        who=_who(row), amount=abs(amount) if amount is not None else None, currency=row.get("currency"),
        code=row.get("code"),
    )  # fmt: skip
    return iter((found,)) if found else Ignored("payment without a merchant")


def _nothing(row: dict[str, str], config: Config, *, refunded: bool) -> str | None:
    kind = row.get("type", "").lower()
    if refunded or any(word in kind for word in _NO_PURCHASE) or ("credit" in row and "amount" not in row):
        return "no purchase"
    if not config.all_trades and not trades.may_sell_software(row.get("code"), row.get("category")):
        return "merchant of another trade"
    return None


def _who(row: dict[str, str]) -> Actor | None:
    email = row.get("email", "")
    made = Actor(
        id=email if email and "@" not in email else None,
        email=email.lower() if "@" in email else None,
        employee_id=row.get("employee_id"),
        unit=row.get("unit"),
    )
    return made if made != Actor() else None


def recognise(record: Any) -> float:
    """How much a row's columns look like those of a statement or an expense report."""
    if not isinstance(record, dict):
        return 0.0
    known = {columns.known(column) for column in record if isinstance(column, str)}
    if "date" not in known or not known & {"merchant", "descriptor"} or not known & {"amount", "credit"}:
        return 0.0
    return round(
        min(0.9, 0.5 + 0.08 * len(known & {"currency", "code", "category", "type", "employee_id", "merchant"})), 2
    )


CONNECTOR = Connector(
    name="card_lines",
    title="Card and expense lines as CSV",
    kinds=(Kind.SPEND,),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="csv",
    config=Config,
    docs="connectors/pages/card_lines.md",
    permissions=("read the file",),
    granted_in="Concur: Tools > Reporting; a card programme: its own export of transactions",
    plan="any",
    cursor="whole file",
    lateness=timedelta(days=35),
    every=timedelta(days=1),
    evidence="unverified",
    samples=("card_lines/statement.csv", "card_lines/concur.csv"),
)
