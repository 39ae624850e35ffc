"""Dataverse, environment by environment: AI Builder's consumption, Dynamics AI's use, and what is built in it.

Tables (read 2026-11-21): https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/msdyn_aievent,
…/msdyn_aimodel, …/bot, …/workflow, https://learn.microsoft.com/dynamics365/developer/reference/entities/msdyn_copilotinteraction.
A list of agents as exported from a tenant: pnp/cli-microsoft365, src/m365/pp/commands/copilot/copilot-list.spec.ts.
Rows of the other tables were not seen: their shape is the reference's.

`feed` pulls, `rows` reads one kind of row each. Event data, inputs, outputs and interaction contexts are not read.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.dataverse import rows
from connectors.dataverse.feed import LOOKBACK, Config, fetch
from schemas.observation import Kind, Observation

_SURE = 0.97


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One row of a table that is known here. Raises Rejected for another's, or one without a time."""
    row = rows.opened(record)
    read = rows.reader(row)
    if read is None:
        raise Rejected("no row of a table that is read here")
    return read(row)


def recognise(record: Any) -> float:
    """How much a JSON object looks like a row of one of the tables."""
    try:
        row = rows.opened(record)
    except Rejected:
        return 0.0
    return _SURE if rows.reader(row) else 0.0


CONNECTOR = Connector(
    name="dataverse",
    title="Dataverse: AI Builder and Dynamics AI",
    kinds=(Kind.AUDIT, Kind.BUILD),
    how=("pull", "file", "push"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/msdyn_aievent",
    permissions=(
        "an application user in each environment",
        "a security role for it that reads AI Event, AI Model, Copilot (bot), Process, User",
        "… and Copilot Interaction where Dynamics 365 Customer Service is there",
    ),
    granted_in=(
        "Power Platform admin center > Manage > Environments > the environment > Settings > Users + permissions > "
        "Application users > New app user; the role: … > Security roles"
    ),
    plan="any environment with Dataverse; AI Builder's credits ended 2026-11-01, and its table may stay empty since",
    cursor="per environment and table: window on createdon with look-back; time of the last whole snapshot",
    lateness=timedelta(hours=1),
    lookback=LOOKBACK,
    every=timedelta(minutes=30),
    rate=5.0,
    evidence="real sample",
    samples=("dataverse/rows.json",),
    secrets=("client_secret",),
)
