"""Zapier: Zaps with the applications they connect, agents, MCP servers, tables, forms, connections to other systems.

Two ways in. The Workflow API lists the Zaps an account's token sees, with their last run
(https://docs.zapier.com/powered-by-zapier/api-reference/zaps/get-zaps-[v2]; `zaps.py`). The audit log is a page of the
product whose rows are saved as CSV (https://help.zapier.com/hc/en-us/articles/13295074298125; `audit.py`); it has no
API. Both read 2026-11-21. Log streams (https://help.zapier.com/hc/en-us/articles/43732241361421) tell that a Zap ran,
but the fields of their records are published nowhere: they are counted and not read.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.graph.values import text
from connectors.zapier import audit, zaps
from schemas.observation import Kind, Observation
from schemas.secretref import SecretRef

_RUNS = {"zap.success", "zap.error", "zap.halted", "zap.stopped"}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is a reference (env: or file:) to an access token of the Workflow API, of an account's owner or admin.

    `snapshot_hours` is how often Zaps are listed. `base_url` overrides Zapier's address.
    """

    token: str
    snapshot_hours: int = 24
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)
        if not 1 <= self.snapshot_hours <= 24 * 30:
            raise ValueError("snapshot_hours: 1 to 720")


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """A Zap of the API, or a row of the audit log. Raises Rejected for what is neither."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object and no row")
    if zaps.is_zap(record):
        return zaps.listed(record)
    if (row := audit.row(record)) is not None:
        return audit.told(row)
    if _run(record):
        return Ignored("run of a Zap from a log stream, whose fields are not published")
    raise Rejected("neither a Zap nor a row of the audit log")


def _run(record: Any) -> bool:
    """Whether a record says that a Zap ran: by the event names of log streams."""
    return bool(_RUNS & {text(record.get("event")), text(record.get("type"))})


def action_of(record: Any) -> str | None:
    """Zapier's own name of what happened."""
    row = audit.row(record) if isinstance(record, dict) else None
    return row.activity if row else None


def recognise(record: Any) -> float:
    """How much a record looks like a Zap, or a row of the audit log."""
    if not isinstance(record, dict):
        return 0.0
    if zaps.is_zap(record) or _run(record):
        return 0.95
    row = audit.row(record)
    return 0.9 if row and audit.known(row) else 0.55 if row else 0.0


CONNECTOR = Connector(
    name="zapier",
    title="Zapier (Zaps, agents, audit log)",
    kinds=(Kind.BUILD, Kind.GRANT, Kind.SIGNIN, Kind.AUDIT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=zaps.fetch,
    docs="https://docs.zapier.com/powered-by-zapier/api-reference/zaps/get-zaps-[v2]",
    permissions=("scope zap:account:all of the Workflow API", "owner or super admin, to save the audit log"),
    granted_in=(
        "Zapier Developer Platform > the integration > Embed > Workflow API > scopes; the audit log is in "
        "Admin Center > Audit log > Export"
    ),
    plan="Team or Enterprise for the audit log; the Workflow API needs an integration in Zapier's App Directory",
    cursor="Zaps once a day",
    lateness=timedelta(days=1),
    max_back=timedelta(days=365),
    every=timedelta(hours=1),
    rate=1.0,
    evidence="vendor example",
    samples=("zapier/zaps.json", "zapier/audit.csv"),
    wrapped_in=("data",),
    secrets=("token",),
)
