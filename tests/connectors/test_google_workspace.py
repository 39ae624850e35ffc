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


def test_a_dlp_rule_names_rule_detector_and_who_got_it_but_nothing_matched():
    matched = {
        "name": "matched_detectors",
        "multiMessageValue": [{"parameter": [{"name": "display_name", "value": "Credit card number"}]}],
    }
    given = event("rule_match", rule_name="No cards", application="DRIVE", resource_title="secret plan")
    given["parameters"] += [matched, {"name": "resource_recipients", "multiValue": ["b@example.com", "bot@otter.ai"]}]
    [seen] = told(activity("rules", given))
    assert (seen.kind, seen.labels, seen.host) == ("dlp", ("No cards", "Credit card number"), "otter.ai")
    assert "secret plan" not in repr(seen)


@pytest.mark.parametrize(("result", "sent"), [("EVENT_RESULT_BLOCKED", None), ("EVENT_RESULT_WARNED", 10)])
def test_what_chrome_stopped_was_not_sent(result, sent):
    given = {"URL": "https://chatgpt.com/c/1?q=words", "CONTENT_SIZE": "10", "EVENT_RESULT": result}
    [seen] = told(activity("chrome", event("SENSITIVE_DATA_TRANSFER", TRIGGER_TYPE="FILE_UPLOAD", **given)))
    assert (seen.host, seen.bytes_out, seen.action) == ("chatgpt.com", sent, "file_upload")


def test_what_an_agent_did_is_a_run_of_it_beside_what_the_log_says():
    who = {"email": "a@example.com", "agentAttributionInfo": {"agentId": "9", "agentName": "Helper"}}
    record = activity("token", event("activity", client_id="1", app_name="Notes"), actor=who, isAgenticAction=True)
    plain, agent = told(record)
    assert plain.solution is None
    assert (agent.solution.id, agent.solution.name, agent.kind) == ("google_agent:9", "Helper", "audit")
    assert plain.id != agent.id


@pytest.mark.parametrize(
    ("name", "kind", "deleted"), [("flow_created", "build", False), ("flow_run", "audit", False),
    ("flow_deleted", "build", True)],
)  # fmt: skip
def test_a_flow_of_workspace_studio_is_built_or_run(name, kind, deleted):
    [seen] = told(activity("workspace_studio", event(name), resourceDetails=[{"id": "f1", "title": "Invoices"}]))
    assert (seen.kind, seen.solution.id, seen.solution.deleted) == (kind, "google_workspace_flow:f1", deleted)


@pytest.mark.parametrize(
    ("shown", "external", "product"),
    [("Otter.ai (Jo)", "true", "Otter.ai"), ("Jo Otter", "true", None), ("Fireflies.ai Notetaker", "false", None)],
)
def test_a_note_taker_in_a_meeting_is_its_product_and_the_organiser_let_it_in(shown, external, product):
    given = {"display_name": shown, "is_external": external, "organizer_email": "Boss@example.com"}
    found = told(activity("meet", event("call_ended", **given)))
    if product is None:
        assert found == "meet: call_ended"
    else:
        assert (found[0].app.name, found[0].actor.email) == (product, "boss@example.com")
        assert shown not in repr(found)
