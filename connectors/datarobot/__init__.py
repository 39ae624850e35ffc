"""DataRobot: the audit log of the User Activity Monitor, and the deployments and use cases that stand.

Read 2026-11-21: https://docs.datarobot.com/en/docs/api/reference/public-api/analytics.html (`GET /api/v2/eventLogs/`,
its parameters and event names) and https://docs.datarobot.com/en/docs/platform/reference/uam-ref.html (the columns
of exported reports). Fields of deployments and use cases as in the vendor's package datarobot 3.20.0
(datarobot/models/deployment/deployment.py, models/use_cases/use_case.py). Of an event's JSON the names beyond those of
the parameters (`event`, `timestamp`, `userId`, `projectId`, `orgId`) are unverified. `events` reads the log, `standing`
what is listed, `platform` asks for both.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.datarobot import events, standing
from connectors.datarobot.platform import GRANTED_IN, PERMISSION, Config, fetch
from schemas.observation import Kind, Observation


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One audited event (of the API or an export), deployment or use case. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    listed = standing.sort_of(record)
    if listed is not None:
        return standing.told(record, listed)
    if not events.is_event(record):
        raise Rejected("neither an audited event nor a deployment or use case")
    return events.told(record)


def action_of(record: Any) -> str | None:
    """The event's name."""
    return events.name_of(record) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a record looks like DataRobot's."""
    if not isinstance(record, dict):
        return 0.0
    return 0.9 if standing.sort_of(record) else 0.85 if events.is_event(record) else 0.0


CONNECTOR = Connector(
    name="datarobot",
    title="DataRobot",
    kinds=(Kind.AUDIT, Kind.BUILD),
    how=("pull", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://docs.datarobot.com/en/docs/api/reference/public-api/analytics.html",
    permissions=(PERMISSION,),
    granted_in=GRANTED_IN,
    plan="an upgraded package with the User Activity Monitor; deployments and use cases without",
    cursor="newest event with gap: window and offset; time of the last whole listings",
    lateness=timedelta(minutes=15),
    lookback=timedelta(hours=1),
    every=timedelta(minutes=15),
    rate=2.0,
    evidence="vendor example",
    samples=("datarobot/answers.json", "datarobot/app_usage.csv"),
    secrets=("token",),
    action_of=action_of,
)
