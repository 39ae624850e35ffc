"""The numbers of governance, in one place; an organisation's own come from its policy file."""

from datetime import date

import msgspec

from schemas.alert import Standing


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Days are calendar days unless named business days; `alerting` are the standings somebody must act on."""

    review_business_days: int = 5
    dormant_days: int = 90
    holidays: tuple[date, ...] = ()
    prohibited_tools: tuple[str, ...] = ()
    alerting: frozenset[Standing] = frozenset(
        {
            Standing.UNREGISTERED, Standing.PROHIBITED, Standing.EXPIRED, Standing.OUT_OF_SCOPE, Standing.OWNERLESS,
            Standing.DRIFTED,
        }
    )  # fmt: skip


DEFAULT = Policy()
