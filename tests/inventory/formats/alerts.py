"""Alerts to render: by hand, and any at all."""

from datetime import UTC, datetime

import msgspec
from hypothesis import strategies as st

from schemas.alert import Alert, AlertState, Standing
from schemas.observation import ClassLabel

AT = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)
CLAUDE = Alert(
    id="alr_5b1e0c7f2a9d4e6388aa01bc", grain="tool:anthropic.claude|Finance", kind="tool", state=AlertState.OPEN,
    standing=Standing.UNREGISTERED, severity="high", title="Claude is used in Finance and not registered",
    opened_at=AT, changed_at=AT, revision=1, tool="anthropic.claude", tool_name="Claude", vendor="Anthropic",
    unit="Finance", people=4, events={"squid": 112, "okta": 3}, bytes_out=812334, first_seen=AT, last_seen=AT,
    classes=(ClassLabel("financial", 0.7, "DLP rule"), ClassLabel("regulated", 0.6, "label")), basis=("a", "b=c|d"),
)  # fmt: skip
SOURCE = Alert(
    id="alr_0", grain="source:proxy-1", kind="source", state=AlertState.CLOSED, standing=Standing.UNREGISTERED,
    severity="high", title="Source proxy-1 is silent", opened_at=AT, changed_at=AT, revision=4,
)  # fmt: skip

nasty = st.text(st.sampled_from("ab |=\\\n\r\t\x00\x85\u2028é\"'{}[]<>^"), max_size=24) | st.text(max_size=20)
times = st.integers(31_536_000, 3_786_912_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
some = st.none() | nasty


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    """Any alert that the inventory could write, and worse."""
    names = st.sampled_from(["pii", "pci", "regulated", "internal", "source_code", "customer", "new one"])
    labels = st.lists(st.builds(ClassLabel, names, st.floats(0, 1), nasty), max_size=4)
    return Alert(
        id=draw(st.text("abc_019", min_size=1, max_size=20)), grain="tool:" + draw(nasty) + "|x",
        kind=draw(st.sampled_from(["tool", "solution", "source"])), state=draw(st.sampled_from(AlertState)),
        standing=draw(st.sampled_from(Standing)), title=draw(nasty), opened_at=draw(times), changed_at=draw(times),
        severity=draw(st.sampled_from(["info", "low", "medium", "high", "critical", "new"])),
        revision=draw(st.integers(1, 9)), tool=draw(some), tool_name=draw(some), vendor=draw(some),
        solution=draw(some), unit=draw(some), people=draw(st.integers(0, 10**6)),
        events=draw(st.dictionaries(st.text("abc_", min_size=1, max_size=8), st.integers(0, 10**9), max_size=3)),
        bytes_out=draw(st.integers(0, 10**12)), first_seen=draw(st.none() | times), last_seen=draw(st.none() | times),
        classes=tuple(draw(labels)), basis=tuple(draw(st.lists(nasty, max_size=3))),
        decision=draw(st.sampled_from([None, "approve", "false_positive"])), reason=draw(some),
    )  # fmt: skip


def changed(alert: Alert, **fields: object) -> Alert:
    return msgspec.structs.replace(alert, **fields)
