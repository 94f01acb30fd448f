"""Analyses of a review: selected, computed, pooled, questioned and put in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from workbench.effects import MEASURES
from workbench.pooling import Model, Pool, PoolingError, pool, subgroups
from workbench.review import ANY_TIME, MEASURES_OF, Indication, ReviewDefinition
from workbench.synthesis.correlation import review_correlation
from workbench.synthesis.flags import FLAGS, plain
from workbench.synthesis.moderators import MODERATORS
from workbench.synthesis.selection import Selection, considered, select
from workbench.synthesis.shared_comparators import taken_together
from workbench.synthesis.values import (
    Analysis,
    AnalysisResult,
    Contrast,
    EffectRow,
    Sensitivity,
    SubgroupResult,
    SubgroupTest,
    SynthesisError,
)
from workbench.synthesis.wording import (
    WITHOUT_FLAGGED,
    counted,
    excludes_null,
    flagged_rows,
    in_sentence,
    predicts,
    row_names,
    settings_line,
    shown,
    span,
    statement,
    wald_where_wider,
)

CROSSOVER_RANGE = (0.3, 0.5, 0.7, 0.9)
"""Correlations that a pool with an assumed one is tried with (see Cochrane Handbook 23.2.7)."""
FEW_STUDIES = 5
SMALL_ARM = 50  # participants; Cochrane's pain reviews call smaller arms a risk of bias


def analyse(contrasts: Iterable[Contrast], analysis: Analysis, review: ReviewDefinition) -> AnalysisResult:
    """Make one analysis. Every contrast on its indication and outcome comes back as a row or as excluded with a reason.

    The result has no cross-check by the second engine: `cross_checked` adds it, for many results at once.
    Raises SynthesisError for an analysis that the review or the model does not allow.
    """
    known = tuple(contrasts)
    repeated = [key for key, times in Counter(item.id for item in known).items() if times > 1]
    if repeated:
        raise SynthesisError(f"the result {repeated[0]!r} is there twice")
    indication, _, _ = _checked(analysis, review)
    outcome = review.outcome(analysis.outcome)
    selection = select(known, analysis, review)
    rows = selection.rows
    trials = {row.contrast.study for row in rows}
    pooled = _pool(rows, analysis) if len(trials) > 1 else None
    if pooled is not None and analysis.engine == "pythonmeta":
        pooled = _by_pythonmeta(rows, analysis)
    groups, test = _subgroups(rows, analysis) if pooled is not None else ((), None)
    words = review.question.intervention_short, review.question.comparator_short
    low, high = words if outcome.benefit == "lower" else words[::-1]
    window = review.window(analysis.window).label
    result = AnalysisResult(
        analysis=analysis,
        title=f"{indication.label}: {in_sentence(outcome.label)}",
        outcome_label=outcome.label,
        indication_label=indication.label,
        window_label=window,
        measure_label=MEASURES[analysis.measure].label,
        unit=outcome.unit if analysis.measure == "MD" else "SD" if analysis.measure == "SMD" else "",
        ratio=MEASURES[analysis.measure].ratio,
        favours_low=low,
        favours_high=high,
        considered=len(considered(known, analysis)),
        rows=rows,
        excluded=selection.excluded,
        pool=pooled,
        statement="",
        settings="",
        subgroups=groups,
        subgroup_test=test,
        sensitivity=_worth_showing(pooled, _sensitivity(known, selection, analysis, review)) if rows else (),
        leave_one_out=_leave_one_out(rows, analysis) if pooled is not None else (),
        example=review.example,
        notice=review.notice,
    )
    result = replace(result, settings=settings_line(result), statement=statement(result))
    return replace(result, warnings=tuple(_warnings(result)))


def analyse_many(
    contrasts: Iterable[Contrast],
    analyses: Iterable[Analysis],
    review: ReviewDefinition,
    *,
    cross_check: bool = True,
) -> tuple[AnalysisResult, ...]:
    """Many analyses, checked with the second engine in one go unless told otherwise."""
    known = tuple(contrasts)
    results = tuple(analyse(known, analysis, review) for analysis in analyses)
    return cross_checked(results) if cross_check else results


def default_analyses(review: ReviewDefinition, contrasts: Iterable[Contrast]) -> tuple[Analysis, ...]:
    """What a review shows unasked, in the review's order of indications and outcomes.

    For each outcome with any contrast: the main time window if it holds a contrast, then every other window that does,
    and "any time" if some contrast has no day. For an indication's primary outcome the main window always, so that the
    lack of results is said. Which comes first does not depend on what was found in it.
    """
    known = tuple(contrasts)
    found: list[Analysis] = []
    for indication in review.indications:
        for key in indication.outcomes:
            outcome = review.outcome(key)
            main = review.window_of(key).key
            there = [item for item in known if item.outcome == key and indication.key in item.indications]
            filled = {item.window for item in there if item.window is not None}
            if there and (main == ANY_TIME or any(item.window is None for item in there)):
                filled.add(ANY_TIME)
            order = dict.fromkeys((main, *(window.key for window in review.windows), ANY_TIME))
            windows = [window for window in order if window in filled]
            if not windows and key == indication.primary_outcome:
                windows = [main]
            elif key == indication.primary_outcome and main not in windows:
                windows = [main, *windows]
            found.extend(
                Analysis(
                    indication=indication.key,
                    outcome=key,
                    window=window,
                    measure=outcome.measure,
                    model=model_of(review),
                    exclude_flags=review.synthesis.exclude_flags,
                    include_certainty=review.synthesis.include_certainty,
                )
                for window in windows
            )
    return tuple(found)


def model_of(review: ReviewDefinition) -> Model:
    """The review's default model."""
    choice = review.model
    return Model(tau2=choice.tau2, interval=choice.interval, level=choice.level)


