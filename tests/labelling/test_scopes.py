import pytest

from services.labelling.scopes import FAMILIES, ORDER, risk


@pytest.mark.parametrize(
    ("scope", "tier", "provider"),
    [
        ("openid", "identity", "openid connect"),
        ("https://www.googleapis.com/auth/userinfo.email", "identity", "google"),
        ("https://www.googleapis.com/auth/drive.file", "limited", "google"),
        ("https://www.googleapis.com/auth/gmail.readonly", "read", "google"),
        ("https://mail.google.com/", "write", "google"),
        ("https://www.googleapis.com/auth/drive", "write", "google"),
        ("https://www.googleapis.com/auth/admin.directory.user.readonly", "admin", "google"),
        ("https://www.googleapis.com/auth/cloud-platform", "admin", "google"),
        ("User.Read", "identity", "microsoft"),
        ("Mail.Read", "read", "microsoft"),
        ("https://graph.microsoft.com/Files.Read.All", "read", "microsoft"),
        ("Mail.Send", "write", "microsoft"),
        ("Files.ReadWrite.All", "write", "microsoft"),
        ("Sites.FullControl.All", "admin", "microsoft"),
        ("Directory.ReadWrite.All", "admin", "microsoft"),
        ("User.Read.All", "admin", "microsoft"),
        ("users:read", "identity", "slack"),
        ("channels:history", "read", "slack"),
        ("chat:write", "write", "slack"),
        ("admin.users:write", "admin", "slack"),
        ("repo", "write", "github"),
        ("read:org", "read", "github"),
        ("admin:org", "admin", "github"),
        ("full", "admin", "salesforce"),
        ("api", "write", "salesforce"),
        ("meeting:read:meeting:admin", "admin", "zoom"),
        ("recording:read", "read", "zoom"),
        ("read:jira-work", "read", "atlassian"),
        ("write:page:confluence", "write", "atlassian"),
        ("manage:jira-configuration", "admin", "atlassian"),
        ("frobnicate.everything", "unknown", ""),
        ("", "unknown", ""),
    ],
)
def test_a_scope_has_the_tier_of_its_family(scope, tier, provider):
    found = risk(scope)
    assert (found.tier, found.provider if provider else "") == (tier, provider)


def test_every_provider_has_families_and_every_tier_is_ranked():
    providers = {provider for provider, _, _ in FAMILIES}
    assert {"google", "microsoft", "slack", "github", "salesforce", "zoom", "atlassian"} <= providers
    assert {tier for _, tier, _ in FAMILIES} <= set(ORDER)
