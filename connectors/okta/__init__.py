"""Okta System Log: sign-ins to applications, OAuth consent, applications made and handed out, agents and MCP servers.

`feed` polls the log, `events` reads a LogEvent. Who let which program in before the log began tells `okta_directory`.
"""

from datetime import timedelta

from connectors.base import Connector
from connectors.okta.events import action_of, parse, recognise
from connectors.okta.feed import LIMIT, Config, fetch
from schemas.observation import Kind

__all__ = ["CONNECTOR", "LIMIT", "Config", "fetch", "parse", "recognise"]

CONNECTOR = Connector(
    name="okta",
    title="Okta System Log",
    kinds=(Kind.SIGNIN, Kind.GRANT, Kind.AUDIT, Kind.BUILD),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developer.okta.com/docs/reference/system-log-query/",
    permissions=("okta.logs.read, or an API token of an administrator who may read the System Log",),
    granted_in="Admin Console > Security > API > Tokens > Create token",
    plan="any; AI agent and MCP events need Okta for AI Agents",
    cursor="the next link of the polled log",
    lateness=timedelta(minutes=5),
    max_back=timedelta(days=90),
    every=timedelta(minutes=1),
    rate=2.0,
    evidence="real sample",
    samples=("okta/events.json",),
    secrets=("token",),
)