def cross_checked(results: Sequence[AnalysisResult]) -> tuple[AnalysisResult, ...]:
    """The results with the second engine's word on those that rest on arm data, all in one child process.

    Rows that rest on printed estimates or paired periods cannot be given to PythonMeta; then the arm data alone is
    checked, and the note says so.
    """
    # imported here: it starts a process, and most callers look at one result without it
    from workbench.pythonmeta_engine import MEASURES as PYTHONMETA_MEASURES
    from workbench.pythonmeta_engine import CheckRequest, CrossCheck, cross_check_many

    requests: list[CheckRequest] = []
    places: list[int] = []
    checks: list[CrossCheck | None] = [None] * len(results)
    for place, result in enumerate(results):
        if result.pool is None:
            continue
        rows_with_arms = [row for row in result.rows if row.columns is not None]
        arm_data = [row.columns for row in rows_with_arms if row.columns is not None]
        if result.analysis.measure not in PYTHONMETA_MEASURES:
            reason = f"PythonMeta has no {result.analysis.measure}; it has {', '.join(PYTHONMETA_MEASURES)}."
            checks[place] = CrossCheck(offered=False, reason=reason, agrees=None, worst_relative_difference=None)
            continue
        if len(arm_data) < 2:
            reason = "fewer than two of its results are arm data; PythonMeta takes no printed estimates."
            checks[place] = CrossCheck(offered=False, reason=reason, agrees=None, worst_relative_difference=None)
            continue
        columns = {name: np.array([row[name] for row in arm_data]) for name in arm_data[0]}
        shown_pool = result.pool if len(arm_data) == len(result.rows) else None
        requests.append(
            CheckRequest(
                measure=result.analysis.measure,
                columns=columns,
                pool=shown_pool,
                yi=tuple(row.yi for row in rows_with_arms),
                vi=tuple(row.vi for row in rows_with_arms),
                labels=tuple(row.label for row in rows_with_arms),
            )
        )
        places.append(place)
    answers = cross_check_many(requests) if requests else ()
    for place, answer in zip(places, answers, strict=True):
        check = answer
        rows = results[place].rows
        partial = sum(row.columns is not None for row in rows)
        if partial < len(rows):
            note = f"Checked on the {partial} of {len(rows)} results that are arm data."
            check = replace(check, notes=(*check.notes, note))
        checks[place] = check
    found = []
    for result, said in zip(results, checks, strict=True):
        warnings = result.warnings
        if said is not None and said.agrees is False:
            warnings = (said.statement, *warnings)
        found.append(replace(result, cross_check=said, warnings=warnings))
    return tuple(found)


