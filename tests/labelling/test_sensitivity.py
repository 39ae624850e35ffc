from datetime import UTC, datetime

import pytest

from schemas.observation import Actor, ClassLabel, Kind, Object, Observation, ProtectedObservation
from services.labelling import sensitivity

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def named(labels):
    return {label.name for label in labels}


@pytest.mark.parametrize(
    ("info_type", "expected"),
    [
        ("Credit Card Number", {"pci", "regulated"}),
        ("U.S. Social Security Number (SSN)", {"pii", "regulated"}),
        ("CREDIT_CARD_NUMBER", {"pci", "regulated"}),
        ("Singapore National Registration Identity Card (NRIC) Number", {"pii", "regulated"}),
        ("Azure Storage Account Key", {"credentials", "confidential"}),
        ("Block upload of Source Code", {"source_code", "confidential"}),
        ("Weekly rota", set()),
        ("Span of control", set()),
    ],
)
def test_a_dlp_rule_or_info_type_names_its_classes(info_type, expected):
    found = sensitivity.classes(Observation(source="m365_management", kind=Kind.DLP, at=AT, labels=(info_type,)))
    assert named(found) == expected
    assert all(info_type in label.basis for label in found)


@pytest.mark.parametrize(
    ("label", "level"),
    [
        ("Highly Confidential", "confidential"),
        ("Confidential - Internal", "confidential"),
        ("Restricted", "regulated"),
        ("General", "internal"),
        ("Public", "public"),
        ("Non-Business", "internal"),
    ],
)
def test_a_sensitivity_label_gives_the_strictest_level_it_names(label, level):
    found = sensitivity.classes(Observation(source="m365_management", kind=Kind.AUDIT, at=AT, labels=(label,)))
    assert named(found) & {"public", "internal", "confidential", "regulated"} == {level}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("Mail.Read", {"confidential"}),
        ("https://graph.microsoft.com/Files.Read.All", {"confidential"}),
        ("User.Read", {"internal"}),
        ("User.Read.All", {"confidential", "pii"}),
        ("https://www.googleapis.com/auth/drive.readonly", {"confidential"}),
        ("https://mail.google.com/", {"confidential"}),
        ("okta.users.read", {"confidential", "pii"}),
        ("openid", {"internal"}),
    ],
)
def test_a_scope_opens_its_family(scope, expected):
    assert named(sensitivity.of_scope(scope)) == expected
    assert sensitivity.unknown_scopes((scope,)) == ()


def test_a_scope_nobody_knows_raises_no_class_and_is_named_as_unknown():
    grant = Observation(source="okta", kind=Kind.GRANT, at=AT, scopes=("openid", "frobnicate.everything"))
    assert named(sensitivity.classes(grant)) == {"internal"}
    assert sensitivity.unknown_scopes(grant.scopes) == ("frobnicate.everything",)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("src/Main.java", {"source_code", "confidential"}),
        ("Q3_budget-forecast.xlsx", {"financial", "confidential"}),
        ("Salary2024.xlsx", {"hr", "confidential"}),
        ("C:\\keys\\server.key", {"credentials", "confidential"}),
        ("holiday.jpg", set()),
    ],
)
def test_a_file_is_known_by_its_ending_and_words(file, expected):
    seen = Observation(source="m365_management", kind=Kind.AUDIT, at=AT, object=Object(type="file", name=file))
    assert named(sensitivity.classes(seen)) == expected


def test_a_name_that_is_no_file_says_nothing():
    seen = Observation(source="m365_management", kind=Kind.BUILD, at=AT, object=Object(type="flow", name="salary.py"))
    assert sensitivity.classes(seen) == ()


def test_a_unit_is_weak_evidence_and_a_site_category_none():
    seen = Observation(source="squid", kind=Kind.WEB, at=AT, labels=("Health",), actor=Actor(unit="Human Resources"))
    (label,) = sensitivity.classes(seen)
    assert (label.name, label.confidence < 0.5) == ("hr", True)


def test_the_best_evidence_of_a_class_wins_and_carried_classes_are_kept():
    carried = ClassLabel("pii", 0.99, "validated detector")
    seen = ProtectedObservation(
        id="x", source="m365_management", instance="i", kind=Kind.DLP, at=AT, arrived_at=AT,
        labels=("U.S. Social Security Number",), classes=(carried,),
    )  # fmt: skip
    found = {label.name: label for label in sensitivity.classes(seen)}
    assert found["pii"] == carried
    assert set(found) == {"pii", "regulated"}
