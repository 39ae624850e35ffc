"""`penumbra source …` against a real database, each command in a loop of its own as in a shell."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from services.cli import source
from services.kit import db
from services.kit.clock import SystemClock
from services.kit.errors import Misconfigured, NotFound
from services.kit.keys import Keys
from services.kit.runtime import Runtime
from services.kit.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    @contextlib.asynccontextmanager
    async def runtime() -> AsyncIterator[Runtime]:
        settings = Settings(data=tmp_path, database_url=database_url, _env_file=None)
        from services.kit.eventlog.connect import connect as connect_log

        engine = db.connect(database_url)
        log = connect_log(settings, engine)
        await log.ensure(
            {"penumbra.observation.v1": None, "penumbra.source.v1": None, "penumbra.ingest.v1.dlq": None}, 1
        )
        try:
            yield Runtime(settings, engine, log, keys, SystemClock())
        finally:
            await log.close()
            await engine.dispose()

    session = ModuleType("services.cli.session")
    session.runtime = runtime  # type: ignore[attr-defined] # opened for this test's database
    monkeypatch.setitem(sys.modules, "services.cli.session", session)
    root = typer.Typer()
    source.register(root)
    return lambda *words: CliRunner().invoke(root, ["source", *words])


async def said(run: Run, *words: str) -> Result:
    return await asyncio.to_thread(run, *words)


async def test_life_of_a_watched_source(run: Run, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    now = SystemClock().now().timestamp()
    line = f"{now:.3f} 145 192.0.2.10 TCP_TUNNEL/200 5120 CONNECT chatgpt.com:443 jane HIER_DIRECT/198.51.100.4 -"
    (logs / "access.log").write_text(f"{line}\n{line}\nnot a line of it\n")
    added = await said(run, "add", "squid", "--name", "HQ proxy", "--folder", str(logs))
    assert added.stdout.strip() == "hq-proxy"
    tried = await said(run, "test", "hq-proxy", "--json")
    assert json.loads(tried.stdout)["observed"] == 2
    ran = await said(run, "run", "HQ proxy", "--json")
    assert ran.exit_code == 0, ran.output
    counts = json.loads(ran.stdout)
    assert (counts["records"], counts["observed"], counts["rejected"], counts["observations"]) == (3, 2, 1, 2)
    (listed,) = json.loads((await said(run, "list", "--json")).stdout)
    assert (listed["id"], listed["state"], listed["records"], listed["rejected"]) == ("hq-proxy", "healthy", 3, 1)
    shown = json.loads((await said(run, "show", "hq-proxy", "--json")).stdout)
    assert [one["outcome"] for one in shown["runs"]] == ["healthy"]
    assert "jane" not in json.dumps(shown)
    told = (await said(run, "show", "hq-proxy")).stdout
    assert "datetime" not in told
    assert [line.partition("\t")[2][-1] for line in told.splitlines() if line.startswith("last_event_at")] == ["Z"]
    assert (await said(run, "pause", "hq-proxy")).exit_code == 0
    assert "paused" in (await said(run, "list")).stdout
    assert (await said(run, "resume", "hq-proxy")).exit_code == 0
    assert (await said(run, "remove", "hq-proxy")).exit_code == 0
    assert json.loads((await said(run, "list", "--json")).stdout) == []


async def test_wrong_use_names_every_fault(run: Run) -> None:
    wrong = await said(run, "add", "okta", "--name", "x", "--config", "token=canary", "--config", "colour=red")
    assert isinstance(wrong.exception, Misconfigured)
    text = str(wrong.exception)
    assert all(word in text for word in ("org", "token", "colour"))
    assert "canary" not in text
    assert isinstance((await said(run, "show", "nothing")).exception, NotFound)


async def test_pulled_source_in_trouble_exits_1_and_takes_a_backfill(run: Run) -> None:
    await said(
        run, "add", "okta", "--name", "okta", "--config", "org=example.okta.com", "--config", "token=env:PNB_UNSET"
    )
    tried = await said(run, "test", "okta", "--json")
    assert tried.exit_code == 1
    assert "PNB_UNSET" in json.loads(tried.stdout)["message"]
    asked = await said(run, "backfill", "okta", "--from", "2026-11-01", "--to", "2026-11-03")
    assert asked.stdout.strip() == "generation 1"
    shown = json.loads((await said(run, "show", "okta", "--json")).stdout)
    assert shown["backfills"][0]["state"] == "waiting"


async def test_settings_and_schedule_are_changed_after_the_adding(run: Run) -> None:
    await said(run, "add", "okta", "--name", "Okta EU", "--config", "org=a.okta.com", "--config", "token=env:OLD")
    changed = await said(run, "edit", "Okta EU", "--config", "token=env:NEW", "--every", "10m")
    assert changed.exit_code == 0, changed.output
    assert changed.stdout.splitlines() == ["config.token\tenv:OLD\tenv:NEW", "every\t60.0\t600.0"]
    shown = json.loads((await said(run, "show", "okta-eu", "--json")).stdout)
    assert (shown["config"], shown["every_seconds"]) == ({"org": "a.okta.com", "token": "env:NEW"}, 600)
    assert "nothing differs" in (await said(run, "edit", "okta-eu", "--every", "10m")).stderr
    assert (await said(run, "edit", "okta-eu", "--every", "usual")).stdout == "every\t600.0\t60.0\n"
    wrong = await said(run, "edit", "okta-eu", "--config", "token=canary", "--config", "org=", "--folder", "/logs")
    assert isinstance(wrong.exception, Misconfigured)
    for told in ("--config token:", "--config org:", "--folder:"):
        assert told in str(wrong.exception)
    assert "canary" not in str(wrong.exception)
    assert isinstance((await said(run, "edit", "okta-eu")).exception, Misconfigured)
    assert isinstance((await said(run, "edit", "nothing", "--every", "5m")).exception, NotFound)


async def test_a_source_that_tells_what_another_tells_too_is_warned_of(run: Run) -> None:
    given = ("--config", "tenant_id=t-1", "--config", "client_id=app", "--config", "client_secret=env:PNB_UNSET")
    first = await said(run, "add", "entra", "--name", "entra", *given)
    assert "are told by" not in first.stderr
    second = await said(run, "add", "m365_management", "--name", "audit", *given)
    assert second.exit_code == 0, "both may be wanted: an operator decides"
    assert "sign-ins and directory changes of tenant t-1 are told by audit and entra" in second.stderr
    assert "penumbra source edit" in second.stderr
