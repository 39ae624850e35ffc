"""Faults of processes, clocks and vendors who change their minds. One test a case of the fault matrix."""

import asyncio
import dataclasses
import os
import signal
import sys
from datetime import timedelta

import msgspec
from sqlalchemy import text

from connectors.base import find
from schemas.deadletter import DeadLetter
from services.ingest.replay import replay
from services.kit import deadletters
from services.kit.clock import SystemClock
from services.kit.control import sources
from services.kit.errors import Conflict
from services.simulator.vendors.mischief import refusal
from services.simulator.vendors.okta_log import okta_log, sign_on
from services.simulator.vendors.slack import entry, slack
from tests.commands import PROGRAM, penumbra
from tests.flow.faults.course import TOKEN, as_text


async def okta(course):
    await course.source("okta", org="example", token="env:VENDOR_TOKEN")


async def settle(course):
    """Puts the dead letters of the log where an operator finds them."""
    found = [msgspec.structs.asdict(one) for one in await course.letters()]
    async with course.runtime.engine.begin() as connection:
        await connection.execute(deadletters.INSERT, found)
    return [DeadLetter(**one) for one in found]


async def replayed(course, letters):
    for letter in letters:
        row = await deadletters.one(course.runtime.engine, letter.id)
        await replay(course.runtime, row, course.runtime.keys.open(letter.sealed).strip(), course.connectors)


async def test_12_an_event_comes_from_the_future(course, told):
    async with course.serving(okta_log(course.shelf)):
        await okta(course)
        course.put(sign_on, 3)
        ahead = course.clock.now() + timedelta(days=3)
        course.shelf.put("future-event", sign_on("future-event", ahead), ahead, course.clock.now())
        course.put(sign_on, 3, back=timedelta(minutes=20))
        await course.run()
        [letter] = await settle(course)
        assert "ahead of the clock" in letter.reason
        course.clock.advance(timedelta(days=3))
        await replayed(course, [letter])
        happened = "three days ahead: a dead letter that says so, replayed when its time had come; the others at once"
        told(happened, await course.completeness())


async def test_23_the_list_gives_the_same_page_token_twice(course, told):
    async with course.serving(slack(course.shelf)):
        await course.source("slack_audit", token="env:VENDOR_TOKEN")
        course.put(entry, 9)
        same = {"entries": [], "response_metadata": {"next_cursor": sorted(course.shelf.ids)[6]}}
        course.mischief.at("logs", 2, refusal(200, same))
        first = await course.run()
        assert "repeats a page" in first.message
        await course.run()
        told(f"{first.outcome}: {first.message}; the next run went on", await course.completeness())


async def test_27_a_page_comes_twice(course, told):
    async with course.serving(slack(course.shelf)):
        await course.source("slack_audit", token="env:VENDOR_TOKEN")
        course.put(entry, 9)
        newest = sorted(course.shelf.ids)[6:]
        held = [one.record for one in course.shelf.arrived() if one.id in newest]
        again = {"entries": held[::-1], "response_metadata": {"next_cursor": newest[0]}}
        course.mischief.at("logs", 1, refusal(200, {**again, "response_metadata": {"next_cursor": newest[1]}}))
        course.mischief.at("logs", 2, refusal(200, again))
        report = await course.run()
        happened = f"{report.counts.records} records read, {len(newest)} of them twice, one id each"
        told(happened, await course.completeness())


async def test_25_the_secret_is_nowhere(course, told, capsys):
    async with course.serving(okta_log(course.shelf)):
        await okta(course)
        course.put(sign_on, 3)
        await course.run()
        echoed = {"errorSummary": f"bad token SSWS {TOKEN}", "token": TOKEN}
        course.put(sign_on, 1)
        course.mischief.at("logs", 1, refusal(401, echoed, {"X-Echo": TOKEN}))
        refused = await course.run()
        course.shelf.put("odd-record", {"uuid": 7, "published": "x", "eventType": 5}, *[course.clock.now()] * 2)
        await course.run()
        async with course.runtime.engine.connect() as connection:
            row = await sources.get(connection, "one", course.clock.now())
        letters = await course.letters()
        texts = [as_text(await course.observed()), as_text(letters), refused.message, repr(row), *capsys.readouterr()]
        assert letters
        assert not course.secrets_told(*texts)
        truth = course.shelf.ids - {"odd-record"}
        told("not in log lines, messages, rows, records or dead letters", await course.completeness(truth))


async def test_29_a_source_goes_silent(course, told):
    async with course.serving(okta_log(course.shelf)):
        await course.source("okta", silent_after=timedelta(hours=24), org="example", token="env:VENDOR_TOKEN")
        course.put(sign_on, 3)
        await course.run()
        states = []
        for _ in range(3):
            await course.run(later=timedelta(hours=20))
            async with course.runtime.engine.connect() as connection:
                states.append((await sources.get(connection, "one", course.clock.now())).state)
        course.put(sign_on, 3)
        await course.run()
        assert states[-1] == "silent"
        told(f"states by 20 h: {', '.join(states)}; then it spoke again", await course.completeness())


async def test_30_a_vendor_renames_a_field(course, told):
    async with course.serving(okta_log(course.shelf)):
        await okta(course)
        course.put(sign_on, 3)
        await course.run()

        def renamed(name, at):
            record = sign_on(name, at)
            record["publishedAt"] = record.pop("published")
            return record

        course.put(renamed, 3)
        report = await course.run()
        letters = await settle(course)
        assert (report.counts.rejected, len(letters)) == (3, 3)
        known = find("okta")

        def mended(record, config):
            record = {("published" if key == "publishedAt" else key): value for key, value in record.items()}
            return known.parse(record, config)

        course.connectors["okta"] = dataclasses.replace(known, parse=mended)
        await replayed(course, letters)
        happened = "3 dead letters, each with its reason; replayed whole once the connector knew the name"
        told(happened, await course.completeness())


async def test_31_two_ingest_processes_read_one_instance(course, told):
    async with course.serving(slack(course.shelf)):
        await course.source("slack_audit", token="env:VENDOR_TOKEN")
        course.put(entry, 12)
        both = (course.scheduler("a").run_now("one"), course.scheduler("b").run_now("one"))
        found = await asyncio.gather(*both, return_exceptions=True)
        refused = [one for one in found if isinstance(one, Conflict)]
        assert len(refused) == 1
        records = [one.counts.records for one in found if not isinstance(one, Conflict)]
        told(f"one read {records[0]}, the other was told that it is being read", await course.completeness())


async def test_32_a_process_is_killed_in_the_middle_of_a_page(course, told, database_url, tmp_path):
    """A real process, by SIGKILL, after a page was published and before its cursor was saved."""
    around = {
        "PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_DATA": str(tmp_path), "VENDOR_TOKEN": TOKEN,
        "PENUMBRA_ALLOW_PRIVATE": "127.0.0.0/8",
    }  # fmt: skip
    course.clock.advance(SystemClock().now() - course.clock.now())
    async with course.serving(slack(course.shelf)):
        await course.source("slack_audit", token="env:VENDOR_TOKEN")
        course.put(entry, 12)
        armed = os.environ | around | {"PENUMBRA_FAULT": "ingest.published:2"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, "source", "run", "one", env=armed, stderr=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == -signal.SIGKILL
        async with course.runtime.engine.begin() as connection:  # what the dead process held has run out
            await connection.execute(text("update control.lease set until = now()"))
        left = await penumbra("source", "run", "one", **around)
        told(f"killed with page 2 published; the next process: {left.out.strip()[:60]}", await course.completeness())