def _checked(analysis: Analysis, review: ReviewDefinition) -> tuple[Indication, str, str]:
    try:
        indication = review.indication(analysis.indication)
        outcome = review.outcome(analysis.outcome)
        window = review.window(analysis.window)
    except KeyError as error:
        raise SynthesisError(str(error.args[0])) from error
    fitting = MEASURES_OF[outcome.kind]
    if analysis.measure not in fitting:
        raise SynthesisError(f"{analysis.measure} does not fit “{outcome.label}”: use {', '.join(fitting)}")
    unknown = [code for code in analysis.exclude_flags if code not in FLAGS]
    if unknown:
        raise SynthesisError(f"there is no flag {unknown[0]!r}; there are {', '.join(FLAGS)}")
    if analysis.subgroup is not None and analysis.subgroup not in MODERATORS:
        raise SynthesisError(f"there is no moderator {analysis.subgroup!r}; there are {', '.join(MODERATORS)}")
    model = analysis.model
    if analysis.engine == "pythonmeta" and (model.tau2 not in ("CE", "DL") or model.interval != "wald"):
        raise SynthesisError("PythonMeta has the common-effect and DerSimonian-Laird models with Wald intervals only")
    return indication, outcome.key, window.key


def _pool(rows: Sequence[EffectRow], analysis: Analysis, model: Model | None = None) -> Pool:
    try:
        return pool([row.yi for row in rows], [row.vi for row in rows], model or analysis.model)
    except PoolingError as error:
        raise SynthesisError(f"{analysis.key}: {error}") from error


def _by_pythonmeta(rows: Sequence[EffectRow], analysis: Analysis) -> Pool:
    """PythonMeta's pool in our terms. Its standardised differences follow RevMan's formulas, which its notes say."""
    from workbench.pythonmeta_engine import PythonMetaError, pool_with_pythonmeta

    columns = [row.columns for row in rows if row.columns is not None]
    if len(columns) < len(rows):
        raise SynthesisError(
            "PythonMeta takes arm data only, and some of these results are printed estimates or paired"
        )
    try:
        names = columns[0]
        found = pool_with_pythonmeta(
            analysis.measure, {name: [row[name] for row in columns] for name in names}, analysis.model
        )
    except PythonMetaError as error:
        raise SynthesisError(str(error)) from error
    if len(found.rows) < len(rows):
        raise SynthesisError(f"PythonMeta cannot take all of these results: {' '.join(found.notes)}")
    return Pool(
        k=found.k,
        estimate=found.estimate,
        se=found.se,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        statistic=found.statistic,
        df=None,
        p=found.p,
        pi_low=None,
        pi_high=None,
        tau2=found.tau2,
        tau2_low=None,
        tau2_high=None,
        i2=found.i2,
        h2=None,
        q=found.q,
        q_df=found.q_df,
        q_p=found.q_p,
        method=analysis.model.tau2,
        ci="wald",
        level=found.level,
        weights=found.weights,
        notes=("Computed with PythonMeta.", *found.notes),
    )


def _subgroups(rows: Sequence[EffectRow], analysis: Analysis) -> tuple[tuple[SubgroupResult, ...], SubgroupTest | None]:
    if analysis.subgroup is None:
        return (), None
    moderator = MODERATORS[analysis.subgroup]
    names = [moderator.group(row.contrast) for row in rows]
    found = subgroups([row.yi for row in rows], [row.vi for row in rows], names, analysis.model)
    test = SubgroupTest(moderator=moderator.label, q=found.q_between, df=found.q_df, p=found.q_p)
    return tuple(SubgroupResult(name=group.name, rows=group.rows, pool=group.pool) for group in found.groups), test


# --- sensitivity -----------------------------------------------------------------------------------------------


def _run(name: str, rows: Sequence[EffectRow], all_rows: Sequence[EffectRow], analysis: Analysis) -> Sensitivity:
    """The pool of some of the rows, or of rows that were not in it."""
    kept = {row.contrast.id for row in rows}
    before = {row.contrast.id for row in all_rows}
    few = len({row.contrast.study for row in rows}) < 2
    note = "" if not few else "no trial is left" if not rows else f"one trial is left, {rows[0].contrast.study_label}"
    return Sensitivity(
        name=name,
        dropped=row_names([row for row in all_rows if row.contrast.id not in kept]),
        added=row_names([row for row in rows if row.contrast.id not in before]),
        pool=None if few else _pool(rows, analysis),
        note=note,
    )


def _worth_showing(pooled: Pool | None, runs: Iterator[Sensitivity]) -> tuple[Sensitivity, ...]:
    """Where nothing is pooled, only what would be."""
    return tuple(run for run in runs if pooled is not None or run.pool is not None)


