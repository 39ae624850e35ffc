"""Adding a source: all faults at once, secrets as references, and a trial that publishes nothing."""

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import Connector, Trouble, discover
from schemas.topics import OBSERVATION
from services.ingest import instances
from services.ingest.configure import configured
from services.kit.control import sources
from services.kit.errors import Misconfigured
from services.kit.runtime import Runtime
from tests.ingest.conftest import Add, Read, Settings, Source
from tests.ingest.test_collect import LINE, no_network


def test_settings_become_the_connector_s_own(connector: Connector) -> None:
    given = {"pages": "3", "tags": "a, b", "token": "env:T"}
    assert configured(connector, given) == Settings(pages=3, tags=("a", "b"), token="env:T")


def test_every_fault_is_listed_and_no_secret_repeated(connector: Connector) -> None:
    with pytest.raises(Misconfigured) as caught:
        configured(connector, {"pages": "many", "colour": "red", "token": "canary"})
    text = str(caught.value)
    assert all(word in text for word in ("pages", "colour", "token", "env:NAME"))
    assert "canary" not in text


def test_what_is_not_pulled_needs_no_credentials() -> None:
    okta = discover()["okta"]
    with pytest.raises(Misconfigured) as caught:
        configured(okta, {})
    assert all(name in str(caught.value) for name in ("org", "token"))
    assert configured(okta, {}, pulled=False) is None
    directory = discover()["directory_csv"]
    given = {"columns": '{"Staff no": "employee id"}', "month_first": "true"}
    made = configured(directory, given, pulled=False)
    assert (made.columns, made.month_first) == ({"Staff no": "employee id"}, True)


@pytest.mark.parametrize(("text", "seconds"), [("300", 300), ("30s", 30), ("5m", 300), ("1h", 3600), ("2d", 172_800)])
def test_spans(text: str, seconds: int) -> None:
    assert instances.span(text, "--every") == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "0", "-5m", "5y", "9999d"])
def test_bad_spans_are_named(text: str) -> None:
    with pytest.raises(Misconfigured, match="--every"):
        instances.span(text, "--every")


async def test_add_lists_faults_of_all_its_parts(logged: Runtime, connector: Connector) -> None:
    async with logged.engine.begin() as connection:
        with pytest.raises(Misconfigured) as caught:
            await instances.add(
                connection, {"lines": connector}, connector="lines", name="漢字", config={"colour": "red"},
                now=logged.clock.now(), folder="relative/folder",
            )  # fmt: skip
        with pytest.raises(Misconfigured, match="no such connector"):
            await instances.add(
                connection, {"lines": connector}, connector="other", name="x", config={}, now=logged.clock.now()
            )
        assert await sources.list_all(connection) == []
    assert all(word in str(caught.value) for word in ("--name", "colour", "--folder"))


async def test_added_source_is_pulled_watched_or_pushed_to(
    logged: Runtime, connector: Connector, tmp_path: Path
) -> None:
    only_pushed = Connector(**{**connector.__dict__, "name": "pushed", "fetch": None})
    known = {"lines": connector, "pushed": only_pushed}
    now = logged.clock.now()
    async with logged.engine.begin() as connection:
        for name, kind, folder in (("a", "lines", None), ("b", "pushed", None), ("c", "pushed", str(tmp_path))):
            await instances.add(connection, known, connector=kind, name=name, config={}, now=now, folder=folder)
        rows = {row.id: row for row in await sources.list_all(connection)}
    assert (rows["a"].every, rows["a"].next_run_at) == (connector.every, now)
    assert (rows["b"].every, rows["b"].next_run_at) == (None, None)
    assert rows["c"].every == timedelta(seconds=0.5)


async def test_trial_reads_a_page_and_publishes_nothing(
    logged: Runtime, connector: Connector, source: Source, add: Add, read: Read
) -> None:
    row = await add()
    source.add(LINE, "broken")
    report = await instances.trial(logged, row, connector, no_network)
    assert (report.outcome, report.counts.observed, report.counts.rejected) == ("healthy", 1, 1)
    assert await read(OBSERVATION.name) == []
    source.pages[0] = Trouble("not_licensed", "needs E5")
    assert (await instances.trial(logged, row, connector, no_network)).outcome == "not_licensed"


async def test_trial_goes_past_pages_that_hold_nothing(
    logged: Runtime, connector: Connector, source: Source, add: Add
) -> None:
    row = await add()
    source.add()
    assert (await instances.trial(logged, row, connector, no_network)).outcome == "empty"
    source.pages.append(Trouble("no_permission", "grant it"))
    assert (await instances.trial(logged, row, connector, no_network)).outcome == "no_permission"


async def test_trial_of_a_folder_reads_the_newest_file(
    logged: Runtime, connector: Connector, add: Add, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_text(f"{LINE}\n{LINE}\n")
    report = await instances.trial(logged, await add(folder=str(tmp_path)), connector, no_network)
    assert report.counts.observed == 2


async def test_only_what_is_pulled_can_be_backfilled(logged: Runtime, connector: Connector, add: Add) -> None:
    await add("watched", folder="/var/log/x")
    days = instances.day("2026-11-01", "--from"), instances.day("2026-11-03", "--to")
    async with logged.engine.begin() as connection:
        with pytest.raises(Misconfigured, match="pulled"):
            await instances.backfill(connection, {"lines": connector}, "watched", *days)
    with pytest.raises(Misconfigured, match="--to"):
        instances.day("yesterday", "--to")
