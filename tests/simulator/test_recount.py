"""The truth against what was written and served, recounted by a few lines that share nothing with the fold.

They know hosts and names from the simulator's table of tools, and read records as a stranger would.
"""

import gzip
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.kit.clock import ManualClock
from services.simulator import company, squid_log, tools
from services.simulator.people import staff
from services.simulator.server import application, credentials
from services.simulator.truth import truth
from services.simulator.world import world

NOW = datetime(2026, 11, 18, 8, 30, tzinfo=UTC)
HOSTS = {host: tool.id for tool in tools.TOOLS for host in tool.hosts}
LINE = re.compile(rb"\d{10}\.\d{3} +\d+ (\S+) [A-Z_]+/\d{3} (\d+)( \d+)? [A-Z]+ (?:https://)?([^/:\s]+)\S* (\S+) ")


class Recount:
    def __init__(self):
        self.events = defaultdict(Counter)
        self.people = defaultdict(set)
        self.bytes_out = Counter()

    def add(self, tool, source, who, sent=0):
        self.events[tool][source] += 1
        self.people[tool].add(who)
        self.bytes_out[tool] += sent

    def log(self, text):
        read = 0
        for line in text.splitlines():
            found = LINE.match(line)
            if found:
                read += 1
                tool = HOSTS.get(found[4].decode())
                who = (found[5] if found[5] != b"-" else found[1]).decode()
                if tool:
                    self.add(tool, "squid", who, int(found[3] or 0))
        return read


def logs(folder):
    for name in squid_log.INSTANCES:
        yield name, gzip.decompress((folder / name / "access.log.1.gz").read_bytes())
        yield name, (folder / name / "access.log").read_bytes()


async def everything(made, **faults):
    """All records both APIs give, as a plain client reads them: pages, blobs, each id once."""
    known, clock = credentials(), ManualClock(made.now)
    transport = httpx.ASGITransport(application(made, clock, known))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1") as http:
        form = {"grant_type": "client_credentials", "client_id": company.CLIENT, "client_secret": known.client_secret}
        form["scope"] = "https://manage.office.com/.default"
        token = (await http.post(f"/{company.TENANT}/oauth2/v2.0/token", data=form)).json()["access_token"]
        feed = f"/api/v1.0/{company.TENANT}/activity/feed/subscriptions/content"
        audit, served = {}, 0
        head = {"Authorization": f"Bearer {token}"}
        for kind in ("Audit.General", "Audit.AzureActiveDirectory", "Audit.SharePoint", "Audit.Exchange", "DLP.All"):
            begin = made.since
            while begin < made.now:
                end = min(begin + timedelta(hours=24), made.now)
                url = f"{feed}?contentType={kind}&startTime={begin:%Y-%m-%dT%H:%M:%S}&endTime={end:%Y-%m-%dT%H:%M:%S}"
                while url:
                    page = await http.get(url, headers=head)
                    for entry in page.json():
                        for record in (await http.get(entry["contentUri"], headers=head)).json():
                            served += 1
                            audit[record["Id"]] = record
                    url = page.headers.get("nextpageuri")
                begin = end
        log, url = {}, "/api/v1/logs?limit=1000"
        while url:
            page = await http.get(url, headers={"Authorization": f"SSWS {known.okta_token}"})
            log |= {event["uuid"]: event for event in page.json()}
            url = page.links["next"]["url"] if page.json() else None
        return list(audit.values()), list(log.values()), served


def of_audit(recount, made, records):
    logins = {p.email: p.login for p in staff(made)}
    named = {name: tool for tool, name, _, _ in tools.CONSENTED}
    for record in records:
        who, operation = logins[record["UserId"].lower()], record["Operation"]
        tool = {
            "CopilotInteraction": "microsoft.copilot-m365",
            "DLPRuleMatch": HOSTS.get(record.get("EndpointMetaData", {}).get("TargetDomain")),
            "Consent to application.": next(
                (named[t["ID"]] for t in record.get("Target", ()) if t["ID"] in named), None
            ),
        }.get(operation)
        if "flow" in operation.lower() or operation == "PutPermissions":
            tool = "microsoft.power-automate"
        elif "BotId" in record:
            tool = "microsoft.copilot-studio"
        elif "PropertyCollection" in record:
            tool = "microsoft.power-apps"
        if tool:
            recount.add(tool, "m365_management", who)


