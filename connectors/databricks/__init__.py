"""Databricks' audit log: Genie asked, and spaces, models, serving endpoints, experiments and indexes people made.

Services, actions and their parameters: https://docs.databricks.com/aws/en/admin/account-settings/audit-logs; the table:
https://docs.databricks.com/aws/en/admin/system-tables/audit-logs; statements:
https://docs.databricks.com/api/workspace/statementexecution (read 2026-11-21, partly in public copies and programs).
`feed.py` fetches, `record.py` reads. Records somebody else captured: panther-labs/panther-analysis
(rules/databricks_rules), of other services than AI. Not verified: the parameters of some AI services. Single requests
to a serving endpoint are not in the audit log.
"""

from datetime import timedelta

import msgspec

from connectors.base import Connector
from connectors.databricks.feed import fetch
from connectors.databricks.record import action_of, parse, recognise
from schemas.observation import Kind
from schemas.secretref import SecretRef


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`workspace` is the workspace's address (`https://dbc-1.cloud.databricks.com`), `warehouse` the id of the SQL
    warehouse that reads the table, `client_id` and `client_secret` (a reference, env: or file:) a service principal's.
    """

    workspace: str
    warehouse: str
    client_id: str
    client_secret: str

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)


CONNECTOR = Connector(
    name="databricks",
    title="Databricks audit log (Genie, Mosaic AI, MLflow)",
    kinds=(Kind.AUDIT, Kind.BUILD, Kind.GRANT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://docs.databricks.com/aws/en/admin/account-settings/audit-logs",
    permissions=("USE SCHEMA and SELECT on system.access", "CAN USE on the SQL warehouse"),
    granted_in=(
        "Account console > User management > Service principals: a secret; workspace > Catalog > system > access > "
        "Permissions; SQL Warehouses > Permissions"
    ),
    plan="Premium, with Unity Catalog and the system schema access enabled",
    cursor="window, chunk of the result",
    lateness=timedelta(minutes=30),
    lookback=timedelta(hours=1),
    max_back=timedelta(days=365),
    every=timedelta(minutes=30),
    rate=1.0,
    evidence="real sample",
    samples=("databricks/audit.ndjson",),
    secrets=("client_secret",),
)
