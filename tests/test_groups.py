"""Tests of one group run in one worker: their servers are started once, not once a worker."""

import os
import re
import subprocess
import sys

GROUPED = """
import pytest

pytestmark = pytest.mark.xdist_group("servers")


@pytest.mark.parametrize("number", range(8))
def test_one(number):
    pass
"""


def test_a_group_is_run_by_one_worker(tmp_path):
    (tmp_path / "test_grouped.py").write_text(GROUPED)
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-n", "2", "--dist", "loadgroup", str(tmp_path)],
        cwd=tmp_path, env=alone, capture_output=True, text=True, check=True,
    )  # fmt: skip
    workers = re.findall(r"^\[(gw\d)\].*PASSED", ran.stdout, re.MULTILINE)
    assert len(workers) == 8
    assert len(set(workers)) == 1
