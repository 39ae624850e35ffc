"""Every recorded exchange is replayed: the requests in order, the pages and cursors, and exactly what is observed.

One file is one exchange: `{"about", "config", "secrets", "cursor", "now", "since", "until", "trial", "lookback",
"steps": [{"request": {"method", "url", "params", "json", "data"}, "response": {"status", "headers", "body"}}],
"expected": {"pages": [{"name", "records", "cursor"}], "observations", "ignored", "trouble": {"state", "message"}}}`.
Times are RFC 3339, `lookback` seconds. A body that is text is sent as it is. To see what an exchange gives, run
`python -m tests.connectors.exchange FILE`.
"""

import json

import pytest

from connectors.base import discover
from tests.connectors.exchange import EXCHANGES, replayed

CONNECTORS = discover()
FILES = sorted(EXCHANGES.glob("*/*.json"))
PULLED = [name for name, one in CONNECTORS.items() if "pull" in one.how]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
async def test_the_exchange_goes_as_recorded(path):
    recorded = json.loads(path.read_text())
    found = await replayed(CONNECTORS[path.parent.name], recorded)
    assert found == recorded["expected"]


@pytest.mark.parametrize("name", PULLED)
def test_every_pulled_source_has_a_good_exchange_and_a_refusal(name):
    recorded = [json.loads(path.read_text())["expected"] for path in FILES if path.parent.name == name]
    assert any(not one["trouble"] and one["observations"] for one in recorded)
    assert any(one["trouble"] for one in recorded)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_secret_is_told(path):
    recorded = json.loads(path.read_text())
    told = json.dumps(recorded["expected"])
    assert not [value for value in recorded.get("secrets", {}).values() if value in told]
