"""What a run says: a line for each round, a table and JSON at the end."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.chaos.rounds import Round


def line(played: Round) -> str:
    """One round in one line; a second one for each difference."""
    what = f"{played.number:3d} {played.log:8} {played.strike}"
    if not played.proven:
        return f"{what}: does not count, {played.failed_to or 'nothing was in flight'}; once more"
    repeats = f", {played.repeats} webhooks repeated" if played.repeats else ""
    end = "equal" if not played.differences else f"{len(played.differences)} DIFFERENCES"
    head = f"{what} | in flight: {played.in_flight} | {played.seconds:.1f} s | {end}{repeats}"
    return "\n".join([head, *(f"      {told}" for told in played.differences)])


def figures(rounds: Sequence[Round], *, seed: int, safeguard: str = "") -> dict[str, Any]:
    """The run as JSON values. `lost` and `double` are events; all else that differs is in `differences`."""
    counted = [one for one in rounds if one.proven]
    last = {one.log: one for one in counted}
    killed = [one for one in counted if not one.strike.freeze]
    found = next((place for place, one in enumerate(counted, 1) if one.differences), None)
    return {
        "seed": seed, "rounds": len(counted), "not_counted": len(rounds) - len(counted), "broken": safeguard or None,
        "found_in_round": found, "lost": sum(one.lost for one in last.values()),
        "double": sum(one.double for one in last.values()),
        "differences": [told for one in counted for told in one.differences],
        "webhooks_repeated": sum(one.repeats for one in counted),
        "rounds_by_log": dict(Counter(one.log for one in counted)),
        "kills_by_part": dict(sorted(Counter(one.strike.part for one in killed).items())),
        "kills_by_point": dict(sorted(Counter(one.strike.point or "random" for one in killed).items())),
        "frozen": len(counted) - len(killed),
        "seconds": round(sum(one.seconds for one in rounds), 1),
        "played": [_played(one) for one in rounds],
    }  # fmt: skip


def _played(one: Round) -> dict[str, Any]:
    return {
        "round": one.number, "log": one.log, "part": one.strike.part, "point": one.strike.point,
        "frozen": one.strike.freeze, "counted": one.proven, "seconds": round(one.seconds, 2),
        "in_flight": one.in_flight._asdict() if one.in_flight is not None else None, "lost": one.lost,
        "double": one.double, "webhooks_repeated": one.repeats, "differences": one.differences,
    }  # fmt: skip


def show(told: dict[str, Any], console: Console) -> None:
    """The table."""
    table = Table(title="make chaos", show_header=False)
    rows = ("rounds", "not_counted", "rounds_by_log", "lost", "double", "webhooks_repeated", "frozen", "seconds")
    for name in rows:
        table.add_row(name.replace("_", " "), _text(told[name]))
    table.add_row("differences", str(len(told["differences"])))
    for kind in ("kills_by_part", "kills_by_point"):
        table.add_section()
        for name, count in told[kind].items():
            table.add_row(f"{kind.rpartition('_')[2]} {name}", str(count))
    console.print(table)


def written(told: dict[str, Any]) -> str:
    """The JSON text."""
    return json.dumps(told, indent=2)


def _text(value: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in value.items()) if isinstance(value, dict) else str(value)
