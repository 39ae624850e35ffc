"""Every connector keeps the contract: a whole declaration, a sample of its own, exact observations, nothing private."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import declaration
from connectors.base import Ignored, Rejected, discover, find
from connectors.records import (
    RECOGNISED,
    Broken,
    Native,
    Observed,
    Occurrences,
    Tally,
    natives,
    outcome,
    outcomes,
    recognise,
)
from connectors.table import PAGES, README, written
from schemas.observation import Observation

SAMPLES = Path(__file__).parent / "samples"
CANARY = "violet-heron-canary"
CONNECTORS = discover()
ARRIVED = datetime(2026, 11, 21, 12, tzinfo=UTC)
SAMPLE_FILES = [(name, sample) for name, one in CONNECTORS.items() for sample in one.samples]


def config(connector):
    try:
        return msgspec.convert({}, connector.config)
    except msgspec.ValidationError:
        return None


def read(name, sample, content=None):
    connector = CONNECTORS[name]
    found = natives(content or (SAMPLES / sample).read_bytes(), connector, Path(sample).name)
    return list(outcomes(connector, found, config(connector), ARRIVED))


def told(result):
    """An outcome as the expectation file writes it."""
    if isinstance(result, Observed):
        return [json.loads(msgspec.json.encode(item)) for item in result.items]
    if isinstance(result, Ignored):
        return {"ignored": result.reason}
    return {"rejected": result.reason, "position": result.position}


def test_the_sources_of_the_spine_are_there():
    assert {"squid", "m365_management", "okta", "directory_csv", "registry_csv"} <= CONNECTORS.keys()
    assert find("squid") is CONNECTORS["squid"]
    assert find("no such source") is None
    assert find("records") is None


@pytest.mark.parametrize("name", CONNECTORS)
def test_the_declaration_is_complete(name):
    assert declaration.faults(CONNECTORS[name]) == []
    assert CONNECTORS[name].name == name


@pytest.mark.parametrize("name", CONNECTORS)
def test_every_source_has_a_page_and_an_address_or_more(name):
    page = (PAGES / f"{name}.md").read_text()
    assert page.startswith("# ")
    assert len(page.splitlines()) > 4
    assert CONNECTORS[name].docs


def test_the_readme_names_every_source():
    text = README.read_text()
    assert written(text, CONNECTORS.values()) == text, "write it anew: python -m connectors.table"


@pytest.mark.parametrize(("name", "sample"), SAMPLE_FILES)
def test_the_sample_says_exactly_this(name, sample):
    expected = json.loads((SAMPLES / f"{sample}.expected.json").read_text())
    assert [told(result) for result in read(name, sample)] == expected


@pytest.mark.parametrize(("name", "sample"), SAMPLE_FILES)
def test_the_counts_add_up_and_reading_twice_says_the_same(name, sample):
    first, again = read(name, sample), read(name, sample)
    assert first == again
    tally = Tally(name)
    for result in first:
        tally.count(result)
    assert tally.observed > 0
    assert tally.records == tally.observed + sum(tally.ignored.values()) + tally.rejected


@pytest.mark.parametrize(("name", "sample"), SAMPLE_FILES)
def test_ids_are_unique_and_carry_the_source(name, sample):
    occurrences = Occurrences()
    items = [item for result in read(name, sample) if isinstance(result, Observed) for item in result.items]
    ids = [occurrences.identified(item).id for item in items if isinstance(item, Observation)]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith(f"{name}:") for one in ids)


@pytest.mark.parametrize(("name", "sample"), SAMPLE_FILES)
def test_the_canary_goes_in_and_never_comes_out(name, sample):
    private = CONNECTORS[name].kinds != ()
    assert (CANARY in (SAMPLES / sample).read_text()) == private
    for result in read(name, sample):
        assert CANARY not in json.dumps(told(result))


@pytest.mark.parametrize(("name", "sample"), SAMPLE_FILES)
def test_auto_names_the_source(name, sample):
    [best, *_] = recognise((SAMPLES / sample).read_bytes(), CONNECTORS)
    assert best[0] == name
    assert best[1] >= RECOGNISED


@pytest.mark.parametrize("name", CONNECTORS)
def test_secrets_are_references_only(name):
    connector = CONNECTORS[name]
    if not connector.secrets:
        return
    fields = {field.name: "x" for field in msgspec.structs.fields(connector.config) if field.required}
    made = connector.config(**{**fields, **dict.fromkeys(connector.secrets, "env:VENDOR_SECRET")})
    assert "env:VENDOR_SECRET" in repr(made)
    for secret in connector.secrets:
        with pytest.raises((ValueError, msgspec.ValidationError)):
            connector.config(**{**fields, secret: "the secret itself"})


@pytest.mark.parametrize("name", [name for name, one in CONNECTORS.items() if one.action_of])
def test_the_word_for_what_a_record_tells_is_the_vendors_own(name):
    connector = CONNECTORS[name]
    words = {connector.action_of(record) for record in RECORDS[name]}
    assert any(words), "no record of any sample has one"
    assert not [word for word in words if word and (CANARY in word or "@" in word)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def records():
    """Every record of every sample, by the connector it belongs to."""
    held = {}
    for name, sample in SAMPLE_FILES:
        for found in natives((SAMPLES / sample).read_bytes(), CONNECTORS[name], "f"):
            if isinstance(found, Native):
                held.setdefault(name, []).append(found.record)
    return held


RECORDS = records()


def damaged(record, data):
    """The record with one part of it dropped, emptied, nested, cut, or replaced by something else."""
    if isinstance(record, bytes):
        return record[: data.draw(st.integers(0, len(record)))]
    if isinstance(record, str) and record:
        return data.draw(st.sampled_from([record[: len(record) // 2], f"{record}\0", [record], {"value": record}, ""]))
    if not record or not isinstance(record, dict | list):
        return data.draw(JSON)
    key = data.draw(st.sampled_from(sorted(record) if isinstance(record, dict) else range(len(record))))
    deeper = data.draw(st.booleans())
    if not deeper and data.draw(st.booleans()):
        return (
            {name: value for name, value in record.items() if name != key}
            if isinstance(record, dict)
            else [*record[:key], *record[key + 1 :]]
        )
    part = record[key]
    put = damaged(part, data) if deeper else data.draw(st.one_of(JSON, st.just({str(key): part}), st.just([part])))
    return {**record, key: put} if isinstance(record, dict) else [*record[:key], put, *record[key + 1 :]]


@pytest.mark.parametrize("name", sorted(RECORDS))
@settings(max_examples=40)
@given(data=st.data())
def test_a_damaged_record_is_read_ignored_or_rejected_and_nothing_else(name, data):
    connector, record = CONNECTORS[name], data.draw(st.sampled_from(RECORDS[name]))
    hurt = damaged(record, data)
    said, items = "", []
    try:
        parsed = connector.parse(hurt, config(connector))
        items = [] if isinstance(parsed, Ignored) else list(parsed)
    except Rejected as fault:
        said = str(fault)
    assert CANARY not in said
    for item in items:
        assert CANARY not in msgspec.json.encode(item).decode()
        msgspec.json.decode(msgspec.json.encode(item), type=type(item))
    assert 0 <= connector.recognise(hurt) <= 1
    if connector.action_of is not None:
        word = connector.action_of(hurt)
        assert word is None or isinstance(word, str)


LINES = {name: [one for one in held if isinstance(one, bytes)] for name, held in RECORDS.items()}


@pytest.mark.parametrize("name", [name for name, held in LINES.items() if held])
@settings(max_examples=40)
@given(data=st.data())
def test_a_spliced_line_is_read_ignored_or_rejected_and_nothing_else(name, data):
    """A lost delimiter makes another text of what was private: that nothing breaks is all that can be asked here."""
    line = data.draw(st.sampled_from(LINES[name]))
    at = data.draw(st.integers(0, len(line)))
    hurt = line[:at] + data.draw(st.binary(max_size=4)) + line[at + data.draw(st.integers(0, 8)) :]
    found = outcome(CONNECTORS[name], Native(hurt, "f#1"), config(CONNECTORS[name]), ARRIVED)
    assert isinstance(found, Observed | Ignored | Broken)
    assert 0 <= CONNECTORS[name].recognise(hurt) <= 1


@pytest.mark.parametrize(("name", "sample"), SAMPLE_FILES)
@settings(max_examples=15)
@given(data=st.data())
def test_a_file_cut_or_spliced_anywhere_still_adds_up(name, sample, data):
    content = (SAMPLES / sample).read_bytes()
    at = data.draw(st.integers(0, len(content)))
    twice = data.draw(st.sampled_from([b"", b'"id":1,"id":2,']))  # a key that stands twice
    begun = content[:at].replace(b"{", b"{" + twice, 1)
    tally = Tally(name)
    for result in read(
        name, sample, begun + data.draw(st.binary(max_size=3)) + content[at:][: data.draw(st.integers(0, 2000))] or b" "
    ):
        tally.count(result)
        assert not isinstance(result, Broken) or CANARY not in result.reason
    assert tally.records == tally.observed + sum(tally.ignored.values()) + tally.rejected


def test_an_unforeseen_shape_is_a_rejected_record():
    connector = CONNECTORS["okta"]
    broken = outcome(connector, Native(7, "f#1"), None)
    assert isinstance(broken, Broken)
    assert broken.raw == b"7"
