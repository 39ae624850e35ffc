"""From a page's struct to HTML: one strict, escaping environment, and what every page has around its content."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from fastapi import Request
from starlette.responses import HTMLResponse

from services.inventory import titles
from services.inventory.api.views import SolutionItem
from services.inventory.console import words
from services.inventory.console.files import style
from services.kit.access import Caller
from services.kit.runtime import Runtime

HERE = Path(__file__).parent
SHOWN_UNITS = 2


class Section(NamedTuple):
    """A page's place in the navigation: a page module says it as `SECTION`. Lower `rank` stands first."""

    rank: int
    name: str
    path: str
    permission: str


@dataclass(frozen=True)
class Frame:
    """What stands around a page: who reads it, where they are, and where its JSON twin is."""

    sample: bool
    user: str
    permissions: frozenset[str]
    section: str
    twin: str
    style: str
    now: datetime
    sections: tuple[Section, ...]

    def may(self, permission: str) -> bool:
        """Whether the reader has a permission, so that no page offers what would be refused."""
        return permission in self.permissions

    def at(self, path: str) -> "Frame":
        """The same around a page that is shown at another path than was asked for: a form with its faults."""
        return replace(self, twin=f"{path}.json")

    @property
    def today(self) -> str:
        """The day, for date fields."""
        return self.now.date().isoformat()


def frame(runtime: Runtime, request: Request, caller: Caller, section: str) -> Frame:
    """The frame of a request's page."""
    path = request.url.path
    query = f"?{request.url.query}" if request.url.query else ""
    twin = ("/overview" if path == "/" else path) + ".json" + query
    return Frame(
        runtime.settings.sample_company,
        caller.name,
        caller.permissions,
        section,
        twin,
        style(),
        runtime.clock.now(),
        sections(),
    )


@cache
def sections() -> tuple[Section, ...]:
    """The sections of all page modules, in order."""
    modules = (importlib.import_module(f"{__package__}.{each.name}") for each in pkgutil.iter_modules([str(HERE)]))
    return tuple(sorted(found for module in modules if (found := getattr(module, "SECTION", None))))


def render(template: str, frame: Frame, page: Any, status: int = 200, **more: Any) -> HTMLResponse:
    """The page as HTML."""
    text = environment().get_template(template).render(page=page, frame=frame, **more)
    return HTMLResponse(text, status_code=status)


@cache
def environment() -> jinja2.Environment:
    """The templates: everything is escaped, and a name that isn't there is an error and not a gap."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {
        "words": words.words, "standing": words.standing, "standing_colour": words.standing_colour,
        "severity_colour": lambda name: words.SEVERITIES.get(name, "grey"),
        "state_colour": lambda name: words.STATES.get(name, "grey"),
        "data_class": words.data_class, "decision": words.decision, "verdict": words.verdict, "source": words.source,
        "unit": words.unit, "kind": titles.kind, "called": called, "date": words.date,
        "count": words.count, "size": words.size,
        "stamp": words.stamp, "when": words.when, "day": words.day, "ago": words.ago, "largest": largest,
    }  # fmt: skip
    return made


def called(solution: SolutionItem) -> str:
    """What a solution is called here, in its alerts too."""
    return solution.name or titles.nameless(solution.type, solution.solution)


def largest(units: Mapping[str, int]) -> str:
    """The units with most people, and how many more there are."""
    ranked = sorted(units.items(), key=lambda unit: (-unit[1], unit[0]))
    named = ", ".join(f"{words.unit(name)} {count}" for name, count in ranked[:SHOWN_UNITS])
    return f"{named} +{len(ranked) - SHOWN_UNITS}" if len(ranked) > SHOWN_UNITS else named
