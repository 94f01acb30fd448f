"""What a forest plot is to show, as values: the input of `forest_layout`.

Effects are on the analysis scale everywhere here (logs for ratios); only what is printed is turned back into ratios.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .drawing import PlotError
from .lettering import clean
from .numbers import effect_text

Prediction = Literal["row", "bar"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A caution that a study row carries on the figure: its symbol, and the words that explain it underneath."""

    symbol: str
    meaning: str


# What `ForestStudy.marks` may name. The symbols differ in shape and are in the figures' font.
MARKS: dict[str, Mark] = {
    "approximate": Mark("≈", "worked out, resting on an assumption, or doubtful in design: see the study's note"),
    "flagged": Mark("†", "numbers doubtful as printed; see the sensitivity analysis without them"),
    "shared comparator": Mark("‡", "comparator arm shared with another row; its participants are divided between them"),
    "crossover": Mark("↔", "crossover trial"),
    "sensitivity only": Mark("◊", "rests on an assumed sample size or a bound; not pooled"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of text cells between the study names and the plot; neighbours with one group share a heading."""

    label: str
    group: str = ""
    align: Literal["start", "end"] = "end"  # numbers end at the right edge, words start at the left one


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestStudy:
    """One row with a square: a study, or one contrast of a study.

    estimate, low, high: analysis scale; None or NaN where there is none, infinities allowed. weight: percent of the
    pooled estimate, None where not pooled. columns: one text per column of the figure, or () for none. marks: keys of
    MARKS. excluded: shown below the others with a hollow square, not part of the pooled result.
    """

    label: str
    estimate: float | None
    low: float | None
    high: float | None
    weight: float | None = None
    columns: tuple[str, ...] = ()
    subgroup: str | None = None
    marks: tuple[str, ...] = ()
    excluded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestSummary:
    """One diamond: a pooled estimate with its interval and, where given, its prediction interval (analysis scale).

    subgroup: stands under that subgroup's studies; None: under all. text: a line in small print below the diamond's
    row, such as the subgroup's heterogeneity. weight: percent to print, if any. estimate None: the row says "not
    pooled", and text is where the reason stands.
    """

    label: str
    estimate: float | None
    low: float | None
    high: float | None
    pi_low: float | None = None
    pi_high: float | None = None
    subgroup: str | None = None
    text: str = ""
    columns: tuple[str, ...] = ()
    weight: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestFigure:
    """A whole forest plot.

    measure_label: over the plot, in full ("Standardised mean difference (Hedges' g)"). effect_header: over the printed
    effects; empty gives "Effect [95% CI]" with the level. null_value: on the analysis scale (0 for log ratios).
    current_to: the date up to which the searches were complete, as it is to be printed. example_notice: the words of
    the band that says that this is no result; None for real reviews. prediction: whether prediction intervals have
    rows of their own or are bars behind the diamonds. width_mm: the page width wanted; the page becomes wider when its
    columns cannot be set legibly in it. subgroup_order: subgroups to come first, in this order; the others follow as
    they first appear.
    """

    title: str
    studies: tuple[ForestStudy, ...] = ()
    summaries: tuple[ForestSummary, ...] = ()
    subtitle: str = ""
    column_headers: tuple[Column, ...] = ()
    label_header: str = "Study"
    measure_label: str = "Effect"
    effect_header: str = ""
    ratio: bool = False
    null_value: float = 0.0
    level: float = 95
    favours_left: str = ""
    favours_right: str = ""
    heterogeneity: str = ""
    settings: str = ""
    current_to: str = ""
    notes: tuple[str, ...] = ()
    example_notice: str | None = None
    width_mm: float = 210.0
    decimals: int = 2
    prediction: Prediction = "row"
    subgroup_order: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.studies and not self.summaries:
            raise PlotError(f"“{self.title}” has nothing to draw: give at least one study or pooled estimate")
        if not math.isfinite(self.null_value):
            raise PlotError(f"“{self.title}” needs a finite null value (0 for differences and for log ratios)")
        if not (math.isfinite(self.width_mm) and 40 <= self.width_mm <= 2000):
            raise PlotError(f"a page {self.width_mm} mm wide cannot be drawn: choose 40 to 2000 mm")
        for study in self.studies:
            self._check(study.label, study.low, study.high, study.columns)
            unknown = [mark for mark in study.marks if mark not in MARKS]
            if unknown:
                raise PlotError(f"{study.label}: unknown mark {unknown[0]!r}; known are {', '.join(MARKS)}")
            if study.weight is not None and not study.weight >= 0:
                raise PlotError(f"{study.label}: a weight is a percentage from 0 up, or None; got {study.weight}")
        for summary in self.summaries:
            self._check(summary.label, summary.low, summary.high, summary.columns)
            self._check(summary.label, summary.pi_low, summary.pi_high, summary.columns)

    def _check(self, label: str, low: float | None, high: float | None, columns: tuple[str, ...]) -> None:
        if low is not None and high is not None and low > high:
            raise PlotError(f"{label}: the interval's lower bound {low} is above its upper bound {high}")
        if columns and len(columns) != len(self.column_headers):
            raise PlotError(f"{label}: {len(columns)} cells for {len(self.column_headers)} columns; give one a column")

    @property
    def effect_heading(self) -> str:
        return self.effect_header or f"Effect [{self.level:g}% CI]"

    @property
    def weighted(self) -> bool:
        """Whether there is a column of weights."""
        weights = (*(study.weight for study in self.studies), *(summary.weight for summary in self.summaries))
        return any(weight is not None for weight in weights)

    @property
    def legend(self) -> tuple[Mark, ...]:
        """The marks in use, in the order of MARKS."""
        used = {mark for study in self.studies for mark in study.marks}
        return tuple(mark for key, mark in MARKS.items() if key in used)

    @property
    def description(self) -> str:
        """The figure in words, for those who do not see it: used as SVG description and alternative text."""
        pooled = sum(not study.excluded for study in self.studies)
        words = [f"Forest plot of {self.measure_label}: {pooled} {'row' if pooled == 1 else 'rows'} of study results."]
        for summary in self.summaries:
            text = effect_text(summary.estimate, summary.low, summary.high, ratio=self.ratio, decimals=self.decimals)
            of = f" ({summary.subgroup})" if summary.subgroup else ""
            words.append(f"{summary.label}{of}: {'not pooled' if summary.estimate is None else text}.")
        words += [self.heterogeneity, self.settings]
        if self.example_notice:
            words.insert(0, f"{self.example_notice}.")
        return clean(" ".join(filter(None, words)))


RowKind = Literal["heading", "study", "excluded", "summary", "prediction", "remark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the figure and of its table, in reading order; effects on the analysis scale."""

    kind: RowKind
    label: str
    subgroup: str | None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    weight: float | None = None
    columns: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    pi_low: float | None = None  # set on a summary whose prediction interval is a bar behind its diamond
    pi_high: float | None = None
    bold: bool = False
    overall: bool = False  # belongs to the figure's own pooled results, not to a subgroup

    @property
    def symbols(self) -> str:
        return "".join(MARKS[mark].symbol for mark in MARKS if mark in self.marks)


PREDICTION_LABEL = "Prediction interval"
EXCLUDED_HEADING = "Reported, not pooled"


def figure_rows(figure: ForestFigure) -> tuple[Row, ...]:
    """Every row in reading order: subgroups as they first appear, what is not pooled, then the overall result."""
    rows: list[Row] = []
    pooled = [study for study in figure.studies if not study.excluded]
    present = dict.fromkeys([*(s.subgroup for s in pooled), *(s.subgroup for s in figure.summaries if s.subgroup)])
    groups = dict.fromkeys([*(group for group in figure.subgroup_order if group in present), *present])
    for group in groups:
        if group is not None:
            rows.append(Row(kind="heading", label=clean(group), subgroup=group, bold=True))
        rows.extend(_study_row(study) for study in pooled if study.subgroup == group)
        if group is not None:
            for summary in figure.summaries:
                if summary.subgroup == group:
                    rows.extend(_summary_rows(summary, figure))
    excluded = [study for study in figure.studies if study.excluded]
    if excluded:
        rows.append(Row(kind="heading", label=EXCLUDED_HEADING, subgroup=None, bold=True))
        rows.extend(_study_row(study) for study in excluded)
    for summary in figure.summaries:
        if summary.subgroup is None:
            rows.extend(_summary_rows(summary, figure))
    return tuple(rows)


def _value(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _study_row(study: ForestStudy) -> Row:
    return Row(
        kind="excluded" if study.excluded else "study",
        label=clean(study.label),
        subgroup=study.subgroup,
        estimate=_value(study.estimate),
        low=_value(study.low),
        high=_value(study.high),
        weight=_value(study.weight),
        columns=tuple(clean(cell) for cell in study.columns),
        marks=study.marks,
    )


def _summary_rows(summary: ForestSummary, figure: ForestFigure) -> Iterator[Row]:
    overall = summary.subgroup is None
    low, high = _value(summary.pi_low), _value(summary.pi_high)
    bar = figure.prediction == "bar"
    yield Row(
        kind="summary",
        label=clean(summary.label),
        subgroup=summary.subgroup,
        estimate=_value(summary.estimate),
        low=_value(summary.low),
        high=_value(summary.high),
        weight=_value(summary.weight),
        columns=tuple(clean(cell) for cell in summary.columns),
        pi_low=low if bar else None,
        pi_high=high if bar else None,
        bold=not bar,  # among studies a diamond's row stands out; where every row is one, none does
        overall=overall,
    )
    if (low, high) != (None, None) and not bar:
        yield Row(
            kind="prediction", label=PREDICTION_LABEL, subgroup=summary.subgroup, low=low, high=high, overall=overall
        )
    if summary.text:
        yield Row(kind="remark", label=clean(summary.text), subgroup=summary.subgroup, overall=overall)
