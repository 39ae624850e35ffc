"""Which words of a vendor speak of AI, and which only sound so."""

import pytest

from connectors.shared.auditlog import names_ai, of_ai


@pytest.mark.parametrize(
    "name",
    [
        "changeBaseAiPermissions", "slack_ai_summary_requested", "mcp_slack_read_canvas_tool_called", "OpenAI",
        "AI Companion", "rovo_agent_created", "EinsteinGptFeedback", "copilot.swe_agent_repo_enabled", "claude[bot]",
        "moderateAiContent", "Meeting Summary with AI Companion", "Agent instructions updated", "NowAssistSkill AI",
        "Now Assist panel",
    ],
)  # fmt: skip
def test_names_of_ai_features_are_told(name):
    assert names_ai(name)


@pytest.mark.parametrize(
    "name",
    [
        "user_agent_changed", "email", "maintain", "team.add_member", "repo.create", "agent", "chair", "paid", "Model",
        "data_model_updated", "smart card", "assistant", "", "Contain", "said",
    ],
)  # fmt: skip
def test_what_only_sounds_so_is_not(name):
    assert not names_ai(name)


def test_what_is_no_text_says_nothing():
    assert not of_ai(None, 7, {"ai": 1}, ["ai"], "   ")
    assert of_ai(None, "AI")
