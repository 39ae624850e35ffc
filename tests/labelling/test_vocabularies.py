import pytest

from services.labelling.sensitivity import of_name, of_scope, unknown_scopes


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ABA Routing Number", "financial"),
        ("All Medical Terms And Conditions", "phi"),
        ("Australia Medical Account Number", "phi"),
        ("U.K. National Health Service Number", "phi"),
        ("Singapore National Registration Identity Card (NRIC) Number", "pii"),
        ("Malaysia Identification Card Number", "pii"),
        ("Philippines Unified Multi-Purpose Identification Number", "pii"),
        ("Azure DocumentDB Auth Key", "credentials"),
        ("GCP_API_KEY", "credentials"),
        ("JSON_WEB_TOKEN", "credentials"),
        ("GITHUB_TOKEN", "credentials"),
        ("MEDICAL_RECORD_NUMBER", "phi"),
        ("GERMANY_PASSPORT", "pii"),
        ("SWIFT_CODE", "financial"),
        ("ETHNIC_GROUP", "pii"),
        ("FDA_CODE", "phi"),
        ("Customer complaints", "customer"),
        ("Design Documents", "source_code"),
        ("Resume", "hr"),
        ("Patent Application", "legal"),
        ("Controlled Unclassified Information", "regulated"),
    ],
)
def test_a_published_info_type_or_policy_has_its_class(name, kind):
    assert kind in {found.name for found in of_name(name, dlp=True)}


@pytest.mark.parametrize(
    "name", ["Weekly rota", "Span of control", "Gambling", "Large upload", "Block printing", "Page count"]
)
def test_a_rule_about_nothing_of_that_sort_has_none(name):
    assert of_name(name, dlp=True) == ()


def test_scopes_of_any_known_family_open_something_and_the_rest_are_named_as_unknown():
    scopes = ("channels:history", "repo", "read:jira-work", "recording:read", "full", "no:such.scope")
    assert unknown_scopes(scopes) == ("no:such.scope",)
    assert {found.name for found in of_scope("channels:history")} == {"confidential"}
    assert {found.name for found in of_scope("commands")} == {"internal"}
