"""GitHub audit log: Copilot's seats and settings, applications installed and approved, what AI agents did themselves.

API and fields: https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#get-the-audit-log-for-an-organization
and .../audit-log-events-for-your-organization (read 2026-11-21). `record.py` reads an entry, `feed.py` fetches.
Records somebody else captured: hashicorp-forge/grove (tests/fixtures/github), panther-labs/panther-analysis
(rules/github_rules), elastic/integrations (packages/github). Not verified: entries of `copilot.*` beyond their names.
"""

from datetime import timedelta

import msgspec

from connectors.base import Connector
from connectors.github_audit.feed import fetch
from connectors.github_audit.record import action_of, parse, recognise
from schemas.observation import Kind
from schemas.secretref import SecretRef


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is a reference (env: or file:) to a token that may read the audit log; `org` is the organisation.

    With `enterprise` the enterprise's log is read in place of the organisation's. `snapshot_hours` is how often the
    installed applications are listed. `base_url` overrides GitHub's address.
    """

    org: str
    token: str
    enterprise: str = ""
    snapshot_hours: int = 24
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)
        if not 1 <= self.snapshot_hours <= 24 * 30:
            raise ValueError("snapshot_hours: 1 to 720")


CONNECTOR = Connector(
    name="github_audit",
    title="GitHub audit log",
    kinds=(Kind.AUDIT, Kind.GRANT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#get-the-audit-log-for-an-organization",
    permissions=("organization administration: read (classic tokens: read:audit_log, admin:org for installations)",),
    granted_in=(
        "Organization settings > Developer settings > GitHub Apps > the app > Permissions & events > Organization "
        "permissions > Administration: Read-only; then install it on the organisation"
    ),
    plan="Enterprise Cloud",
    cursor="time, link of the next page; installed applications once a day",
    lateness=timedelta(minutes=15),
    lookback=timedelta(hours=1),
    max_back=timedelta(days=180),
    every=timedelta(minutes=5),
    rate=0.4,
    evidence="real sample",
    samples=("github_audit/log.json", "github_audit/installations.json"),
    wrapped_in=("installations",),
    secrets=("token",),
)
