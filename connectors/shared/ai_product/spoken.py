"""The words of a prompt, out of the body of a request for a model: what somebody wrote, not how it was asked.

Pieces of text stand under these names: `messages[].content`, a text or parts with a `text`, and `prompt` (OpenAI's and
Anthropic's APIs; `system` there too), `input` (OpenAI's Responses API and embeddings), `inputText` (Amazon Titan),
`parts[].text` (Gemini), `parts[].content` (OpenTelemetry's gen_ai messages): the pages named in the connectors that ask
for them. Anything else, pictures and files in base64 above all, is passed over.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

_SAID = frozenset({"content", "text", "prompt", "input", "inputText", "system", "value"})
_HOLDS = frozenset({"messages", "parts", "contents"})
_ANSWERS = ("assistant", "model")
_BINARY = ("blob", "image", "document", "file", "audio")
_DEEPEST = 8


def spoken(value: Any) -> Iterator[str]:
    """The texts in a body, in its order, also of one written as JSON text; a model's own turns are left out."""
    yield from _within(value, 0)


def _within(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield from _text(value, depth)
    elif isinstance(value, list):
        for each in value:
            yield from _within(each, depth + 1)
    elif isinstance(value, dict) and value.get("role") not in _ANSWERS and value.get("type") not in _BINARY:
        for name, held in value.items():
            if name in _SAID or name in _HOLDS:
                yield from _within(held, depth + 1)


def _text(value: str, depth: int) -> Iterator[str]:
    if value[:1] in ("{", "["):
        try:
            body = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):  # it only begins like JSON, or was cut: then it is the text
            body = None
        if isinstance(body, dict | list):
            found = list(_within(body, depth + 1))
            yield from found or [value]
            return
    if value:
        yield value
