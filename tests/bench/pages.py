"""How long every page takes at 200,000 cells: the 95th percentile over its requests, HTML, twin and CSV alike.

The whole HTTP surface in one process on an embedded PostgreSQL with its default durability, asked in turn over ASGI by
somebody who may see everything, so that gate, queries and template count and the network does not. Pages are found
by their routes: a new page is measured without being named here, unless its path needs something nobody filled in,
then it is listed as not measured.
"""

import io
import json
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import uvloop
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from schemas.alert import AlertState
from services.inventory import headcount, importing
from services.inventory.delivery.endpoints import Endpoints
from services.inventory.estate import PostgresEstate
from services.inventory.http import routers
from services.inventory.registry_store import Author
from services.kit import access, keys
from services.kit.clock import ManualClock
from services.kit.db import connect
from services.kit.eventlog import EventLog
from services.kit.migrate import migrate
from services.kit.postgres import EmbeddedPostgres
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.bench.measure import say
from tests.bench.pages_estate import INSTANCES, fill

CELLS, ENTRIES, TURNS = 200_000, 5_000, 40
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:8480"
ROLES = ("admin",)
NO_PAGE = ("/api/", "/static/", "/v1/", "/services/", "/login", "/logout")


def run(cells: int = CELLS, entries: int = ENTRIES, turns: int = TURNS) -> dict[str, Any]:
    """Milliseconds of the slowest page (p95 and median), of each page, and the paths that could not be asked."""
    return uvloop.run(_run(cells, entries, turns))


async def _run(cells: int, entries: int, turns: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="pnb-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder))
        await server.start()
        try:
            engine = connect(server.url())
            await migrate(engine)
            settings = Settings(_env_file=None, data=Path(folder))  # type: ignore[call-arg] # pydantic-settings takes it
            # Nothing here appends to the log.
            runtime = Runtime(settings, engine, cast("EventLog", None), keys.make(), ManualClock(NOON))
            found = await _measure(runtime, cells, entries, turns)
            await engine.dispose()
        finally:
            await server.stop()
    return found


async def _measure(runtime: Runtime, cells: int, entries: int, turns: int) -> dict[str, Any]:
    estate = await fill(runtime, cells, entries)
    await headcount.once(runtime, estate)
    app = FastAPI(docs_url=None, redoc_url=None)
    access.install(app, runtime)
    for router in routers(estate):
        app.include_router(router)
    paths, unasked = _paths(app, await _known(runtime, estate))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as client:
        link = await app.state.access.sessions.link("bench.example", *ROLES)
        await client.get("/login", params={"token": link})
        taken = {path: await _turns(client, path, turns) for path in paths}
    return _told(taken, unasked)


async def _turns(client: httpx.AsyncClient, path: str, turns: int) -> list[float]:
    times = []
    for turn in range(turns + 1):
        began = time.perf_counter()
        answer = await client.get(path, headers={"accept": "text/html"})
        spent = (time.perf_counter() - began) * 1000
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:200]}")
        if turn:  # the first makes plans and templates
            times.append(spent)
    return times


def _told(taken: Mapping[str, list[float]], unasked: list[str]) -> dict[str, Any]:
    pages = {path: {"p50_ms": round(statistics.median(t), 1), "p95_ms": round(_p95(t), 1)} for path, t in taken.items()}
    for path, one in sorted(pages.items(), key=lambda each: -each[1]["p95_ms"]):
        say(f"{one['p95_ms']:7.1f} ms p95 {one['p50_ms']:7.1f} ms p50  {path}")
    shown = {path: one for path, one in pages.items() if not path.partition("?")[0].endswith(".csv")}
    worst = max(shown, key=lambda path: shown[path]["p95_ms"])
    return {
        "worst_p95_ms": shown[worst]["p95_ms"], "worst_p50_ms": max(one["p50_ms"] for one in shown.values()),
        "worst": worst, "pages": len(shown), "each": pages, "not_measured": unasked,
    }  # fmt: skip


def _p95(times: list[float]) -> float:
    return sorted(times)[max(0, -(-len(times) * 95 // 100) - 1)]


async def _known(runtime: Runtime, estate: PostgresEstate) -> Mapping[str, str]:
    """Something there is for each part of a path."""
    file = io.BytesIO(b"id,name,tier\n" + b"".join(b"N%d,New,%d\n" % (n, n % 9) for n in range(1000)))
    async with runtime.engine.begin() as connection:
        draft = await importing.read(connection, file, "list.csv", Author("bench", runtime.clock.now()))
    endpoint, _ = await Endpoints(runtime).add("https://hooks.example.com/in", "bench")
    alert = (await estate.alerts(1, None, AlertState.OPEN))[0]
    solution = (await estate.solutions(1))[0]
    entry = (await estate.entries(1))[0]
    return {
        "alert": alert.id, "tool": "vendor0.tool", "solution": solution.solution, "entry": entry.id, "draft": draft,
        "name": INSTANCES[0][0], "endpoint": endpoint.id,
    }  # fmt: skip


def _paths(app: FastAPI, known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The paths of all pages with something in each place, and those for which nothing is known."""
    asked, unasked = [], []
    for path in _routes(app):
        wanted = re.findall(r"{(\w+)(?::path)?}", path)
        if set(wanted) <= known.keys():
            asked.append(re.sub(r"{(\w+)(?::path)?}", lambda part: known[part[1]], path))
        else:
            unasked.append(path)
    more = ["/registry?q=entry+49", "/tools?standing=unregistered", "/registry/new?alert=" + known["alert"]]
    return sorted(asked) + more, sorted(unasked)


def _routes(app: FastAPI) -> Iterator[str]:
    for route in iter_route_contexts(app.routes):
        path = route.path or ""
        if "GET" in (route.methods or set()) and path != "/openapi.json" and not path.startswith(NO_PAGE):
            yield path


if __name__ == "__main__":
    print(json.dumps(run()))  # noqa: T201 - the result is data for whoever called
