"""What several of Microsoft's sources tell of one tenant, in one wording: connectors/overlap.py finds them by it."""

SIGN_INS_AND_CHANGES = "sign-ins and directory changes"
DLP = "DLP matches"


def of_tenant(what: str, tenant_id: str) -> str:
    """The thing and whose it is; tenants are compared without case."""
    return f"{what} of tenant {tenant_id.strip().lower()}"