def _sensitivity(
    contrasts: Sequence[Contrast], selection: Selection, analysis: Analysis, review: ReviewDefinition
) -> Iterator[Sensitivity]:
    """Without each kind of flagged result, without all of them, with what is left out, and by other models.

    A flagged result is dropped, not replaced by another of its trial; a comparator it shared gets its people back.
    Arm data alone, and results that the analysis leaves out, are selected anew.
    """
    rows = selection.rows
    own = [row.contrast for row in rows]
    raised = dict.fromkeys(flag.code for row in rows for flag in row.contrast.flags if flag.level == "warning")
    for code in raised:
        again = replace(analysis, exclude_flags=(*analysis.exclude_flags, code))
        found = select(own, again, review).rows
        yield _run(f"Without results {FLAGS[code].label}", found, rows, analysis)
    if len(raised) > 1:
        again = replace(analysis, exclude_flags=(*analysis.exclude_flags, *raised))
        yield _run(WITHOUT_FLAGGED, select(own, again, review).rows, rows, analysis)
    if any(row.approximate for row in rows) and "arm data" in analysis.include_certainty:
        again = replace(analysis, include_certainty=("arm data",))
        yield _run("Without approximate results", select(contrasts, again, review).rows, rows, analysis)
    for left_out in analysis.exclude_flags:
        again = replace(analysis, exclude_flags=tuple(code for code in analysis.exclude_flags if code != left_out))
        found = select(contrasts, again, review).rows
        if {row.contrast.id for row in found} != {row.contrast.id for row in rows}:
            yield _run(f"With results {FLAGS[left_out].label}", found, rows, analysis)
    if len({row.contrast.study for row in rows}) < 2:
        return
    if any(row.contrast.flag("assumed_correlation") for row in rows):
        used = review.extraction.crossover_r if analysis.crossover_r is None else analysis.crossover_r
        for r in CROSSOVER_RANGE:
            if r != used:
                found = select(contrasts, replace(analysis, crossover_r=r), review).rows
                yield _run(f"Crossover correlation {r:g} instead of {used:g}", found, rows, analysis)
        estimated = review_correlation(contrasts)
        if estimated is not None:
            found = select(contrasts, replace(analysis, crossover_r=estimated.r), review).rows
            trials = counted(len(estimated.trials), "trial")
            told = f"Crossover correlation {estimated.r:.2f}, as in {trials} of the review"
            yield _run(told, found, rows, analysis)
    together, made, left = taken_together(rows, selection.asked)
    if made:
        but = f" ({counted(left, 'trial')} still divided: its covariance is not known)" if left else ""
        name = f"Shared comparators kept whole, their arms taken together with the covariance{but}"
        yield Sensitivity(name=name, pool=_pool(together, analysis))
    if analysis.model.tau2 != "CE":
        common = Model(tau2="CE", interval="wald", level=analysis.model.level)
        yield Sensitivity(name="Common effect", pool=_pool(rows, analysis, common))
    if analysis.model.interval in ("hksj", "adhoc"):
        wald = replace(analysis.model, interval="wald")
        yield Sensitivity(name="Wald interval instead of Hartung-Knapp", pool=_pool(rows, analysis, wald))


def _leave_one_out(rows: Sequence[EffectRow], analysis: Analysis) -> tuple[Sensitivity, ...]:
    """The pool without each trial in turn, with all of its rows: rows of one trial are not independent."""
    trials = dict.fromkeys(row.contrast.study for row in rows)
    found = []
    for study in trials:
        gone = [row for row in rows if row.contrast.study == study]
        kept = [row for row in rows if row.contrast.study != study]
        found.append(_run(f"Without {gone[0].contrast.study_label}", kept, rows, analysis))
    return tuple(found)


# --- what a statistician would say -----------------------------------------------------------------------------


