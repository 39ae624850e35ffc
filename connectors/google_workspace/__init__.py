"""Google Workspace by the Admin SDK Reports API: grants, Gemini's use, agents, DLP rules, Chrome, files, sign-ins.

`feed` fetches through `api`, `activity` opens an activity, `applications` reads one application's events each, with
`agents` and `guards`. What was typed into Gemini is in none of these logs; titles of files are dropped here.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.google_workspace.activity import KIND, opened
from connectors.google_workspace.agents import agent
from connectors.google_workspace.api import SCOPE, Config
from connectors.google_workspace.applications import READERS
from connectors.google_workspace.feed import LOOKBACK, MAX_BACK, fetch
from schemas.observation import Kind, Observation

_NAME = 40


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One activity: an observation for each of its events that says something. Raises Rejected for what is none."""
    application, events = opened(record)
    reader = READERS.get(application)
    if reader is not None and not events:
        raise Rejected("an activity without events")
    found = tuple(seen for event in events for seen in (*(reader(event) if reader else ()), *agent(event)))
    if found:
        return iter(found)
    return Ignored(f"{application}: {_word(events[0].name)}" if reader else f"application {_word(application)}")


def action_of(record: Any) -> str | None:
    """The application and the name of its first event, as Google's own words."""
    try:
        application, events = opened(record)
    except Rejected:
        return None
    return f"{application}:{events[0].name}" if events and events[0].name else application


def _word(name: str) -> str:
    """An application's or event's name for a reason that is counted: the vendor's words have one shape."""
    plain = name[:_NAME]
    return plain if plain.replace("_", "").isalnum() else "other"


def recognise(record: Any) -> float:
    """How much a JSON object looks like an activity of the Reports API."""
    try:
        application, _ = opened(record)
    except Rejected:
        return 0.0
    if record.get("kind") == KIND:
        return 0.98
    known = ("actor", "events", "ipAddress", "etag")
    told = sum(key in record for key in known) + (application in READERS) + ("time" in record["id"])
    return round(0.9 * told / (len(known) + 2), 2)


CONNECTOR = Connector(
    name="google_workspace",
    title="Google Workspace audit logs",
    kinds=(Kind.GRANT, Kind.AUDIT, Kind.SIGNIN, Kind.DLP, Kind.WEB, Kind.ENDPOINT, Kind.BUILD),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities/list",
    permissions=(
        f"the scope {SCOPE} for the service account's client id, by domain-wide delegation",
        "the privilege Reports for the administrator it acts for",
        "the Admin SDK API in the service account's Cloud project",
    ),
    granted_in=(
        "Admin console > Security > Access and data control > API controls > Domain-wide delegation; "
        "Cloud console > APIs and services > Library > Admin SDK API"
    ),
    plan="any edition with audit logs; Gemini's log needs Gemini in the edition, Drive's is not in all editions",
    cursor="per application: window read up to, page token of a window broken off, daily sweep of three days",
    lateness=timedelta(days=3),
    lookback=LOOKBACK,
    max_back=MAX_BACK,
    every=timedelta(minutes=10),
    rate=20.0,
    evidence="real sample",
    samples=("google_workspace/activities.json",),
    secrets=("credentials",),
)