def of_log(recount, made, records):
    logins = {p.email: p.login for p in staff(made)}
    named = {tool.okta: tool.id for tool in tools.TOOLS if tool.okta}
    named |= {name: tool for tool, name, _ in tools.GRANTED_IN_OKTA}
    for record in records:
        for target in record["target"]:
            if target["displayName"] in named:
                recount.add(named[target["displayName"]], "okta", logins[record["actor"]["alternateId"]])


@pytest.mark.parametrize("size", [50, 300, 5000])
async def test_logs_and_apis_hold_exactly_the_truth(tmp_path, size):
    # Five thousand people for half a day, so that the suite stays quick.
    since = None if size < 5000 else NOW - timedelta(hours=12)
    made = world(NOW, people=size, since=since)
    told, recount = truth(made), Recount()
    squid_log.write_logs(made, tmp_path)
    readable, lines = Counter(), Counter()
    for name, text in logs(tmp_path):
        lines[name] += text.count(b"\n")
        readable[name] += recount.log(text)
    audit, log, served = await everything(made)
    of_audit(recount, made, audit)
    of_log(recount, made, log)
    assert served > len(audit)
    for name in squid_log.INSTANCES:
        assert told["sources"][name]["records"] == lines[name]
        assert told["sources"][name]["readable"] == readable[name]
    assert told["sources"]["m365"]["records"] == len(audit)
    assert told["sources"]["okta"]["records"] == len(log)
    assert {t["tool"]: t["events"] for t in told["tools"]} == {k: dict(v) for k, v in recount.events.items()}
    assert {t["tool"]: t["people"] for t in told["tools"]} == {k: len(v) for k, v in recount.people.items()}
    assert {t["tool"]: t["bytes_out"] for t in told["tools"]} == dict(recount.bytes_out)


def test_the_same_world_writes_the_same_bytes_and_twins_are_identical_lines(tmp_path):
    made = world(NOW, people=50)
    squid_log.write_logs(made, tmp_path / "a")
    squid_log.write_logs(made, tmp_path / "b")
    for name in squid_log.INSTANCES:
        for file in ("access.log", "access.log.1.gz"):
            assert (tmp_path / "a" / name / file).read_bytes() == (tmp_path / "b" / name / file).read_bytes()
    twins = [n for _, text in logs(tmp_path / "a") for n in Counter(text.splitlines()).values() if n > 1]
    assert len(twins) >= 2


async def test_a_driven_clock_lets_lines_appear_when_their_time_has_come(tmp_path):
    made = world(NOW, people=50, since=NOW - timedelta(hours=3), until=NOW - timedelta(hours=1))
    clock = ManualClock(made.now)
    assert await squid_log.follow(made, clock, tmp_path) == sum(1 for _ in squid_log.timed_lines(made))
    waiting = ManualClock(made.since)
    first = next(squid_log.timed_lines(made))[0]
    waiting.advance(timedelta(milliseconds=first - made.since.timestamp() * 1000 + 1))
    import asyncio

    task = asyncio.create_task(squid_log.follow(made, waiting, tmp_path / "live", poll=timedelta(milliseconds=5)))
    await asyncio.sleep(0.1)
    seen = sum(text.stat().st_size for text in (tmp_path / "live").glob("*/access.log"))
    total = sum(text.stat().st_size for text in tmp_path.glob("squid-*/access.log"))
    assert 0 < seen < total
    waiting.advance(timedelta(hours=3))
    await task
    assert sum(text.stat().st_size for text in (tmp_path / "live").glob("*/access.log")) == total
