from datetime import UTC, datetime, timedelta

import pytest

from schemas.alert import Standing
from services.inventory import titles
from services.inventory.console import words
from services.inventory.domain.judge import Choice

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)


def test_every_standing_has_a_word_and_a_colour():
    assert set(words.STANDINGS) == set(Standing)


def test_every_decision_has_words():
    assert set(words.DECISIONS) == set(Choice)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (48_200_000, "48 MB"),
        (1_500_000_000_000, "1.5 TB"),
        (10**21, "1000000 PB"),
    ],
)
def test_sizes(number, said):
    assert words.size(number) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=30), "1 d ago"),
        (timedelta(minutes=-9), "just now"),
    ],
)
def test_how_long_ago(before, said):
    assert words.ago(NOW - before, NOW) == said


def test_what_never_was():
    assert (words.ago(None, NOW), words.when(None), words.day(None)) == ("never", "never", "never")


def test_names_nobody_listed_are_still_words():
    assert (words.standing("new_thing"), words.data_class("trade_secret"), words.source("zscaler_nss")) == (
        "New thing", "Trade secret", "Zscaler nss",
    )  # fmt: skip


def test_a_unit_nobody_knows_is_said_in_words_and_none_by_a_dash():
    assert [words.unit(name) for name in (None, "unknown", "Sales")] == ["—", "Unit not known", "Sales"]


def test_a_solution_without_a_name_is_called_by_its_type_and_the_beginning_of_its_id():
    said = titles.nameless("power_automate_flow", "power_automate_flow:4ab4f4f5-1c2d")
    assert said == "Power Automate flow 4ab4f4f5"
    assert titles.kind("some_new_kind") == "Some new kind"
    assert titles.kind("sagemaker_automl_job") == "SageMaker AutoML job"
    assert titles.kind("claude_mcp_server") == "Claude MCP server"
