"""Writes what is derived from the contracts: JSON Schemas and the AsyncAPI document. `python -m schemas.generate`.

JSON Schema: https://json-schema.org/draft/2020-12. AsyncAPI 3.0: https://www.asyncapi.com/docs/reference/specification/v3.0.0.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from schemas.topics import DEAD_LETTER, TOPICS, Topic

FOLDER = Path(__file__).parent
ALL = (*TOPICS, DEAD_LETTER)


def json_schema(topic: Topic) -> dict[str, Any]:
    """The value's schema. Readers tolerate unknown fields, so additional properties are allowed."""
    schema = msgspec.json.schema(topic.value)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": topic.name, **schema}


def asyncapi() -> dict[str, Any]:
    """All topics as channels, with one send or receive operation for each service that does."""
    _, definitions = msgspec.json.schema_components(
        [topic.value for topic in ALL], ref_template="#/components/schemas/{name}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Penumbra", "version": "1.0.0", "description": "The topics between Penumbra's services."},
        "defaultContentType": "application/json",
        "channels": {_name(topic): _channel(topic) for topic in ALL},
        "operations": {name: each for topic in ALL for name, each in _operations(topic).items()},
        "components": {"schemas": definitions, "messages": {_name(topic): _message(topic) for topic in ALL}},
    }


def _name(topic: Topic) -> str:
    return topic.name.replace(".", "_")


def _channel(topic: Topic) -> dict[str, Any]:
    kept = {"cleanup.policy": ["compact" if topic.compacted else "delete"]}
    seconds = {"retention.ms": int(topic.retention.total_seconds() * 1000)} if topic.retention else {}
    return {
        "address": topic.name,
        "description": f"{topic.about} Key: {topic.key}.",
        "messages": {_name(topic): {"$ref": f"#/components/messages/{_name(topic)}"}},
        "bindings": {"kafka": {"topic": topic.name, "topicConfiguration": {**kept, **seconds}}},
    }


def _message(topic: Topic) -> dict[str, Any]:
    return {"name": topic.value.__name__, "payload": {"$ref": f"#/components/schemas/{topic.value.__name__}"}}


def _operations(topic: Topic) -> dict[str, Any]:
    channel = {"channel": {"$ref": f"#/channels/{_name(topic)}"}}
    sends = {f"{who}_sends_{_name(topic)}": {"action": "send", **channel} for who in topic.producers}
    receives = {f"{who}_receives_{_name(topic)}": {"action": "receive", **channel} for who in topic.consumers}
    return {**sends, **receives}


def files() -> dict[Path, str]:
    """Every derived file with its text."""
    schemas = {FOLDER / "json" / f"{topic.name}.schema.json": _text(json_schema(topic)) for topic in ALL}
    return {**schemas, FOLDER / "json" / "asyncapi.json": _text(asyncapi())}


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, text in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
