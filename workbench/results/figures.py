"""Results as figures: what is written in which row, column and line. Where it stands is `workbench.plots`'s matter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from workbench.effects import MEASURES
from workbench.plots import CombinedEntry, ForestFigure, ForestStudy, ForestSummary, combined_figures
from workbench.plots.figure import Column
from workbench.plots.numbers import effect_text, number
from workbench.pooling import INTERVALS, METHODS, Pool
from workbench.pooling.quantiles import two_sided_quantile
from workbench.review import ReviewDefinition
from workbench.synthesis import AnalysisResult, Arm, EffectRow, p_text, predicts

EXAMPLE = "Worked example – not to be cited"
NOT_GIVEN = "–"


def day(moment: datetime | None) -> str:
    """A date as a figure prints it; empty where there is none."""
    return "" if moment is None else f"{moment.day} {moment:%b %Y}"


def current_to(dates: dict[str, datetime], indication: str) -> str:
    """The day up to which an indication's search is complete, as printed."""
    return day(dates.get(indication))


def forest_figure(result: AnalysisResult, review: ReviewDefinition, *, current: str = "") -> ForestFigure | None:
    """The forest plot of a result; None where there is no row to draw (the result's statement says why)."""
    if not result.rows:
        return None
    columns, cells = _columns(result, review)
    group = {row: part.name for part in result.subgroups for row in part.rows}
    weights = _weights(result)
    pool = result.pool
    return ForestFigure(
        title=f"{result.indication_label}: {result.outcome_label}",
        subtitle=result.window_label,
        studies=tuple(
            ForestStudy(
                label=row.label,
                estimate=row.yi,
                low=row.yi - _quantile(result) * row.se,
                high=row.yi + _quantile(result) * row.se,
                weight=weights[i],
                columns=cells[i],
                subgroup=group.get(i),
                marks=_marks(row),
            )
            for i, row in enumerate(result.rows)
        ),
        summaries=(*_subgroup_diamonds(result), *(_diamonds(pool, result) if pool else ())),
        column_headers=columns,
        measure_label=result.measure_label
        + (f" ({result.unit})" if result.unit and result.analysis.measure == "MD" else ""),
        effect_header=f"{result.analysis.measure} [{result.analysis.model.level:g}% CI]",
        ratio=result.ratio,
        level=result.analysis.model.level,
        favours_left=_favours(result.favours_low),
        favours_right=_favours(result.favours_high),
        heterogeneity=_heterogeneity(pool, result) if pool else "",
        settings=result.settings,
        current_to=current,
        notes=_notes(result),
        example_notice=EXAMPLE if result.example else None,
    )


def _favours(side: str) -> str:
    return f"Favours {side}" if side and not side.lower().startswith("favours") else side


def _quantile(result: AnalysisResult) -> float:
    """Study intervals are normal ones, whatever the pooled interval is (as RevMan and metafor draw them)."""
    return two_sided_quantile(result.analysis.model.level)


def _weights(result: AnalysisResult) -> list[float | None]:
    if result.pool is None:
        return [None] * len(result.rows)
    return [float(weight) for weight in result.pool.weights]


def _columns(result: AnalysisResult, review: ReviewDefinition) -> tuple[tuple[Column, ...], list[tuple[str, ...]]]:
    """Stimulation, then the arms' numbers: means or events, whichever the rows have; none that would be empty."""
    active, comparator = review.question.intervention_short, review.question.comparator_short.capitalize()
    events = any(row.active.events is not None for row in result.rows)
    means = any(row.active.mean is not None for row in result.rows)
    counted = any(row.active.n is not None for row in result.rows)
    watched = any(row.active.time is not None for row in result.rows)
    parts = [
        *(["events"] if events else []),
        *(["time"] if watched else []),
        *(["mean", "sd"] if means else []),
        *(["n"] if counted else []),
    ]
    headings = {"events": "Events", "time": "Person-time", "mean": "Mean", "sd": "SD", "n": "N"}
    columns: list[Column] = []
    stimulation = [_stimulation(row) for row in result.rows]
    if any(stimulation):
        columns.append(Column(label="Stimulation", align="start"))
    for arm in (active, comparator):
        columns += [Column(label=headings[part], group=arm) for part in parts]
    arms = [arm for row in result.rows for arm in (row.active, row.comparator)]
    digits = {part: max(_decimals(_value(arm, part)) for arm in arms) for part in parts}
    cells = []
    for text, row in zip(stimulation, result.rows, strict=True):
        first = [text] if any(stimulation) else []
        cells.append(
            (*first, *(_cell(arm, part, digits[part]) for arm in (row.active, row.comparator) for part in parts))
        )
    return tuple(columns), cells


def _value(arm: Arm, part: str) -> float | None:
    return {"events": arm.events, "time": arm.time, "mean": arm.mean, "sd": arm.sd, "n": arm.n}[part]


def _decimals(value: float | None) -> int:
    """As many as the report printed, up to three; a value that was converted (0.4712345) is shown with two."""
    if value is None:
        return 0
    return next((digits for digits in range(4) if math.isclose(value, round(value, digits), rel_tol=1e-12)), 2)


