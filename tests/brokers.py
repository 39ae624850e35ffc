"""One real Kafka for a whole test run, however many workers: the first that asks starts it, the last one ends it.

Workers meet in a folder of the run: `broker.json` says where the broker is, `users` counts who uses it, and a lock on
`lock` orders them. `from tests.brokers import kafka` in a conftest brings the fixture.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local_kafka import LocalKafka, answers, end

QUICK_JAVA = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""The first compiler only: up and down a second sooner, and tests are over before the second one pays."""


@dataclass(frozen=True)
class Broker:
    """The run's broker as a test sees it."""

    servers: str
    version: str
    pid: int

    @property
    def url(self) -> str:
        """What PENUMBRA_LOG_URL takes."""
        return f"kafka://{self.servers}"

    def prefix(self) -> str:
        """A topic prefix of a test's own, so that tests share the broker and nothing else."""
        return f"t{secrets.token_hex(4)}."


@pytest.fixture(scope="session")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    """The run's broker; started by whoever asks first, ended by its own process id when the last one is done."""
    folder = _shared_folder(tmp_path_factory)
    await asyncio.to_thread(_join, folder)
    found = json.loads((folder / "broker.json").read_text())
    yield Broker(found["servers"], found["version"], found["pid"])
    await asyncio.to_thread(_leave, folder)


def _shared_folder(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    shared = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "kafka"
    shared.mkdir(exist_ok=True)
    return shared


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _join(folder: Path) -> None:
    with _locked(folder):
        users = folder / "users"
        count = int(users.read_text()) if users.exists() else 0
        if not (count and _alive(folder)):
            data = Path(tempfile.mkdtemp(prefix="pnb-kafka-"))
            broker = LocalKafka(data, java_options=QUICK_JAVA)
            asyncio.run(broker.start())
            about = {"servers": broker.servers, "port": broker.port, "version": broker.version, "pid": broker.pid}
            (folder / "broker.json").write_text(json.dumps({**about, "folder": str(data)}))
            broker.hand_over()
        users.write_text(str(count + 1))


def _leave(folder: Path) -> None:
    with _locked(folder):
        users = folder / "users"
        left = int(users.read_text()) - 1
        users.write_text(str(left))
        if left == 0:
            about = json.loads((folder / "broker.json").read_text())
            end(int(about["pid"]), kill=True)
            shutil.rmtree(about["folder"], ignore_errors=True)


def _alive(folder: Path) -> bool:
    return asyncio.run(answers(int(json.loads((folder / "broker.json").read_text())["port"])))
