"""Sentences about a result, made from its numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

from workbench.effects import MEASURES
from workbench.pooling import INTERVALS, METHODS, Pool, PoolingError, pool
from workbench.synthesis.flags import FLAGS
from workbench.synthesis.values import AnalysisResult, EffectRow, Excluded, Sensitivity

MINUS = "−"
FEWEST_TO_PREDICT = 3
"""Trials from which on a prediction interval is told: two say next to nothing about how trials differ."""
WITHOUT_FLAGGED = "Without any result flagged so"

EXCLUDED_BECAUSE: dict[str, str] = {
    "not settled": "not settled between the extractors yet",
    "certainty": "resting on assumptions or left out as worked out or doubtful",
    "time": "outside the time window or without a time",
    "flag": "flagged in a way that this analysis leaves out",
    "direction": "of unclear direction",
    "numbers": "without the numbers needed",
    "measure": "printed as another measure",
    "statistic": "of another or an unknown kind of number (final values, changes, percentages)",
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
    doubt = " This result is worked out or doubtful." if row.approximate else ""
    warned = [FLAGS[flag.code].label for flag in row.contrast.flags if flag.level == "warning"]
    doubt += f" It is flagged as {', '.join(warned)}." if warned else ""
    left_out = _left_out(result)
    if len(rows) > 1:
        arms = counted(len(rows), "active arm")
        return f"One trial, {row.contrast.study_label}, with {arms}; there is nothing to pool across trials.{left_out}"
    return f"One study, {row.label}; nothing to pool. Its result is {effect}.{doubt}{left_out}"


def _pooled(result: AnalysisResult, pooled: Pool) -> str:
    trials = counted(len(result.studies), "trial")
    results = "" if len(result.rows) == len(result.studies) else f"{counted(len(result.rows), 'result')} of "
    people = result.participants
    size = "" if people is None else f", {people:g} participants"
    estimate = figures(shown(pooled.estimate, ratio=result.ratio))
    level = f"{pooled.level:g}%"
    interval = span(pooled.ci_low, pooled.ci_high, ratio=result.ratio)
    sentences = [
        f"Pooled over {results}{trials}{size}: {result.analysis.measure} {estimate} ({level} CI {interval})"
        f"{_favours(result, pooled)}."
    ]
    sentences.append(_predicted(result, pooled))
    if pooled.i2 is not None and pooled.tau2 is not None:
        tau2 = "" if pooled.method == "CE" else f"tau² {figures(pooled.tau2)}, "
        sentences.append(
            f"Heterogeneity: I² {pooled.i2:.0f}%, {tau2}Q {figures(pooled.q or 0.0, 1)} "
            f"with {counted(pooled.q_df, 'degree')} of freedom ({p_text(pooled.q_p)})."
        )
    sentences.append(_flagged(result, pooled))
    worked_out = sum(row.approximate for row in result.rows)
    if worked_out:
        sentences.append(f"{counted(worked_out, 'result is', 'results are')} worked out or doubtful.")
    return " ".join(sentence for sentence in sentences if sentence) + _left_out(result)


def predicts(result: AnalysisResult) -> bool:
    """Whether the prediction interval is worth telling: it has one, and three trials or more to judge by."""
    pooled = result.pool
    return (
        pooled is not None
        and pooled.pi_low is not None
        and pooled.pi_high is not None
        and min(pooled.k, len(result.studies)) >= FEWEST_TO_PREDICT
    )


def _predicted(result: AnalysisResult, pooled: Pool) -> str:
    if not predicts(result):
        return ""
    level = f"{pooled.level:g}%"
    ends = (pooled.pi_low, pooled.ci_low), (pooled.pi_high, pooled.ci_high)
    same = all(a is not None and b is not None and math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9) for a, b in ends)
    if same:
        return f"The {level} prediction interval equals the confidence interval, because tau² was estimated as 0."
    prediction = span(pooled.pi_low, pooled.pi_high, ratio=result.ratio, joined="and")
    return f"The true effect in a new trial is expected between {prediction} ({level} prediction interval)."


def flagged_rows(result: AnalysisResult) -> tuple[int, ...]:
    """Positions of the rows that carry a warning."""
    return tuple(
        position
        for position, row in enumerate(result.rows)
        if any(flag.level == "warning" for flag in row.contrast.flags)
    )


def without_flagged(result: AnalysisResult) -> Sensitivity | None:
    """The run without every row that carries a warning."""
    singles = [run for run in result.sensitivity if run.name.startswith("Without results ")]
    named = next((run for run in result.sensitivity if run.name == WITHOUT_FLAGGED), None)
    return named or (singles[0] if len(singles) == 1 else None)


def _flagged(result: AnalysisResult, pooled: Pool) -> str:
    """ "3 flagged results (…) carry 28% of the weight; without them SMD −1.29 (95% CI −2.14 to −0.43)." """
    positions = flagged_rows(result)
    if not positions:
        return ""
    names = ", ".join(dict.fromkeys(result.rows[position].label for position in positions))
    share = sum(float(pooled.weights[position]) for position in positions)
    one = len(positions) == 1
    carry = "carries" if one else "carry"
    told = f"{counted(len(positions), 'flagged result')} ({names}) {carry} {share:.0f}% of the weight"
    run = without_flagged(result)
    them = "it" if one else "them"
    if run is None:
        return f"{told}."
    if run.pool is None:
        return f"{told}; without {them} {run.note}."
    estimate = figures(shown(run.pool.estimate, ratio=result.ratio))
    interval = span(run.pool.ci_low, run.pool.ci_high, ratio=result.ratio)
    return f"{told}; without {them} {result.analysis.measure} {estimate} ({run.pool.level:g}% CI {interval})."


def wald_where_wider(result: AnalysisResult) -> Pool | None:
    """The pool with Wald's interval, where Hartung-Knapp's came out narrower: an accident of few, similar effects."""
    pooled = result.pool
    if pooled is None or pooled.ci not in ("hksj", "adhoc") or pooled.ci_low is None or pooled.ci_high is None:
        return None
    model = replace(result.analysis.model, interval="wald")
    try:
        wald = pool([row.yi for row in result.rows], [row.vi for row in result.rows], model)
    except PoolingError:
        return None
    if wald.ci_low is None or wald.ci_high is None or pooled.ci_high - pooled.ci_low >= wald.ci_high - wald.ci_low:
        return None
    return wald


def excludes_null(pooled: Pool) -> bool:
    """Whether the confidence interval lies on one side of no difference."""
    return pooled.ci_low is not None and pooled.ci_high is not None and (pooled.ci_low > 0 or pooled.ci_high < 0)


def _favours(result: AnalysisResult, pooled: Pool) -> str:
    if pooled.ci_low is None or pooled.ci_high is None:
        return ""
    if not excludes_null(pooled):
        return f": the interval includes no difference between {result.favours_low} and {result.favours_high}"
    wald = wald_where_wider(result)
    if wald is not None and not excludes_null(wald):
        interval = span(wald.ci_low, wald.ci_high, ratio=result.ratio)
        return (
            f"; this Hartung-Knapp interval is narrower than Wald's ({interval}), which includes no difference, "
            f"because the {counted(pooled.k, 'effect')} happen to agree closely: that does not show a difference"
        )
    return f", which favours {result.favours_high if pooled.ci_low > 0 else result.favours_low}"


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
    """Said under every figure: model, intervals and effect measure, in one line, with the rows they do not hold for."""
    analysis = result.analysis
    parts = [_model_line(result)]
    parts += _measure_lines(result)
    if result.ratio and result.pool is not None:
        parts.append("ratios pooled as logarithms")
    parts.append(f"time window: {result.window_label}")
    if analysis.exclude_flags:
        parts.append(f"left out: {', '.join(code.replace('_', ' ') for code in analysis.exclude_flags)}")
    if analysis.engine == "pythonmeta" and result.pool is not None:
        parts.append("computed with PythonMeta")
    return "; ".join(part for part in parts if part) + "."


def _model_line(result: AnalysisResult) -> str:
    model = result.analysis.model
    if not result.rows:
        return "No result"
    if result.pool is None:
        one = "One study" if len(result.rows) == 1 else "One trial, not pooled"
        return f"{one}, normal {model.level:g}% CI"
    name = {"wald": "Wald", "hksj": "Hartung-Knapp", "t": "t", "adhoc": "Hartung-Knapp (never narrower than Wald)"}
    kind = _capital(METHODS[model.tau2]) if model.tau2 == "CE" else f"Random effects, {model.tau2}"
    line = f"{kind}, {name.get(model.interval, INTERVALS[model.interval])} {model.level:g}% CI"
    if not predicts(result):
        return line
    normal = model.interval == "wald" and model.prediction == "metafor"
    degrees = "normal" if normal else "t(k−2)" if model.prediction == "hts" else "t(k−1)"
    return f"{line}, prediction interval by {degrees}"


def _measure_lines(result: AnalysisResult) -> list[str]:
    """What the measure is, and which rows were computed otherwise."""
    measure = result.analysis.measure
    known = {
        "SMD": "SMD = Hedges g, exact correction, variance 1/n₁ + 1/n₂ + g²/2N",
        "MD": "MD = difference of means",
    }
    if result.analysis.engine == "pythonmeta":
        known["SMD"] = "SMD by RevMan's formulas"
    paired = [row for row in result.rows if row.contrast.kind == "crossover_means"]
    printed = [row for row in result.rows if is_as_printed(row)]
    lines = []
    if not result.rows or len(paired) + len(printed) < len(result.rows):
        lines.append(known.get(measure, f"{measure} = {MEASURES[measure].label.lower()}"))
    if paired:
        factor = ", SMD without a small-sample factor" if measure == "SMD" else ""
        lines.append(f"crossover trials paired{factor} ({counted(len(paired), 'row')})")
    if printed:
        lines.append(f"{measure} as printed, with its SE, interval or p ({counted(len(printed), 'row')})")
    return lines


def is_as_printed(row: EffectRow) -> bool:
    """Whether the row is a printed estimate taken over with its own standard error, not computed from arm sizes."""
    contrast = row.contrast
    if contrast.kind != "estimate" or "estimate" not in contrast.numbers:
        return False
    if contrast.measure_printed == "MD" and row.derivation is not None and row.derivation.measure == "SMD":
        return False  # a difference in points, standardised here
    spread = "estimate_se" in contrast.numbers or {"estimate_low", "estimate_high"} <= contrast.numbers.keys()
    sizes = {"n_active", "n_comparator"} <= contrast.numbers.keys()
    return spread or contrast.measure_printed != "SMD" or not sizes


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def row_names(rows: Sequence[EffectRow]) -> tuple[str, ...]:
    """The labels of rows, for lists of what a sensitivity run drops."""
    return tuple(row.label for row in rows)
