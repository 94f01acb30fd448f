"""Drawing a forest plot of 40 studies in three subgroups: layout to SVG and to PDF, imports and fonts loaded.

    python benchmarks/forest.py [--studies N] [--repeats N]

Printed: the median of the runs, in ms. The font is cut to its letters anew each time, as for a figure with other ones.
"""

from __future__ import annotations

import argparse
import platform
import random
import statistics
import time
from collections.abc import Callable

from workbench.plots import (
    ForestFigure,
    ForestLayout,
    ForestStudy,
    ForestSummary,
    forest_layout,
    pdf,
    to_pdf_bytes,
    to_svg_bytes,
)
from workbench.plots.figure import Column


def invented(count: int) -> ForestFigure:
    """A figure of made-up standardised mean differences in three subgroups, with arm data."""
    draw = random.Random(1)
    studies = []
    for number in range(count):
        estimate, error = draw.gauss(-0.5, 0.4), draw.uniform(0.1, 0.5)
        studies.append(
            ForestStudy(
                label=f"Study {number + 1} 20{number % 25:02d}",
                estimate=estimate,
                low=estimate - 1.96 * error,
                high=estimate + 1.96 * error,
                weight=100 / count,
                columns=("4.30", "1.21", "20", "5.66", "0.58", "10"),
                subgroup=f"Subgroup {number % 3}",
            )
        )
    subtotals = [
        ForestSummary(label="Subtotal", estimate=-0.4, low=-0.9, high=0.1, subgroup=f"Subgroup {number}")
        for number in range(3)
    ]
    whole = ForestSummary(label="Random effects", estimate=-0.5, low=-0.7, high=-0.3, pi_low=-1.4, pi_high=0.4)
    return ForestFigure(
        title="Invented figure",
        studies=tuple(studies),
        summaries=(*subtotals, whole),
        column_headers=tuple(Column(label=x, group=arm) for arm in ("rTMS", "Sham") for x in ("Mean", "SD", "n")),
        measure_label="Standardised mean difference (Hedges’ g)",
        effect_header="SMD [95% CI]",
        favours_left="Favours rTMS",
        favours_right="Favours sham",
        notes=("Negative values favour rTMS.",),
    )


def milliseconds(draw: Callable[[ForestLayout], object], figure: ForestFigure, repeats: int) -> float:
    """The median time of a drawing, layout included."""
    times = []
    for _ in range(repeats):
        pdf._subset.cache_clear()
        start = time.perf_counter()
        draw(forest_layout(figure))
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=15)
    asked = parser.parse_args()
    figure = invented(asked.studies)
    to_pdf_bytes(forest_layout(figure))  # imports and fonts
    print(f"Python {platform.python_version()}, {asked.studies} studies, median of {asked.repeats}")
    print(f"SVG  {milliseconds(to_svg_bytes, figure, asked.repeats):.0f} ms")
    print(f"PDF  {milliseconds(to_pdf_bytes, figure, asked.repeats):.0f} ms")


if __name__ == "__main__":
    main()
