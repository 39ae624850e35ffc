"""WCAG 2.2 contrast (https://www.w3.org/TR/WCAG22/#contrast-minimum) of the style sheet's colours, both schemes."""

import re
from itertools import product
from pathlib import Path

import pytest

from services.inventory.console.render import HERE

CSS = (HERE / "assets" / "app.css").read_text()
TINTED = ("red", "orange", "yellow", "green", "blue", "grey")
TEXT, GRAPHIC = 4.5, 3.0


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


LIGHT = colours(CSS[: CSS.index("@media")])
DARK = LIGHT | colours(CSS[CSS.index("@media") : CSS.index("*,\n")])


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_the_measure_itself():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("scheme", "ground", "ink"), list(product((LIGHT, DARK), ("page", "card", "hover"), ("ink", "soft", "accent")))
)
def test_text_on_every_ground(scheme, ground, ink):
    assert contrast(scheme[ink], scheme[ground]) >= TEXT


@pytest.mark.parametrize(("scheme", "name"), list(product((LIGHT, DARK), TINTED)))
def test_text_of_pills(scheme, name):
    assert contrast(scheme[name], scheme[f"{name}-tint"]) >= TEXT


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_text_of_buttons_and_of_the_chosen_filter(scheme):
    assert contrast(scheme["accent-ink"], scheme["accent"]) >= TEXT
    assert contrast(scheme["ink"], scheme["accent-tint"]) >= TEXT
    assert contrast(scheme["accent"], scheme["card"]) >= GRAPHIC


def test_the_sheet_asks_no_other_host_and_templates_carry_no_inline_style_or_script():
    assert "url(" not in CSS
    assert "@import" not in CSS
    for template in Path(HERE / "templates").iterdir():
        text = template.read_text()
        assert not re.search(r"\sstyle=|<style|<script(?! src=./static/)|\son\w+=|https?://", text), template
