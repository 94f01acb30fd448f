"""The forest plot's geometry, as plain data: nothing overlaps, nothing leaves the page, and the numbers are right."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.shared_data import shared
from workbench.plots import (
    MARKS,
    Column,
    CombinedEntry,
    ForestFigure,
    ForestLayout,
    ForestStudy,
    ForestSummary,
    PlotError,
    combined_figures,
    forest_layout,
    forest_pages,
)
from workbench.plots.axis import Span, axis_limits, axis_ticks
from workbench.plots.drawing import Line, Polygon, Rect, Text
from workbench.plots.lettering import clean, padding, text_width, wrap, wrap_evenly
from workbench.plots.numbers import effect_text, number, plain

ARMS = tuple(Column(label=label, group=group) for group in ("rTMS", "Sham") for label in ("Mean", "SD", "N"))
LONG = "Garcia-Larrea and van der Meulen-Oosterhuis, multicentre crossover trial of motor cortex 10 Hz stimulation"


def figure_of(count: int, *, seed: int = 1, **changes: object) -> ForestFigure:
    """A figure with plausible made-up standardised differences, for geometry only."""
    draw = random.Random(seed)
    studies = []
    for position in range(count):
        estimate, error = draw.gauss(-0.5, 0.4), draw.uniform(0.1, 0.5)
        studies.append(
            ForestStudy(
                label=LONG if position % 7 == 3 else f"Study {position + 1} 20{position % 25:02d}",
                estimate=estimate,
                low=estimate - 1.96 * error,
                high=estimate + 1.96 * error,
                weight=100 / count * draw.uniform(0.5, 1.5),
                columns=("4.30", "1.21", "20", "5.66", "0.58", "10"),
                marks=("approximate", "flagged") if position % 5 == 1 else (),
            )
        )
    values: dict[str, object] = {
        "title": "Neuropathic pain: pain intensity at the end of treatment",
        "subtitle": "rTMS compared with sham",
        "studies": tuple(studies),
        "summaries": (
            ForestSummary(
                label="Random effects",
                estimate=-0.5,
                low=-0.7,
                high=-0.3,
                pi_low=-1.4,
                pi_high=0.4,
                weight=100.0,
                columns=("", "", "200", "", "", "100"),
            ),
        ),
        "column_headers": ARMS,
        "measure_label": "Standardised mean difference (Hedges’ g)",
        "effect_header": "SMD [95% CI]",
        "favours_left": "Favours rTMS",
        "favours_right": "Favours sham",
        "heterogeneity": "Heterogeneity: τ² = 0.16 [0.08, 0.41]; Q = 91.2, df = 29, p < 0.001; I² = 68%",
        "settings": "Random effects (REML), Hartung–Knapp interval, prediction interval with k − 2 degrees of freedom.",
        "current_to": "1 May 2025",
        "notes": ("Negative values favour rTMS.",),
        "example_notice": "Worked example – not to be cited",
    }
    return ForestFigure(**{**values, **changes})  # type: ignore[arg-type]


def grouped(figure: ForestFigure, groups: int) -> ForestFigure:
    names = [f"Subgroup {position}" for position in range(groups)]
    studies = tuple(replace(s, subgroup=names[i % groups]) for i, s in enumerate(figure.studies))
    subtotals = tuple(
        ForestSummary(label="Subtotal", estimate=-0.4, low=-0.9, high=0.1, subgroup=name, text="τ² = 0.10; I² = 40%")
        for name in names
    )
    return replace(figure, studies=studies, summaries=(*subtotals, *figure.summaries))


def faults(layout: ForestLayout) -> list[str]:
    """Everything that an art editor would send back: overlaps, things off the page, marks outside the plot."""
    found = []
    texts = sorted(layout.texts, key=lambda text: text.box.top)
    for position, text in enumerate(texts):
        if not text.box.inside(layout.bounds):
            found.append(f"off the page: {text.role} {text.text!r}")
        for other in texts[position + 1 :]:
            if other.box.top >= text.box.bottom:
                break
            if text.box.meets(other.box, tolerance=1e-4):
                found.append(f"{text.role} {text.text!r} overlaps {other.role} {other.text!r}")
    for shape in layout.shapes:
        if not shape.box.inside(layout.bounds):
            found.append(f"off the page: {shape.role}")
        if shape.role.startswith("favours") and any(shape.box.meets(t.box) for t in texts):
            found.append(f"{shape.role} runs into lettering")
        if shape.role in ("square", "excluded-square", "diamond", "arrow", "interval", "prediction-bar") and not (
            shape.box.inside(layout.plot, tolerance=0.01)
        ):
            found.append(f"outside the plot: {shape.role}")
    for text in texts:
        beside = text.box.right <= layout.plot.left + 1e-6 or text.box.left >= layout.plot.right - 1e-6
        if layout.plot.top < text.y < layout.plot.bottom and not beside:
            found.append(f"in the plot: {text.role} {text.text!r}")
    return found


def words(layout: ForestLayout, role: str) -> list[str]:
    return [text.text for text in layout.texts if text.role == role]


# --- nothing overlaps, nothing is cut off --------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 8, 30, 80, 120])
def test_no_lettering_overlaps_or_leaves_the_page(count: int) -> None:
    assert faults(forest_layout(figure_of(count))) == []


@pytest.mark.parametrize("count", [2, 30, 120])
@pytest.mark.parametrize("width", [60.0, 85.0, 180.0, 297.0, 420.0])
def test_any_page_width_and_subgroups_keep_everything_apart(count: int, width: float) -> None:
    layout = forest_layout(grouped(figure_of(count, width_mm=width), 3))
    assert faults(layout) == []
    assert layout.width >= width
    assert layout.width == width or width < 210  # only a page too small for its columns becomes wider


def test_text_columns_long_headings_and_group_headings_are_folded() -> None:
    columns = (
        Column(label="Target and its localisation method", align="start"),
        Column(label="Notes", align="start"),
        Column(label="N", group="Active stimulation of the motor cortex with a figure-of-eight coil"),
        Column(label="N", group="Sham"),
    )
    figure = figure_of(9)
    cells = ("M1 contralateral to the pain, neuronavigated", "stopped early after " * 6, "20", "20")
    studies = tuple(replace(study, columns=cells) for study in figure.studies)
    summaries = tuple(replace(summary, columns=()) for summary in figure.summaries)
    layout = forest_layout(replace(figure, column_headers=columns, studies=studies, summaries=summaries))
    assert faults(layout) == []
    assert " ".join(words(layout, "group-heading")[:-1]) == columns[2].group


@pytest.mark.parametrize(
    "label",
    [
        "王小明 等 2019 重复经颅磁刺激治疗带状疱疹后神经痛的随机对照试验",
        "Παπαδόπουλος και συνεργάτες 2020",
        "מחקר אקראי מבוקר 2021",
        "دراسة عشوائية ۲۰۲۲",
        "A" * 300,
        "e\u0301" * 80,
        "two\nlines\twith\x00control\x1bcharacters",
        "\u202eoverridden\u202c \ud800 unpaired",
        "",
    ],
)
def test_any_name_is_laid_out(label: str) -> None:
    figure = figure_of(3)
    layout = forest_layout(replace(figure, studies=(replace(figure.studies[0], label=label), *figure.studies[1:])))
    assert faults(layout) == []


def test_a_study_far_from_the_others_becomes_an_arrow_and_does_not_squeeze_them() -> None:
    # Pei 2019, g = -8.85 [-11.22, -6.49] (row T051 of the shared trials), among 30 ordinary results.
    figure = figure_of(30)
    pei = ForestStudy(label="Pei 2019", estimate=-8.85, low=-11.22, high=-6.49, weight=1.0)
    layout = forest_layout(replace(figure, studies=(*figure.studies, pei)))
    assert layout.axis.low > -6
    assert len(layout.with_role("square")) == 30
    (arrow,) = layout.with_role("arrow")
    assert isinstance(arrow, Polygon)
    assert min(arrow.points)[0] == pytest.approx(layout.axis.left)
    assert any("beyond the axis" in text for text in words(layout, "key"))
    assert any(" ".join(text.split()) == "−8.85 [−11.22, −6.49]" for text in words(layout, "effect"))


@pytest.mark.parametrize(
    ("low", "high", "effect", "arrows"),
    [
        (-math.inf, 0.3, "−0.50 [−∞, 0.30]", 1),
        (-math.inf, math.inf, "−0.50 [−∞, ∞]", 2),
        (-90.0, 90.0, "−0.50 [−90.00, 90.00]", 2),
        (None, None, "−0.50 [not given]", 0),
        (math.nan, 0.1, "−0.50 [–, 0.10]", 0),
        (-0.5, -0.5, "−0.50 [−0.50, −0.50]", 0),
        (-1e300, 1e300, "−0.50 [−1.0×10³⁰⁰, 1.0×10³⁰⁰]", 2),
    ],
)
def test_infinite_missing_and_very_wide_intervals(
    low: float | None, high: float | None, effect: str, arrows: int
) -> None:
    figure = figure_of(12)
    odd = ForestStudy(label="Odd", estimate=-0.5, low=low, high=high, weight=5.0)
    layout = forest_layout(replace(figure, studies=(*figure.studies, odd)))
    assert faults(layout) == []
    assert effect in [" ".join(text.split()) for text in words(layout, "effect")]
    assert len(layout.with_role("arrow")) == arrows


def test_a_study_without_an_estimate_keeps_its_row() -> None:
    figure = figure_of(3)
    layout = forest_layout(
        replace(figure, studies=(*figure.studies, ForestStudy(label="None", estimate=None, low=None, high=None)))
    )
    assert "not estimable" in words(layout, "effect")
    assert len(layout.with_role("square")) == 3


@pytest.mark.parametrize("ratio", [True, False])
def test_an_impossible_estimate_with_ordinary_bounds_does_not_stretch_the_axis(ratio: bool) -> None:
    figure = figure_of(5, ratio=ratio)
    broken = ForestStudy(label="Broken", estimate=1e300, low=-1.0, high=1.0, weight=5.0)
    layout = forest_layout(replace(figure, studies=(*figure.studies, broken)))
    assert faults(layout) == []
    assert layout.axis.high < 10


@pytest.mark.parametrize("ratio", [True, False])
@pytest.mark.parametrize("value", [0.0, -1.7, 25.0])
def test_equal_results_of_no_width_can_be_drawn(value: float, ratio: bool) -> None:
    studies = tuple(ForestStudy(label=f"S{i}", estimate=value, low=value, high=value, weight=25.0) for i in range(4))
    summary = ForestSummary(label="All", estimate=value, low=value, high=value)
    layout = forest_layout(figure_of(1, studies=studies, summaries=(summary,), ratio=ratio))
    assert faults(layout) == []
    assert len(layout.axis.ticks) >= 2


numbers = st.one_of(
    st.none(),
    st.floats(-5, 5),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([math.inf, -math.inf, 0.0, 1e-12, 1e9, 8e8, -29.9, 700.0]),
)
names = st.one_of(st.text(max_size=80), st.sampled_from(["Ma 2015", LONG, "王小明 2019", "x" * 90]))


@st.composite
def studies_of(draw: st.DrawFn, columns: int) -> ForestStudy:
    low, high = draw(numbers), draw(numbers)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return ForestStudy(
        label=draw(names),
        estimate=draw(numbers),
        low=low,
        high=high,
        weight=draw(st.one_of(st.none(), st.floats(0, 100))),
        columns=tuple(draw(st.text(max_size=12)) for _ in range(columns)) if draw(st.booleans()) else (),
        subgroup=draw(st.sampled_from([None, None, "Peripheral", "Central " * 12])),
        marks=tuple(draw(st.sets(st.sampled_from(sorted(MARKS)), max_size=3))),
        excluded=draw(st.booleans()),
    )


@st.composite
def summaries_of(draw: st.DrawFn) -> ForestSummary:
    low, high = sorted([draw(st.floats(-1e6, 1e6)), draw(st.floats(-1e6, 1e6))])
    predicted = draw(st.booleans())
    return ForestSummary(
        label=draw(names),
        estimate=draw(st.floats(low, high)),
        low=low,
        high=high,
        pi_low=draw(st.sampled_from([low - 1, -math.inf])) if predicted else None,
        pi_high=draw(st.sampled_from([high + 1, math.inf])) if predicted else None,
        subgroup=draw(st.sampled_from([None, "Peripheral"])),
        text=draw(st.sampled_from(["", "τ² = 0.10; I² = 40%", LONG])),
        weight=draw(st.one_of(st.none(), st.just(100.0))),
    )


@st.composite
def figures(draw: st.DrawFn) -> ForestFigure:
    columns = draw(st.integers(0, 7))
    return ForestFigure(
        title=draw(names),
        subtitle=draw(names),
        studies=tuple(draw(st.lists(studies_of(columns), min_size=1, max_size=12))),
        summaries=tuple(draw(st.lists(summaries_of(), max_size=3))),
        column_headers=tuple(
            Column(label=draw(names), group=draw(st.sampled_from(["", "rTMS", "Sham " * 9])), align=align)
            for align in draw(st.lists(st.sampled_from(["start", "end"]), min_size=columns, max_size=columns))
        ),
        measure_label=draw(names),
        ratio=draw(st.booleans()),
        favours_left=draw(names),
        favours_right=draw(names),
        heterogeneity=draw(st.sampled_from(["", "I² = 68%", LONG * 3])),
        settings=draw(names),
        notes=tuple(draw(st.lists(names, max_size=2))),
        example_notice=draw(st.one_of(st.none(), names)),
        width_mm=draw(st.floats(40, 400)),
        decimals=draw(st.integers(0, 4)),
        prediction=draw(st.sampled_from(["row", "bar"])),
    )


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(figure=figures())
def test_whatever_is_in_a_figure_nothing_overlaps_or_leaves_the_page(figure: ForestFigure) -> None:
    layout = forest_layout(figure)
    assert faults(layout) == []
    assert all(math.isfinite(value) for shape in layout.shapes for value in _lengths(shape.box))
    assert layout.axis.low < layout.axis.high
    assert layout.axis.holds(figure.null_value)


def _lengths(box: object) -> Iterable[float]:
    return (getattr(box, name) for name in ("left", "top", "right", "bottom"))


# --- what is drawn says what the numbers say -----------------------------------------------------------------------


def test_squares_have_areas_in_proportion_to_weights() -> None:
    weights = [2.5, 5.0, 10.0, 40.0, 42.5]
    studies = tuple(
        ForestStudy(label=f"S{i}", estimate=-0.5, low=-1.0, high=0.0, weight=weight) for i, weight in enumerate(weights)
    )
    squares = forest_layout(figure_of(1, studies=studies)).with_role("square")
    areas = [square.width * square.height for square in squares if isinstance(square, Rect)]
    assert [area / areas[-1] for area in areas] == pytest.approx([weight / weights[-1] for weight in weights])


def test_marks_stand_where_the_axis_says() -> None:
    figure = figure_of(8)
    layout = forest_layout(figure)
    axis = layout.axis
    for study, square in zip(figure.studies, layout.with_role("square"), strict=True):
        assert isinstance(square, Rect)
        assert study.estimate is not None
        assert square.left + square.width / 2 == pytest.approx(axis.x(study.estimate))
    for study, line in zip(figure.studies, layout.with_role("interval"), strict=True):
        assert isinstance(line, Line)
        assert (study.low, study.high) != (None, None)
        assert [line.x1, line.x2] == pytest.approx([axis.x(study.low or 0), axis.x(study.high or 0)])
    (diamond,) = layout.with_role("diamond")
    assert isinstance(diamond, Polygon)
    assert (diamond.box.left, diamond.box.right) == pytest.approx((axis.x(-0.7), axis.x(-0.3)))
    (bar,) = layout.with_role("prediction-bar")
    assert (bar.box.left, bar.box.right) == pytest.approx((axis.x(-1.4), axis.x(0.4)))
    (null,) = layout.with_role("null-line")
    assert isinstance(null, Line)
    assert null.x1 == pytest.approx(axis.x(0.0))


def test_a_clipped_diamond_ends_at_the_axis_with_arrows() -> None:
    # Two studies under Hartung-Knapp: the t quantile with one degree of freedom is 12.7.
    summary = ForestSummary(label="Random effects", estimate=-0.5, low=-400.0, high=399.0)
    layout = forest_layout(replace(figure_of(2), summaries=(summary,)))
    (diamond,) = layout.with_role("diamond")
    assert (diamond.box.left, diamond.box.right) == pytest.approx((layout.axis.left, layout.axis.right))
    assert len(layout.with_role("arrow")) == 2
    assert faults(layout) == []


def test_the_label_of_each_side_stands_on_that_side_with_its_arrow_outwards() -> None:
    layout = forest_layout(figure_of(8))
    null = layout.axis.x(0.0)
    (left,) = [text for text in layout.texts if text.role == "favours-left"]
    (right,) = [text for text in layout.texts if text.role == "favours-right"]
    assert (left.text, right.text) == ("Favours rTMS", "Favours sham")
    assert left.box.right < null < right.box.left
    heads = layout.with_role("favours-head")
    assert isinstance(heads[0], Polygon)
    assert isinstance(heads[1], Polygon)
    assert heads[0].points[0][0] == min(x for x, _ in heads[0].points) < left.box.left
    assert heads[1].points[0][0] == max(x for x, _ in heads[1].points) > right.box.right


def test_long_side_labels_stand_below_each_other_with_arrows_in_their_directions() -> None:
    figure = figure_of(8, favours_left="Favours high-frequency " * 6, favours_right="Favours sham " * 6, width_mm=85)
    layout = forest_layout(figure)
    assert faults(layout) == []
    heads = layout.with_role("favours-head")
    assert heads[0].box.left == pytest.approx(layout.axis.left)
    assert heads[1].box.right == pytest.approx(layout.axis.right)


def test_subgroups_carry_their_studies_and_their_diamonds() -> None:
    layout = forest_layout(grouped(figure_of(9), 3))
    heads = [text for text in layout.texts if text.role == "subgroup"]
    diamonds = sorted(shape.box.top for shape in layout.with_role("diamond"))
    tops = [head.box.top for head in heads]
    assert [head.text for head in heads] == ["Subgroup 0", "Subgroup 1", "Subgroup 2"]
    assert tops[0] < diamonds[0] < tops[1] < diamonds[1] < tops[2] < diamonds[2] < diamonds[3]
    assert words(layout, "remark") == ["τ² = 0.10; I² = 40%"] * 3


def test_what_is_not_pooled_stands_apart_hollow_and_without_weight() -> None:
    figure = figure_of(6)
    studies = (replace(figure.studies[0], excluded=True), *figure.studies[1:])
    layout = forest_layout(replace(figure, studies=studies))
    (hollow,) = layout.with_role("excluded-square")
    assert isinstance(hollow, Rect)
    assert (hollow.fill, hollow.stroke is not None) == ("#ffffff", True)
    assert "Reported, not pooled" in words(layout, "subgroup")
    assert words(layout, "weight").count("–") == 1
    assert max(square.box.bottom for square in layout.with_role("square")) < hollow.top


def test_every_mark_in_use_is_explained_and_no_other() -> None:
    layout = forest_layout(figure_of(6))
    legend = " ".join(words(layout, "legend"))
    assert MARKS["approximate"].meaning in legend
    assert MARKS["crossover"].symbol not in legend
    assert any(text.endswith("≈†") for text in words(layout, "study"))


def test_the_settings_the_date_the_notice_and_the_heterogeneity_are_on_the_figure() -> None:
    layout = forest_layout(figure_of(6))
    assert words(layout, "notice") == ["Worked example – not to be cited"]
    assert words(layout, "current-to") == ["Searches current to 1 May 2025."]
    assert "REML" in words(layout, "settings")[0]
    assert "I² = 68%" in " ".join(words(layout, "heterogeneity"))
    assert not words(forest_layout(figure_of(6, example_notice=None)), "notice")


def test_bounds_stand_under_each_other() -> None:
    """Right-aligned strings whose brackets line up: padded with spaces of the font, to a tenth of a mm."""
    layout = forest_layout(figure_of(30))
    starts = []
    for text in layout.texts:
        if text.role == "effect" and text.weight == "normal" and text.text.count("[") == 1:
            comma = text.text.index(",")
            starts.append(text.box.left + text_width(text.text[: comma + 1], text.size))
    assert len(starts) > 20
    assert max(starts) - min(starts) < 0.1


def test_numbers_of_the_postherpetic_trials_are_printed_as_computed_by_metafor() -> None:
    """Rows T046 to T048 of the shared trials; yi and vi from R metafor 3.8-1 (expected_effects.csv)."""
    with shared("data/rtms_pain_trials/expected_effects.csv").open(encoding="utf-8", newline="") as file:
        effects = {(r["row_id"], r["measure"]): (float(r["yi"]), float(r["vi"])) for r in csv.DictReader(file)}
    studies = []
    for row in ("T046", "T047", "T048"):
        estimate, variance = effects[row, "SMD"]
        half = 1.959964 * math.sqrt(variance)
        studies.append(ForestStudy(label=row, estimate=estimate, low=estimate - half, high=estimate + half))
    layout = forest_layout(ForestFigure(title="Postherpetic neuralgia", studies=tuple(studies)))
    assert [" ".join(text.split()) for text in words(layout, "effect")] == [
        "−1.26 [−2.09, −0.44]",
        "0.15 [−0.61, 0.91]",
        "−4.23 [−5.29, −3.17]",
    ]


def test_ratios_are_printed_and_marked_on_a_log_axis() -> None:
    # Misra 2013 (T018): 37 of 47 against 16 of 48 responders, RR 2.36 [1.54, 3.62].
    half = 1.959964 * math.sqrt(0.04741709795)
    study = ForestStudy(label="Misra 2013", estimate=0.8593825996, low=0.8593825996 - half, high=0.8593825996 + half)
    layout = forest_layout(ForestFigure(title="Migraine", studies=(study,), ratio=True, measure_label="Risk ratio"))
    assert words(layout, "effect") == ["2.36 [1.54, 3.62]"]
    assert "1" in words(layout, "tick-label")
    one, middle, three = (layout.axis.x(math.log(value)) for value in (1, 1.5, 2.25))
    assert three - middle == pytest.approx(middle - one)


# --- axis, numbers, lettering --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "ratio", "expected"),
    [
        (-5.3, 0.9, False, ["−5", "−4", "−3", "−2", "−1", "0"]),
        (-0.9, 0.4, False, ["−0.8", "−0.6", "−0.4", "−0.2", "0", "0.2", "0.4"]),
        (-38.0, 12.0, False, ["−30", "−20", "−10", "0", "10"]),
        (math.log(0.08), math.log(12), True, ["0.1", "0.2", "0.5", "1", "2", "5", "10"]),
        (math.log(0.004), math.log(300), True, ["0.01", "0.1", "1", "10", "100"]),
        (math.log(0.75), math.log(1.42), True, ["0.8", "0.9", "1", "1.1", "1.2", "1.3", "1.4"]),
        (math.log(0.6), math.log(5.5), True, ["0.7", "1", "1.5", "2", "3", "5"]),
    ],
)
def test_ticks_are_the_numbers_a_reader_expects(low: float, high: float, ratio: bool, expected: list[str]) -> None:
    ticks = axis_ticks(low, high, null=0.0, ratio=ratio, width=60, size=2.4)
    assert [tick.label for tick in ticks] == expected


@given(low=st.floats(-1e6, 0, exclude_max=True), high=st.floats(0, 1e6, exclude_min=True), width=st.floats(30, 200))
def test_ticks_lie_inside_the_axis_apart_from_each_other_and_hold_the_null(
    low: float, high: float, width: float
) -> None:
    if high - low < 1e-6:
        return
    ticks = axis_ticks(low, high, null=0.0, ratio=False, width=width, size=2.4)
    assert any(tick.value == pytest.approx(0, abs=1e-9) for tick in ticks)
    assert all(low <= tick.value <= high for tick in ticks)
    places = [(tick.value - low) / (high - low) * width for tick in ticks]
    for (x1, left), (x2, right) in zip(
        zip(places, ticks, strict=True), list(zip(places, ticks, strict=True))[1:], strict=False
    ):
        assert x2 - x1 >= (text_width(left.label, 2.4) + text_width(right.label, 2.4)) / 2


def test_the_axis_holds_the_pooled_interval_the_null_and_ordinary_studies() -> None:
    studies = [Span(-1.0, -1.5, -0.5), Span(-0.2, -0.9, 0.5), Span(-0.6, -0.8, -0.4)]
    low, high = axis_limits(studies, [Span(-0.6, -2.0, 0.8)], [], null=0.0, ratio=False)
    assert low < -2.0
    assert high > 0.8
    assert low > -4


@pytest.mark.parametrize(
    ("value", "text"),
    [(-0.004, "0.00"), (-1.265, "−1.26"), (0.5, "0.50"), (None, "–"), (math.inf, "∞"), (-2.5e7, "−2.5×10⁷")],
)
def test_numbers_have_a_real_minus_and_no_negative_zero(value: float | None, text: str) -> None:
    assert number(value) == text


def test_effects_are_printed_in_the_house_form() -> None:
    assert effect_text(-1.26, -2.09, -0.44, ratio=False) == "−1.26 [−2.09, −0.44]"
    assert effect_text(math.log(2), 0.0, math.log(4), ratio=True, decimals=1) == "2.0 [1.0, 4.0]"
    assert effect_text(None, None, None, ratio=True) == "not estimable"
    assert (plain(0.05), plain(100000.0), plain(-2.5)) == ("0.05", "10⁵", "−2.5")


def test_lettering_is_measured_as_it_is_drawn() -> None:
    """Against matplotlib's own shaping of the same font; kerning may only shorten a line, by up to 3 %."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    for weight in ("normal", "bold"):
        for text in ("−1.26 [−2.09, −0.44]", "Standardised mean difference", "Wang 2023 AVA To ≈†", "95% CI τ² I²"):
            outline = TextPath((0, 0), text, size=100, prop=FontProperties(family="DejaVu Sans", weight=weight))
            drawn = outline.get_extents().x1
            assert 0.97 * text_width(text, 100, weight) - 10 <= drawn <= text_width(text, 100, weight)  # type: ignore[arg-type]


