"""What is measured, in order, and what the figures must be: the targets of the issue, as the makers' promise."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from tests.bench import (
    classifier_kafka,
    detecting,
    hec_intake,
    inventory_merge,
    labels,
    latency,
    pages,
    parsing,
    scan_squid,
    schedules,
    starting,
    tail,
)


class Target(NamedTuple):
    """One promise about a figure: at most, or at least, a limit."""

    figure: str
    says: str
    limit: float
    most: bool = True

    def holds(self, found: float) -> bool:
        """Whether a figure keeps it."""
        return found <= self.limit if self.most else found >= self.limit


class Benchmark(NamedTuple):
    """What is run, the promises about what it returns, and further figures to be shown beside them."""

    run: Callable[[], Mapping[str, Any]]
    targets: tuple[Target, ...]
    shown: tuple[str, ...] = ()


BENCHMARKS: Mapping[str, Benchmark] = {
    "scan": Benchmark(
        scan_squid.run,
        (
            Target("ratio", "scan of Squid lines: seconds to a bare split loop", 2.0),
            Target("peak_growth", "scan: peak memory to that of a tenth of the lines, of the same people", 1.1),
        ),
        ("ratio_to_grep", "dense_ratio", "seconds", "peak_mb"),
    ),
    "parse_text": Benchmark(
        parsing.text,
        (
            Target(
                "worst_per_second",
                "parse of Squid, ELFF, Zscaler, PAN-OS, Zeek: slowest, lines/s",
                300_000,
                most=False,
            ),
            Target("worst_ratio", "parse of text: share of a bare split loop's lines/s, the worst", 0.25, most=False),
        ),
        ("median_ratio",),
    ),
    "parse_json": Benchmark(
        parsing.json,
        (Target("worst_ratio", "parse of JSON: share of bare decoding's records/s, the worst", 0.4, most=False),),
        ("median_ratio", "reach", "sources"),
    ),
    "parse_memory": Benchmark(
        parsing.memory, (Target("peak_mb", "parse of a packed file: MB resident at most", 200),), ("peak_growth",)
    ),
    "labels": Benchmark(
        labels.run,
        (
            Target("warm_per_second", "hosts labelled a second on a core, remembered", 1_500_000, most=False),
            Target("cold_per_second", "the same, never seen before", 300_000, most=False),
            Target("open_ms", "opening the compiled catalog, ms of a core", 150),
        ),
        ("warm_ratio", "cold_ratio", "bare_warm_per_second", "bare_cold_per_second", "products"),
    ),
    "detect": Benchmark(
        detecting.run,
        (
            Target("re2_mb_per_second", "identifiers in texts, MB/s on a core", 25, most=False),
            Target("times_presidio", "the same to Presidio's pattern recognisers in the run", 100, most=False),
        ),
        (
            "hyperscan_mb_per_second",
            "plain_mb_per_second",
            "presidio_mb_per_second",
            "contextual_mb_per_second",
            "contextual_us",
        ),
    ),
    "tail": Benchmark(
        tail.run,
        (Target("per_second", "distinct unknown names weighed a second on a core", 20_000, most=False),),
        ("ratio", "bare_per_second"),
    ),
    "classifier": Benchmark(
        classifier_kafka.run,
        (
            Target("ratio", "classifier, Kafka to usage: records/s to a bare read and decode", 0.5, most=False),
            Target("peak_mb", "classifier: MB resident", 300),
        ),
        ("per_second", "bare_per_second"),
    ),
    "inventory": Benchmark(
        inventory_merge.run,
        (Target("per_second", "inventory: usage records/s with ids and position", 80_000, most=False),),
        ("ratio", "bare_per_second", "scattered_per_second", "scattered_ratio"),
    ),
    "latency": Benchmark(
        latency.run,
        (
            Target("p99_seconds", "event at the source to webhook received, p99 seconds", 2.0),
            Target("lines_per_second", "events/s meanwhile", 4_900, most=False),
        ),
        ("samples", "p50_seconds", "max_seconds"),
    ),
    "latency_10k": Benchmark(
        partial(latency.run, per_second=10_000),
        (
            Target("p99_seconds", "the same at twice the events, one of each service: p99 seconds", 2.0),
            Target("lines_per_second", "events/s meanwhile", 9_800, most=False),
        ),
        ("samples", "p50_seconds", "max_seconds"),
    ),
    "hec": Benchmark(
        hec_intake.run,
        (
            Target(
                "paced_per_second", "HEC, batches of 500 on a schedule: events/s in one process", 19_900, most=False
            ),
            Target("p99_ms", "the same: a batch from when it is due to its 200, p99 ms", 100),
            Target("peak_mb", "the same: MB resident", 300),
        ),
        ("per_second", "processor_us", "bare_us", "p50_ms"),
    ),
    "schedules": Benchmark(
        schedules.run,
        (
            Target("core_share", "500 sources on schedules: share of one core", 0.05),
            Target("late_p99_seconds", "the same: seconds from due to start, p99", 1.0),
            Target("most_gap", "the same: next start at most so many intervals later", 1.1),
            Target("least_gap", "the same: at least so many", 1.0, most=False),
        ),
        ("runs_per_second", "run_ms", "median_gap"),
    ),
    "pages": Benchmark(
        pages.run,
        (Target("worst_p95_ms", "slowest page at 200,000 cells, p95 ms", 200),),
        ("pages", "worst_p50_ms"),
    ),
    "starting": Benchmark(
        starting.run,
        (
            Target("help_seconds", "penumbra --help, seconds", 0.3),
            Target("populated_seconds", "demo in an empty folder to a populated page, seconds", 120),
            Target("second_start_seconds", "second start, seconds", 10),
        ),
        ("help_ratio", "second_populated_seconds"),
    ),
}
