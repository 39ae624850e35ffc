"""A scripted server, and settings that may reach it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.kit.settings import Settings
from tests.kit.http.server import Server


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, allow_private=("127.0.0.0/8", "::1/128"), _env_file=None)
