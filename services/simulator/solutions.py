"""What people build: flows, apps and agents, each with an owner, connectors and an id of the vendor's kind."""

import uuid
from functools import lru_cache
from typing import NamedTuple

from services.simulator.people import Person, gone, stayers
from services.simulator.tools import AGENTS, APPS, FLOWS
from services.simulator.world import World

FLOW, APP, AGENT = "power_automate_flow", "power_app", "copilot_studio_agent"
BUILT_WITH = {FLOW: FLOWS, APP: APPS, AGENT: AGENTS}
_SPACE = uuid.UUID("5b0f6a52-44a5-4c7a-9d54-3f2f0d6a0002")
_THINGS = ("Invoice triage", "Lead summary", "Ticket routing", "Shift planner", "Vendor answers", "Onboarding guide")
_CONNECTORS = (
    ("Office 365 Outlook", "OpenAI"), ("SharePoint", "Approvals"), ("Salesforce", "Azure OpenAI"),
    ("Dataverse", "AI Builder"),
)  # fmt: skip
FEWEST = {FLOW: 6, APP: 4, AGENT: 4}
_ONE_PER = {FLOW: 25, APP: 60, AGENT: 80}


class Solution(NamedTuple):
    """A flow, app or agent. `vendor_id` is a GUID; `id` names it across sources; `owner` built it."""

    id: str
    type: str
    vendor_id: str
    name: str
    owner: Person
    connectors: tuple[str, ...]
    shared: bool


@lru_cache(4)
def solutions(world: World) -> tuple[Solution, ...]:
    """All that is built in the period; owners are people who stay."""
    rng = world.rng("solutions")
    owners = stayers(world)
    made = []
    for kind, fewest in FEWEST.items():
        for number in range(max(fewest, world.people // _ONE_PER[kind])):
            vendor_id = str(uuid.uuid5(_SPACE, f"{world.seed}/{world.people}/{kind}/{number}"))
            thing, owner = rng.choice(_THINGS), rng.choice(owners)
            name = f"{thing} {number + 1}"
            connectors = rng.choice(_CONNECTORS)
            solution = Solution(f"{kind}:{vendor_id}", kind, vendor_id, name, owner, connectors, rng.random() < 0.3)  # noqa: PLR2004 - share that is shared
            made.append(solution)
    return tuple(made)


def never_seen(world: World) -> str:
    """The id of a flow that the registry lists and nobody has touched."""
    return f"{FLOW}:{uuid.uuid5(_SPACE, f'{world.seed}/never')}"


def leaver(world: World) -> Person:
    """The person who left and still owns entries of the registry."""
    return gone(world)[0]
