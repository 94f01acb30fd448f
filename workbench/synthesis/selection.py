"""Which results of a review enter one analysis, and why each of the others does not.

The rules, in order. A result stays out if it
 0. is not settled: the second extractor has not finished, or the extractors differ;
 1. rests on an assumption, or is of a certainty that the analysis leaves out;
 2. was not measured in the analysis's time window (results without a day after treatment belong to none; in the
    analysis "any time after treatment" every result is in time);
 3. carries a flag that the analysis leaves out;
 4. gives no effect of the measure asked for, or its direction cannot be told;
 5. is of another kind of number than the pool's: standardised differences of final values, of changes and of
    percentages are three scales, differences in points and in percent two. The pool is of the kind that most trials
    have; final values before changes before percentages where two kinds have as many. Means that do not say their kind
    stay out of a standardised pool in which any result does;
 6. is not the first of its trial's results for one active arm (its label read without capitals, spaces and
    punctuation), by this priority: sham controlled; the outcome's order of instruments; nearest to the start of the
    window; of a crossover trial the paired result; arm data before worked out or doubtful; means or counts before an
    estimate; ITT, mITT, unclear, completers, per protocol; final values; the order of recording.
Several active arms of a trial stay side by side, and their shared comparator is divided between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from workbench.review import ANY_TIME, OutcomeDefinition, ReviewDefinition
from workbench.synthesis.effect_row import Asked, NoEffect, effect_row
from workbench.synthesis.flags import as_two_groups, plain, scale_length, shares_comparator
from workbench.synthesis.values import Analysis, Contrast, EffectRow, Excluded

ANALYSIS_SETS = ("ITT", "mITT", "", "unclear", "completers", "per protocol")
MEANS = ("parallel_means", "crossover_means")
STANDARDISED = ("SMD", "SMDH", "SMD1")
STATISTICS = ("final value", "change from baseline", "percent change")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Rows and excluded together are every contrast considered, each once, in the order given."""

    rows: tuple[EffectRow, ...]
    excluded: tuple[Excluded, ...]
    asked: Asked  # what the rows' effects were wanted for


def considered(contrasts: Iterable[Contrast], analysis: Analysis) -> tuple[Contrast, ...]:
    """The contrasts on the analysis's indication and outcome."""
    return tuple(
        item for item in contrasts if analysis.indication in item.indications and item.outcome == analysis.outcome
    )


def select(contrasts: Iterable[Contrast], analysis: Analysis, review: ReviewDefinition) -> Selection:
    """Rows for the pool, one for each trial and active arm, and every other contrast considered with its reason."""
    candidates = considered(contrasts, analysis)
    outcome = review.outcome(analysis.outcome)
    excluded: dict[str, Excluded] = {}

    def leave_out(contrast: Contrast, reason: str, code: str) -> None:
        excluded[contrast.id] = Excluded(contrast=contrast, reason=reason, code=code)

    for contrast in candidates:
        refusal = _refusal(contrast, analysis, review)
        if refusal is not None:
            leave_out(contrast, *refusal)
    left = [contrast for contrast in candidates if contrast.id not in excluded]

    r = review.extraction.crossover_r if analysis.crossover_r is None else analysis.crossover_r
    asked = Asked(outcome=outcome, measure=analysis.measure, crossover_r=r)
    asked = replace(asked, common_length=_common_length(left, asked))
    for contrast in left:
        try:
            effect_row(contrast, asked)
        except NoEffect as error:
            leave_out(contrast, str(error), error.code)
    left = [contrast for contrast in left if contrast.id not in excluded]

    kind = _statistic_kind(left, analysis.measure)
    any_known = any(statistic_kind(contrast, analysis.measure) for contrast in left)
    for contrast in left:
        own = statistic_kind(contrast, analysis.measure)
        if own == "" and any_known and analysis.measure in STANDARDISED and contrast.kind in MEANS:
            leave_out(contrast, "does not say whether these are final values or changes", "statistic")
        if own not in ("", kind):
            leave_out(contrast, f"{own} cannot be pooled with {kind}, which as many trials or more report", "statistic")
    left = [contrast for contrast in left if contrast.id not in excluded]

    chosen = _first_of_each_arm(left, outcome, analysis, review, leave_out)
    rows = _with_shares(chosen, asked, leave_out)
    return Selection(
        rows=tuple(rows),
        excluded=tuple(excluded[contrast.id] for contrast in candidates if contrast.id in excluded),
        asked=asked,
    )


def _refusal(contrast: Contrast, analysis: Analysis, review: ReviewDefinition) -> tuple[str, str] | None:
    """Rules 0 to 3: (reason, code), or None."""
    if contrast.waits_for:
        return f"not settled yet: {contrast.waits_for}", "not settled"
    if contrast.certainty == "sensitivity only":
        note = _first_sentence(contrast.certainty_note)
        return f"rests on an assumption and is never pooled{note and f': {note}'}", "certainty"
    if contrast.certainty not in analysis.include_certainty:
        return f"{contrast.certainty} results are left out of this analysis", "certainty"
    if analysis.window != ANY_TIME:
        window = review.window(analysis.window)
        days = contrast.days_after_treatment
        if days is None:
            return "time after treatment not reported", "time"
        if not window.holds(days):
            return f"measured {days:g} days after treatment: not in “{window.label}”", "time"
    for code in analysis.exclude_flags:
        flag = contrast.flag(code)
        if flag is not None:
            return flag.message, "flag"
    return None


def _first_sentence(note: str) -> str:
    """Enough of a note for a list; the whole stands with the contrast."""
    first = note.split(". ")[0].strip().rstrip(".")
    return first if len(first) <= 160 else f"{first[:159].rstrip()}…"


