"""The detectors as a pipe: a JSON line in, where its identifiers are and what it is about out, never the text."""

import json
from collections.abc import Iterable, Iterator

import msgspec

from schemas.observation import ClassLabel
from services.labelling.detect.finding import Finding
from services.labelling.reading import Reader

_TOO_LONG = "longer than a line may be"


class Asked(msgspec.Struct, frozen=True):
    """One line of input."""

    id: str | int
    text: str


class Named(msgspec.Struct, frozen=True):
    """A data class, as told on a line of output."""

    name: str = msgspec.field(name="class")
    confidence: float
    basis: str


class Answer(msgspec.Struct, frozen=True):
    """One line of `penumbra detect`; offsets are characters (code points) of the text that was given."""

    id: str
    findings: list[Finding]
    classes: list[Named]


class Unread(msgspec.Struct, frozen=True):
    """A line without id and text: its number, from 1, its id where one could be read, and why, without content."""

    id: str | None
    line: int
    error: str


def answers(lines: Iterable[bytes | None], reader: Reader) -> Iterator[Answer | Unread]:
    """One answer a line that is not blank; None stands for a line too long to be read."""
    decode = msgspec.json.Decoder(Asked).decode
    for number, line in enumerate(lines, 1):
        if line is None:
            yield Unread(None, number, _TOO_LONG)
            continue
        if not line.strip():
            continue
        try:
            asked: Asked | Unread = decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            asked = _otherwise(line, number)
        yield asked if isinstance(asked, Unread) else _answer(asked, reader)


def _answer(asked: Asked, reader: Reader) -> Answer:
    read = reader.read(asked.text)
    return Answer(str(asked.id), read.findings, [_named(one) for one in read.classes])


def _named(label: ClassLabel) -> Named:
    return Named(label.name, label.confidence, label.basis)


def _otherwise(line: bytes, number: int) -> Asked | Unread:
    """By Python's own decoder, which takes what strict ones refuse: half surrogates, bytes that are no UTF-8."""
    try:
        found = json.loads(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return Unread(None, number, "no JSON")
    if not isinstance(found, dict):
        return Unread(None, number, "JSON, but no object with id and text")
    name, text = found.get("id"), found.get("text")
    known = str(name) if isinstance(name, str | int) and not isinstance(name, bool) else None
    if known is None:
        return Unread(None, number, "no id that is a string or a whole number")
    known = known.encode("utf-8", "replace").decode()
    return Asked(known, text) if isinstance(text, str) else Unread(known, number, "no text that is a string")
