"""Whether a word a product uses speaks of AI, so that an action nobody has met before is not passed over.

The words are those vendors give their AI features (each is a product or a term of the field); "agent", "assistant" and
"model" alone stand for too much else (a user agent, a support agent, a data model) and count only beside another one.
"""

import re
from functools import lru_cache

from connectors.shared.graph.values import text

_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SURE = {
    "ai", "genai", "gpt", "llm", "llms", "mcp", "copilot", "copilots", "chatgpt", "openai", "anthropic", "claude",
    "gemini", "bedrock", "mistral", "perplexity", "agentforce", "einstein", "rovo", "joule", "agentic", "chatbot",
    "chatbots", "generative", "prompt", "prompts", "inference", "embedding", "embeddings",
}  # fmt: skip
_BESIDE = {
    frozenset(pair)
    for pair in (
        ("now", "assist"), ("virtual", "agent"), ("agent", "tool"), ("agent", "instructions"), ("agent", "created"),
        ("agent", "builder"), ("agent", "studio"), ("custom", "agent"), ("language", "model"), ("agent", "skill"),
        ("smart", "summary"), ("meeting", "summary"), ("machine", "learning"), ("natural", "language"),
    )
}  # fmt: skip
_LONGEST = 200


@lru_cache(maxsize=8192)
def names_ai(name: str) -> bool:
    """Whether a vendor's name of an action, a setting or a thing speaks of AI: `changeBaseAiPermissions`."""
    words = {part.lower() for part in _SPLIT.split(name[:_LONGEST]) if part}
    return not words.isdisjoint(_SURE) or any(pair <= words for pair in _BESIDE)


def of_ai(*values: object) -> bool:
    """Whether any of these texts speaks of AI; what is no text says nothing."""
    return any(names_ai(said) for value in values if (said := text(value)))
