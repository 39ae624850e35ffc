"""Shared samples of work products: which source reads a folder, and what of it can't be read, with the reason."""

FOLDERS = {
    "slack_audit": "slack_audit",
    "github_audit": "github_audit",
    "salesforce": "salesforce",
    "atlassian_audit": "atlassian",
    "zoom": "zoom",
    "notion_audit": "notion",
    "other_saas/databricks": "databricks",
    "other_saas/asana": "asana",
    "other_saas/box": "box",
    "other_saas/dropbox": "dropbox",
}
REJECTED = {
    "panther_slack_auditlogs.ndjson": {"date_create is not a time": 2},
    "grove_oauth_token_response.json": {"no record of Salesforce that is read here": 1},
}
"""Test events that were cut down until no time was left; the answer of a token endpoint, which is no record."""
