"""A reliability curve as SVG: what was shown against what was right, dots by how much weight they carry. Pure."""

from html import escape
from math import sqrt

from schemas.figures import Curve

SIZE = 320
LEFT, TOP, RIGHT, BOTTOM = 48, 34, 12, 44
_SMALLEST, _LARGEST = 2.5, 9.0


def reliability(curve: Curve) -> str:
    """The picture; on the diagonal every probability shown came true."""
    width, height = SIZE + LEFT + RIGHT, SIZE + TOP + BOTTOM
    most = max((one.of for one in curve.bins), default=1.0)
    dots = [
        f'<circle cx="{_x(one.shown):.1f}" cy="{_y(one.right):.1f}" r="{_radius(one.of, most):.1f}" fill="#3565c4"'
        f' fill-opacity="0.75"><title>shown {one.shown:.2f}, right {one.right:.2f}</title></circle>'
        for one in curve.bins
    ]
    ticks = [
        f'<text x="{_x(at):.0f}" y="{TOP + SIZE + 16}" text-anchor="middle">{at:g}</text>'
        f'<text x="{LEFT - 6}" y="{_y(at) + 4:.0f}" text-anchor="end">{at:g}</text>'
        for at in (0, 0.25, 0.5, 0.75, 1)
    ]
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    fonts = 'font-family="sans-serif" font-size="11" role="img" fill="#444"'
    upright = f'transform="translate(12 {TOP + SIZE / 2:.0f}) rotate(-90)" text-anchor="middle"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {fonts}>',
        f"<title>{escape(curve.title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="12">{escape(curve.title)}</text>',
        f'<rect x="{LEFT}" y="{TOP}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#bbb"/>',
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#bbb" stroke-dasharray="4 4"/>',
        *ticks, *dots,
        f'<text x="{LEFT + SIZE / 2:.0f}" y="{TOP + SIZE + 34}" text-anchor="middle">probability shown</text>',
        f"<text {upright}>share that is AI</text>",
        "</svg>", "",
    ])  # fmt: skip


def _x(value: float) -> float:
    return LEFT + SIZE * value


def _y(value: float) -> float:
    return TOP + SIZE * (1 - value)


def _radius(of: float, most: float) -> float:
    return _SMALLEST + (_LARGEST - _SMALLEST) * sqrt(of / most)
