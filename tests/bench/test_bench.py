"""Each benchmark runs at a tiny size and gives every figure that is promised or shown; how fast is not asked here."""

import json
from datetime import timedelta

import pytest

from tests.bench import __main__ as bench
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
from tests.bench.targets import BENCHMARKS
from tests.brokers import Broker


class Standing:
    """The run's broker in the place of one of the benchmark's own."""

    def __init__(self, broker: Broker) -> None:
        self.servers, self.url = broker.servers, broker.url

    async def start(self) -> None:
        """It runs already."""

    async def stop(self) -> None:
        """It runs on."""


def whole(name: str, found: dict[str, object]) -> None:
    """All figures of the table are there, and the JSON can be written."""
    one = BENCHMARKS[name]
    assert {target.figure for target in one.targets} | set(one.shown) <= found.keys()
    json.dumps(found)


def test_scan() -> None:
    whole("scan", scan_squid.run(lines=2_000, turns=1))


def test_parsing() -> None:
    whole("parse_text", parsing.text(lines=300, turns=1))
    found = parsing.json(records=40, turns=1)
    whole("parse_json", found)
    assert found["sources"] > 40
    whole("parse_memory", parsing.memory(lines=2_000))


def test_tail() -> None:
    found = tail.run(names=200, turns=1)
    whole("tail", found)
    assert found["ratio"] > 0


def test_labels() -> None:
    found = labels.run(hosts=2_000, turns=1)
    whole("labels", found)
    assert found["warm_per_second"] > found["cold_per_second"]


def test_detect() -> None:
    found = detecting.run(texts=60, few=2, turns=1, presidio=False)
    whole("detect", found)
    assert found["re2_mb_per_second"] > found["plain_mb_per_second"]


def test_inventory() -> None:
    found = inventory_merge.run(batches=8, size=200)
    whole("inventory", found)
    assert found["records"] == 800


def test_pages() -> None:
    found = pages.run(cells=900, entries=50, turns=1)
    whole("pages", found)
    assert {"/", "/alerts", "/tools", "/registry", "/coverage", "/solutions"} <= found["each"].keys()


@pytest.mark.kafka
def test_classifier(kafka: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier_kafka, "LocalKafka", lambda: Standing(kafka))
    found = classifier_kafka.run(records=30_000, turns=1)  # more than one fetch brings
    whole("classifier", found)
    assert found["usages"] > 0


@pytest.mark.kafka
def test_latency(kafka: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "LocalKafka", lambda: Standing(kafka))
    found = latency.run(seconds=2, warm=1, per_second=50)
    whole("latency", found)
    assert found["samples"] >= 15


@pytest.mark.kafka
def test_hec(kafka: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hec_intake, "LocalKafka", lambda: Standing(kafka))
    monkeypatch.setattr(hec_intake, "LINES", 1000)
    found = hec_intake.run(seconds=1, warm=0.2, per_second=2000)
    whole("hec", found)
    assert found["batches"] >= 1


def test_schedules() -> None:
    found = schedules.run(count=20, seconds=2, every=timedelta(seconds=5), warm=0.1)
    whole("schedules", found)
    assert 1 <= found["least_gap"] <= found["most_gap"] <= 1.1


def test_starting_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(_: object) -> dict[str, float]:
        return {"populated_seconds": 1.0, "second_start_seconds": 1.0, "second_populated_seconds": 1.0}

    monkeypatch.setattr(starting, "_demo", none)  # the demo itself is run whole by the test of the first start
    whole("starting", starting.run(turns=1))


def test_a_missed_target_is_said_and_gives_1(monkeypatch: pytest.MonkeyPatch, tmp_path, capsys) -> None:
    monkeypatch.setattr(bench, "_apart", lambda _: {"ratio": 2.5, "peak_growth": 1.0})
    assert bench.main(["scan", "--json", str(tmp_path / "figures.json")]) == 1
    assert json.loads((tmp_path / "figures.json").read_text())["benchmarks"]["scan"]["holds"] is False
    assert "NO" in capsys.readouterr().err


def test_a_kept_target_gives_0(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(bench, "_apart", lambda _: {"ratio": 2.0, "peak_growth": 1.1})
    assert bench.main(["scan"]) == 0
    assert json.loads(capsys.readouterr().out)["benchmarks"]["scan"]["holds"] is True


def test_a_benchmark_that_fails_is_no_promise_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_apart", lambda _: {"error": "it fell"})
    assert bench.main(["inventory"]) == 1
