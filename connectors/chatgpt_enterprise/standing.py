"""What stands in a workspace: custom GPTs, projects and scheduled automations, with owner, sharing and actions.

A listed object has no event time: the day it was listed (`takenAt`, put there by `compliance`) is in its id; in an
export without it the object's own creation counts.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from connectors.base import Ignored
from connectors.chatgpt_enterprise.records import CHATGPT, SOURCE
from connectors.shared.ai_product import facts
from connectors.shared.auditlog import maybe, moment, person
from connectors.shared.graph.values import items, text, under
from schemas.observation import Actor, Kind, Object, Observation, Solution

Sort = Literal["gpt", "project", "automation"]
_OBJECTS: Mapping[str, Sort] = {"compliance.workspace.gpt": "gpt", "compliance.workspace.project": "project"}
_NAMED = ("latest_config", "owner_email", "builder_name", "sharing")


def sort_of(record: Mapping[str, Any]) -> Sort | None:
    """Which listed object this is; an automation has a schedule and a switch."""
    named = _OBJECTS.get(str(record.get("object")))
    if named:
        return named
    if "schedule" in record and "is_enabled" in record and "id" in record:
        return "automation"
    if sum(field in record for field in _NAMED) > 1 and "id" in record:
        return "project" if str(record["id"]).startswith("g-p-") else "gpt"
    return None


def told(record: Mapping[str, Any], sort: Sort) -> Iterator[Observation] | Ignored:
    """One listed object as a solution. An automation without the time it was listed says nothing."""
    if sort == "automation" and "takenAt" not in record:
        return Ignored("automation without the time it was listed")
    taken = moment(record.get("takenAt", record.get("created_at")), "takenAt")
    key = text(record.get("id"))
    config = _config(record)
    user = under(record, "user")
    owner = person(
        email=record.get("owner_email") or user.get("email"), account=record.get("owner_id") or user.get("id")
    )
    made = _solution(record, sort, key or "", config, owner)
    return iter((
        Observation(
            source=SOURCE, kind=Kind.BUILD, at=taken, id=f"{SOURCE}:{key}:{taken:%Y-%m-%d}" if key else "",
            actor=owner, app=CHATGPT, action="present",
            object=Object(type="agent" if sort == "gpt" else "solution", id=key, name=made.name), solution=made,
            attributes=facts(
                standing=True, sort=sort, enabled=record.get("is_enabled"), schedule=record.get("schedule"),
                files=_count(config.get("files")), shared_with=_count(under(record, "sharing").get("recipients")),
            ),
        ),
    ))  # fmt: skip


def _solution(
    record: Mapping[str, Any], sort: Sort, key: str, config: Mapping[str, Any], owner: Actor | None
) -> Solution:
    """Tools are the connectors; of an action its domain. The name of an automation is a title and is dropped."""
    tools = [text(tool.get("action_domain")) or text(tool.get("type")) for tool in _listed(config.get("tools"))]
    author = person(
        email=under(config, "version_author").get("email"), account=under(config, "version_author").get("id")
    )
    return Solution(
        id=f"chatgpt_{sort}:{key}",
        type=f"chatgpt_{sort}",
        name=None if sort == "automation" else text(config.get("name")) or text(record.get("name")),
        connectors=tuple(dict.fromkeys(tool for tool in tools if tool)),
        sharing=text(under(record, "sharing").get("visibility")),
        owner=owner,
        makers=(author,) if author and author != owner else (),
        created_at=maybe(record.get("created_at")),
    )


def _config(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The newest configuration: an object, a list, or a list inside `data`, as GPTs and projects differ in it."""
    config = record.get("latest_config")
    first = next(_listed(config), None)
    return first if first is not None else config if isinstance(config, dict) else {}


def _listed(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from items(value.get("data") if isinstance(value, dict) else value)


def _count(value: Any) -> int | None:
    return sum(1 for _ in _listed(value)) or None
