"""A command of Penumbra as a process of its own: started, killed and started again by its id, ended in order."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

PROGRAM = Path(sys.executable).with_name("penumbra")
READY = re.compile(rb"^ready (\S+)\n", re.MULTILINE)
READY_SECONDS = 90.0
END_SECONDS = 15.0


class Part:
    """`penumbra <command>` on a loopback port, which it keeps when it starts again.

    Its data folder is `folder/<name>`; what it prints and logs is kept in `folder/<name>.out` and `.log`.
    """

    def __init__(self, name: str, command: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.name, self._command, self._folder = name, command, folder
        self._listen = "127.0.0.1:0"
        self._environment = {**inherited(), **environment, "PENUMBRA_DATA": str(folder / name)}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log_file(self) -> Path:
        """What it logged."""
        return self._folder / f"{self.name}.log"

    @property
    def address(self) -> str:
        """Where it listens, once it was ready."""
        return f"http://{self._listen}"

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    async def start(self) -> str:
        """Starts it and returns the address of its ready line; raises RuntimeError where it ends before."""
        (self._folder / self.name).mkdir(exist_ok=True)
        shown = self._folder / f"{self.name}.out"
        environment = self._environment | {"PENUMBRA_LISTEN": self._listen}
        with shown.open("wb") as output, self.log_file.open("ab") as errors:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
                [PROGRAM, self._command], cwd=self._folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=errors, start_new_session=True,
            )  # fmt: skip
        link = await self._ready(shown)
        self._listen = urlsplit(link).netloc
        return link

    async def kill(self) -> None:
        """Ends it as a crash does."""
        if self._process is not None:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    async def end(self) -> None:
        """Asks it to end, and insists where it does not."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self._process.wait, END_SECONDS)
        except subprocess.TimeoutExpired:
            await self.kill()

    async def _ready(self, shown: Path) -> str:
        loop = asyncio.get_running_loop()
        until = loop.time() + READY_SECONDS
        while (said := READY.search(await asyncio.to_thread(shown.read_bytes))) is None:
            if self.pid is None or loop.time() > until:
                tail = self.log_file.read_text(errors="replace")[-1500:]
                raise RuntimeError(f"penumbra {self._command} did not become ready: {tail}")
            await asyncio.sleep(0.1)
        return said[1].decode()


def inherited() -> dict[str, str]:
    """The environment without the settings of whoever starts us: a part has its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PENUMBRA_")}
