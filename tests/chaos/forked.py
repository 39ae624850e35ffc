"""`penumbra <command>` as a process of its own, like `deploy.processes.Part`, forked from one that has imported it all.

A start costs 0.3 s of processor time in place of two, which is what lets ten rounds fit into a test run.
"""

import asyncio
import importlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Mapping
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from deploy.processes import Part

PRELOADED = (
    "services.cli.serve", "services.cli.session", "services.app", "services.ingest.service",
    "services.classifier.service", "services.inventory.service", "services.kit.eventlog.kafka",
    "services.kit.eventlog.postgres", "services.kit.migrate", "asyncpg", "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.ext.asyncio", "uvloop", "uvicorn.protocols.http.httptools_impl", "uvicorn.lifespan.off", "typer",
)  # fmt: skip
"""What the server of forks imports before the first one, so that no process has to."""
RESTING = timedelta(seconds=0.3)
"""In place of the judge's own: each round ends when nothing is left to be judged."""
HANDED_DOWN = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


class Forked(Part):
    """A part that is forked. Kept are its port, its folder and what it prints and logs."""

    def __init__(self, name: str, command: str, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__(name, command, folder, environment)
        self._forked: BaseProcess | None = None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._forked.pid if self._forked is not None and self._forked.is_alive() else None

    async def start(self) -> str:
        """Starts it and returns the address of its ready line; raises RuntimeError where it ends before."""
        (self._folder / self.name).mkdir(exist_ok=True)
        shown = self._folder / f"{self.name}.out"
        await asyncio.to_thread(shown.write_bytes, b"")
        environment = self._environment | {"PENUMBRA_LISTEN": self._listen}
        given = (self._command, str(self._folder), environment, str(shown), str(self.log_file))
        self._forked = multiprocessing.get_context("forkserver").Process(target=_run, args=given, name=self.name)
        await asyncio.to_thread(self._forked.start)
        link = await self._ready(shown)
        self._listen = link.split("/")[2]
        return link

    async def kill(self) -> None:
        """Ends it as a crash does."""
        if self._forked is not None:
            self._forked.kill()
            await asyncio.to_thread(self._forked.join)


def prepare() -> None:
    """Starts the server of forks; it ends with this process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))


def _end_with(parent: BaseProcess | None) -> None:
    """Ends this process when the harness is gone, however that ended."""
    if parent is not None:
        parent.join()
    os.kill(os.getpid(), signal.SIGKILL)


def _run(command: str, folder: str, environment: Mapping[str, str], shown: str, logged: str) -> None:
    """The forked process: its own session, folder, environment and files; then the command as anybody would run it."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(folder)
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()
    kept = {name: os.environ[name] for name in HANDED_DOWN if name in os.environ}
    os.environ.clear()
    os.environ.update({**kept, **environment})
    for path, flags, stream in (
        (os.devnull, os.O_RDONLY, 0),
        (shown, os.O_WRONLY | os.O_APPEND, 1),
        (logged, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 2),
    ):
        os.dup2(os.open(path, flags, 0o600), stream)
    from services import cli
    from services.inventory import judging
    from services.kit import faults

    judging.REST = RESTING

    importlib.reload(faults)  # it reads its environment when it is imported
    sys.argv = ["penumbra", command]
    cli.main()
