"""How the benchmarks measure: a command's seconds and peak memory, medians of turns taken in alternation."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

POLL_SECONDS = 0.02


class Timed(NamedTuple):
    """One run of a command; `peak_mb` is the highest resident memory of its own process."""

    seconds: float
    peak_mb: float
    output: str


def say(text: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


def peak_mb(pid: int | str = "self") -> float:
    """VmHWM of a process (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html), 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def timed(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Timed:
    """Runs a command to its end; raises CalledProcessError where it fails."""
    given = os.environ | dict(environment or {})
    # Files, not pipes: nobody reads while it runs, and a full pipe would stop it.
    with tempfile.TemporaryFile("w+") as shown, tempfile.TemporaryFile("w+") as told:
        began = time.perf_counter()
        with subprocess.Popen(command, stdout=shown, stderr=told, env=given) as process:
            peak = 0.0
            while process.poll() is None:
                peak = max(peak, peak_mb(process.pid))
                time.sleep(POLL_SECONDS)
            taken = time.perf_counter() - began
        output, errors = _whole(shown), _whole(told)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output, errors)
    return Timed(taken, peak, output)


def _whole(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def alternate(commands: Mapping[str, Sequence[str | Path]], turns: int) -> dict[str, list[Timed]]:
    """Each command `turns` times, in turn, so that a busy moment of the machine meets all of them."""
    runs: dict[str, list[Timed]] = {name: [] for name in commands}
    for turn in range(turns):
        for name, command in commands.items():
            runs[name].append(timed(command))
            say(f"turn {turn + 1} of {turns}: {name} {runs[name][-1].seconds:.2f} s")
    return runs


def median(runs: Sequence[Timed]) -> float:
    """The median of their seconds."""
    return statistics.median(run.seconds for run in runs)
