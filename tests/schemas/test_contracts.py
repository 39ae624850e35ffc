"""Contracts: every example of every version decodes and fits its schema, readers tolerate more, files are current."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from schemas.generate import ALL, asyncapi, files, json_schema
from schemas.topics import Topic

EXAMPLES = Path(__file__).parent.parent.parent / "schemas" / "examples"
CASES = [
    pytest.param(topic, path, id=f"{topic.name}/{path.parent.name}/{path.stem}")
    for topic in ALL
    for path in sorted((EXAMPLES / topic.name).glob("*/*.json"))
]


def test_every_topic_has_examples_and_every_folder_a_topic() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {topic.name for topic in ALL}
    assert {case.values[0].name for case in CASES} == {topic.name for topic in ALL}


@pytest.mark.parametrize(("topic", "path"), CASES)
def test_example_decodes_fits_its_schema_and_is_realistic(topic: Topic, path: Path) -> None:
    plain = json.loads(path.read_text())
    jsonschema.Draft202012Validator(json_schema(topic)).validate(plain)
    value = msgspec.convert(plain, topic.value)
    assert msgspec.json.decode(msgspec.json.encode(value), type=topic.value) == value
    assert len(json.dumps(plain, separators=(",", ":"))) >= 400


@pytest.mark.parametrize(("topic", "path"), CASES)
def test_unknown_fields_are_tolerated_at_every_depth(topic: Topic, path: Path) -> None:
    def widen(value: object) -> object:
        if isinstance(value, dict):
            return {**{k: v if k in {"attributes", "events"} else widen(v) for k, v in value.items()}, "later_": [1]}
        return [widen(each) for each in value] if isinstance(value, list) else value

    plain = json.loads(path.read_text())
    assert msgspec.convert(widen(plain), topic.value) == msgspec.convert(plain, topic.value)


def test_generated_files_are_current() -> None:
    stale = [path.name for path, text in files().items() if not path.exists() or path.read_text() != text]
    assert stale == [], "run python -m schemas.generate"
    folder = EXAMPLES.parent / "json"
    assert {path.name for path in folder.iterdir()} == {path.name for path in files()}


def test_asyncapi_names_every_topic_and_its_references_resolve() -> None:
    document = asyncapi()
    assert {channel["address"] for channel in document["channels"].values()} == {topic.name for topic in ALL}

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [r for v in node.values() for r in references(v)]
        return [r for v in node for r in references(v)] if isinstance(node, list) else []

    for reference in references(document):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


@pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)
def test_a_wrong_type_is_refused(topic: Topic) -> None:
    path = next((EXAMPLES / topic.name).glob("*/*.json"))
    for name in json.loads(path.read_text()):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({**json.loads(path.read_text()), name: object()}, topic.value)
