"""Directives of a watched log: read once at its top, in force for what comes later, to another process even."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from connectors.base import Connector, Ignored, Parsed
from connectors.records import parted
from schemas.observation import ProtectedObservation
from schemas.topics import OBSERVATION
from services.ingest import files
from services.ingest.collect import Job
from services.ingest.intake import Origin
from services.ingest.watch import Folder, Watcher
from services.kit.runtime import Runtime
from tests.ingest.conftest import Add, Read, Settings, parse
from tests.ingest.test_collect import held

PATTERN = re.compile(rb"#(fields)?")


def headed(record: bytes, config: object) -> Iterator[Parsed] | Ignored:
    """As the test connector reads a line, the host being what the directive before it says."""
    before, own = parted(record)
    return parse(own.replace(b"example.com", before.split()[-1]), config)


@pytest.fixture
async def job(add: Add, logged: Runtime, connector: Connector, tmp_path: Path) -> Job:
    await add(folder=str(tmp_path))
    origin = Origin(
        instance="one", connector=replace(connector, directives=PATTERN, parse=headed), config=Settings()
    )  # fmt: skip
    return Job(runtime=logged, origin=origin, lease=await held(logged))


def line(number: int) -> str:
    return f"2026-11-16T11:00:00+00:00 user{number} example.com\n"


async def test_directives_hold_over_looks_restarts_and_rotation(job: Job, tmp_path: Path, read: Read) -> None:
    file = tmp_path / "access.log"
    file.write_text("#version\n#fields one\n" + line(1))
    first = Watcher(job, Folder(folder=str(tmp_path), pattern="access*"))
    await first.look()
    with file.open("a") as more:
        more.write(line(2))
    await first.look()
    with file.open("a") as more:
        more.write(line(3) + "#fields two\n" + line(4))
    file.rename(tmp_path / "access.log.1")
    second = Watcher(job, Folder(folder=str(tmp_path), pattern="access*"))
    await second.look()
    assert [first.report.counts.records, second.report.counts.records] == [2, 2]
    seen = [msgspec.json.decode(one.value or b"", type=ProtectedObservation) for one in await read(OBSERVATION.name)]
    assert sorted(str(one.host) for one in seen) == ["one", "one", "one", "two"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_those_in_force_are_found_wherever_they_stand(tmp_path: Path, mark: bytes) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(mark + b"#fields one\r\n" + b"x" * 3_000_000 + b"\n#fields two\ny\n#fields three\n")
    end = file.read_bytes().index(b"#fields three")
    assert files.directives(file, end, PATTERN).preceded(b"row") == b"#fields two\nrow"
    assert files.directives(file, 20, PATTERN).preceded(b"row") == b"#fields one\nrow"
    assert files.directives(file, 0, PATTERN).preceded(b"row") == b"row"


@pytest.mark.parametrize(
    ("records", "content", "way"),
    [
        ("lines", b"a b c\n", "lines"),
        ("lines", b"[20/Nov/2026:10:00:00 +0000] a b\n", "lines"),
        ("lines", b'{"a": 1}\n{"a": 2}\n', "lines"),
        ("lines", b'[{"a": 1}, {"a": 2}]\n[{"a": 3}]\n', "lines"),
        ("lines", b'[\n{"a": 1},\n{"a": 2}\n]\n', "whole"),
        ("lines", b'{\n "a": 1\n}\n', "whole"),
        ("json", b'[{"a": 1}]\n', "whole"),
        ("json", b'{"a": 1}\n', "lines"),
        ("csv", b"a,b\n1,2\n", "whole"),
    ],
)
def test_what_is_one_document_is_read_whole(
    connector: Connector, tmp_path: Path, records: str, content: bytes, way: str
) -> None:
    file = tmp_path / "a"
    file.write_bytes(content)
    assert files.way(file, replace(connector, records=records)) == way  # type: ignore[arg-type] # one of the three
