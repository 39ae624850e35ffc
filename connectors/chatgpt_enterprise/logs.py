"""Sign-ins, administration, apps, conversation messages and Codex, one function a log.

Which actions AUDIT_LOG may name is not published; those met are known, administration of people and of the account is
ignored by name, and whatever else it says is observed.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.base import Ignored
from connectors.chatgpt_enterprise.records import CHATGPT, CODEX, at, observation, succeeded
from connectors.shared.ai_product import spoken
from connectors.shared.graph.values import text, under
from schemas.observation import App, Kind, Object, Observation, Solution

_ADMINISTRATION = (
    "USER_", "INVITE_", "LIST_", "GET_", "GROUP_", "ROLE_", "SSO_", "SCIM_", "BILLING_", "DOMAIN_", "LOGIN_", "LOGOUT_",
)  # fmt: skip
_STEPS = ("TOOL_CALL_", "APPROVAL_", "TURN_", "SESSION_", "REMOTE_CONTROL_")
"""Steps within a run of Codex: the prompt that caused them is told apart."""
Told = Iterator[Observation] | Ignored


def signed_in(record: Mapping[str, Any]) -> Told:
    """AUTH_LOG: a sign-in that succeeded."""
    action = text(under(record, "action_data").get("action")) or text(record.get("action")) or "unknown"
    if action == "login_success":
        return iter((observation(record, Kind.SIGNIN, "signin"),))
    return Ignored(f"sign-in log: {action}" if action in {"login_failed", "token_issued", "logout_success"} else action)


def administered(record: Mapping[str, Any]) -> Told:
    """AUDIT_LOG: what an administrator or a key did with the workspace's features."""
    action = text(record.get("action")) or "unknown"
    if action.startswith(_ADMINISTRATION):
        return Ignored(action)
    if not succeeded(record):
        return Ignored("action that did not succeed")
    data = under(record, "action_data")
    return iter((observation(record, Kind.AUDIT, action, feature=data.get("feature"), value=data.get("value")),))


def linked(record: Mapping[str, Any]) -> Told:
    """APP_AUTH_LOG: an app or connector that was linked to ChatGPT, or unlinked."""
    action = text(record.get("action")) or "link"
    if action not in {"link", "unlink"}:
        return iter((observation(record, Kind.AUDIT, action, thing=_connector(record)),))
    word = "grant" if action == "link" else "revoke"
    return iter((observation(record, Kind.GRANT, word, thing=_connector(record)),))


def called(record: Mapping[str, Any]) -> Told:
    """APP_LOG: ChatGPT asked a connected app for something. The answer is a record of its own and not counted."""
    if record.get("log_type") == "response":
        return Ignored("answer of a connected app")
    return iter(
        (observation(record, Kind.AUDIT, "app_call", thing=_connector(record), app_type=record.get("app_type")),)
    )


def _connector(record: Mapping[str, Any]) -> Object | None:
    name, key = text(record.get("app_name")), text(record.get("app_id"))
    return Object(type="connector", id=key, name=name) if name or key else None


def written(record: Mapping[str, Any]) -> Told:
    """CONVERSATION_MESSAGE: a prompt. Which GPT or project it went to is told where the message names one."""
    message, talk = under(record, "message"), under(record, "conversation")
    author = under(message, "author")
    role = text(author.get("type")) or text(author.get("role")) or "unknown"
    if role != "user":
        return Ignored(f"message of {role}" if role in {"assistant", "tool", "system"} else "message of another author")
    return iter((
        observation(
            record, Kind.AUDIT, "prompt", solution=_used(record, message, talk), client_type=author.get("client_type"),
            temporary_chat=talk.get("is_temporary_chat"), files=_count(message.get("files")),
        ),
    ))  # fmt: skip


def _used(record: Mapping[str, Any], *named: Mapping[str, Any]) -> Solution | None:
    """The custom GPT or project a message belongs to (`gpt_id`, `project_id`: unverified for the logs platform)."""
    for kind, field in (("chatgpt_gpt", "gpt_id"), ("chatgpt_project", "project_id")):
        key = next((found for each in named if (found := text(each.get(field)))), None)
        if key:
            return Solution(id=f"{kind}:{key}", type=kind, last_run_at=at(record))
    return None


def _count(value: Any) -> int | None:
    return len(value) if isinstance(value, list) and value else None


def coded(record: Mapping[str, Any]) -> Told:
    """CODEX_LOG and CODEX_SECURITY_LOG: prompts, tools of MCP servers, tokens, environments, scans."""
    action = text(record.get("event_type")) or "unknown"
    if action.startswith(_STEPS):
        return Ignored(f"step of Codex: {action}")
    told = under(record, "event_details")
    if text(told.get("status")) == "error":
        return Ignored("action that did not succeed")
    used = under(told, "token_usage")
    server = text(under(told, "tool_meta").get("connector_id"))
    return iter((
        observation(
            record, Kind.AUDIT, "prompt" if action == "PROMPT_SENT" else action, app=CODEX,
            thing=Object(type="connector", id=server) if server else None, model=told.get("model"),
            input_tokens=used.get("input_tokens"), output_tokens=used.get("output_tokens"),
        ),
    ))  # fmt: skip


def other(record: Mapping[str, Any]) -> Told:
    """A log that is not known yet: kept under its own word."""
    name = text(record.get("type")) or "unknown"
    return iter((observation(record, Kind.AUDIT, word(record) or name, app=_product(name)),))


def _product(log: str) -> App:
    return CODEX if log.startswith("CODEX") else CHATGPT


def texts(record: Mapping[str, Any]) -> Iterator[str]:
    """What a person wrote in a CONVERSATION_MESSAGE; an answer is nobody's data."""
    message = under(record, "message")
    author = under(message, "author")
    if record.get("type") == "CONVERSATION_MESSAGE" and "user" in (author.get("type"), author.get("role")):
        yield from spoken(message.get("content"))


def word(record: Mapping[str, Any]) -> str | None:
    """What the record calls what happened."""
    told = text(record.get("event_type")) or text(record.get("action"))
    return told or text(under(record, "action_data").get("action")) or text(record.get("type"))


LOGS: Mapping[str, Callable[[Mapping[str, Any]], Told]] = {
    "AUTH_LOG": signed_in,
    "AUDIT_LOG": administered,
    "APP_AUTH_LOG": linked,
    "APP_LOG": called,
    "CONVERSATION_MESSAGE": written,
    "CODEX_LOG": coded,
    "CODEX_SECURITY_LOG": coded,
}
