"""What the columns of an export of card or expense lines stand for, and how their dates and amounts are written. Pure.

Names as banks, card programmes and expense systems use them, SAP Concur's reports among them (`Transaction Date`,
`Expense Type`, `Vendor`, `Report Entry Key`).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from connectors.shared.spending.payment import number

FIELDS = {
    "date": ("transactiondate", "purchasedate", "expensedate", "date", "bookingdate", "transdate", "posteddate",
             "postingdate", "postdate", "posted"),
    "merchant": ("merchant", "merchantname", "vendor", "vendorname", "payee", "supplier", "counterparty"),
    "descriptor": ("statementdescriptor", "descriptor", "merchantdescription", "vendordescription", "description",
                   "transactiondescription", "originaldescription", "narrative", "details", "transaction"),
    "amount": ("transactionamount", "amount", "billingamount", "postedamount", "expenseamount", "approvedamount",
               "amountusd", "debit", "debitamount"),
    "credit": ("credit", "creditamount"),
    "currency": ("currency", "currencycode", "transactioncurrency", "billingcurrency"),
    "code": ("mcc", "merchantcategorycode", "mcccode", "merchantcode", "siccode"),
    "category": ("merchantcategory", "category", "expensetype", "expensecategory", "mccdescription"),
    "type": ("transactiontype", "type", "entrytype"),
    "email": ("employeeemail", "email", "useremail", "cardholderemail", "emailaddress", "user"),
    "employee_id": ("employeeid", "employeenumber", "personnelnumber", "staffid"),
    "unit": ("department", "costcenter", "costcentre", "orgunit", "businessunit", "team"),
    "id": ("transactionid", "reportentrykey", "entrykey", "entryid", "referencenumber", "reference", "id"),
}  # fmt: skip
_ALIASES = {alias: field for field, aliases in FIELDS.items() for alias in aliases}
_RANK = {alias: rank for aliases in FIELDS.values() for rank, alias in enumerate(aliases)}
_DAYS = ("%Y/%m/%d", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%Y%m%d")
_DAY_FIRST = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%d.%m.%y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m/%d/%y")


def row(record: Mapping[str, object], mapped: Mapping[str, str]) -> dict[str, str]:
    """The cells by what they stand for: mapped columns first, then the closest of the usual names."""
    found: dict[str, tuple[int, str]] = {}
    for column, value in record.items():
        said = value.strip() if isinstance(value, str) else ""
        field, rank = (mapped[column], -1) if column in mapped else _known(column)
        if said and field and (field not in found or rank < found[field][0]):
            found[field] = (rank, said)
    return {field: said for field, (_, said) in found.items()}


def known(column: str) -> str:
    """What a column of this name stands for; empty where it is none of the usual ones."""
    return _known(column)[0]


@lru_cache(1 << 10)
def _known(column: str) -> tuple[str, int]:
    plain = re.sub(r"[^a-z0-9]", "", str(column).lower())
    return _ALIASES.get(plain, ""), _RANK.get(plain, 0)


@lru_cache(1 << 12)
def day(text: str, *, month_first: bool) -> datetime | None:
    """A date, with or without a time of day, in UTC; None where it is none. Days come before months by default."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    bare = re.split(r"[T ](?=\d{1,2}:)", text, maxsplit=1)[0]
    for form in (*(_MONTH_FIRST if month_first else _DAY_FIRST), *_DAYS):
        try:
            return datetime.strptime(bare, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def amount(text: str) -> Decimal | None:
    """An amount as people write it: `1,234.56`, `1.234,56`, `(12.00)`, `-12`, `USD 20.00`; None where it is none."""
    bare = re.sub(r"[^\d.,()-]", "", text)
    negative = bare.startswith("(") or "-" in bare
    digits = re.sub(r"[()-]", "", bare)
    comma, dot = digits.rfind(","), digits.rfind(".")
    if comma > dot and (len(digits) - comma != 4 or dot >= 0):  # noqa: PLR2004 - 1,234 has three digits behind its comma
        digits = digits.replace(".", "").replace(",", ".")
    found = number(digits.replace(",", ""))
    return -found if found is not None and negative else found
