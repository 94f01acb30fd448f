"""Small step curves over the reading, as SVG: values in, text out. Each also stands on the page as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from workbench.ui import text
from workbench.ui.theme import ACCENT, INK, LINE, QUIET

WIDTH, HEIGHT = 480, 250
LEFT, RIGHT, TOP, BOTTOM = 54, 14, 12, 46


def svg(
    points: Sequence[tuple[float, float]],
    *,
    across: str,
    up: str,
    right: float,
    top: float,
    description: str,
) -> str:
    """A curve from the left to the right. right, top: what the axes reach to, both from 0; above 0."""
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x: float, y: float) -> str:
        return f"{LEFT + wide * x / right:.1f},{TOP + high * (1 - y / top):.1f}"

    ticks = [
        Markup(
            '<line x1="{x}" y1="{y}" x2="{x2}" y2="{y}" stroke="{line}"/>'
            '<text x="{label}" y="{below}" text-anchor="end" fill="{quiet}">{value}</text>'
        ).format(
            x=LEFT,
            x2=WIDTH - RIGHT,
            y=round(TOP + high * (1 - value / top), 1),
            below=round(TOP + high * (1 - value / top) + 4, 1),
            label=LEFT - 6,
            line=LINE,
            quiet=QUIET,
            value=f"{value:,.10g}".replace(",", "\u2009"),
        )
        for value in steps(top)
    ]
    ticks += [
        Markup('<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{quiet}">{value}</text>').format(
            x=round(LEFT + wide * value / right, 1),
            y=HEIGHT - BOTTOM + 16,
            anchor="end" if value > 0.97 * right else "middle",
            quiet=QUIET,
            value=f"{value:,.10g}".replace(",", "\u2009"),
        )
        for value in steps(right)
    ]
    return str(
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
            'aria-label="{description}" font-family="sans-serif" font-size="12">{ticks}'
            '<text x="{middle}" y="{foot}" text-anchor="middle" fill="{ink}">{across}</text>'
            '<text transform="translate(12 {centre}) rotate(-90)" text-anchor="middle" fill="{ink}">{up}</text>'
            '<polyline points="{points}" fill="none" stroke="{accent}" stroke-width="2" stroke-linejoin="round"/></svg>'
        ).format(
            w=WIDTH,
            h=HEIGHT,
            description=text.clean(description),
            ticks=text.join(ticks),
            middle=LEFT + wide / 2,
            foot=HEIGHT - 8,
            centre=TOP + high / 2,
            across=text.clean(across),
            up=text.clean(up),
            ink=INK,
            accent=ACCENT,
            points=" ".join(place(x, y) for x, y in points),
        )
    )


def steps(top: float) -> tuple[float, ...]:
    """Three to six round numbers from 0 to `top`."""
    raw = top / 5
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= raw * (1 - 1e-9))
    return tuple(round(step * number, 10) for number in range(math.floor(top / step * (1 + 1e-9)) + 1))


def thinned(points: Sequence[tuple[int, float]], most: int = 11) -> tuple[tuple[int, float], ...]:
    """A few of many points for a table, evenly spread, the last among them."""
    if len(points) <= most:
        return tuple(points)
    places = dict.fromkeys(round(number * (len(points) - 1) / (most - 1)) for number in range(most))
    return tuple(points[place] for place in places)
