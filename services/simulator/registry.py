"""The company's AI registry, wrong in known ways: what is missing, outdated, misplaced or owned by nobody."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import TextIO

from schemas.registry import Approval, EntryKind, RegistryEntry
from services.simulator import tools
from services.simulator.company import DOMAIN
from services.simulator.people import stayers
from services.simulator.solutions import AGENT, APP, FLOW, Solution, leaver, never_seen, solutions
from services.simulator.world import World

COLUMNS = (
    "id", "name", "kind", "tools", "solution_ids", "owner", "accountable", "units", "purpose", "data_classes", "tier",
    "stage", "approval", "registered_at", "certified_at", "expires_at", "notes", "cost_centre",
)  # fmt: skip
"""The columns of the registry file, and one (`cost_centre`) that nobody knows."""


@lru_cache(4)
def registry(world: World) -> tuple[RegistryEntry, ...]:
    """All entries. What no entry covers is unregistered: the APIs, Gamma, Hugging Face, Kimi and others."""
    return (*_for_tools(world), *_for_solutions(world))


def _entry(world: World, number: int, name: str, tool: str, **told: object) -> RegistryEntry:
    """A sound entry of one tool, changed by what is told."""
    owners = stayers(world)
    sound: dict[str, object] = {
        "id": f"AI-{number:03d}", "name": name, "tools": (tool,), "owner": owners[number % len(owners)].email,
        "accountable": f"ai-office@{DOMAIN}", "purpose": f"{name} for daily work", "stage": "live",
        "registered_at": _days(world, -300), "certified_at": _days(world, -100), "expires_at": _days(world, 200),
    }  # fmt: skip
    return RegistryEntry(**{**sound, **told})  # type: ignore[arg-type] # the struct's own fields, by name


def _days(world: World, days: int) -> date:
    return world.now.date() + timedelta(days=days)


def _for_tools(world: World) -> Iterator[RegistryEntry]:
    at_home = ("Engineering", "Marketing", "Sales", "Operations", "Customer Support")
    yield _entry(world, 1, "ChatGPT Enterprise", "openai.chatgpt", units=at_home)
    yield _entry(world, 2, "GitHub Copilot", "github.copilot")
    yield _entry(world, 3, "Microsoft 365 Copilot", tools.COPILOT_M365)
    yield _entry(world, 4, "Perplexity", "perplexity.ai", expires_at=_days(world, -20))
    yield _entry(world, 5, "Claude", "anthropic.claude", certified_at=_days(world, -400), expires_at=None)
    yield _entry(world, 6, "Otter", "otter.ai", owner=leaver(world).email)
    yield _entry(world, 7, "DeepSeek", "deepseek.chat", approval=Approval.PROHIBITED)
    yield _entry(world, 8, "Grammarly", "grammarly.assistant", approval=Approval.TOLERATED, expires_at=_days(world, 60))
    yield _entry(world, 9, "Gemini", "google.gemini", approval=Approval.UNDER_REVIEW, certified_at=None,
                 registered_at=_days(world, -1), stage="idea")  # fmt: skip
    yield _entry(world, 10, "Synthesia", "synthesia.video")
    yield _entry(world, 11, "DeepL", "deepl.translate")
    yield _entry(world, 12, "ElevenLabs", "elevenlabs.voice", owner=None)
    yield _entry(world, 13, "Midjourney", "midjourney.image", units=("Marketing",))
    yield _entry(world, 14, "Fireflies", "fireflies.ai", data_classes=("public", "internal"))
    yield _entry(world, 18, "Cursor", "cursor.ide", tier=1)
    for number, tool in enumerate((tools.FLOWS, tools.APPS, tools.AGENTS), 15):
        yield _entry(world, number, tools.TOOL[tool].name, tool)


def _for_solutions(world: World) -> Iterator[RegistryEntry]:
    def of(kind: str, place: int) -> Solution:
        return [s for s in solutions(world) if s.type == kind][place]

    yield _declared(world, 31, of(FLOW, 0).name, of(FLOW, 0).id)
    yield _declared(world, 32, of(FLOW, 1).name, of(FLOW, 1).id, owner=leaver(world).email)
    yield _declared(world, 33, of(AGENT, 0).name, of(AGENT, 0).id, expires_at=_days(world, -3))
    yield _declared(world, 34, of(APP, 0).name, of(APP, 0).id, approval=Approval.PROHIBITED)
    yield _declared(world, 35, of(AGENT, 1).name, of(AGENT, 1).id, approval=Approval.UNDER_REVIEW,
                    registered_at=_days(world, -1), certified_at=None)  # fmt: skip
    yield _declared(world, 36, of(APP, 1).name, of(APP, 1).id)
    yield _declared(world, 37, "Quarterly digest (never switched on)", never_seen(world))


def _declared(world: World, number: int, name: str, solution: str, **told: object) -> RegistryEntry:
    entry = {"kind": EntryKind.SOLUTION, "tools": (), "solution_ids": (solution,), **told}
    return _entry(world, number, name, "", **entry)


def write_registry(world: World, file: TextIO) -> int:
    """The registry file of INTERFACES: `,` between columns, `;` within a cell; gives the number of rows."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    entries = registry(world)
    for number, entry in enumerate(entries):
        rows.writerow([_cell(getattr(entry, name, f"CC-{100 + number}")) for name in COLUMNS])
    return len(entries)


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return ";".join(value)
    return "" if value is None else str(value)
