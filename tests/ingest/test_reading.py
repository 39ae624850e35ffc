"""Lines read many at once become what each becomes by itself, whatever stands between them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import Broken, Native, Outcome, outcome
from connectors.squid import CONNECTOR
from services.ingest import reading
from services.ingest.reading import became

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
LINE = b"1763000000.000     95 192.0.2.7 TCP_TUNNEL/200 5120 CONNECT chat.example:443 ann HIER_DIRECT/203.0.113.10 -"
KINDS: tuple[Native | Broken, ...] = (
    Native(LINE, "-:1"), Native(LINE.replace(b"ann", b"b\xc3\xb6b"), "-:2"), Native(b"no line of a proxy", "-:3"),
    Native(LINE.replace(b"TCP_TUNNEL/200", b"UDP_MISS/000"), "-:4"), Native(LINE + b"\n" + LINE, "-:5"),
    Native({"an": "object"}, "-:6"), Native(b"", "-:7"), Broken(b"\x00", "-:8", "cut"),
    Native(LINE.replace(b"chat.example:443", b"-"), "-:9"), Native(b"x" * 100_000, "-:10"),
)  # fmt: skip


def alone(natives: list[Native | Broken]) -> list[tuple[Native | Broken, Outcome]]:
    """Each with what it becomes by itself."""
    config = CONNECTOR.config()
    return [(each, each if isinstance(each, Broken) else outcome(CONNECTOR, each, config, NOW)) for each in natives]


@given(st.lists(st.sampled_from(KINDS), max_size=12))
def test_each_becomes_what_it_becomes_by_itself(natives: list[Native | Broken]) -> None:
    assert list(became(natives, CONNECTOR, CONNECTOR.config(), NOW)) == alone(natives)


def test_more_than_are_looked_at_together_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "AT_ONCE", 3)
    natives: list[Native | Broken] = [Native(LINE.replace(b"ann", b"p%d" % n), f"-:{n}") for n in range(10)]
    assert list(became(iter(natives), CONNECTOR, CONNECTOR.config(), NOW)) == alone(natives)
