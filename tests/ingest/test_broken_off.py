"""Our own database away in the middle of a watch: the source is not blamed, and no line is counted twice."""

from pathlib import Path

import msgspec
import pytest

from connectors.base import Connector
from schemas.observation import ProtectedObservation
from schemas.topics import OBSERVATION
from services.ingest.collect import BrokenOff, Job
from services.ingest.intake import Origin
from services.ingest.watch import Folder, Seen, follow
from services.kit.control import progress
from services.kit.runtime import Runtime
from tests.ingest.conftest import Add, Read, Settings
from tests.ingest.test_collect import LINE, held


@pytest.mark.parametrize("trouble", [FileNotFoundError("the socket"), ConnectionRefusedError(), TimeoutError()])
async def test_a_database_that_is_away_while_a_position_is_saved(
    add: Add, logged: Runtime, connector: Connector, tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch,
    trouble: OSError,
) -> None:  # fmt: skip
    """A missing socket, as while PostgreSQL starts, must not be taken for a file that was rotated away."""
    (tmp_path / "access.log").write_text(f"{LINE}\n" * 3)
    await add(folder=str(tmp_path))
    origin = Origin(instance="one", connector=connector, config=Settings())
    job = Job(runtime=logged, origin=origin, lease=await held(logged))
    folder, save, seen = Folder(folder=str(tmp_path), pattern="access.log"), progress.save_file, Seen()

    async def away(*_: object) -> None:
        raise trouble

    monkeypatch.setattr(progress, "save_file", away)
    with pytest.raises(BrokenOff):
        await follow(job, folder, 0.2, seen)
    monkeypatch.setattr(progress, "save_file", save)
    report = await follow(job, folder, 0.2, seen)
    told = [
        msgspec.json.decode(each.value or b"", type=ProtectedObservation).id for each in await read(OBSERVATION.name)
    ]
    assert (report.counts.records, len(told), len(set(told))) == (3, 6, 3)
