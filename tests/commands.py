"""Runs `penumbra` as its users do: a process, its exit code, what it prints where.

Each command is forked from a process that has loaded Penumbra already: loading it anew for each took most of the time
of these tests. How long a fresh one takes to start is measured in tests/bench.
"""

import asyncio
import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

PROGRAM = "from services.cli import main; main()"
"""What runs it in a process that nothing prepared."""
SECONDS = 60


class Ran(NamedTuple):
    code: int
    out: str
    err: str


async def penumbra(*arguments: str, **environment: str) -> Ran:
    return await asyncio.to_thread(_run, arguments, os.environ | environment)


def _run(arguments: tuple[str, ...], environment: Mapping[str, str]) -> Ran:
    with (
        tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err,
        socket.socket(socket.AF_UNIX) as asked,
    ):  # fmt: skip
        asked.settimeout(SECONDS)
        asked.connect(str(_nursery()))
        request = json.dumps({"arguments": arguments, "environment": dict(environment), "folder": str(Path.cwd())})
        socket.send_fds(asked, [request.encode()], [out.fileno(), err.fileno()])
        asked.shutdown(socket.SHUT_WR)
        code = int(asked.recv(16) or b"-1")
        out.seek(0)
        err.seek(0)
        return Ran(code, out.read().decode(), err.read().decode())


@cache
def _nursery() -> Path:
    """The socket of the process that commands are forked from; it ends when its standard input does, so with us."""
    place = Path(tempfile.mkdtemp(prefix="pnb-")) / "commands"
    process = subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import serve; serve()", str(place)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    atexit.register(_end, process, place)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return place


def _end(process: subprocess.Popen[bytes], place: Path) -> None:
    process.communicate()
    shutil.rmtree(place.parent, ignore_errors=True)


def serve() -> None:
    """Forks a process for each request until standard input ends."""
    from services import app, cli  # noqa: F401 - loaded for those to come
    from services.classifier import service as classifier  # noqa: F401 - the same
    from services.ingest import service as ingest  # noqa: F401 - the same
    from services.inventory import service as inventory  # noqa: F401 - the same

    cli.app()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(sys.argv[1])
    listening.listen()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        able, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in able:
            return
        asked, _ = listening.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listening.close()
            _answer(asked)
        asked.close()


def _answer(asked: socket.socket) -> NoReturn:
    """Runs the command in a process of its own and says with which code it ended."""
    text, given, _, _ = socket.recv_fds(asked, 1 << 16, 2)
    while more := asked.recv(1 << 16):
        text += more
    process = os.fork()
    if process == 0:
        _become(json.loads(text), *given)
    _, status = os.waitpid(process, 0)
    asked.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(request: dict[str, Any], out: int, err: int) -> NoReturn:
    """The command, in the place and environment of whoever asked."""
    from services.cli import main

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["penumbra", *request["arguments"]]
    code: Any = 1
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:  # noqa: BLE001 - shown as Python shows it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)
