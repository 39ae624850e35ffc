"""`make bench`: runs all benchmarks in order and holds their figures against what was promised.

    python -m tests.bench [NAME …] [--json FILE]

Names: those of `targets.py`. Progress and the table go to standard error, the figures as JSON to standard output or to
the file. Ends with 0 where all promises hold, with 1 where one does not. Each benchmark is a
process of its own, so that none inherits another's memory; Ctrl-C ends what it started (130).
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.measure import say
from tests.bench.targets import BENCHMARKS

Figures = Mapping[str, Mapping[str, Any]]
ONE = "--one"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs those asked for; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures what Penumbra promises.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(BENCHMARKS)} [default: all]")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, not to standard output")
    parser.add_argument(ONE, action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    if given.one:
        sys.stdout.write(json.dumps(BENCHMARKS[given.names[0]].run()) + "\n")
        return 0
    try:
        figures = {name: _apart(name) for name in given.names or BENCHMARKS}
    except KeyboardInterrupt:
        return 130
    told = {name: {**found, "holds": _kept(name, found)} for name, found in figures.items()}
    text = json.dumps({"machine": _machine(), "benchmarks": told}, indent=1)
    if given.json is not None:
        given.json.write_text(text + "\n")
    else:
        sys.stdout.write(text + "\n")
    Console(stderr=True).print(table(figures))
    return 0 if all(one["holds"] for one in told.values()) else 1


def table(figures: Figures) -> Table:
    """A line for each promise, with what was found and what else belongs to it."""
    drawn = Table("promise", "found", "target", "holds", "beside it", title=_machine())
    for name, found in figures.items():
        beside = ", ".join(f"{each} {_shown(found.get(each))}" for each in BENCHMARKS[name].shown)
        for place, one in enumerate(BENCHMARKS[name].targets):
            value = found.get(one.figure)
            kept = value is not None and one.holds(value)
            limit = f"{'≤' if one.most else '≥'} {_shown(one.limit)}"
            drawn.add_row(one.says, _shown(value), limit, "yes" if kept else "NO", "" if place else beside)
    return drawn


def _kept(name: str, found: Mapping[str, Any]) -> bool:
    return all(one.figure in found and one.holds(found[one.figure]) for one in BENCHMARKS[name].targets)


def _apart(name: str) -> Mapping[str, Any]:
    """One benchmark in a process of its own; one that fails has an error instead of figures."""
    say(f"— {name} —")
    command = [sys.executable, "-m", "tests.bench", ONE, name]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return {"error": f"ended with {done.returncode}; its messages are above"}
    found: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:g}"


def _machine() -> str:
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, load before the end {load:.1f}"


if __name__ == "__main__":
    sys.exit(main())
