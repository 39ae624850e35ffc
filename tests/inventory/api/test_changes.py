from datetime import UTC, datetime

import pytest

from deploy.receiver import Receiver
from services.kit.clock import ManualClock

HEADER = "id,name,kind,tools,owner,approval,expires_at\n"
GOOD = "R1,Chat,tool,example.bellow,owner@example.com,approved,2027-01-31\n"
BAD = "R2,Old,tool,example.aria,,approved,31 January\n"


@pytest.fixture
def clock() -> ManualClock:
    """The receiver compares a signature's time with the machine's own, so this clock starts there."""
    return ManualClock(datetime.now(UTC))


async def trail(operator):
    return [
        (entry["act"]["actor"], entry["act"]["action"])
        for entry in (await operator.get("/api/v1/audit")).json()["items"]
    ]


async def test_a_decision_carries_its_author_and_reason(operator):
    body = {"decision": "snooze", "reason": "the vendor answers on Friday", "until": "2026-11-20T00:00:00+08:00"}
    answer = (await operator.post("/api/v1/alerts/al_1/decision", json=body)).json()
    assert answer["alert"]["state"] == "snoozed"
    (decision,) = answer["decisions"]
    assert (decision["author"], decision["until"]) == ("ines.example", "2026-11-19T16:00:00Z")


@pytest.mark.parametrize(
    ("alert", "body", "status"),
    [
        ("al_1", {"decision": "snooze"}, 422), ("al_1", {"decision": "snooze", "reason": ""}, 422),
        ("al_1", {"decision": "explode", "reason": "x"}, 422), ("al_4", {"decision": "prohibit", "reason": "x"}, 409),
        ("al_9", {"decision": "prohibit", "reason": "x"}, 404),
        ("al_1", {"decision": "prohibit", "reason": "x", "y": 1}, 422),
        ("al_1", {"decision": "snooze", "reason": "x", "until": "2026-11-20T00:00:00"}, 422),
    ],
)  # fmt: skip
async def test_decisions_that_can_t_be(operator, alert, body, status):
    answer = await operator.post(f"/api/v1/alerts/{alert}/decision", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_a_viewer_decides_nothing(viewer):
    body = {"decision": "prohibit", "reason": "x"}
    assert (await viewer.post("/api/v1/alerts/al_1/decision", json=body)).status_code == 403


async def test_an_entry_is_added_and_replaced(operator):
    body = {"id": "R1", "name": "Chat", "tools": ["example.bellow"], "expires_at": "2027-01-31", "tier": 2}
    assert (await operator.post("/api/v1/registry", json=body)).status_code == 201
    await operator.post("/api/v1/registry", json=body | {"owner": "owner@example.com"})
    (entry,) = (await operator.get("/api/v1/registry")).json()["items"]
    assert (entry["owner"], entry["tier"], entry["expires_at"]) == ("owner@example.com", 2, "2027-01-31")
    for wrong in ({"tier": 5}, {"approval": "maybe"}, {"name": ""}, {"unheard": 1}):
        assert (await operator.post("/api/v1/registry", json=body | wrong)).status_code == 422


async def test_an_import_reports_by_line_and_column(operator):
    report = (await operator.post("/api/v1/registry/import", content=HEADER + BAD + GOOD)).json()
    assert (report["imported"], report["rejected"]) == (1, 1)
    (fault,) = report["faults"]
    assert (fault["line"], fault["column"]) == (2, "expires_at")


async def test_a_strict_import_takes_all_or_nothing(operator):
    answer = await operator.post("/api/v1/registry/import?strict=true", content=HEADER + BAD + GOOD)
    assert (answer.status_code, answer.json()["imported"]) == (422, 0)
    assert (await operator.get("/api/v1/registry")).json()["items"] == []
    answer = await operator.post("/api/v1/registry/import?strict=true", content=("\ufeff" + HEADER + GOOD).encode())
    assert (answer.status_code, answer.json()["imported"]) == (200, 1)


async def test_a_file_that_is_no_utf_8_is_told_by_line(operator):
    answer = await operator.post("/api/v1/registry/import", content=(HEADER + GOOD).encode() + b"R3,\xff\xfe,tool\n")
    assert answer.status_code == 422
    assert "line 3" in answer.json()["detail"]


async def test_an_endpoint_lives_and_its_secret_is_shown_once(operator):
    secrets: list[str] = []
    with Receiver(lambda: secrets) as receiver:
        added = (await operator.post("/api/v1/webhooks", json={"url": receiver.url})).json()
        secrets.append(added["secret"])
        endpoint = added["endpoint"]["id"]
        assert added["secret"] not in (await operator.get("/api/v1/webhooks")).text
        assert (await operator.post(f"/api/v1/webhooks/{endpoint}/test")).json()["status"] == 204
        secrets[:] = [(await operator.post(f"/api/v1/webhooks/{endpoint}/rotate")).json()["secret"]]
        assert (await operator.post(f"/api/v1/webhooks/{endpoint}/test")).json()["status"] == 204
        assert receiver.refused == 0
    assert (await operator.post(f"/api/v1/webhooks/{endpoint}/test")).json()["error"] == "no connection"
    assert (await operator.delete(f"/api/v1/webhooks/{endpoint}")).status_code == 204
    assert (await operator.get("/api/v1/webhooks")).json()["items"] == []
    acts = await trail(operator)
    assert acts[:3] == [("ines.example", f"webhook.{act}") for act in ("remove", "rotate", "add")]


async def test_an_address_inside_is_refused_with_the_way_out(operator):
    answer = await operator.post("/api/v1/webhooks", json={"url": "https://169.254.169.254/latest/meta-data"})
    assert answer.status_code == 422
    assert "PENUMBRA_ALLOW_PRIVATE" in answer.json()["errors"][0]


async def test_looking_at_one_person_leaves_a_trace(operator):
    assert (await operator.get("/api/v1/people/p1")).json()["person"] == "p1"
    assert (await trail(operator))[0] == ("ines.example", "person.view")
