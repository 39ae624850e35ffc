"""Findings: what dirty grains come to now, told from cells, labels, people, registry and sources in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Standing
from schemas.observation import ClassLabel
from services.inventory import capabilities, figures, summaries
from services.inventory.domain.grain import Grain
from services.inventory.domain.judge import severity
from services.inventory.domain.policy import Policy
from services.inventory.domain.reconcile import Seen
from services.inventory.registry import Register
from services.inventory.titles import nameless, source_title, title
from services.labelling.products import Tool, tool

SOURCES = text("select instance, state, weaknesses, changed_at from inventory.source_type where instance = any(:some)")
BROKEN = frozenset({"silent", "failing", "no_permission", "not_licensed", "not_enabled"})
SEEING = frozenset({"healthy", "empty"})
Labels = Mapping[str, ClassLabel]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a grain comes to: nothing to tell where `standing` is None; else all that its alert shows.

    `last_seen` is the event time of its latest evidence.
    """

    standing: Standing | None = None
    shown: Mapping[str, object] = {}
    last_seen: datetime | None = None


NOTHING = Finding()


async def look(
    connection: AsyncConnection, taken: Sequence[Grain], register: Register, tools: Mapping[str, Tool], policy: Policy,
    now: datetime,
) -> dict[str, Finding]:  # fmt: skip
    """What each grain comes to, by its text; those with nothing to tell are left out. `tools` names products."""
    subjects: dict[str, set[str]] = {"tool": set(), "solution": set(), "source": set(), "capability": set()}
    for grain in taken:
        subjects[grain.kind].add(grain.subject)
    found = await _of_sources(connection, subjects["source"])
    found |= await _of_capabilities(connection, subjects["capability"], tools, policy, now)
    evidence = await summaries.class_evidence(connection, subjects["tool"] | subjects["solution"])
    if subjects["tool"]:
        used = await figures.counted(connection, taken)
        basis = await summaries.bases(connection, subjects["tool"])
        for grain in taken:
            summary = used.get(grain.subject, {}).get(grain.unit) if grain.kind == "tool" else None
            if summary is not None:
                told = evidence.get(grain.subject, {}), basis.get(grain.subject, ())
                found[str(grain)] = _of_tool(summary, register, tool(tools, grain.subject), *told, policy)
    if subjects["solution"]:
        for each in (await summaries.of_solutions(connection, subjects["solution"])).values():
            if not each.deleted:
                found[f"solution:{each.id}"] = _of_solution(each, register, evidence.get(each.id, {}), policy)
    return found


async def _of_sources(connection: AsyncConnection, instances: set[str]) -> dict[str, Finding]:
    """What is broken, or degraded, is unregistered use nobody sees; the evidence dates from when it became so."""
    if not instances:
        return {}
    rows = (await connection.execute(SOURCES, {"some": sorted(instances)})).all()
    return {
        f"source:{row.instance}": Finding(
            standing=Standing.UNREGISTERED, last_seen=row.changed_at,
            shown={
                "kind": "source", "title": source_title(row.instance, row.state, row.weaknesses),
                "severity": "high" if row.state in BROKEN else "medium",
            },
        )
        for row in rows if row.state in BROKEN or (row.state in SEEING and row.weaknesses)
    }  # fmt: skip


async def _of_capabilities(
    connection: AsyncConnection, subjects: set[str], tools: Mapping[str, Tool], policy: Policy, now: datetime
) -> dict[str, Finding]:
    """The evidence dates from the newest name, so that a dismissed family is told again only when it grows."""
    shown = await capabilities.look(connection, subjects, tools, policy, now) if subjects else {}
    return {
        grain: Finding(standing=capabilities.STANDING, shown=each.shown, last_seen=each.grown_at)
        for grain, each in shown.items()
    }


def _of_tool(
    summary: summaries.Summary, register: Register, named: Tool, labels: Labels, basis: tuple[str, ...], policy: Policy
) -> Finding:
    classes = frozenset(summary.classes)
    seen = Seen(
        tool=summary.tool, units=frozenset({summary.unit or "unknown"}), classes=classes, people=summary.people,
        last_seen=summary.last_seen,
    )  # fmt: skip
    answer = register.held(seen, summary.events)
    shown = {
        "kind": "tool", "tool": summary.tool, "tool_name": named.name, "vendor": named.vendor, "unit": summary.unit,
        "people": summary.people, "events": summary.events, "bytes_out": summary.bytes_out,
        "first_seen": summary.first_seen, "last_seen": summary.last_seen,
        "classes": tuple(labels[name] for name in summary.classes if name in labels),
        "severity": severity(answer.standing, classes, summary.people, policy), "basis": (*basis, answer.why),
        "title": title(named.name, answer.standing, summary.unit),
    }  # fmt: skip
    return Finding(standing=answer.standing, shown=shown, last_seen=summary.last_seen)


def _of_solution(
    summary: summaries.SolutionSummary, register: Register, labels: Labels, policy: Policy
) -> Finding:  # fmt: skip
    classes = frozenset(summary.classes)
    seen = Seen(
        solution=summary.id, units=frozenset({summary.unit}), classes=classes, people=summary.people,
        last_seen=summary.last_seen,
    )  # fmt: skip
    answer = register.held(seen, summary.events)
    name = summary.name or nameless(summary.type, summary.id)
    shown = {
        "kind": "solution", "solution": summary.id, "unit": summary.unit, "people": summary.people,
        "tool": summary.tools[0] if summary.tools else None, "events": summary.events,
        "first_seen": summary.first_seen, "last_seen": summary.last_seen,
        "classes": tuple(labels[name] for name in summary.classes if name in labels),
        "severity": severity(answer.standing, classes, summary.people, policy), "basis": (answer.why,),
        "title": title(name, answer.standing, summary.unit),
    }  # fmt: skip
    return Finding(standing=answer.standing, shown=shown, last_seen=summary.last_seen)
