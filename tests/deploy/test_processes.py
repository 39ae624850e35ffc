"""A service as a process of its own: killed as a crash does, back at the same address, ended in order."""

from pathlib import Path

import httpx
import psutil
import pytest

from deploy.processes import Part


async def test_a_part_keeps_its_address_when_it_is_killed_and_started_again(database_url: str, tmp_path: Path) -> None:
    given = {"PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_KEYS": f"file:{tmp_path / 'keys.json'}"}
    part = Part("classifier-1", "classifier", tmp_path, given)
    link = await part.start()
    try:
        first = part.pid
        await part.kill()
        assert part.pid is None
        assert await part.start() == link
        assert part.pid not in {None, first}
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{part.address}/healthz")).status_code == 200
        second = part.pid
    finally:
        await part.end()
    assert not psutil.pid_exists(second or 0)


async def test_a_part_that_can_not_start_says_why(tmp_path: Path) -> None:
    part = Part("ingest-1", "ingest", tmp_path, {"PENUMBRA_LOG_LEVEL": "LOUD"})
    with pytest.raises(RuntimeError, match="PENUMBRA_LOG_LEVEL"):
        await part.start()
    await part.end()
