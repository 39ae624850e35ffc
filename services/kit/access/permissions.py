"""What may be done, and which role may do it. Deny by default: a route names one of these or is declared public."""

from collections.abc import Iterable

PERMISSIONS = {
    "overview:read": "see the headline counts",
    "tools:read": "see tools and their standing",
    "solutions:read": "see solutions",
    "alerts:read": "see alerts and their evidence",
    "alerts:decide": "decide alerts: register, approve, block, snooze, close",
    "labels:correct": "say that a label is wrong, and take that back: it holds for all that was and will be seen",
    "registry:read": "see what was declared",
    "registry:write": "declare, change and import registry entries",
    "sources:read": "see sources, their schedules and runs",
    "sources:write": "add, pause, resume, run and remove sources",
    "deadletters:read": "see where records could not be read and why, never the records",
    "deadletters:write": "have records that could not be read read again, or drop them",
    "people:read": "see what one pseudonymous person used",
    "people:write": "push people by SCIM, and read back who was pushed",
    "people:reveal": "learn who a pseudonym is, with a reason",
    "reviews:read": "see reviews and their deadlines",
    "reviews:decide": "decide reviews",
    "coverage:read": "see coverage and the estimate of the unseen",
    "webhooks:read": "see webhook endpoints, never their secrets",
    "webhooks:write": "add, test, rotate and remove webhook endpoints",
    "deliveries:read": "see what was delivered and what was not",
    "audit:read": "see the audit trail",
    "push:write": "push records into a source",
    "tokens:read": "see tokens, never their secrets",
    "tokens:write": "create and revoke tokens, with no more than one's own permissions",
    "access:read": "see who is signed in and which group has which role",
    "access:write": "end other people's sessions",
}

_VIEWER = {"overview:read", "tools:read", "solutions:read", "registry:read", "sources:read", "coverage:read"}
_READS = {name for name in PERMISSIONS if name.endswith(":read")} - {"people:read"}

ROLES: dict[str, frozenset[str]] = {
    "viewer": frozenset(_VIEWER),
    "analyst": frozenset(_VIEWER | {"alerts:read", "alerts:decide", "labels:correct", "people:read", "reviews:read"}),
    "reviewer": frozenset(_VIEWER | {"alerts:read", "registry:write", "reviews:read", "reviews:decide"}),
    "office": frozenset(
        _VIEWER
        | {"alerts:read", "alerts:decide", "labels:correct", "registry:write"}
        | {"reviews:read", "reviews:decide", "deliveries:read"}
    ),
    "privacy_officer": frozenset(_VIEWER | {"alerts:read", "people:read", "people:reveal", "audit:read"}),
    "integrator": frozenset(
        {"overview:read", "sources:read", "sources:write", "webhooks:read", "webhooks:write", "deliveries:read"}
        | {"push:write", "people:write", "tokens:read", "tokens:write", "deadletters:read", "deadletters:write"}
    ),
    "auditor": frozenset(_READS),
    # Who runs the service does not thereby learn who a pseudonym is: that stays with the privacy officer.
    "admin": frozenset(PERMISSIONS) - {"people:reveal"},
}


def granted(names: Iterable[str]) -> frozenset[str]:
    """The permissions behind role names and permission names; names this program doesn't know grant nothing."""
    found: set[str] = set()
    for name in names:
        found |= ROLES.get(name, frozenset({name} & PERMISSIONS.keys()))
    return frozenset(found)


def unknown(names: Iterable[str]) -> tuple[str, ...]:
    """Those names that are neither a role nor a permission."""
    return tuple(name for name in names if name not in ROLES and name not in PERMISSIONS)
