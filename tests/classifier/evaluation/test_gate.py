"""The gate: no published figure may be worse than its accepted interval, and none of what is quick to measure now."""

import pytest

from schemas.figures import Card, Figure, Section
from services.classifier.evaluation import measures, run
from services.classifier.evaluation.card import written
from services.labelling import published

QUICK = frozenset({"names"})


def card(**told):
    figure = Figure(id="x", title="a figure", low=0.1, high=0.9, **told)
    return Card(dated="2026-11-21", versions={}, sections=(Section(id="s", title="S", about="a", figures=(figure,)),))


def test_what_is_quick_to_measure_is_no_worse_than_accepted(monkeypatch):
    monkeypatch.setattr(measures, "TIMES", 1)  # the value decides, not its interval
    now = run.measured(lambda _: None, QUICK)
    assert now.figures()
    assert [str(one) for one in run.fallen(now, run.baseline())] == []


def test_what_is_published_is_no_worse_than_accepted():
    told = published.card()
    assert [str(one) for one in run.fallen(told, run.baseline())] == []
    assert set(run.baseline()) <= set(told.figures())


def test_the_model_card_is_written_from_what_is_published():
    assert run.CARD.read_text(encoding="utf-8") == written(published.card())


@pytest.mark.parametrize(
    ("value", "better", "falls"),
    [(0.49, "higher", True), (0.5, "higher", False), (0.95, "higher", False), (0.71, "lower", True),
     (0.7, "lower", False), (0.1, "lower", False), (None, "higher", True)],
)  # fmt: skip
def test_a_figure_falls_where_it_is_worse_than_its_interval(value, better, falls):
    held = {"x": run.Known(0.6, 0.5, 0.7)}
    assert bool(list(run.fallen(card(value=value, better=better), held))) == falls


def test_a_new_figure_and_one_without_a_gate_do_not_fail():
    assert list(run.fallen(card(value=0.0), {})) == []
    assert list(run.fallen(card(value=0.0, gate=False), {"x": run.Known(0.6, 0.5, 0.7)})) == []


def test_each_section_has_figures_of_its_own():
    ids = [figure.id for section in published.card().sections for figure in section.figures]
    assert len(ids) == len(set(ids))
    assert len({getattr(module, "ORDER", None) for module in run.sections()}) == len(run.sections())


def test_the_card_says_which_target_was_missed():
    text = written(card(value=0.5, target=0.9))
    assert "| a figure | ≥ 0.9 | 0.5000 | **no** |" in text
