"""Every source's sample goes the whole way once: watched folder, log, classifier, inventory; and what is told then."""

import contextlib
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.base import discover
from services.ingest import instances, scheduler
from services.inventory import judging
from services.kit import keys as kit_keys
from services.kit.access import Tokens
from services.kit.clock import SystemClock
from services.kit.db import connect
from services.kit.deadletters import retentions
from services.kit.eventlog.connect import connect as connect_log
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from services.simulator.driven import DrivenClock
from tests.connectors.test_contract import SAMPLES
from tests.flow.way import Way

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""Later than everything in the samples."""
OWN = {"squid", "csv", "scim"}
"""Sources that are told here otherwise; directories are too, as they would name the same people again."""
SLOTS = 200
"""Folders watched at a time: all, so that none waits for another's turn."""
PEOPLE = (
    "alice@example.com", "ana.lim@example.com", "ben@example.com", "mei.tan@example.com", "raj.nair@example.com",
    "nadia.rahman@example.com", "tan.wei@example.com", "chidi@example.com",
)  # fmt: skip
_VISIT = "{}.000 145 192.0.2.10 TCP_TUNNEL/200 5120 CONNECT {}:443 {} HIER_DIRECT/203.0.113.4 -\n"
VISITS = (("chatgpt.com", "alice"), ("app.obviously.ai", "ben"), ("gemini.google.com", "chidi"))
"""Visits of a proxy, where there is no other trace."""


class Estate:
    """What the inventory tells. `people` are pseudonyms by address."""

    def __init__(self, solutions, tools, people):
        self.solutions = {each["solution"]: each for each in solutions}
        self.tools = {each["tool"]: each for each in tools}
        self.people = people

    def of(self, kind):
        """The solutions of a type."""
        return {each["name"]: each for each in self.solutions.values() if each["type"] == kind}


@contextlib.asynccontextmanager
async def discovered(url):
    """The estate after all samples went their way; `url` is a fresh database's."""
    with tempfile.TemporaryDirectory(prefix="pnb-") as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(scheduler, "SLOTS", SLOTS)
        patched.setattr(judging, "REST", timedelta(0))
        home = Path(folder)
        settings = Settings(data=home / "data", database_url=url, listen="127.0.0.1:0", partitions=2, _env_file=None)
        engine, keys = connect(url), kit_keys.make()
        log = connect_log(settings, engine)
        runtime = Runtime(settings, engine, log, keys, DrivenClock(NOW, SystemClock()))
        await log.ensure(retentions(), settings.partitions)
        await _sources(runtime, home)
        _, token = await Tokens(engine, runtime.clock).create(
            "samples", ("tools:read", "solutions:read", "people:read"), timedelta(days=1), "a test"
        )
        way = Way(runtime, None, None, token)
        try:
            await way.start()
            await way.quiet(120)
            people = {each: keys.identifier("employee_id", each).hmac for each in PEOPLE}
            yield Estate(await way.listed("solutions"), await way.listed("tools"), people)
            await way.end()
        finally:
            await way.cut_off()
            await log.close()
            await engine.dispose()


async def _sources(runtime, home):
    """A watched folder for each source, with copies of its samples, and a directory of the people in them."""
    people = home / "directory_csv"
    people.mkdir()
    rows = "".join(f"{each};{each};Finance\n" for each in PEOPLE)
    (people / "people.csv").write_text(f"Employee ID;Mail;Department\n{rows}")
    (home / "squid").mkdir()
    (home / "squid" / "access.log").write_text(
        "".join(_VISIT.format(1795168800 + n, host, f"{who}@example.com") for n, (host, who) in enumerate(VISITS))
    )
    for name, one in discover().items():
        if one.imported or name in OWN or "directory" in name or "file" not in one.how:
            continue
        (home / name).mkdir()
        for sample in one.samples:
            shutil.copy(SAMPLES / sample, home / name / Path(sample).name)
    async with runtime.engine.begin() as connection:
        for folder in sorted(each for each in home.iterdir() if each.name != "data"):
            settings = {"zone": 0.0} if folder.name == "zscaler" else {}
            await instances.add(
                connection, discover(), connector=folder.name, name=folder.name.replace("_", "-"), config=settings,
                now=NOW, folder=str(folder), pattern="*",
            )  # fmt: skip
