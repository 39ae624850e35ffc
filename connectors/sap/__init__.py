"""SAP BTP's audit log: Joule and other AI subscribed to, AI Core used and deployed on, by people and by applications.

Retrieval, with an example of a record: https://help.sap.com/docs/btp/sap-business-technology-platform/
audit-log-retrieval-api-usage-for-subaccounts-in-cloud-foundry-environment; what AI Core writes: "Auditing and Logging
Information" of https://help.sap.com/docs/sap-ai-core; what subscriptions write: the page of that name of Cloud
Management (read 2026-11-21 in github.com/SAP-docs). `feed.py` fetches, `record.py` reads. Names of applications and
clients (`das-application`, `…|aicore!b540`) are those met in public programs. Not verified: how a message of AI Core
and of a subscription is laid out (the documentation names words in it), and what Joule itself writes.
"""

from datetime import timedelta

import msgspec

from connectors.base import Connector
from connectors.sap.feed import STREAMS, fetch
from connectors.sap.record import action_of, parse, recognise
from schemas.observation import Kind
from schemas.secretref import SecretRef


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Of the service key of auditlog-management: `url`, `login_url` (uaa.url), `client_id` (uaa.clientid) and
    `client_secret` (uaa.clientsecret; a reference, env: or file:).

    `streams` are the categories that are pulled: configuration, security-events.
    """

    url: str
    login_url: str
    client_id: str
    client_secret: str
    streams: tuple[str, ...] = STREAMS

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)
        if unknown := [stream for stream in self.streams if stream not in STREAMS]:
            raise ValueError(f"streams: {', '.join(unknown)} not known; there are {', '.join(STREAMS)}")


CONNECTOR = Connector(
    name="sap",
    title="SAP BTP audit log (Joule, AI Core)",
    kinds=(Kind.AUDIT, Kind.BUILD),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs=(
        "https://help.sap.com/docs/btp/sap-business-technology-platform/"
        "audit-log-retrieval-api-usage-for-subaccounts-in-cloud-foundry-environment"
    ),
    permissions=("a service key of auditlog-management, plan default (a subaccount) or central (the global account)",),
    granted_in=(
        "BTP cockpit > the subaccount > Entitlements: Auditlog Management; Services > Instances: create one, then its "
        "service key"
    ),
    plan="none beyond BTP",
    cursor="window, handle of the next page",
    lateness=timedelta(minutes=30),
    lookback=timedelta(hours=1),
    max_back=timedelta(days=90),
    every=timedelta(minutes=15),
    rate=2.0,
    evidence="vendor example",
    samples=("sap/records.json",),
    secrets=("client_secret",),
)
