"""The restore drill: a sample company is backed up, restored into a fresh place, and started; every number is compared.

`python -m deploy.restore_drill` prints a table of numbers before and after, and exits 1 where one differs. It starts
`penumbra demo` on loopback in a folder of its own, and leaves nothing.
"""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from deploy.processes import PROGRAM, Part, inherited

PHRASE = "PENUMBRA_DRILL_PASSPHRASE"
SETTLED_SECONDS = 600.0
LOOKS = 4
LISTS = ("tools", "solutions", "alerts", "registry", "sources")


async def drill(folder: Path) -> bool:
    """Runs the drill and prints its table; whether all numbers are the same."""
    environment = {PHRASE: os.urandom(12).hex(), "PENUMBRA_CONSOLE_LOG": "0"}
    house = Part("house", "demo", folder, environment)
    try:
        before = await _settled(await house.start())
    finally:
        await house.end()
    backed = await _run("backup", folder, "house", environment)
    restored = await _run("restore", folder, "again", environment)
    again = Part("again", "up", folder, environment)
    try:
        after = await _numbers(await again.start())
    finally:
        await again.end()
    rows = {"rows": (backed["rows"], restored["rows"])} | {n: (had, after.get(n)) for n, had in before.items()}
    for name, (had, got) in rows.items():
        print(f"{name}\t{had}\t{got}\t{'same' if had == got else 'DIFFERS'}")  # noqa: T201 - its output
    return after == before and backed["rows"] == restored["rows"]


async def _settled(link: str) -> Mapping[str, int]:
    """The numbers once every source was read and LOOKS in a row, seconds apart, saw the same."""
    seen: list[Mapping[str, int]] = []
    async with asyncio.timeout(SETTLED_SECONDS), _signed_in(link) as client:
        while True:
            seen = [*seen, await _asked(client)][-LOOKS:]
            if len(seen) == LOOKS and seen[0]["sources not read yet"] == 0 and all(each == seen[0] for each in seen):
                return seen[0]
            await asyncio.sleep(3)


async def _numbers(link: str) -> Mapping[str, int]:
    async with _signed_in(link) as client:
        return await _asked(client)


@contextlib.asynccontextmanager
async def _signed_in(link: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that opened the one-time link of the ready line."""
    parts = urlsplit(link)
    async with httpx.AsyncClient(base_url=f"{parts.scheme}://{parts.netloc}", timeout=SETTLED_SECONDS) as client:
        await client.get("/login", params={"token": parse_qs(parts.query)["token"][0]})
        yield client


async def _asked(client: httpx.AsyncClient) -> dict[str, int]:
    """The figures an operator would compare: the overview's, the length of each list, and each source's records."""
    overview = (await client.get("/api/v1/overview")).raise_for_status().json()
    found = {name: overview[name] for name in ("tools", "unregistered", "solutions", "people", "open_alerts")}
    for name in LISTS:
        items = (await client.get(f"/api/v1/{name}", params={"limit": 1000})).raise_for_status().json()["items"]
        found[f"{name} listed"] = len(items)
        if name == "tools":
            found["bytes sent out"] = sum(item["bytes_out"] for item in items)
            found["events"] = sum(sum(item["events"].values()) for item in items)
        if name == "sources":
            found["sources not read yet"] = sum(item["state"] in {"never_run", "empty"} for item in items)
            found |= {f"records of {item['instance']}": item["records"] for item in items}
    return found


async def _run(command: str, folder: Path, name: str, environment: Mapping[str, str]) -> dict[str, int]:
    """`penumbra backup` or `restore` in a data folder; its answer. Raises RuntimeError with what it said."""
    (folder / name).mkdir(exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        PROGRAM, command, folder / "house.backup", "--passphrase", f"env:{PHRASE}", "--json", cwd=folder,
        env={**inherited(), **environment, "PENUMBRA_DATA": str(folder / name)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"penumbra {command} exited {process.returncode}: {err.decode()[-2000:]}")
    answer: dict[str, int] = json.loads(out)
    return answer


def main() -> None:
    """The drill in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="pnb-drill-", ignore_cleanup_errors=True) as folder:
        sys.exit(0 if asyncio.run(drill(Path(folder))) else 1)


if __name__ == "__main__":
    main()
