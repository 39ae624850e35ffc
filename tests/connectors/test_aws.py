"""Who a caller of AWS is: people are told from workloads, and envelopes are opened."""

import json

import pytest

from connectors.aws_cloudtrail import CONNECTOR, action_of, parse
from connectors.shared.aws import of_arn, of_identity, opened

ROLE = "arn:aws:sts::111122223333:assumed-role/{}/{}"


def assumed(role, session, **context):
    issuer = {"sessionIssuer": {"type": "Role", "userName": role}}
    return {"type": "AssumedRole", "arn": ROLE.format(role, session), "sessionContext": {**issuer, **context}}


@pytest.mark.parametrize(
    ("identity", "in_console", "email", "login", "workload"),
    [
        ({"type": "IAMUser", "userName": "alice"}, False, None, "alice", None),
        ({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/team/bo"}, False, None, "bo", None),
        ({"type": "SAMLUser", "userName": "Cy@example.com"}, False, "cy@example.com", None, None),
        (assumed("AWSReservedSSO_Dev_01", "dee"), False, None, "dee", None),
        (assumed("ops", "eve@example.com"), False, "eve@example.com", None, None),
        (assumed("ops", "i-0abc"), False, None, None, "ops"),
        (assumed("ops", "fred"), True, None, "fred", None),
        (assumed("ops", "x", sourceIdentity="gus@example.com"), False, "gus@example.com", None, None),
        ({"type": "AWSService", "invokedBy": "config.amazonaws.com"}, False, None, None, "config.amazonaws.com"),
        ({"type": "AWSAccount", "accountId": "444455556666"}, False, None, None, "444455556666"),
        ({}, False, None, None, None),
    ],
)
def test_a_person_is_told_from_a_workload(identity, in_console, email, login, workload):
    found = of_identity(identity, in_console=in_console)
    assert (found.person.email if found.person else None) == email
    assert (found.person.id if found.person else None) == login
    assert found.workload == workload


def test_an_arn_alone_says_the_same():
    assert of_arn(ROLE.format("ops", "i-0abc")).workload == "ops"
    assert of_arn("arn:aws:iam::111122223333:root").person.id == "arn:aws:iam::111122223333:root"


@pytest.mark.parametrize("wrap", [
    lambda event: event,
    lambda event: {"detail-type": "AWS API Call via CloudTrail", "detail": event},
    lambda event: {"EventId": "1", "CloudTrailEvent": json.dumps(event)},
    lambda event: {"id": "1", "timestamp": 1, "message": json.dumps(event)},
])  # fmt: skip
def test_an_event_is_found_in_every_envelope(wrap):
    event = {"eventSource": "bedrock.amazonaws.com", "eventName": "Converse", "eventTime": "2026-11-20T10:00:00Z"}
    assert opened(wrap(event), "eventSource") == event
    assert next(parse(wrap(event), None)).action == "Converse"
    assert action_of(wrap(event)) == "bedrock.amazonaws.com/Converse"
    assert CONNECTOR.recognise(wrap(event)) > 0


def test_new_services_show_themselves_in_the_vocabulary():
    assert action_of({"eventSource": "newthing.amazonaws.com", "eventName": "Create"}) == "newthing.amazonaws.com"
    assert action_of({"eventName": "Create"}) is None
