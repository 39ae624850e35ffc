"""What the name models look at: hashed character n-grams, and a few features said by hand. Pure, and fast.

A name becomes two lists of buckets: n-grams of 2 to 5 characters, whose weights are averaged by the square root of
their number (a long name says no more than a short one), and features by hand, each counted once. Hash: CRC-32, so
that a model file means the same everywhere.
"""

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

from services.labelling.tail.registered import Registered

BUCKETS = 1 << 17
_MASK = BUCKETS - 1
SHORTEST, LONGEST = 2, 5
_LONGEST_NAME = 63
_REMEMBERED = 20_000

AI_SUFFIXES = frozenset({"ai", "bot", "chat"})
_WORDS = frozenset(
    {
        "ai", "gpt", "llm", "chatgpt", "genai", "agi", "aigc", "copilot", "chatbot", "bot", "bots", "chat", "agent",
        "agents", "agentic", "assistant", "assist", "neural", "neuro", "deep", "deepfake", "diffusion", "prompt",
        "prompts", "rag", "transformer", "intelligence", "cognitive", "brain", "mind", "genie", "voice", "speech",
        "text", "write", "writer", "image", "video", "avatar", "code", "coder", "dev", "notes", "meeting", "search",
        "learn", "model", "models", "ml", "llama", "claude", "gemini", "openai", "mistral", "deepseek", "qwen", "grok",
        "mcp", "embedding", "vector", "infer", "inference", "token", "gpu", "compute", "labs", "studio", "auto",
        "smart", "magic", "gen", "robot", "synth", "clone",
    }
)  # fmt: skip
_SIZES = sorted({len(word) for word in _WORDS})
_AI_WORDS = frozenset(
    {
        "ai", "gpt", "llm", "llms", "chatgpt", "genai", "agi", "aigc", "copilot", "chatbot", "chatbots", "bot",
        "agentic", "openai", "claude", "deepseek", "llama", "mcp", "diffusion",
    }
)  # fmt: skip
"""Words that make a name worth asking about where nothing but the name is known."""
HINT = re.compile(r"ai|gpt|llm|chat|bot|copilot|agent|neural|agi|prompt|diffusion|claude|deepseek|llama|mcp")
_SPLIT = re.compile(r"[^a-z]+")
_WORD = re.compile(r"\w+")


class Features(NamedTuple):
    """Buckets of n-grams, and buckets of features said by hand."""

    grams: list[int]
    said: list[int]


def hints(label: str, suffix: str) -> bool:
    """Whether a registered domain holds anything that could be an AI word: the gate before any model is asked.

    A wide gate: of ordinary names some four in a hundred pass. What does not pass is abstained from.
    """
    return suffix.rpartition(".")[2] in AI_SUFFIXES or HINT.search(label) is not None


def app_hints(name: str) -> bool:
    """Whether an application's name holds an AI word."""
    return any(word in _AI_WORDS or word.endswith(("gpt", "bot", "llm")) for word in _words(name))


def of_domain(domain: Registered) -> Features:
    """The features of a registered domain."""
    label = domain.label[:_LONGEST_NAME]
    last = domain.suffix.rpartition(".")[2]
    parts = [part for part in _SPLIT.split(label) if part]
    said = [f"tld={last}", f"length={min(len(label), 16) // 2}"]
    said += [f"part={part}" for part in parts if part in _WORDS]
    sizes = [size for size in _SIZES if size <= len(label)]
    said += [f"ends={word}" for size in sizes if (word := label[-size:]) in _WORDS]
    said += [f"starts={word}" for size in sizes if (word := label[:size]) in _WORDS]
    said += ["hyphen"] if "-" in label else []
    if last in AI_SUFFIXES or hints(label, last):
        said.append("hint")
    return Features(_grams(f"^{label}.{domain.suffix}$"), _buckets(said))


def of_app(name: str) -> Features:
    """The features of an application's name: characters within words, the words, and pairs of them."""
    words = _words(name)
    said = [f"word={word}" for word in words] + [f"pair={a} {b}" for a, b in pairwise(words)]
    said += [f"first={words[0]}", f"last={words[-1]}"] if words else []
    said.append(f"words={min(len(words), 5)}")
    return Features(_grams(f"^{' '.join(words)[:_LONGEST_NAME]}$"), _buckets(said))


def _words(name: str) -> list[str]:
    return _WORD.findall(name.casefold())


def _grams(text: str) -> list[int]:
    data = text.encode("utf-8", "replace")
    return [
        crc32(data[at : at + size]) & _MASK
        for size in range(SHORTEST, LONGEST + 1)
        for at in range(len(data) - size + 1)
    ]


def _buckets(said: list[str]) -> list[int]:
    return [_bucket(one) for one in said]


@lru_cache(_REMEMBERED)
def _bucket(said: str) -> int:
    return crc32(b"\0" + said.encode("utf-8", "replace")) & _MASK
