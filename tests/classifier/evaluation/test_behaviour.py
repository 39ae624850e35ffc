import random

import numpy as np

from services.classifier.corpora.names import Name
from services.classifier.evaluation import behaviour
from services.classifier.evaluation.cases import Cases

NAMES = [
    Name("chatgptwriter.ai", True, "catalog", "one", True, "writing"),
    Name("northfield-logistics.com", False, "ordinary", "two", True),
]
CASES = Cases(NAMES, np.array([True, False]), np.array([0.005, 0.995]), np.array(["one", "two"]))


def test_records_are_drawn_with_the_chances_that_are_stated():
    chance = random.Random(1)
    source = behaviour.SOURCES[-1]
    drawn = [behaviour.record("x.example", source, chance, ai=True) for _ in range(2_000)]
    assert 0.55 < sum("Generative AI" in one.labels for one in drawn) / 2_000 < 0.65
    assert 0.31 < sum(one.method == "POST" for one in drawn) / 2_000 < 0.39


def test_a_source_shows_only_what_it_sees():
    chance = random.Random(1)
    for source in behaviour.SOURCES:
        drawn = [behaviour.record("x.example", source, chance, ai=True) for _ in range(50)]
        assert any(one.path for one in drawn) == source.paths
        assert any(one.labels for one in drawn) == source.categories


def test_the_same_seed_draws_the_same():
    one, other = (behaviour.draw(CASES, behaviour.SOURCES[-1], 20) for _ in range(2))
    assert one.odds.tolist() == other.odds.tolist()


def test_by_name_only_nothing_is_suspected():
    drawn = behaviour.draw(CASES, behaviour.SOURCES[0], 20)
    assert not drawn.suspected.any()
    assert drawn.shown[0] > 0
