"""Activities of the Reports API: shapes collectors give them, what counts of each application, nothing private."""

import pytest

from connectors.base import Ignored, Rejected
from connectors.google_workspace import parse, recognise


def activity(application, *events, **more):
    found = {"time": "2026-11-20T10:00:00Z", "uniqueQualifier": "1", "applicationName": application}
    return {
        "kind": "admin#reports#activity",
        "id": found,
        "actor": {"email": "a@example.com"},
        "events": list(events),
    } | more


def event(name, **parameters):
    return {"name": name, "parameters": [{"name": key, "value": value} for key, value in parameters.items()]}


def told(record):
    parsed = parse(record, None)
    return parsed.reason if isinstance(parsed, Ignored) else list(parsed)


def test_each_event_of_an_activity_has_its_own_id_and_the_same_one_again():
    record = activity("token", event("authorize", client_id="1"), event("authorize", client_id="2"))
    ids = [one.id for one in told(record)]
    assert len(set(ids)) == 2
    assert ids == [one.id for one in told(record)]


def test_events_as_one_object_are_read():
    [seen] = told(activity("token", events=event("revoke", client_id="1", app_name="Notes")))
    assert (seen.action, seen.app.client_id, seen.app.name) == ("revoke", "1", "Notes")


@pytest.mark.parametrize(
    ("parameters", "host"),
    [
        ({"target_user": "bot@otter.ai", "visibility_change": "external"}, "otter.ai"),
        ({"target_domain": "fireflies.ai", "visibility_change": "external"}, "fireflies.ai"),
        ({"target_domain": "all", "visibility_change": "external"}, None),
        ({"target_user": "b@example.com", "visibility_change": "external"}, None),
        ({"target_user": "bot@otter.ai", "visibility_change": "none"}, None),
    ],
)
def test_a_file_shared_with_another_organisation_names_its_domain(parameters, host):
    found = told(activity("drive", event("change_user_access", **parameters)))
    assert found == "drive: change_user_access" if host is None else found[0].host == host


@pytest.mark.parametrize(
    ("category", "counts"), [("active_generate", True), ("unknown", True), ("inactive", False), (None, True)]
)
def test_gemini_counts_where_a_person_asked(category, counts):
    given = {"app_name": "docs"} | ({"event_category": category} if category else {})
    found = told(activity("gemini_in_workspace_apps", event("feature_utilization", **given)))
    assert isinstance(found, list) == counts


def test_a_name_that_is_none_is_not_repeated_in_a_reason():
    assert told(activity("alice's own thing")) == "application other"
    assert told(activity("login", event("a name with words in it"))) == "login: other"


@pytest.mark.parametrize(
    "record", [7, {}, {"id": 1}, {"id": {"applicationName": "token"}}, activity("token", event("revoke"), id=None)]
)
def test_what_is_no_activity_is_rejected(record):
    with pytest.raises(Rejected):
        parse(record, None)
    assert recognise(record) < 0.6
