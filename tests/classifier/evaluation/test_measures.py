import numpy as np
import pytest

from schemas.figures import Bin, Curve, Figure
from services.classifier.evaluation import measures
from services.classifier.evaluation.plot import reliability
from services.classifier.evaluation.section import share, wilson


def test_auc_is_the_chance_to_rank_right_ties_counting_half():
    truth = np.array([True, True, False, False])
    assert measures.auc(np.array([4.0, 2.0, 3.0, 1.0]), truth, np.ones(4)) == pytest.approx(0.75)
    assert measures.auc(np.zeros(4), truth, np.ones(4)) == pytest.approx(0.5)


def test_weights_count_as_repetition():
    truth, scores = np.array([True, False, False]), np.array([2.0, 3.0, 1.0])
    heavy = measures.auc(scores, truth, np.array([1.0, 3.0, 1.0]))
    again = measures.auc(np.array([2.0, 3, 3, 3, 1]), np.array([True, False, False, False, False]), np.ones(5))
    assert heavy == pytest.approx(again)


def test_what_is_shown_and_comes_true_has_no_calibration_error():
    shown = np.array([0.25] * 4 + [0.75] * 4)
    truth = np.array([True] + [False] * 3 + [True] * 3 + [False])
    assert measures.calibration_error(shown, truth, np.ones(8)) == pytest.approx(0)
    assert measures.calibration_error(np.full(4, 0.9), np.zeros(4, bool), np.ones(4)) == pytest.approx(0.9)


def test_cases_of_a_group_are_drawn_together():
    groups = np.array(["a"] * 50 + ["b"])
    values = np.array([1.0] * 50 + [0.0])
    low, high = measures.resampled(lambda some: float(values[some].mean()), groups)
    assert (low, high) == (0.0, 1.0)


def test_wilson_agrees_with_the_published_example():
    low, high = wilson(81, 263)  # Newcombe 1998, Statistics in Medicine 17, table I: 0.2553, 0.3662
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert share("x", "x", 0, 0).value is None


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_the_interval_of_few_cases_is_wilsons(hits, of, low, high):
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-4)


def test_a_target_is_met_from_its_own_side():
    assert Figure(id="x", title="x", value=0.95, target=0.9).met
    assert not Figure(id="x", title="x", value=0.95, target=0.9, better="lower").met
    assert Figure(id="x", title="x", value=None, target=0.9).met is None


def test_a_plot_holds_a_dot_for_each_bin_and_escapes_its_title():
    drawn = reliability(Curve(id="x", title="a < b", bins=(Bin(0.2, 0.3, 1.0), Bin(0.8, 0.9, 0.1))))
    assert drawn.count("<circle") == 2
    assert "a &lt; b" in drawn
