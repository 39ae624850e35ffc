"""`penumbra render` as a pipe."""

import asyncio
import json
import sys
from pathlib import Path

from tests.commands import PROGRAM, penumbra

EXAMPLE = Path("schemas/examples/penumbra.alert.v1/1/1.json")


async def piped(form: str, text: bytes) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, "render", form, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(text), 60)
    return process.returncode or 0, out.decode(), err.decode()


def line() -> bytes:
    return json.dumps(json.loads(EXAMPLE.read_text())).encode() + b"\n"


async def test_one_record_a_line_and_what_is_no_alert_is_named():
    code, out, err = await piped("cef", line() + b'\n{"id":1}\n' + line())
    assert (code, len(out.splitlines())) == (1, 2)
    assert out.startswith("CEF:0|")
    assert err.startswith("line 3: not an alert")


async def test_all_well_ends_with_nothing_but_records():
    code, out, err = await piped("ocsf", line())
    assert (code, json.loads(out)["class_uid"], err) == (0, 2004, "")


async def test_an_unknown_format_names_those_there_are():
    ran = await penumbra("render", "xml")
    assert ran.code == 2
    assert "cloudevents" in ran.err