def _warnings(result: AnalysisResult) -> Iterator[str]:
    pooled, rows = result.pool, result.rows
    if rows and all(row.approximate for row in rows):
        yield "Every result here is worked out or doubtful: read this as an indication only."
    flagged = flagged_rows(result)
    if flagged and pooled is not None:
        names = ", ".join(dict.fromkeys(rows[position].label for position in flagged))
        share = sum(float(pooled.weights[position]) for position in flagged)
        yield f"Flagged results carry {share:.0f}% of the weight ({names}): see the results without them."
    if pooled is None:
        return
    yield from pooled.notes
    trials = len(result.studies)
    if trials < FEW_STUDIES:
        hartung_knapp = result.analysis.model.interval in ("hksj", "adhoc")
        why = " and the Hartung-Knapp interval can be very wide" if hartung_knapp else ""
        yield f"Only {counted(trials, 'trial')}: heterogeneity cannot be estimated well{why}."
    if trials < pooled.k:
        yield (
            f"{pooled.k} results come from {counted(trials, 'trial')}; they are not independent; "
            "a shared comparator is divided."
        )
    yield from _same_people(rows)
    unknown = [row.label for row in rows if row.contrast.statistic == "" and result.analysis.measure in ("SMD", "MD")]
    if unknown:
        names = ", ".join(dict.fromkeys(unknown))
        yield f"Whether these are final values or changes from baseline is not recorded: {names}."
    narrow = _narrower_than_wald(result, pooled)
    if narrow:
        yield narrow
    heaviest = max(range(len(rows)), key=lambda position: float(pooled.weights[position]))
    if float(pooled.weights[heaviest]) > 50.5:  # 51% and more when rounded
        yield f"{rows[heaviest].label} alone has {float(pooled.weights[heaviest]):.0f}% of the weight."
    predicted = predicts(result) and (pooled.pi_low or 0.0) <= 0 <= (pooled.pi_high or 0.0)
    if predicted and excludes_null(pooled):
        yield (
            "The prediction interval includes no difference, although the confidence interval does not: "
            "a new trial may well find none."
        )
    if pooled.i2 is not None and pooled.i2 > 75 and pooled.method != "CE":
        yield (
            f"I² of {pooled.i2:.0f}% estimates the share of the variation that is not chance; how much the effects "
            "differ is told by tau² and the prediction interval."
        )
    moved = _moved_by_one(result, pooled)
    if moved:
        yield moved
    arms = [arm.n for row in rows for arm in (row.active, row.comparator)]
    if all(n is not None and n < SMALL_ARM for n in arms):
        yield f"No arm has {SMALL_ARM} participants: small trials tend to show larger effects."


def _same_people(rows: Sequence[EffectRow]) -> Iterator[str]:
    """Rows of one trial with active arms of one size on different instruments: hardly two groups of people."""
    for study in dict.fromkeys(row.contrast.study for row in rows):
        own = [row for row in rows if row.contrast.study == study and row.active.n is not None]
        alike = [
            row
            for row in own
            if any(
                row.active.n == other.active.n
                and row.contrast.instrument
                and other.contrast.instrument
                and plain(row.contrast.instrument) != plain(other.contrast.instrument)
                for other in own
            )
        ]
        if alike:
            names = ", ".join(f"{row.label}: {row.contrast.instrument}" for row in alike)
            yield (
                f"{alike[0].contrast.study_label} is in this pool {len(alike)} times, with active arms of one size and "
                f"different instruments ({names}): probably the same people twice. Give an arm the same name in each "
                "of its results, and only the first instrument is pooled."
            )


def _narrower_than_wald(result: AnalysisResult, pooled: Pool) -> str:
    """Said here where the engine's own notes do not say it."""
    wald = wald_where_wider(result)
    if wald is None or any("Wald" in note for note in pooled.notes):
        return ""
    interval = span(wald.ci_low, wald.ci_high, ratio=result.ratio)
    return f"The Hartung-Knapp interval is narrower than Wald's here ({interval}), by chance: prefer the wider one."


def _moved_by_one(result: AnalysisResult, pooled: Pool) -> str:
    """Whether leaving out one trial changes the answer."""
    runs = [run for run in result.leave_one_out if run.pool is not None]
    if len(runs) < 3:
        return ""
    before = excludes_null(pooled)
    turning = [run for run in runs if run.pool and excludes_null(run.pool) != before]
    estimates = [run.pool.estimate for run in runs if run.pool]
    low, high = min(estimates), max(estimates)
    if not turning:
        return ""
    ends_of_range = span(low, high, ratio=result.ratio, joined="and")
    reach = f"Leaving out one trial at a time moves the estimate between {ends_of_range}"
    ends = "the interval then includes no difference" if before else "the interval then excludes no difference"
    names = ", ".join(run.name.removeprefix("Without ") for run in turning)
    return f"{reach}; without {names}, {ends}."


def effect_range(result: AnalysisResult) -> tuple[float, float] | None:
    """The smallest and largest pooled estimate when one trial at a time is left out, as a reader sees them."""
    estimates = [run.pool.estimate for run in result.leave_one_out if run.pool is not None]
    if not estimates:
        return None
    return shown(min(estimates), ratio=result.ratio), shown(max(estimates), ratio=result.ratio)
