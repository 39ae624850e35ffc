"""ChatGPT Enterprise: the Compliance Logs Platform, and the GPTs, projects and automations of a workspace.

Read 2026-11-21: https://help.openai.com/en/articles/9261474-compliance-api-for-enterprise-customers and
https://developers.openai.com/cookbook/examples/chatgpt/compliance_api/logs_platform (listing and download), fields from
records others captured: elastic/integrations:packages/openai_chatgpt_enterprise/data_stream/*/_dev/test/pipeline/*.log
(all eight logs; this parser was run over them) and Worklytics/psoxy:docs/sources/chatgpt-enterprise/
example-api-responses/original (projects, automations, users); GPT objects from
tokensec/gpts-compliance-insight (its models of the answer). `logs` reads the log records, `agents` the custom agents',
`standing` what is listed, `compliance` asks for them. Prompts are for `texts`; answers,
instructions and titles are dropped.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.chatgpt_enterprise import agents, logs, standing
from connectors.chatgpt_enterprise.compliance import GRANTED_IN, PERMISSION, Config, fetch
from connectors.shared.graph.values import text
from schemas.observation import Kind, Observation

_LOGS = {**logs.LOGS, "CUSTOM_AGENTS_LOG": agents.told}


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One log record, or one GPT, project or automation. Raises Rejected for what is neither."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    log = record.get("type")
    if isinstance(log, str) and ("actor" in record or "principal" in record):
        return _LOGS.get(log, logs.other)(record)
    listed = standing.sort_of(record)
    if listed is None:
        raise Rejected("neither a record of the compliance logs nor a GPT, project or automation")
    return standing.told(record, listed)


def action_of(record: Any) -> str | None:
    """The log's own word: an action, an event type, or the log's name."""
    return logs.word(record) if isinstance(record, dict) else None


def texts(record: Any, _config: object) -> Iterator[str]:
    """What a person wrote in a message."""
    return logs.texts(record) if isinstance(record, dict) else iter(())


def recognise(record: Any) -> float:
    """How much a JSON object looks like a compliance record or a listed object of a workspace."""
    if not isinstance(record, dict):
        return 0.0
    principal = record.get("principal")
    if isinstance(principal, dict) and str(principal.get("type", "")).startswith("CHATGPT_"):
        return 0.98
    if text(record.get("event_id")) and record.get("type") in _LOGS:
        return 0.9
    return 0.95 if standing.sort_of(record) else 0.0


CONNECTOR = Connector(
    name="chatgpt_enterprise",
    title="ChatGPT Enterprise compliance logs",
    kinds=(Kind.AUDIT, Kind.BUILD, Kind.GRANT, Kind.SIGNIN),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://help.openai.com/en/articles/9261474-compliance-api-for-enterprise-customers",
    permissions=(PERMISSION,),
    granted_in=GRANTED_IN,
    plan="ChatGPT Enterprise, Edu or for Teachers",
    cursor="per log: end time of the last file and its id; time of the last whole listing",
    lateness=timedelta(hours=1),
    lookback=timedelta(hours=2),
    max_back=timedelta(days=30),
    every=timedelta(minutes=15),
    rate=0.8,
    evidence="real sample",
    samples=("chatgpt_enterprise/logs.ndjson", "chatgpt_enterprise/listed.json"),
    secrets=("key",),
    action_of=action_of,
    texts=texts,
)
