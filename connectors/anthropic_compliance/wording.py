"""What an activity's type tells: something built, use, a grant, a sign-in, or administration.

There are hundreds of types and new ones each month, so families are known by their beginnings and endings. What is
neither administration nor a look at something is observed, known or not.
"""

from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache


class Sort(Enum):
    """What a type tells."""

    BUILT = auto()
    USED = auto()
    GRANTED = auto()
    REVOKED = auto()
    SIGNED_IN = auto()
    IGNORED = auto()


_BUILT = ("claude_project_", "claude_skill_", "claude_plugin_", "mcp_server_", "claude_artifact_", "claude_agent_")
_CONTENT = ("_file_", "_document_")
"""Files within a project: uploading is use, the rest says nothing new."""
_OF_AI = ("cowork", "claude", "agent", "mcp", "connector", "skill", "plugin", "model", "extension", "artifact")
_ADMINISTRATION = (
    "org_", "group_", "role_", "rbac_", "domain_", "sso_", "scim_", "billing_", "extra_usage_", "invoice_", "payment_",
    "spend_", "seat_", "subscription_", "account_", "age_", "audit_log_", "compliance_", "ghe_", "admin_request_",
    "end_user_invite_", "user_", "member_", "primary_owner_", "phone_", "session_", "magic_link_", "social_login_",
    "claude_user_role_", "claude_user_settings_", "claude_pubsec_", "claude_chat_", "anonymous_mobile_", "abuse_",
    "claude_published_artifact_",
)  # fmt: skip
_LOOKS = ("_viewed", "_listed", "_accessed", "_failed", "_reported", "_downloaded", "_exported", "_requested")
_SHARED = ("claude_artifact_published", "claude_artifact_sharing_updated")
_SIGNED_IN = "_login_succeeded"


@lru_cache(maxsize=4096)
def sort_of(event: str) -> Sort:
    """What this type tells: the first rule that holds."""
    return next(sort for holds, sort in _rules(event) if holds)


def _rules(event: str) -> Iterator[tuple[bool, Sort]]:
    built = event.startswith(_BUILT)
    content = any(part in event for part in _CONTENT)
    names_feature = event.startswith("org_") and any(word in event for word in _OF_AI)
    yield event.endswith(_SIGNED_IN), Sort.SIGNED_IN
    yield event == "claude_chat_created", Sort.USED
    yield event.endswith(_LOOKS), Sort.IGNORED
    yield content and event.endswith("_uploaded"), Sort.USED
    yield content, Sort.IGNORED
    yield event.startswith("claude_artifact_") and event not in _SHARED, Sort.IGNORED
    yield built, Sort.BUILT
    yield "integration" in event, _integration(event)
    yield event.startswith(_ADMINISTRATION) and not names_feature, Sort.IGNORED
    yield True, Sort.USED


def _integration(event: str) -> Sort:
    """A connector to somebody's data: connected or made, or taken back."""
    if event.endswith(("_connected", "_created")):
        return Sort.GRANTED
    return Sort.REVOKED if event.endswith(("_disconnected", "_deleted", "_removed")) else Sort.USED
