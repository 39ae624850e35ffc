"""Runs `penumbra` as its users do: a process, its exit code, what it prints where."""

import asyncio
import os
import sys
from typing import NamedTuple

PROGRAM = "from services.cli import main; main()"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


async def penumbra(*arguments: str, **environment: str) -> Ran:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, *arguments, env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return Ran(process.returncode or 0, out.decode(), err.decode())
