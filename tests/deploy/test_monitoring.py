"""The board and the rules: well-formed, and made of metrics and labels that Penumbra really shows."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import prometheus_client
import promql_parser
import pytest
import yaml

import services

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
RULES = yaml.safe_load((DEPLOY / "prometheus" / "penumbra.rules.yml").read_text())
BOARD = json.loads((DEPLOY / "grafana" / "penumbra.json").read_text())
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
OF_PROMETHEUS = {"up": {"job", "instance"}}
"""Made by Prometheus itself for every target (https://prometheus.io/docs/concepts/jobs_instances/)."""
SCRAPED = {"job", "instance"}
DURATION = re.compile(r"(\d+(ms|[smhdwy]))+")
EXPRESSIONS = [rule["expr"] for rule in ALERTS] + [target["expr"] for panel in PANELS for target in panel["targets"]]


def shown() -> dict[str, set[str]]:
    """Every sample name of every service, with its labels; what a process shows of itself included."""
    for module in pkgutil.walk_packages(services.__path__, "services."):
        source = Path(module.module_finder.path, *module.name.rpartition(".")[2:]).with_suffix(".py")  # type: ignore[union-attr]
        if source.is_file() and "prometheus_client" in source.read_text():
            importlib.import_module(module.name)
    found = dict(OF_PROMETHEUS)
    for collector in list(prometheus_client.REGISTRY._collector_to_names):
        labels = set(getattr(collector, "_labelnames", ()))
        for name in prometheus_client.REGISTRY._collector_to_names[collector]:
            found[name] = labels
    return found


SHOWN = shown()


def selectors(expression) -> Iterator[promql_parser.VectorSelector]:
    """Every selector within an expression, whatever it stands in."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
        return
    for name in ("expr", "lhs", "rhs", "vector_selector", "args", "vs"):
        inner = getattr(expression, name, None)
        for each in inner if isinstance(inner, list) else [inner]:
            if each is not None and type(each).__module__ == type(expression).__module__:
                yield from selectors(each)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_expression_parses_and_asks_for_what_is_shown(expression):
    parsed = promql_parser.parse(expression)
    found = list(selectors(parsed))
    assert found, "an expression without a metric can't change"
    assert {each.name for each in found} >= set(re.findall(r"\bpenumbra_\w+", expression))
    for each in found:
        assert each.name in SHOWN, each.name
        asked = {matcher.name for matcher in each.matchers.matchers}
        assert asked <= SHOWN[each.name] | SCRAPED
    for kept in re.findall(r"\bby \(([^)]*)\)", expression):
        labels = set().union(*(SHOWN[each.name] for each in found)) | SCRAPED
        assert {name.strip() for name in kept.split(",")} <= labels


def test_the_walk_finds_selectors_wherever_they_stand():
    deep = (
        'sum by (a) (max(rate(m1{x="1"}[5m])) > 0.05 * (m2 or vector(0)))'
        " and -m3 > histogram_quantile(0.9, rate(m4[5m:1m]))"
    )
    assert {each.name for each in selectors(promql_parser.parse(deep))} == {"m1", "m2", "m3", "m4"}


def test_rules_have_the_form_prometheus_reads():
    assert set(RULES) == {"groups"}
    names = [rule["alert"] for rule in ALERTS]
    assert len(set(names)) == len(names)
    assert len({group["name"] for group in RULES["groups"]}) == len(RULES["groups"])
    for group in RULES["groups"]:
        assert set(group) <= {"name", "interval", "limit", "rules"}
    for rule in ALERTS:
        assert set(rule) <= {"alert", "expr", "for", "keep_firing_for", "labels", "annotations"}
        assert re.fullmatch(r"[A-Za-z_]\w*", rule["alert"])
        assert DURATION.fullmatch(rule.get("for", "0s"))
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert set(rule["annotations"]) == {"summary", "description"}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_a_rule_names_only_labels_that_its_expression_keeps(rule):
    kept = {name.strip() for part in re.findall(r"\bby \(([^)]*)\)", rule["expr"]) for name in part.split(",")}
    kept |= SCRAPED if not kept else set()
    for text in rule["annotations"].values():
        assert set(re.findall(r"\$labels\.(\w+)", text)) <= kept


def test_the_board_has_the_form_grafana_imports():
    assert BOARD["id"] is None
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", BOARD["uid"])
    assert {"title", "schemaVersion", "time", "templating", "panels"} <= set(BOARD)
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    taken = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    assert [variable["name"] for variable in BOARD["templating"]["list"]] == ["datasource"]


def test_every_metric_of_ours_is_on_the_board():
    ours = {name for name in SHOWN if name.startswith("penumbra_") and not name.endswith("_created")}
    asked = {each.name for expression in EXPRESSIONS for each in selectors(promql_parser.parse(expression))}
    families = {name.removesuffix("_total") for name in asked}
    assert {name.removesuffix("_total") for name in ours} - families <= {"penumbra_classifier_overrides"}
