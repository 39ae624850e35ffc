"""The numbers of governance, in one place; `policy.toml` beside this file says what each means."""

from datetime import date
from typing import Annotated

import msgspec

from schemas.alert import Standing

Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days are calendar days unless named business days; `alerting` are the standings somebody must act on."""

    review_business_days: Days = 5
    dormant_days: Days = 90
    holidays: tuple[date, ...] = ()
    prohibited_tools: tuple[str, ...] = ()
    smallest_group: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 5
    many_people: Annotated[int, msgspec.Meta(ge=1)] = 20
    capability_family: Annotated[int, msgspec.Meta(ge=1, le=100)] = 2
    capability_days: Days = 90
    capability_signs: str = "._:/- "
    ai_words: frozenset[str] = frozenset(
        {
            "agent", "agentforce", "ai", "assistant", "bedrock", "chatbot", "chatgpt", "claude", "copilot", "einstein",
            "gemini", "genai", "gpt", "joule", "llm", "mcp", "openai", "prompt", "rovo",
        }
    )  # fmt: skip
    alerting: frozenset[Standing] = frozenset(
        {
            Standing.UNREGISTERED, Standing.PROHIBITED, Standing.EXPIRED, Standing.OUT_OF_SCOPE, Standing.OWNERLESS,
            Standing.DRIFTED,
        }
    )  # fmt: skip


DEFAULT = Policy()


def read(text: str) -> Policy:
    """The policy of a TOML file; what it does not name is as in `policy.toml`.

    Raises msgspec.DecodeError for what is no TOML, its ValidationError for an unknown name or a wrong value.
    """
    return msgspec.toml.decode(text, type=Policy)