@given(text=st.text(max_size=120).map(clean), width=st.floats(5, 80))
def test_folding_keeps_every_letter_and_the_width(text: str, width: float) -> None:
    for lines in (wrap(text, width, 2.8), wrap_evenly(text, width, 2.8)):
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        for line in lines:
            letters = [c for c in line if text_width(c, 2.8)]
            assert text_width(line, 2.8) <= width + 1e-9 or len(letters) <= 1


def test_signs_of_equality_are_not_parted_from_their_numbers() -> None:
    lines = wrap("Heterogeneity: I² = 92% and p < 0.001", text_width("Heterogeneity: I² =", 2.8) + 0.1, 2.8)
    assert lines[0] == "Heterogeneity:"
    assert any("I² = 92%" in line for line in lines)


def test_padding_is_as_wide_as_a_minus_sign() -> None:
    assert text_width(padding(text_width("−", 100), 100), 100) == pytest.approx(text_width("−", 100), rel=0.005)


def test_colours_can_be_read_on_their_ground() -> None:
    """WCAG 2.2: 4.5:1 for text on white or on the notice's ground, 3:1 for shapes that carry meaning."""
    layout = forest_layout(grouped(figure_of(9), 2))
    for text in layout.texts:
        ground = "#fff1cc" if text.role == "notice" else "#eef2f6" if text.role == "subgroup" else "#ffffff"
        assert contrast(text.colour, ground) >= 4.5, text
    for shape in layout.shapes:
        colour = getattr(shape, "fill", None) or getattr(shape, "colour", None) or "#000000"
        if shape.role in ("square", "diamond", "interval", "prediction-bar", "null-line", "estimate-line", "arrow"):
            assert contrast(colour, "#ffffff") >= 3, shape


