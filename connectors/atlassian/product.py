"""A record of Jira's or Confluence's own audit log, from files.

Jira: `id`, `summary`, `created`, `category`, `authorAccountId`, `remoteAddress`, `objectItem`. Confluence: `author`,
`creationDate` (milliseconds), `summary`, `category`, `affectedObject`. They name no actions, only sentences: a record
is told where summary or category speak of AI. Names of projects, spaces and pages are never read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.atlassian.organisation import ROVO
from connectors.base import Ignored
from connectors.shared.auditlog import moment, of_ai, person
from connectors.shared.graph.values import text, under
from schemas.observation import Kind, Observation


def is_record(record: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a record of a product's audit."""
    jira = {"summary", "created", "category"} <= record.keys() and ({"objectItem", "eventSource"} & record.keys())
    return bool(jira) or {"summary", "creationDate", "category", "author"} <= record.keys()


def changed(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A record that speaks of AI."""
    category = text(record.get("category"))
    if not of_ai(record.get("summary"), category):
        return Ignored(f"product audit: {(category or 'no category')[:60]}")
    author = under(record, "author")
    account = text(record.get("authorAccountId")) or text(author.get("accountId"))
    key = record.get("id")
    seen = Observation(
        source="atlassian",
        kind=Kind.AUDIT,
        at=moment(record.get("created") or record.get("creationDate"), "created"),
        id=f"atlassian:jira/{key}" if isinstance(key, int) and not isinstance(key, bool) else "",
        actor=person(email=author.get("email"), account=account, ip=record.get("remoteAddress")),
        app=ROVO,
        action="product_setting_changed",
        attributes={"category": category} if category else {},
    )
    return iter((seen,))
