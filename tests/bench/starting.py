"""How long a person waits: for `penumbra --help`, for a populated page in an empty folder, for the second start."""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from deploy.processes import Part
from tests.bench.measure import alternate, median, say, timed

PROGRAM = Path(sys.executable).with_name("penumbra")
TURNS = 7
POPULATED_WITHIN = 180.0


def run(turns: int = TURNS) -> dict[str, Any]:
    """Seconds; `help_ratio` is to a Python that does nothing."""
    runs = alternate({"penumbra --help": [PROGRAM, "--help"], "bare python": [sys.executable, "-c", "pass"]}, turns)
    shown = [each.seconds for each in runs["penumbra --help"]]
    helps = {
        "help_seconds": round(statistics.median(shown), 3), "help_fastest": round(min(shown), 3),
        "help_ratio": round(median(runs["penumbra --help"]) / median(runs["bare python"]), 1),
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="pnb-", ignore_cleanup_errors=True) as folder:
        return helps | asyncio.run(_demo(Path(folder)))


async def _demo(folder: Path) -> dict[str, Any]:
    demo = Part("demo", "demo", folder, {})
    try:
        began = time.perf_counter()
        link = await demo.start()
        ready = time.perf_counter() - began
        say(f"demo ready after {ready:.1f} s")
        truth = timed([PROGRAM, "simulate", "truth", "--json"], {"PENUMBRA_DATA": str(folder / "demo")}).output
        tools = len(json.loads(truth)["tools"])
        await _populated(link, tools)
        populated = time.perf_counter() - began
        say(f"all {tools} tools on the page after {populated:.1f} s")
        await demo.end()
        began = time.perf_counter()
        again = await demo.start()
        second = time.perf_counter() - began
        await _populated(again, tools)
        shown = time.perf_counter() - began
    finally:
        await demo.end()
    return {
        "demo_ready_seconds": round(ready, 1), "populated_seconds": round(populated, 1), "tools": tools,
        "second_start_seconds": round(second, 1), "second_populated_seconds": round(shown, 1),
    }  # fmt: skip


async def _populated(link: str, tools: int) -> None:
    """Signs in and returns when the overview shows as many tools as the company has."""
    until = time.monotonic() + POPULATED_WITHIN
    address = urlsplit(link)
    async with httpx.AsyncClient(base_url=f"{address.scheme}://{address.netloc}", timeout=30) as client:
        await client.get(link)
        while (found := (await client.get("/overview.json")).raise_for_status().json()["tools"]) != tools:
            if time.monotonic() > until:
                raise RuntimeError(f"{found} tools on the page after {POPULATED_WITHIN} s, {tools} are")
            await asyncio.sleep(0.2)