def contrast(first: str, second: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


# --- pages and the combined figure ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [20, 60, 61, 80, 120, 190])
def test_pages_hold_every_study_once_with_the_same_axis(count: int) -> None:
    figure = grouped(figure_of(count), 4)
    figure = replace(
        figure, studies=tuple(replace(s, label=f"Study{i}", marks=()) for i, s in enumerate(figure.studies))
    )
    pages = forest_pages(figure, rows_per_page=40)
    shown = [text for page in pages for text in words(page, "study")]
    assert sorted(shown) == sorted(study.label for study in figure.studies)
    assert len({(page.axis, page.width) for page in pages}) == 1
    assert [page.page for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        assert faults(page) == []
        last = max((t for t in page.texts if t.role in ("study", "subgroup", "summary")), key=lambda t: t.y)
        assert last.role != "subgroup"
    assert sum(len(page.with_role("diamond")) for page in pages) == 5
    assert bool(words(pages[-1], "heterogeneity"))


def test_a_short_figure_is_one_page() -> None:
    figure = figure_of(12)
    assert forest_pages(figure) == (forest_layout(figure),)


def test_the_combined_figure_has_one_diamond_a_result_and_says_what_is_not_pooled() -> None:
    scale = {
        "measure_label": "Standardised mean difference",
        "ratio": False,
        "favours_left": "Favours rTMS",
        "favours_right": "Favours sham",
    }
    pool = {"estimate": -0.6, "low": -0.9, "high": -0.3, "pi_low": -1.6, "pi_high": 0.4, "studies": 9}
    entries = (
        CombinedEntry(indication="Neuropathic pain", outcome="Pain", **scale, **pool),  # type: ignore[arg-type]
        CombinedEntry(indication="Fibromyalgia", outcome="Pain", statement="No trial prints a mean.", **scale),  # type: ignore[arg-type]
        CombinedEntry(
            indication="Central pain", outcome="Pain", estimate=-0.2, low=-0.9, high=0.5, pooled=False, **scale
        ),  # type: ignore[arg-type]
        CombinedEntry(indication="Migraine", outcome="Responders", measure_label="Risk ratio", ratio=True, **pool),  # type: ignore[arg-type]
    )
    first, second = (forest_layout(figure) for figure in combined_figures("All indications", entries))
    assert words(first, "subgroup") == ["Neuropathic pain", "Fibromyalgia", "Central pain"]
    assert (len(first.with_role("diamond")), len(first.with_role("square"))) == (1, 1)
    assert len(first.with_role("prediction-bar")) == 1
    assert "not pooled" in words(first, "effect")
    assert words(first, "remark") == ["No trial prints a mean."]
    assert "[−1.60, 0.40]" in words(first, "cell")
    assert words(second, "effect") == ["0.55 [0.41, 0.74]"]
    assert faults(first) == faults(second) == []


# --- what is refused -----------------------------------------------------------------------------------------------


def test_faulty_figures_are_refused_with_the_study_named() -> None:
    figure = figure_of(2)
    cases = [
        ({"studies": (), "summaries": ()}, "nothing to draw"),
        ({"studies": (ForestStudy(label="Ma 2015", estimate=0.0, low=1.0, high=-1.0),)}, "Ma 2015: the interval"),
        (
            {"studies": (ForestStudy(label="Pei 2019", estimate=0.0, low=-1.0, high=1.0, columns=("1",)),)},
            "Pei 2019: 1 cells for 6 columns",
        ),
        (
            {"studies": (ForestStudy(label="Wu 2023", estimate=0.0, low=-1.0, high=1.0, marks=("odd",)),)},
            "Wu 2023: unknown mark 'odd'",
        ),
        (
            {"studies": (ForestStudy(label="Xin 2021", estimate=0.0, low=-1.0, high=1.0, weight=-1.0),)},
            "Xin 2021: a weight",
        ),
        ({"width_mm": 5.0}, "5.0 mm wide"),
        ({"null_value": math.nan}, "finite null value"),
    ]
    for changes, message in cases:
        with pytest.raises(PlotError, match=message):
            replace(figure, **changes)  # type: ignore[arg-type]
    with pytest.raises(PlotError, match="too few"):
        forest_pages(figure, rows_per_page=3)
    with pytest.raises(PlotError, match="nothing to combine"):
        combined_figures("All", ())


def test_a_layout_is_the_same_each_time() -> None:
    assert forest_layout(figure_of(30)) == forest_layout(figure_of(30))
    assert isinstance(forest_layout(figure_of(2)).texts[0], Text)
