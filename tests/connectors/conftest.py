"""A scripted vendor for pull sources: answers recorded exchanges, and fails on any request out of order."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

SAMPLES = Path(__file__).parent / "samples"
CANARY = "violet-heron-canary"
SECRET = "s3cr3t-of-the-vendor"


class Passing(Exception):
    """As the kit's own: carries how long to wait."""

    def __init__(self, retry_after=None):
        super().__init__("passing trouble")
        self.retry_after = retry_after


class Answer(SimpleNamespace):
    def json(self):
        return json.loads(self.content)


def _token(headers):
    return next((headers[name] for name in ("Authorization", "Netskope-Api-Token") if name in headers), None)


class Vendor:
    """Answers `[(method, url, status, headers, body)]` in order; a body that is an exception is raised.

    `asked` keeps every request with its parameters, form and Authorization; `moved` of each GET whether it may be sent
    once only.
    """

    def __init__(self, script):
        self.script = list(script)
        self.asked, self.moved = [], []

    async def get(self, url, *, params=None, headers=None, accept=(), once=False):
        self.moved.append(once)
        return self._answer("GET", url, params, headers, None)

    async def post(self, url, *, params=None, headers=None, data=None, json=None, accept=()):
        return self._answer("POST", url, params, headers, data)

    def _answer(self, method, url, params, headers, form):
        self.asked.append((method, url, dict(params or {}), dict(form or {}), _token(headers or {})))
        assert self.script, f"nothing is scripted for {method} {url}"
        wanted_method, wanted_url, status, answer_headers, body = self.script.pop(0)
        assert (method, url) == (wanted_method, wanted_url)
        if isinstance(body, BaseException):
            raise body
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Answer(status=status, headers=answer_headers, content=content, url=url)


class Context:
    """What `fetch` is handed, with a clock that is told the time."""

    def __init__(self, config, script, *, cursor=None, since=None, until=None, now=None, trial=False):
        self.config, self.cursor, self.until, self.trial = config, cursor, until, trial
        self.http, self.lookback = Vendor(script), timedelta(hours=2)
        self.time = now or datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.since = since or datetime(2026, 11, 20, 6, tzinfo=UTC)

    def secret(self, ref):
        assert ref == "env:VENDOR_SECRET"
        return SECRET

    def now(self):
        return self.time


async def run(connector, context):
    """The pages a run hands on, and the trouble it ends with."""
    pages = []
    try:
        async for page in connector.fetch(context):
            pages.append(page)
    except Exception as trouble:  # noqa: BLE001 - the trouble is what the test looks at
        return pages, trouble
    return pages, None


@pytest.fixture
def vendor():
    return SimpleNamespace(Context=Context, Passing=Passing, run=run, SECRET=SECRET)
