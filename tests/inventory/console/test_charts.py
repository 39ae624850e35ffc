from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.console.charts import GAP, WIDTH, share, stacked

SERIES = st.lists(st.tuples(st.text(min_size=1, max_size=5), st.integers(0, 10**6)), max_size=12)


@given(SERIES)
def test_segments_fill_the_bar_in_order_without_overlap(series):
    segments = stacked(series)
    assert [(s.name, s.value) for s in segments] == [(n, v) for n, v in series if v]
    for one, following in pairwise(segments):
        assert abs(one.x + one.width + GAP - following.x) < 0.05
    if segments:
        assert abs(segments[-1].x + segments[-1].width - WIDTH) < 0.05
        assert all(segment.width > 3 for segment in segments)


def test_nothing_makes_no_bar():
    assert stacked([]) == stacked([("a", 0)]) == ()
    assert share(0, 0) == 0
    assert share(1, 4) == WIDTH / 4
