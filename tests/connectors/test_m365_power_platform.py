"""Power Apps told in two schemas at once, record types as number and as text: what one record alone can't show."""

from datetime import UTC, datetime

import pytest

from connectors.m365_management import CONNECTOR
from services.ingest import protect
from services.kit import keys

APP = "0a0a0a0a-aaaa-4bbb-8ccc-000000000002"
KEYS = keys.make()
OLDER = {"RecordType": 45, "Workload": "PowerApps", "AppName": APP}
UNIFIED = {
    "RecordType": 256, "Workload": "PowerPlatform",
    "PropertyCollection": [
        {"Name": "powerplatform.analytics.resource.type", "Value": "PowerApp"},
        {"Name": "powerplatform.analytics.resource.power_app.id", "Value": APP.upper()},
    ],
}  # fmt: skip


def parsed(record, key, **more):
    common = {
        "Operation": "LaunchPowerApp",
        "CreationTime": "2026-11-20T09:05:00",
        "Id": key,
        "UserId": "alice@x.example",
    }
    (found,) = CONNECTOR.parse({**common, **record, **more}, None)
    return found


def sent(found):
    return protect.observation(found, KEYS, instance="m365", arrived_at=datetime(2026, 11, 20, 10, tzinfo=UTC))


def test_case_10_an_app_launch_in_the_older_and_the_unified_schema_is_one_event():
    older, unified = parsed(OLDER, "id-1"), parsed(UNIFIED, "id-2", UserId="Alice@X.example")
    assert (older.id, older.action, older.solution.id) == (unified.id, unified.action, unified.solution.id)


@pytest.mark.parametrize(
    "other",
    [{"UserId": "bruno@x.example"}, {"CreationTime": "2026-11-20T09:05:01"}, {"Operation": "PublishPowerApp"}],
)
def test_another_person_moment_or_operation_is_another_event(other):
    assert parsed(OLDER, "id-1").id != parsed(UNIFIED, "id-2", **other).id


def test_the_id_that_both_share_names_nobody_on_the_log():
    older, unified = sent(parsed(OLDER, "id-1")), sent(parsed(UNIFIED, "id-2"))
    assert older.id == unified.id
    assert "alice" not in older.id


@pytest.mark.parametrize("kind", [45, "45", " 45 ", "PowerAppsApp"])
def test_case_22_a_record_type_as_number_text_or_name_is_the_same_type(kind):
    assert parsed(OLDER, "id-1", RecordType=kind) == parsed(OLDER, "id-1")
