"""Sentences about a result, made from its numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist

from workbench.effects import MEASURES
from workbench.pooling import INTERVALS, METHODS, Pool
from workbench.synthesis.values import Analysis, AnalysisResult, EffectRow, Excluded

MINUS = "−"

EXCLUDED_BECAUSE: dict[str, str] = {
    "certainty": "resting on assumptions or left out as worked out",
    "time": "outside the time window or without a time",
    "flag": "flagged in a way that this analysis leaves out",
    "direction": "of unclear direction",
    "numbers": "without the numbers needed",
    "measure": "printed as another measure",
    "statistic": "of another kind of number (final values, changes, percentages)",
    "scale": "on another scale",
    "another result": "behind another result of the same trial",
    "shared": "with a shared comparator that cannot be divided",
}
"""What each code of `Excluded` means, to stand after a number."""


def figures(value: float, digits: int = 2) -> str:
    """A number with a true minus sign; more digits where two would round it to nothing."""
    if value != 0 and abs(value) < 0.5 * 10**-digits:
        return f"{value:.1g}".replace("-", MINUS)
    return f"{value:.{digits}f}".replace("-", MINUS)


def p_text(p: float | None) -> str:
    """ "p = 0.03", "p < 0.001" or ""."""
    if p is None:
        return ""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def shown(value: float, *, ratio: bool) -> float:
    """An effect on the scale a reader sees: ratios are exponentiated."""
    return math.exp(value) if ratio else value


def span(low: float | None, high: float | None, *, ratio: bool, joined: str = "to") -> str:
    """ "−1.50 to −0.30"; "" where there is no interval."""
    if low is None or high is None:
        return ""
    return f"{figures(shown(low, ratio=ratio))} {joined} {figures(shown(high, ratio=ratio))}"


def in_sentence(label: str) -> str:
    """A label within a sentence: its first letter small, unless the word is an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def counted(number: int, singular: str, plural: str = "") -> str:
    """ "1 trial", "3 trials"."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def statement(result: AnalysisResult) -> str:
    """The result in plain words: what was pooled and what came out, or why nothing can be pooled."""
    if not result.rows:
        return _nothing(result)
    if result.pool is None:
        return _one_trial(result)
    return _pooled(result, result.pool)


def _nothing(result: AnalysisResult) -> str:
    subject = f"{in_sentence(result.outcome_label)} in {in_sentence(result.indication_label)}"
    if result.considered == 0:
        return f"No result on {subject} has been extracted yet."
    reasons = _reasons(result.excluded)
    considered = counted(result.considered, "result was considered", "results were considered")
    return f"No trial gives numbers that can be pooled on {subject}: {considered}; {reasons}."


def _one_trial(result: AnalysisResult) -> str:
    rows = result.rows
    row = rows[0]
    level = result.analysis.model.level
    reach = NormalDist().inv_cdf(0.5 + level / 200) * row.se
    interval = span(row.yi - reach, row.yi + reach, ratio=result.ratio)
    effect = f"{result.analysis.measure} {figures(shown(row.yi, ratio=result.ratio))} ({level:g}% CI {interval})"
    doubt = " This result is worked out, not printed as it stands." if row.approximate else ""
    left_out = _left_out(result)
    if len(rows) > 1:
        arms = counted(len(rows), "active arm")
        return f"One trial, {row.contrast.study_label}, with {arms}; there is nothing to pool across trials.{left_out}"
    return f"One study, {row.label}; nothing to pool. Its result is {effect}.{doubt}{left_out}"


def _pooled(result: AnalysisResult, pool: Pool) -> str:
    trials = counted(len(result.studies), "trial")
    results = "" if len(result.rows) == len(result.studies) else f"{counted(len(result.rows), 'result')} of "
    people = result.participants
    size = "" if people is None else f", {people:g} participants"
    estimate = figures(shown(pool.estimate, ratio=result.ratio))
    level = f"{pool.level:g}%"
    interval = span(pool.ci_low, pool.ci_high, ratio=result.ratio)
    sentences = [
        f"Pooled over {results}{trials}{size}: {result.analysis.measure} {estimate} ({level} CI {interval})"
        f"{_favours(result, pool)}."
    ]
    prediction = span(pool.pi_low, pool.pi_high, ratio=result.ratio, joined="and")
    if prediction:
        sentences.append(f"The effect in a new trial is expected between {prediction} ({level} prediction interval).")
    if pool.i2 is not None and pool.tau2 is not None:
        sentences.append(
            f"Heterogeneity: I² {pool.i2:.0f}%, tau² {figures(pool.tau2)}, Q {figures(pool.q or 0.0, 1)} "
            f"with {counted(pool.q_df, 'degree')} of freedom ({p_text(pool.q_p)})."
        )
    worked_out = sum(row.approximate for row in result.rows)
    if worked_out:
        one = "1 result is worked out, not printed as it stands."
        sentences.append(one if worked_out == 1 else f"{worked_out} results are worked out, not printed as they stand.")
    return " ".join(sentences) + _left_out(result)


def _favours(result: AnalysisResult, pool: Pool) -> str:
    if pool.ci_low is None or pool.ci_high is None:
        return ""
    if pool.ci_low > 0:
        return f", which favours {result.favours_high}"
    if pool.ci_high < 0:
        return f", which favours {result.favours_low}"
    return f": the interval includes no difference between {result.favours_low} and {result.favours_high}"


def _left_out(result: AnalysisResult) -> str:
    if not result.excluded:
        return ""
    verb = "was" if len(result.excluded) == 1 else "were"
    return (
        f" {counted(len(result.excluded), 'more result')} {verb} considered and left out: {_reasons(result.excluded)}."
    )


def _reasons(excluded: Sequence[Excluded]) -> str:
    counts = Counter(item.code for item in excluded)
    return "; ".join(f"{counts[code]} {words}" for code, words in EXCLUDED_BECAUSE.items() if counts[code])


def settings_line(result: AnalysisResult) -> str:
    """Said under every figure: model, intervals and effect measure, in one line."""
    analysis = result.analysis
    model = analysis.model
    parts = [METHODS[model.tau2] if model.tau2 == "CE" else f"Random effects, {model.tau2}"]
    name = {"wald": "Wald", "hksj": "Hartung-Knapp", "t": "t", "adhoc": "Hartung-Knapp (never narrower than Wald)"}
    parts[0] += f", {name.get(model.interval, INTERVALS[model.interval])} {model.level:g}% CI"
    if model.tau2 != "CE":
        normal = model.interval == "wald" and model.prediction == "metafor"
        degrees = "normal" if normal else "t(k−2)" if model.prediction == "hts" else "t(k−1)"
        parts[0] += f", prediction interval by {degrees}"
    parts.append(_measure_line(analysis))
    if result.ratio:
        parts.append("ratios pooled as logarithms")
    if any(row.contrast.kind == "crossover_means" for row in result.rows):
        parts.append("crossover trials paired")
    parts.append(f"time window: {result.window_label}")
    if analysis.exclude_flags:
        parts.append(f"left out: {', '.join(code.replace('_', ' ') for code in analysis.exclude_flags)}")
    if analysis.engine == "pythonmeta":
        parts.append("computed with PythonMeta")
    return "; ".join(parts) + "."


def _measure_line(analysis: Analysis) -> str:
    known = {
        "SMD": "SMD = Hedges g, exact correction, variance 1/n₁ + 1/n₂ + g²/2N",
        "MD": "MD = difference of means",
    }
    return known.get(analysis.measure, f"{analysis.measure} = {MEASURES[analysis.measure].label.lower()}")


def row_names(rows: Sequence[EffectRow]) -> tuple[str, ...]:
    """The labels of rows, for lists of what a sensitivity run drops."""
    return tuple(row.label for row in rows)
