"""`parse` of whole files, bytes to observations, against the barest loop that reads them.

Text: `for line in file: line.split()`. JSON: a record a line, each decoded by msgspec into untyped objects. The JSON
records are each source's own samples over and over: of those that tell of many things one in ten is observed, as is
usual in an audit log; an AI product's own log is observed whole. All in one process, turn by turn. Memory is the peak
of `penumbra parse` over a packed file, and over a tenth of it.
"""

import gzip
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from connectors.base import Connector, discover, find
from connectors.records import Native, Observed, natives, outcome, read
from tests.bench.measure import say, timed
from tests.bench.text_logs import LOGS

SAMPLES = Path(__file__).parents[1] / "connectors" / "samples"
ARRIVED = datetime(2026, 11, 21, 12, tzinfo=UTC)
LINES, TURNS, RECORDS = 100_000, 5, 20_000
PROMISED = 0.4
OBSERVED_EVERY = 10
PROGRAM = Path(sys.executable).with_name("penumbra")


def text(lines: int = LINES, turns: int = TURNS) -> dict[str, Any]:
    """Lines a second and the ratio of medians for each text format, and the worst of both."""
    found: dict[str, Any] = {}
    for name, log in LOGS.items():
        content, connector = log.written(lines), find(log.source)
        assert connector is not None
        ours, bare = _turns(lambda c=connector, b=content: _read(c, b), lambda b=content: _split(b), turns)
        found[name] = {"per_second": round(lines / ours), "ratio": round(bare / ours, 3)}
        say(f"{name}: {lines / ours:,.0f} lines/s, {bare / ours:.2f} of a bare split loop")
    return {
        "worst_per_second": min(one["per_second"] for one in found.values()),
        "worst_ratio": min(one["ratio"] for one in found.values()),
        "median_ratio": statistics.median(one["ratio"] for one in found.values()), "lines": lines, "each": found,
    }  # fmt: skip


def json(records: int = RECORDS, turns: int = TURNS) -> dict[str, Any]:
    """The ratio of each JSON source, the worst and the median of them."""
    found: dict[str, float] = {}
    for name, connector in discover().items():
        content = _ndjson(connector, records)
        if content:
            ours, bare = _turns(lambda c=connector, b=content: _read(c, b), lambda b=content: _decode(b), turns)
            found[name] = round(bare / ours, 3)
    say(", ".join(f"{name} {ratio}" for name, ratio in sorted(found.items(), key=lambda pair: pair[1])))
    return {
        "median_ratio": round(statistics.median(found.values()), 3), "worst_ratio": min(found.values()),
        "reach": sum(ratio >= PROMISED for ratio in found.values()), "sources": len(found), "each": found,
    }  # fmt: skip


def memory(lines: int = LINES * 20) -> dict[str, Any]:
    """Peak MB of `penumbra parse` over a packed file of many lines, and over a tenth of it."""
    peaks = []
    for count in (lines // 10, lines):
        with tempfile.NamedTemporaryFile(suffix=".log.gz") as file:
            with gzip.open(file.name, "wb", compresslevel=1) as packed:
                packed.write(LOGS["squid"].written(count))
            command = ["sh", "-c", f"exec {PROGRAM} parse squid {file.name} > /dev/null"]
            peaks.append(timed(command).peak_mb)
            say(f"{count:,} packed lines: {peaks[-1]:.0f} MB")
    return {"peak_mb": round(max(peaks)), "peak_growth": round(peaks[1] / peaks[0], 2)}


def _turns(ours: Callable[[], None], bare: Callable[[], None], turns: int) -> tuple[float, float]:
    """Median seconds of both, in alternation."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(turns):
        for kept, run in zip(taken, (ours, bare), strict=True):
            began = time.perf_counter()
            run()
            kept.append(time.perf_counter() - began)
    return statistics.median(taken[0]), statistics.median(taken[1])


def _read(connector: Connector, content: bytes) -> None:
    config = _config(connector)
    for _ in read(io.BytesIO(content), connector, config, "log", ARRIVED):
        pass


def _split(content: bytes) -> None:
    for line in io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"):
        line.split()


def _decode(content: bytes) -> None:
    decode = msgspec.json.decode
    for line in io.BytesIO(content):
        decode(line)


def _config(connector: Connector) -> Any:
    try:
        return msgspec.convert({}, connector.config)
    except msgspec.ValidationError:
        return None


def _ndjson(connector: Connector, records: int) -> bytes:
    """The JSON records of a source's samples, over and over, one a line; nothing where it has none."""
    held: dict[bool, list[bytes]] = {True: [], False: []}
    for sample in connector.samples:
        if Path(sample).suffix not in {".json", ".ndjson", ".jsonl"}:
            continue
        for one in natives((SAMPLES / sample).read_bytes(), connector, "sample"):
            if isinstance(one, Native) and isinstance(one.record, dict):
                observed = isinstance(outcome(connector, one, _config(connector), ARRIVED), Observed)
                held[observed].append(msgspec.json.encode(one.record) + b"\n")
    return b"".join(_mixed(held[True], held[False], records)) if held[True] else b""


def _mixed(observed: list[bytes], ignored: list[bytes], records: int) -> Iterator[bytes]:
    for number in range(records):
        chosen = observed if number % OBSERVED_EVERY == 0 or not ignored else ignored
        yield chosen[number // (OBSERVED_EVERY if chosen is observed and ignored else 1) % len(chosen)]
