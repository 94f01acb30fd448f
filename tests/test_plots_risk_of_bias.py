"""The figures of risk of bias: nothing is clipped, nothing overlaps, and colour never stands alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.plots.drawing import Page, PlotError, Polygon, Rect
from workbench.plots.render import render
from workbench.plots.risk_of_bias import (
    COLOURS,
    RiskColumn,
    RiskFigure,
    RiskRow,
    summary_layout,
    symbol,
    traffic_light_layout,
)
from workbench.risk_of_bias import Risk

CODES = ("D1", "D1b", "DS", "D2", "D3", "D4", "D5", "Overall")
LONG = "Wilhelmina-Featherstonehaugh and Bartholomew-Constantinidis 2019, pain at the end of treatment"[:60]


def figure(
    number: int, *, name: str = "Aster 2019", codes: tuple[str, ...] = CODES, notice: str | None = None
) -> RiskFigure:
    risks = list(Risk)
    return RiskFigure(
        title="Risk of bias",
        columns=tuple(RiskColumn(code=code, title=f"Domain {code} with a title of some length") for code in codes),
        rows=tuple(
            RiskRow(
                label=f"{name} {row}",
                risks={
                    code: None if (row + place) % 11 == 10 else risks[(row * 7 + place * 5) % 3]
                    for place, code in enumerate(codes)
                    if not (code in ("D1b", "DS") and row % 2)
                },
            )
            for row in range(number)
        ),
        notes=("One variant is provisional.",),
        example_notice=notice,
    )


def sound(page: Page) -> None:
    for item in (*page.texts, *page.shapes):
        assert item.box.inside(page.bounds), item
    symbols = [shape.box for shape in page.shapes if isinstance(shape, Polygon)]
    texts = [text.box for text in page.texts]
    for place, box in enumerate(texts):
        assert not any(box.meets(other, tolerance=0.01) for other in texts[place + 1 :]), page.texts[place]
        assert not any(box.meets(other, tolerance=0.01) for other in symbols), page.texts[place]
    for place, box in enumerate(symbols):
        assert not any(box.meets(other, tolerance=0.01) for other in symbols[place + 1 :])


@pytest.mark.parametrize("name", ["Aster 2019", LONG, "W" * 60], ids=["short", "long", "one word"])
@pytest.mark.parametrize("number", [1, 2, 60])
def test_nothing_is_clipped_and_nothing_overlaps(number: int, name: str) -> None:
    for layout in (traffic_light_layout, summary_layout):
        sound(layout(figure(number, name=name)))
        sound(layout(figure(number, name=name, notice="Worked example – not to be cited")))
        sound(layout(figure(number, name=name, codes=("D1", "Overall"))))


def test_every_judgement_stands_in_its_row_and_column() -> None:
    given = figure(12)
    page = traffic_light_layout(given)
    drawn = [shape for shape in page.shapes if isinstance(shape, Polygon)]
    legend, marks = drawn[-3:], drawn[:-3]
    wanted = [
        f"symbol {risk}"
        for row in given.rows
        for column in given.columns
        if (risk := row.risks.get(column.code)) is not None
    ]
    assert [mark.role for mark in marks] == wanted
    assert [mark.role for mark in legend] == [f"symbol {risk}" for risk in Risk]
    headings = {text.text: text.x for text in page.texts if text.role == "column"}
    shown = [column.code for row in given.rows for column in given.columns if row.risks.get(column.code) is not None]
    for mark, code in zip(marks, shown, strict=True):
        assert (mark.box.left + mark.box.right) / 2 == pytest.approx(headings[code], abs=1e-6)
    asked_not = sum(column.code not in row.risks for row in given.rows for column in given.columns)
    judged_not = sum(risk is None for row in given.rows for risk in row.risks.values())
    assert len(page.with_role("not asked")) == asked_not > 0
    assert len(page.with_role("not judged")) == judged_not > 0


def ten_and_one(weights: list[float] | None = None) -> RiskFigure:
    """Five low, three some concerns, two high, one not judged; nobody was asked about D2."""
    risks = [Risk.LOW] * 5 + [Risk.SOME] * 3 + [Risk.HIGH] * 2 + [None]
    return RiskFigure(
        title="Risk of bias",
        columns=(RiskColumn(code="D1", title="Randomisation"), RiskColumn(code="D2", title="Deviations")),
        rows=tuple(
            RiskRow(label=str(place), risks={"D1": risk}, weight=weights[place] if weights else None)
            for place, risk in enumerate(risks)
        ),
    )


def shares(page: Page) -> list[float]:
    widths = {item.role: item.width for item in page.shapes if isinstance(item, Rect)}
    whole = sum(widths.values())
    return [widths.get(f"share {risk or 'not judged'}", 0.0) / whole for risk in (*Risk, None)]


def test_the_bars_are_as_long_as_their_shares_and_what_is_not_judged_is_one_of_them() -> None:
    page = summary_layout(ten_and_one())
    assert shares(page) == pytest.approx([5 / 11, 3 / 11, 2 / 11, 1 / 11])
    assert [text.text for text in page.with_role("n") if hasattr(text, "text")] == ["n = 11", "n = 0"]
    assert len(page.with_role("not asked")) == 1
    assert len(page.with_role("not judged")) == 1
    assert {"5 (45 %)", "Share of 11 results; each counts once.", "?  not judged yet"} <= {t.text for t in page.texts}


def test_results_of_a_pool_count_by_their_weight() -> None:
    weights = [2.0, 2, 2, 2, 2, 10, 10, 10, 25, 25, 10]
    page = summary_layout(ten_and_one(weights))
    assert shares(page) == pytest.approx([0.1, 0.3, 0.5, 0.1])
    said = {text.text for text in page.texts}
    assert "2 (50 %)" in said  # two results with half of the weight
    assert "Share of the weight in the pool, 11 results; numbers count results." in said
    assert shares(summary_layout(ten_and_one([7.0] * 11))) == pytest.approx(shares(summary_layout(ten_and_one())))
    sound(page)


@pytest.mark.parametrize("weight", [None, -1.0, float("nan"), float("inf")])
def test_a_weight_that_is_missing_or_cannot_be_is_refused(weight: float | None) -> None:
    weights: list[Any] = [1.0] * 10 + [weight]
    with pytest.raises(PlotError, match="has a weight of 0 or more"):
        ten_and_one(weights)
    with pytest.raises(PlotError, match="has a weight of 0 or more"):
        ten_and_one([0.0] * 11)


def test_each_judgement_has_a_shape_and_a_sign_of_its_own() -> None:
    outlines = {risk: symbol(risk, 0, 0)[0] for risk in Risk}
    corners = {len(outline.points) for outline in outlines.values() if isinstance(outline, Polygon)}
    assert len(corners) == 3
    assert len({len(symbol(risk, 0, 0)) - 1 for risk in (Risk.LOW, Risk.SOME)}) == 2
    assert symbol(Risk.LOW, 0, 0)[1:] != symbol(Risk.HIGH, 0, 0)[1:]


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_signs_and_numbers_stand_out_from_every_colour() -> None:
    ink = _luminance("#1a1a1a")
    for colour in COLOURS.values():
        assert (_luminance(colour) + 0.05) / (ink + 0.05) >= 4.5  # WCAG 2.1, 1.4.3


def test_the_figures_are_written_as_svg_pdf_and_png(tmp_path: Path) -> None:
    for name, layout in (("light", traffic_light_layout), ("summary", summary_layout)):
        page = layout(figure(2, name="<script>alert(1)</script>"))
        for suffix, begins in (("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")):
            body = render(page, tmp_path / f"{name}.{suffix}").read_bytes()
            assert body.startswith(begins)
            assert b"<script>" not in body
        assert "D1 low" in page.description or "D1 high" in page.description


def test_a_figure_without_results_is_refused() -> None:
    with pytest.raises(PlotError, match="nothing to draw"):
        figure(0)
