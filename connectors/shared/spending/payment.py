"""A payment as an observation: who paid whom, when, and about how much. Pure."""

from datetime import datetime
from decimal import Decimal, InvalidOperation

from connectors.shared.spending.descriptors import paid
from schemas.observation import Actor, App, Kind, Observation

_BOUNDS = (1, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 50000)
_LONGEST = 120


def observation(
    source: str, key: str, at: datetime, *, merchant: str | None, descriptor: str | None, who: Actor | None,
    amount: Decimal | None, currency: str | None, code: object = None,
) -> Observation | None:  # fmt: skip
    """The payment; None where nobody is named. `merchant` is the source's own name, `descriptor` the statement's text.

    `amount` is in the currency's major unit; only the band it lies in is kept.
    """
    told = paid(descriptor) if descriptor else paid(merchant or "")
    named = (merchant or "").strip()[:_LONGEST] or None
    text = told.text or (paid(named).text if named and descriptor else "")
    if not text and not named and not told.reseller:
        return None
    facts = {
        "amount": band(amount), "currency": currency, "reseller": told.reseller,
        "mcc": str(code).strip() if isinstance(code, str | int) and not isinstance(code, bool) else "",
    }  # fmt: skip
    return Observation(
        source=source, kind=Kind.SPEND, at=at, id=f"{source}:{key}" if key else "", actor=who,
        app=App(name=named, client_id=f"card:{text or told.reseller}"), action="paid",
        attributes={name: value for name, value in facts.items() if value},
    )  # fmt: skip


def band(amount: Decimal | None) -> str | None:
    """The band an amount lies in: `10-25`; of none and of nothing, none."""
    if amount is None or amount <= 0:
        return None
    upper = next((bound for bound in _BOUNDS if amount < bound), None)
    if upper is None:
        return f"{_BOUNDS[-1]}+"
    lower = max((bound for bound in _BOUNDS if bound <= amount), default=0)
    return f"{lower}-{upper}"


def major(minor: object, rate: object) -> Decimal | None:
    """An amount in minor units in the major one; `rate` is how many minor ones make it, 100 where it is not told."""
    by = rate if isinstance(rate, int) and not isinstance(rate, bool) and rate > 0 else 100
    given = number(minor)
    return given / by if given is not None else None


def number(value: object) -> Decimal | None:
    """A number as it was written; None for what is none or beyond any payment."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**15 else None
