"""What the API answers held against the simulator's truth: tools, solutions and open alerts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

TOLD = ("name", "verdict", "standing", "people", "events", "bytes_out", "units")
PAGE = 200
Facts = Mapping[str, Mapping[Any, Any]]
"""Kind → key → what is said of it."""


async def answered(address: str, token: str) -> Facts:
    """What the API at `address` says; raises httpx.HTTPError where it does not answer."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as client:
        return {
            "tools": {item["tool"]: _tool(item) for item in await _all(client, "tools")},
            "solutions": {(i["solution"], i["unit"]): i["standing"] for i in await _all(client, "solutions")},
            "alerts": {item["grain"]: item["standing"] for item in await _all(client, "alerts", state="open")},
        }


def expected(truth: Mapping[str, Any]) -> Facts:
    """The same of `simulate truth`."""
    return {
        "tools": {item["tool"]: _tool(item) for item in truth["tools"]},
        "solutions": {(item["id"], item["unit"]): item["standing"] for item in truth["solutions"]},
        "alerts": {item["grain"]: item["standing"] for item in truth["alerts"]},
    }


def differences(found: Facts, true: Facts) -> list[str]:
    """One line for each thing that is missing, that isn't so, or of which something else is said."""
    told = []
    for kind, facts in true.items():
        for key in sorted({*facts, *found[kind]}, key=str):
            seen, meant = found[kind].get(key), facts.get(key)
            if seen != meant:
                told.append(f"{kind} {key}: found {_part(seen, meant)}, true {_part(meant, seen)}")
    return told


def summary(found: Facts, true: Facts) -> str:
    """How many of each kind are equal."""
    equal = {kind: sum(found[kind].get(key) == meant for key, meant in facts.items()) for kind, facts in true.items()}
    return ", ".join(f"{equal[kind]} of {len(facts)} {kind} equal" for kind, facts in true.items())


def _part(one: Any, other: Any) -> Any:
    """The fields that differ, where both have fields."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: value for name, value in one.items() if value != other.get(name)}
    return "nothing" if one is None else one


def _tool(item: Mapping[str, Any]) -> dict[str, Any]:
    times = {name: datetime.fromisoformat(item[name]) for name in ("first_seen", "last_seen")}
    return {**{name: item[name] for name in TOLD}, **times, "data_classes": sorted(item["data_classes"])}


async def _all(client: httpx.AsyncClient, path: str, **asked: str) -> Sequence[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await client.get(f"/api/v1/{path}", params={**asked, "limit": str(PAGE), "cursor": cursor})
        page = answer.raise_for_status().json()
        found += page["items"]
        cursor = page["next"]
    return found
