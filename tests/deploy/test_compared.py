"""What is found held against the truth: equal is silent, everything else is named."""

from datetime import UTC, datetime

from deploy.compared import differences, expected, summary

TRUTH = {
    "tools": [
        {
            "tool": "openai.chatgpt", "name": "ChatGPT", "verdict": "ai", "standing": "unregistered", "people": 3,
            "events": {"squid": 7}, "bytes_out": 10, "first_seen": "2026-11-16T09:00:00.000Z",
            "last_seen": "2026-11-16T10:00:00.000Z", "data_classes": ["pii", "internal"], "units": {"Sales": 3},
        }
    ],
    "solutions": [{"id": "flow-1", "unit": "Sales", "standing": "ownerless"}],
    "alerts": [{"grain": "tool:openai.chatgpt|Sales", "standing": "unregistered"}],
}  # fmt: skip


def test_the_same_differs_in_nothing_however_it_is_written() -> None:
    tool = {**TRUTH["tools"][0], "first_seen": "2026-11-16T09:00:00Z", "data_classes": ["internal", "pii"]}
    found = expected({**TRUTH, "tools": [tool]})
    assert differences(found, expected(TRUTH)) == []
    assert summary(found, expected(TRUTH)) == "1 of 1 tools equal, 1 of 1 solutions equal, 1 of 1 alerts equal"
    assert found["tools"]["openai.chatgpt"]["first_seen"] == datetime(2026, 11, 16, 9, tzinfo=UTC)


def test_only_what_differs_is_named() -> None:
    found = expected({**TRUTH, "tools": [{**TRUTH["tools"][0], "events": {"squid": 8}}]})
    said = "tools openai.chatgpt: found {'events': {'squid': 8}}, true {'events': {'squid': 7}}"
    assert differences(found, expected(TRUTH)) == [said]


def test_what_is_missing_and_what_is_too_much_are_named() -> None:
    found = expected({**TRUTH, "alerts": [{"grain": "tool:x|Sales", "standing": "expired"}]})
    assert differences(found, expected(TRUTH)) == [
        "alerts tool:openai.chatgpt|Sales: found nothing, true unregistered",
        "alerts tool:x|Sales: found expired, true nothing",
    ]
    assert summary(found, expected(TRUTH)).endswith("0 of 1 alerts equal")
