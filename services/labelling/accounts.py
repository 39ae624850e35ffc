"""Which sort of account was used, as far as a source tells: enterprise, personal or anonymous. Pure.

A path rule or host of the catalog that tells it comes first. Else the tenant a source names: Netskope has names for
nobody signed in (https://docs.netskope.com/en/app-instance-profile.html), all personal Microsoft accounts share one
(https://learn.microsoft.com/entra/identity-platform/accounts-overview), or it is a consumer mail provider's domain.
Else an event of the product's own audit trail, which a vendor keeps for an organisation's tenant only. What a proxy
adds for tenant restrictions (`tenant_header` in the catalog's facts) stands in no log Penumbra reads; whether a tenant
is one's own nobody has told it: any organisation's is `enterprise`.
"""

import msgspec

from schemas.observation import Kind
from schemas.usage import Label

ENTERPRISE, PERSONAL, ANONYMOUS = "enterprise", "personal", "anonymous"
_NOBODY = frozenset({"unauthenticated", "public-link", "public_link"})
_MICROSOFT_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"
_CONSUMER_MAIL = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "icloud.com", "me.com",
        "yahoo.com", "aol.com", "proton.me", "protonmail.com", "gmx.de", "gmx.net", "web.de", "qq.com", "163.com",
        "126.com", "naver.com", "mail.ru", "yandex.ru",
    }
)  # fmt: skip


def by_tenant(source: str, tenant: str | None) -> tuple[str, str] | None:
    """The account a tenant's name alone tells, with the basis; None where it tells none."""
    name = (tenant or "").strip().casefold()
    if source == "netskope" and name in _NOBODY:
        return ANONYMOUS, f"account: nobody signed in, instance {name}"
    if name == _MICROSOFT_ACCOUNTS:
        return PERSONAL, "account: the tenant of personal Microsoft accounts"
    if name in _CONSUMER_MAIL:
        return PERSONAL, f"account: {name} is a consumer mail provider's"
    return None


def with_account(found: Label, source: str, kind: Kind, tenant: str | None) -> Label:
    """The label with the account that source, kind and tenant of the record tell; as it is where it has one already."""
    if not tenant or found.account is not None or found.tool is None:
        return found
    told = by_tenant(source, tenant)
    if told is None and kind is Kind.AUDIT and found.key.startswith(f"event:{source}/"):
        told = ENTERPRISE, "account: the audit trail of an organisation's tenant"
    if told is None:
        return found
    return msgspec.structs.replace(found, account=told[0], basis=(*found.basis, told[1]))
