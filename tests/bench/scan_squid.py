"""`penumbra scan` of a million Squid lines against the barest Python loop over them and against `grep -F -f`.

All three are processes, timed with their start. 3 % of the lines are AI; `dense` is the same with 75 %.
Memory follows distinct people and tools, which the answer counts, and not lines: `peak_growth` compares a file with ten
times as many lines of the same people, `peak_growth_with_people` one whose people grow with it.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench import firehose
from tests.bench.measure import alternate, median, say, timed

LINES = 1_000_000
TURNS = 5
DENSE = 0.75
PROGRAM = Path(sys.executable).with_name("penumbra")
BARE = "import sys\nwith open(sys.argv[1]) as file:\n    for line in file:\n        line.split()\n"


def run(lines: int = LINES, turns: int = TURNS) -> dict[str, Any]:
    """Ratios of medians, seconds, peak memory, and that of a tenth of the file, which shows that memory is flat."""
    say(f"{lines:,} Squid lines in a file …")
    path = firehose.squid_file(lines)
    with tempfile.NamedTemporaryFile("w", suffix=".hosts") as hosts:
        hosts.write("\n".join(firehose.catalog_hosts()))
        hosts.flush()
        grep: list[str | Path] = ["env", "LC_ALL=C", "grep", "-c", "-F", "-f", hosts.name, path]
        runs = alternate({"scan": _scan(path), "bare loop": _bare(path), "grep": grep}, turns)
    found = json.loads(runs["scan"][0].output)
    if found["read"] != lines:
        raise RuntimeError(f"{found['read']} lines read of {lines}")
    ratios = [ours.seconds / base.seconds for ours, base in zip(runs["scan"], runs["bare loop"], strict=True)]
    dense = firehose.squid_file(lines, DENSE)
    crowded = alternate({"scan": _scan(dense), "bare loop": _bare(dense)}, min(turns, 3))
    tenth = timed(_scan(firehose.repeated_file(lines // 10, 3)))
    same = timed(_scan(firehose.repeated_file(lines // 10, 30)))
    peak = max(each.peak_mb for each in runs["scan"])
    return {
        "ratio": round(statistics.median(ratios), 2),
        "ratio_to_grep": round(median(runs["scan"]) / median(runs["grep"]), 2),
        "dense_ratio": round(median(crowded["scan"]) / median(crowded["bare loop"]), 2),
        "seconds": round(median(runs["scan"]), 2), "bare_seconds": round(median(runs["bare loop"]), 2),
        "grep_seconds": round(median(runs["grep"]), 2), "ratios": [round(each, 2) for each in ratios],
        "peak_mb": round(peak), "peak_mb_of_same_people": round(same.peak_mb),
        "peak_growth": round(same.peak_mb / tenth.peak_mb, 2),
        "peak_growth_with_people": round(peak / tenth.peak_mb, 2),
        "lines": lines, "tools": len(found["tools"]),
    }  # fmt: skip


def _scan(path: Path) -> list[str | Path]:
    return [PROGRAM, "scan", path, "--format", "squid", "--json"]


def _bare(path: Path) -> list[str | Path]:
    return [sys.executable, "-c", BARE, path]
