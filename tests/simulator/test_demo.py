"""What the demo is given, the commands, and load with known counts."""

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.kit.clock import ManualClock
from services.simulator import load, tools
from services.simulator.demo import FOLDER, WRITTEN, demo_world, plan_demo
from services.simulator.truth import truth
from services.simulator.world import World, world

NOW = datetime(2026, 11, 18, 8, 30, tzinfo=UTC)
HOSTS = {host: tool.id for tool in tools.TOOLS for host in tool.hosts}


async def test_what_was_written_whole_is_not_written_again(tmp_path):
    made = demo_world(tmp_path, NOW, people=50)
    files = await plan_demo(made, tmp_path / FOLDER)
    files.directory_csv.write_text("")
    await plan_demo(made, tmp_path / FOLDER)
    assert files.directory_csv.read_text() == ""
    (tmp_path / FOLDER / WRITTEN).unlink()
    await plan_demo(made, tmp_path / FOLDER)
    assert files.directory_csv.read_text() != ""


async def test_the_demo_has_files_and_sources_that_point_at_them(tmp_path):
    made = demo_world(tmp_path, NOW, people=50)
    assert demo_world(tmp_path, NOW + timedelta(days=1)) == made
    files = await plan_demo(made, tmp_path / FOLDER)
    again = await plan_demo(made, tmp_path / FOLDER)
    assert again.credentials == files.credentials
    sources = files.sources("http://127.0.0.1:9")
    assert [source.connector for source in sources] == [
        "directory_csv",
        "registry_csv",
        "squid",
        "squid",
        "m365_management",
        "okta",
    ]
    for source in sources:
        if source.folder:
            assert list(Path(source.folder).glob(source.pattern))  # noqa: ASYNC240 - a test waits for nobody
    for path in files.secrets.values():
        assert path.stat().st_mode & 0o077 == 0
    text = json.dumps([source.config for source in sources])
    assert files.credentials.client_secret not in text
    with files.registry_csv.open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(truth(made)["registry"])


def run(*arguments, data, **environment):
    code = "import typer; from services.cli import simulate; a = typer.Typer(); a.callback()(lambda: None);"
    code = f"{code} simulate.register(a); a()"
    environment = {**os.environ, "PENUMBRA_DATA": str(data), **environment}
    return subprocess.run(
        [sys.executable, "-c", code, "simulate", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )


def test_the_command_tells_the_same_truth_at_any_time_for_the_same_flags(tmp_path):
    flags = ("--people", "50", "--seed", "3", "--from", "2026-11-16T00:00:00Z", "--to", "2026-11-17T00:00:00Z")
    told = run("truth", "--json", *flags, data=tmp_path)
    assert told.returncode == 0, told.stderr
    made = world(
        NOW, people=50, seed=3, since=datetime(2026, 11, 16, tzinfo=UTC), until=datetime(2026, 11, 17, tzinfo=UTC)
    )
    assert json.loads(told.stdout) == json.loads(json.dumps(truth(made)))
    written = run("logs", *flags, "--out", str(tmp_path / "out"), data=tmp_path)
    assert written.returncode == 0, written.stderr
    assert written.stdout == ""
    lines = (tmp_path / "out" / "logs" / "squid-office" / "access.log").read_bytes().count(b"\n")
    assert lines > 0


def test_without_flags_the_command_tells_of_the_demos_company(tmp_path):
    made = demo_world(tmp_path, NOW, people=60, seed=9)
    told = json.loads(run("truth", "--json", data=tmp_path).stdout)
    assert (told["people"], told["seed"], told["to"]) == (60, 9, f"{made.until:%Y-%m-%dT%H:%M:%SZ}")


@pytest.mark.parametrize("n", [0, 1, 1000])
def test_a_burst_holds_what_its_counts_say(n):
    burst = load.Burst(7, n)
    lines, counts = list(burst), burst.counts()
    assert lines == list(load.Burst(7, n))
    assert len(lines) == counts.lines == n
    seen = Counter()
    for line in lines:
        tool = HOSTS.get(line.split()[6].decode().removesuffix(":443"))
        if tool:
            seen[tool] += 1
    assert dict(seen) == counts.tools
    by_person = Counter()
    for held in counts.people.values():
        by_person.update(held)
    assert by_person == seen
    assert (len(set(lines)) < n) == (n >= 50)
    assert set(counts.people) <= {login for login, _ in burst.logins()}


async def test_a_paced_burst_sends_all_and_keeps_its_order():
    class Running(ManualClock):
        def now(self):
            self.advance(timedelta(seconds=0.1))
            return super().now()

    batches = [batch async for batch in load.paced(iter(load.Burst(1, 100)), 400, Running(NOW))]
    assert len(batches) > 1
    assert [line for batch in batches for line in batch] == list(load.Burst(1, 100))


def test_a_company_of_three_hundred_is_planned_told_and_written_in_seconds(tmp_path):
    import time

    made = World(people=300, seed=77, since=NOW - timedelta(days=6), until=NOW, now=NOW + timedelta(hours=1))
    began = time.process_time()
    truth(made)
    import asyncio

    asyncio.run(plan_demo(made, tmp_path))
    assert time.process_time() - began < 5
