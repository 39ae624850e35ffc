"""Fault points: a process ends, or stands still, where it was told to and nowhere else."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

PASSES = "from services.kit import faults\nfor name in 'abab': faults.point(name)\nprint('through')"
SLOWLY = """
import sys, time
from services.kit import faults
print('on its way', flush=True)
for _ in range(600):
    faults.point('a')
    time.sleep(0.05)
"""


def ran(asked: str) -> int:
    environment = os.environ | {"PENUMBRA_FAULT": asked}
    done = subprocess.run([sys.executable, "-c", PASSES], env=environment, capture_output=True, check=False)
    return done.returncode


def test_ends_at_its_point_the_time_it_was_told() -> None:
    assert ran("b:2") == -signal.SIGKILL
    assert ran("b:3") == 0
    assert ran("c:1") == 0


def test_a_running_process_is_told_by_a_file_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    order = tmp_path / "order"
    environment = os.environ | {"PENUMBRA_FAULT": f"@{order}"}
    with subprocess.Popen([sys.executable, "-c", SLOWLY], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        order.write_text("a:2:stop")
        became(process.pid, psutil.STATUS_STOPPED)
        assert not order.exists()
        process.send_signal(signal.SIGCONT)
        order.write_text("a:1")
        assert process.wait(20) == -signal.SIGKILL


def became(pid: int, status: str) -> None:
    until = time.monotonic() + 20
    while psutil.Process(pid).status() != status:
        assert time.monotonic() < until, psutil.Process(pid).status()
        time.sleep(0.05)