def _cell(arm: Arm, part: str, digits: int) -> str:
    """One form a column, so that the decimal points stand under each other; people as they are counted (half of 15)."""
    value = _value(arm, part)
    if value is None:
        return NOT_GIVEN
    return f"{value:g}" if part in ("events", "n") else number(value, digits)


def _stimulation(row: EffectRow) -> str:
    """Target and frequency in short: "M1, 10 Hz"."""
    given = row.contrast.stimulation
    target = str(given.get("target", "")).partition(",")[0]
    hertz = given.get("frequency_hz")
    pattern = str(given.get("pattern", ""))
    pace = f"{hertz:g} Hz" if isinstance(hertz, int | float) else (pattern if pattern not in ("", "rTMS") else "")
    return ", ".join(part for part in (target, pace) if part)


def _marks(row: EffectRow) -> tuple[str, ...]:
    contrast = row.contrast
    marks = []
    if row.approximate or contrast.certainty == "approximate":
        marks.append("approximate")
    if any(flag.level == "warning" for flag in contrast.flags):
        marks.append("flagged")
    if contrast.shared_comparator:
        marks.append("shared comparator")
    if contrast.kind == "crossover_means":
        marks.append("crossover")
    return tuple(marks)


def _diamonds(pool: Pool, result: AnalysisResult) -> tuple[ForestSummary, ...]:
    name = "Common effect" if pool.method == "CE" else f"Random effects ({pool.method})"
    return (_summary(name, pool, None, predicted=_predicts(pool) and predicts(result)),)


def _summary(label: str, pool: Pool, subgroup: str | None, text: str = "", *, predicted: bool) -> ForestSummary:
    return ForestSummary(
        label=label,
        estimate=pool.estimate,
        low=pool.ci_low,
        high=pool.ci_high,
        pi_low=pool.pi_low if predicted else None,
        pi_high=pool.pi_high if predicted else None,
        subgroup=subgroup,
        text=text,
    )


def _predicts(pool: Pool) -> bool:
    """Whether a prediction interval is worth drawing.

    A common effect leaves nothing to predict, and two studies say next to nothing about how effects differ (its numbers
    stay in the JSON).
    """
    return pool.method != "CE" and pool.k >= 3


def _subgroup_diamonds(result: AnalysisResult) -> tuple[ForestSummary, ...]:
    return tuple(
        _summary(
            "Subgroup",
            part.pool,
            part.name,
            f"τ² = {_tau2(part.pool)}, I² = {_percent(part.pool.i2)}",
            predicted=_predicts(part.pool),
        )
        for part in result.subgroups
        if part.pool.k > 1
    )


def _tau2(pool: Pool) -> str:
    return NOT_GIVEN if pool.tau2 is None else number(pool.tau2, 2)


def _percent(value: float | None) -> str:
    return NOT_GIVEN if value is None else f"{value:.0f}%"


def _heterogeneity(pool: Pool, result: AnalysisResult) -> str:
    parts = []
    if pool.tau2 is not None and pool.method != "CE":
        bounds = "" if pool.tau2_low is None else f" ({number(pool.tau2_low, 2)} to {number(pool.tau2_high, 2)})"
        parts.append(f"τ² = {number(pool.tau2, 2)}{bounds}")
    parts.append(f"I² = {_percent(pool.i2)}")
    if pool.q is not None:
        parts.append(f"Q({pool.q_df}) = {number(pool.q, 1)}, {p_text(pool.q_p)}")
    letter = "z" if pool.df is None else f"t({pool.df})"
    effect = (
        "" if pool.statistic is None else f". Overall effect: {letter} = {number(pool.statistic, 2)}, {p_text(pool.p)}"
    )
    test = result.subgroup_test
    between = ""
    if test is not None and test.q is not None:
        between = f". Between subgroups: Q({test.df}) = {number(test.q, 1)}, {p_text(test.p)}"
    return f"Heterogeneity: {', '.join(parts)}{effect}{between}."


def _notes(result: AnalysisResult) -> tuple[str, ...]:
    notes: list[str] = []
    same: dict[tuple[str, ...], list[str]] = {}
    for other in result.sensitivity:
        if other.dropped and other.pool is not None and other.pool.k > 1:
            same.setdefault(other.dropped, []).append(other.name)
    runs = {other.name: other for other in result.sensitivity}
    for dropped, names in same.items():
        # Two rules that catch the same rows are one analysis: said once, by the first rule's name.
        pool = runs[names[0]].pool
        assert pool is not None
        notes.append(f"{names[0]} ({'; '.join(dropped)}): {pool_text(pool, result)}, k = {pool.k}.")
    if result.pool is None:
        notes.append(result.statement)
    elif result.excluded:
        left = len(result.excluded)
        were = "result was" if left == 1 else "results were"
        notes.append(f"{left} more {were} considered and not pooled; the list of effects says why.")
    return tuple(notes)


