import re

from schemas.figures import Bin
from services.inventory.console.charts import LARGEST, SMALLEST, dots
from services.labelling import published


async def test_the_page_of_the_models_shows_every_published_figure_and_what_it_cannot_tell(operator):
    page = (await operator.get("/model")).text
    card = published.card()
    told = re.findall(r'data-label="Measured" class="num">([^<]+)<', page)
    assert len(told) == sum(figure.value is not None for figure in card.figures().values())
    assert page.count('<svg viewBox="-40') == sum(len(section.curves) for section in card.sections)
    assert all(section.title in page for section in card.sections)
    assert "What these figures cannot tell" in page


async def test_its_twin_is_the_card(operator):
    told = (await operator.get("/model.json")).json()
    assert told["dated"] == published.card().dated
    assert [section["id"] for section in told["sections"]] == [section.id for section in published.card().sections]


def test_dots_lie_on_the_diagonal_where_what_was_shown_came_true():
    low, high = dots((Bin(0.25, 0.25, 0.25), Bin(1.0, 1.0, 1.0)))
    assert (low.x, low.y) == (250.0, 750.0)
    assert (high.x, high.y, high.radius) == (1000.0, 0.0, LARGEST)
    assert SMALLEST < low.radius < LARGEST
    assert dots(()) == ()