def statistic_kind(contrast: Contrast, measure: str) -> str:
    """The kind of number as far as this measure tells kinds apart; "" for counts and where it is not recorded."""
    if contrast.statistic not in STATISTICS or measure not in (*STANDARDISED, "MD"):
        return ""
    if contrast.statistic == "percent change":
        return "changes in percent"
    if measure == "MD":
        return "points"
    return "final values" if contrast.statistic == "final value" else "changes from baseline"


def _statistic_kind(contrasts: Sequence[Contrast], measure: str) -> str:
    standardised = ("final values", "changes from baseline", "changes in percent")
    kinds = standardised if measure in STANDARDISED else ("points", "changes in percent")
    trials = {kind: {c.study for c in contrasts if statistic_kind(c, measure) == kind} for kind in kinds}
    return max(kinds, key=lambda kind: len(trials[kind]))  # the first of those with as many


def _common_length(contrasts: Sequence[Contrast], asked: Asked) -> float | None:
    """The scale that mean differences are brought to: the outcome's first with an end, else the first extracted."""
    if asked.measure != "MD":
        return None
    for instrument in asked.outcome.instruments:
        if instrument.high is not None:
            return instrument.high - instrument.low
    lengths = (scale_length(contrast, asked.outcome) for contrast in contrasts)
    return next((length for length in lengths if length is not None), None)


_LeaveOut = Callable[[Contrast, str, str], None]


def _first_of_each_arm(
    contrasts: Sequence[Contrast],
    outcome: OutcomeDefinition,
    analysis: Analysis,
    review: ReviewDefinition,
    leave_out: _LeaveOut,
) -> list[Contrast]:
    """Rule 6; the chosen ones in the order given."""
    start = 0.0 if analysis.window == ANY_TIME else review.window(analysis.window).from_day
    groups: dict[tuple[str, str], list[Contrast]] = {}
    for contrast in contrasts:
        groups.setdefault((contrast.study, plain(contrast.active_label)), []).append(contrast)
    for group in groups.values():
        ranked = sorted(group, key=lambda item: [rank for _, rank in priority(item, outcome, start)])
        for other in ranked[1:]:
            leave_out(other, _why_second(ranked[0], other, outcome, start), "another result")
    first = {
        min(group, key=lambda item: [rank for _, rank in priority(item, outcome, start)]).id
        for group in groups.values()
    }
    return [contrast for contrast in contrasts if contrast.id in first]


def priority(contrast: Contrast, outcome: OutcomeDefinition, start: float) -> tuple[tuple[str, float], ...]:
    """Named ranks of rule 6, lower first."""
    names = [instrument.is_called(contrast.instrument) for instrument in outcome.instruments]
    days = contrast.days_after_treatment
    return (
        ("it is sham controlled", float(contrast.flag("not_sham_controlled") is not None)),
        ("its instrument comes first", float(names.index(True) if True in names else len(names))),
        ("it is nearer to the start of the time window", float("inf") if days is None else days - start),
        ("it compares people with themselves, as the crossover trial did", float(as_two_groups(contrast))),
        ("its numbers are arm data, not worked out or doubtful", float(contrast.certainty != "arm data")),
        ("it gives arm data, not an estimate", float(contrast.kind == "estimate")),
        ("its analysis set comes first", float(_position(contrast.analysis_set, ANALYSIS_SETS))),
        ("it gives final values", float(_position(contrast.statistic, STATISTICS))),
    )


def _position(value: str, order: tuple[str, ...]) -> int:
    return order.index(value) if value in order else len(order)


def _why_second(first: Contrast, other: Contrast, outcome: OutcomeDefinition, start: float) -> str:
    pairs = zip(priority(first, outcome, start), priority(other, outcome, start), strict=True)
    why = next((name for (name, a), (_, b) in pairs if a != b), "it was recorded first")
    return f"another result of this trial is in the pool ({_told(first)}): {why}"


def _told(contrast: Contrast) -> str:
    parts = (
        contrast.instrument,
        contrast.time_label,
        contrast.comparator_label and f"against {contrast.comparator_label}",
    )
    return ", ".join(part for part in parts if part) or contrast.result


def _with_shares(chosen: Sequence[Contrast], asked: Asked, leave_out: _LeaveOut) -> list[EffectRow]:
    """The effects, each comparator divided among the chosen contrasts that share it.

    Where a share cannot be computed the row is left out and the others share among themselves: tried from the last.
    """
    kept = list(chosen)
    while True:
        rows: list[EffectRow] = []
        failed: tuple[Contrast, NoEffect] | None = None
        for contrast in kept:
            try:
                rows.append(_labelled(effect_row(contrast, asked, share=_share(contrast, kept)), kept))
            except NoEffect as error:
                failed = (contrast, error)
        if failed is None:
            return rows
        leave_out(failed[0], str(failed[1]), failed[1].code)
        kept = [contrast for contrast in kept if contrast.id != failed[0].id]


def _share(contrast: Contrast, kept: Sequence[Contrast]) -> int:
    """How many of the chosen contrasts have this comparator arm, this one included."""
    group, grown = {contrast.id}, True
    while grown:
        # sharing is passed on: A with B and B with C are one arm
        more = {b.id for b in kept for a in kept if a.id in group and b.id not in group and shares_comparator(a, b)}
        group |= more
        grown = bool(more)
    return len(group)


def _labelled(row: EffectRow, kept: Sequence[Contrast]) -> EffectRow:
    """Study and arm where the trial has several rows in the pool."""
    several = sum(contrast.study == row.contrast.study for contrast in kept) > 1
    return replace(row, label=row.contrast.arm_label) if several else row