def pool_text(pool: Pool, result: AnalysisResult) -> str:
    """ "SMD −1.26 [−2.09, −0.44]" """
    return f"{result.analysis.measure} {effect_text(pool.estimate, pool.ci_low, pool.ci_high, ratio=result.ratio)}"


def combined(
    results: Sequence[AnalysisResult], review: ReviewDefinition, *, current: str = ""
) -> tuple[ForestFigure, ...]:
    """The main analysis of each indication and outcome as one diamond; one figure for each scale."""
    main: dict[tuple[str, str], AnalysisResult] = {}
    for result in results:
        key = (result.analysis.indication, result.analysis.outcome)
        if result.analysis.window == review.window_of(result.analysis.outcome).key:
            main.setdefault(key, result)
    entries = [_entry(result) for result in main.values()]
    if not any(entry.estimate is not None for entry in entries):
        return ()
    model = review.model
    return combined_figures(
        "All indications",
        entries,
        subtitle="The main analysis of each outcome; single studies as squares, pooled results as diamonds",
        settings=f"{METHODS[model.tau2].capitalize()}; {INTERVALS[model.interval]}; {model.level:g}% intervals. "
        "Each outcome in the time window of its main analysis; single studies with normal intervals.",
        current_to=current,
        example_notice=EXAMPLE if review.example else None,
    )


def _short(window: str) -> str:
    """ "Short term (less than 1 week after treatment)" as "short term"."""
    return window.partition(" (")[0].lower()


def _entry(result: AnalysisResult) -> CombinedEntry:
    common: dict[str, Any] = {
        "indication": result.indication_label,
        "outcome": f"{result.outcome_label}, {_short(result.window_label)}",
        "measure_label": result.measure_label,
        "ratio": result.ratio,
        "favours_left": _favours(result.favours_low),
        "favours_right": _favours(result.favours_high),
        "studies": len(result.studies),
        "participants": None if result.participants is None else round(result.participants),
    }
    pool = result.pool
    if pool is not None:
        return CombinedEntry(
            estimate=pool.estimate,
            low=pool.ci_low,
            high=pool.ci_high,
            pi_low=pool.pi_low if _predicts(pool) and predicts(result) else None,
            pi_high=pool.pi_high if _predicts(pool) and predicts(result) else None,
            heterogeneity=f"τ² = {_tau2(pool)}, I² = {_percent(pool.i2)}",
            **common,
        )
    if len(result.rows) == 1:
        row = result.rows[0]
        reach = _quantile(result) * row.se
        return CombinedEntry(estimate=row.yi, low=row.yi - reach, high=row.yi + reach, pooled=False, **common)
    return CombinedEntry(statement=result.statement, **common)


def sheet_figure(document: dict[str, Any], *, title: str, favours: tuple[str, str] = ("", "")) -> ForestFigure:
    """The forest plot of what `workbench pool` computed from a file; `document` is its JSON."""
    measure = str(document.get("measure") or "Effect")
    known = MEASURES.get(measure)
    ratio = bool(known and known.ratio)
    level = float(document.get("level", 95))
    reach = two_sided_quantile(level)
    studies = tuple(
        ForestStudy(
            label=row["label"],
            estimate=row["yi"],
            low=row["yi"] - reach * math.sqrt(row["vi"]),
            high=row["yi"] + reach * math.sqrt(row["vi"]),
            weight=row["weight"],
        )
        for row in document["studies"]
        if row["yi"] is not None and row["vi"] is not None
    )
    left_out = [row["label"] for row in document.get("excluded") or ()]
    method = document["method"]
    narrow = method in ("CE", "MH", "Peto") or document["k"] < 3  # as in `_predicts`
    summary = ForestSummary(
        label="Common effect" if method in ("CE", "MH", "Peto") else f"Random effects ({method})",
        estimate=document["estimate"],
        low=document["ci_low"],
        high=document["ci_high"],
        pi_low=None if narrow else document["pi_low"],
        pi_high=None if narrow else document["pi_high"],
    )
    parts = [] if document["tau2"] is None else [f"τ² = {number(document['tau2'], 3)}"]
    parts += [f"I² = {_percent(document['i2'])}"]
    if document["q"] is not None:
        parts.append(f"Q({document['q_df']}) = {number(document['q'], 1)}, {p_text(document['q_p'])}")
    return ForestFigure(
        title=title,
        studies=studies,
        summaries=(summary,),
        measure_label=known.label if known else measure,
        effect_header=f"{measure} [{level:g}% CI]",
        ratio=ratio,
        level=level,
        favours_left=favours[0],
        favours_right=favours[1],
        heterogeneity=f"Heterogeneity: {', '.join(parts)}.",
        settings=document.get("settings") or f"{method}; {document['ci']} interval.",
        notes=(*([f"Not pooled: {', '.join(left_out)}."] if left_out else []), *(document.get("notes") or ())),
    )


__all__ = ["combined", "current_to", "forest_figure", "p_text", "pool_text", "sheet_figure"]
