"""Replays a recorded exchange with a vendor (test_exchanges.py says what a file holds).

`python -m tests.connectors.exchange FILE [--write]` prints what it gives; `--write` keeps it as what is expected.
"""

import asyncio
import json
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import msgspec

from connectors.base import Connector, Ignored, Trouble, find
from connectors.records import Native, Observed, Occurrences, outcome
from schemas.observation import Observation

EXCHANGES = Path(__file__).parent / "exchanges"


class Recorded:
    """A vendor that answers the recorded steps in order, and fails on any other request."""

    def __init__(self, steps):
        self._steps = list(steps)

    async def get(self, url, *, params=None, headers=None, accept=(), once=False):
        return self._answer({"method": "GET", "url": url, "params": dict(params or {})}, accept)

    async def post(self, url, *, params=None, headers=None, data=None, json=None, accept=()):
        asked = {"method": "POST", "url": url, "params": dict(params or {})}
        return self._answer(asked | ({"data": dict(data)} if data else {}) | ({"json": json} if json else {}), accept)

    def _answer(self, asked, accept):
        assert self._steps, f"no more steps are recorded: {asked}"
        step = self._steps.pop(0)
        wanted = {"params": {}} | step["request"]
        assert asked == {key: value for key, value in wanted.items() if value is not None}
        answer = {"status": 200, "headers": {}, "body": None} | step["response"]
        assert answer["status"] < 300 or answer["status"] in accept, f"{answer['status']} is not read here"
        body = answer["body"]
        content = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
        return SimpleNamespace(
            status=answer["status"], headers=answer["headers"], content=content, url=asked["url"],
            json=lambda: json.loads(content),
        )  # fmt: skip

    def over(self):
        assert not self._steps, f"never asked for: {self._steps[0]['request']}"


def context(connector, recorded, http):
    """What `fetch` is given, as recorded."""
    until = recorded.get("until")
    secrets = recorded.get("secrets", {})
    return SimpleNamespace(
        config=msgspec.convert(recorded["config"], connector.config), cursor=recorded.get("cursor"),
        since=datetime.fromisoformat(recorded["since"]), until=datetime.fromisoformat(until) if until else None,
        lookback=timedelta(seconds=recorded.get("lookback", connector.lookback.total_seconds())),
        trial=recorded.get("trial", False), http=http, secret=secrets.__getitem__,
        now=lambda: datetime.fromisoformat(recorded["now"]),
    )  # fmt: skip


async def replayed(connector: Connector, recorded):
    """What the exchange gives: pages, observations, what was ignored, and the trouble it ended with."""
    http = Recorded(recorded["steps"])
    ctx = context(connector, recorded, http)
    pages, trouble = [], None
    try:
        async for page in connector.fetch(ctx):
            pages.append(page)
    except Trouble as told:
        trouble = {"state": told.state, "message": str(told)}
    http.over()
    occurrences, observations, ignored = Occurrences(), [], Counter()
    for page in pages:
        for record in page.records:
            found = outcome(connector, Native(record, page.name), ctx.config)
            if isinstance(found, Observed):
                told = [occurrences.identified(one) if isinstance(one, Observation) else one for one in found.items]
                observations += [json.loads(msgspec.json.encode(one)) for one in told]
            else:
                ignored[found.reason if isinstance(found, Ignored) else f"rejected: {found.reason}"] += 1
    shown = [{"name": page.name, "records": len(page.records), "cursor": page.cursor} for page in pages]
    return {"pages": shown, "observations": observations, "ignored": dict(ignored), "trouble": trouble}


def main(path, *, write):
    """Prints what an exchange gives; writes it into the file as expected, for its author to read."""
    recorded = json.loads(Path(path).read_text())
    recorded["expected"] = asyncio.run(replayed(find(Path(path).parent.name), recorded))
    text = json.dumps(recorded, indent=1, ensure_ascii=False) + "\n"
    if write:
        Path(path).write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main(sys.argv[1], write="--write" in sys.argv)
