"""Checks of the answers to a form: what cannot be ("error") and what deserves a second look ("warning").

The arithmetic of stimulation and the plausibility of numbers follow the extraction standards for rTMS trials of pain
(Klein 2015, PMC4545735; Chipchase 2012, 10.1016/j.clinph.2012.05.003; Cochrane Handbook chapter 6). A check looks only
at fields that are there and answered, so that forms of other reviews simply have fewer of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from statistics import NormalDist

from workbench.forms.answers import RESERVED, Answers, answered, is_not_reported, number, split_path, text, words
from workbench.forms.field_checks import check_fields, without_broken
from workbench.forms.model import CalculatedField, Form, MultiChoiceField, TableField
from workbench.forms.problems import Problem
from workbench.forms.problems import error as _error
from workbench.forms.problems import warn as _warn

INTENSITY = (70.0, 130.0)  # percent of the motor threshold: outside it, a slip or a deliberate exception
ITBS_PULSES = 600.0
RATIOS = ("OR", "RR")


def check_answers(form: Form, answers: Answers) -> tuple[Problem, ...]:
    """Everything to be said about these answers, in the order of the form.

    answers: field key -> value, "not reported" or empty; keys that the form does not have are errors. Fields whose
    condition does not hold are not required.
    """
    problems: list[Problem] = list(check_fields(form, answers))
    for key in answers.keys() - set(form.keys) - RESERVED:
        problems.append(_error(key, "is not a field of this form"))
    sound = without_broken(answers, form, problems)
    for check in CHECKS:
        problems.extend(check(sound))
    order = {key: position for position, key in enumerate(form.keys)}
    return tuple(sorted(problems, key=lambda problem: order.get(split_path(problem.field).field, len(order))))


def contradictions(answers: Answers) -> tuple[str, ...]:
    """What a printed estimate's own numbers say against each other: outside its interval, p that does not fit."""
    return tuple(problem.message for check in (_interval, _p_value, _d_and_p) for problem in check(answers))


def blank_answers(form: Form) -> dict[str, object]:
    """An empty answer for every field of the form."""
    return {
        field.key: [] if isinstance(field, MultiChoiceField | TableField) else None
        for field in form.fields
        if not isinstance(field, CalculatedField)
    }


# --- stimulation -----------------------------------------------------------------------------------------------


def _pulses(answers: Answers) -> Iterator[Problem]:
    """Pulses a session = Hz x seconds a train x trains (plain rTMS; theta bursts count their pulses otherwise)."""
    hertz, seconds = number(answers, "stim_frequency_hz"), number(answers, "stim_train_seconds")
    trains, pulses = number(answers, "stim_trains"), number(answers, "stim_pulses_session")
    if text(answers, "stim_pattern") not in ("", "rTMS"):
        return
    if hertz is None or seconds is None or trains is None or pulses is None:
        return
    product = hertz * seconds * trains
    if not math.isclose(product, pulses, rel_tol=0.02, abs_tol=1):  # train lengths are printed rounded
        yield _warn(
            "stim_pulses_session",
            f"{hertz:g} Hz × {seconds:g} s × {trains:g} trains make {product:g} pulses, but {pulses:g} are entered",
        )


def _total_pulses(answers: Answers) -> Iterator[Problem]:
    pulses, sessions = number(answers, "stim_pulses_session"), number(answers, "stim_sessions")
    total = number(answers, "stim_total_pulses")
    if pulses is not None and sessions is not None and total is not None and pulses * sessions != total:
        yield _warn(
            "stim_total_pulses",
            f"{pulses:g} pulses × {sessions:g} sessions make {pulses * sessions:g}, but {total:g} are entered",
        )


def _session_count(answers: Answers) -> Iterator[Problem]:
    sessions, a_week = number(answers, "stim_sessions"), number(answers, "stim_sessions_week")
    weeks = number(answers, "stim_weeks")
    if sessions is None or a_week is None or weeks is None or text(answers, "stim_maintenance") == "yes":
        return
    # a week begun counts: 10 sessions at 5 a week fit 2 weeks, and 12 fit 3
    if not a_week * max(weeks - 1, 0) < sessions <= a_week * weeks:
        yield _warn(
            "stim_sessions",
            f"{a_week:g} sessions a week for {weeks:g} weeks make {a_week * weeks:g}, but {sessions:g} are entered",
        )


def _intensity(answers: Answers) -> Iterator[Problem]:
    intensity = number(answers, "stim_intensity_percent")
    low, high = INTENSITY
    threshold = text(answers, "stim_threshold_type")
    if intensity is not None and threshold in ("", "RMT", "AMT") and not low <= intensity <= high:
        yield _warn(
            "stim_intensity_percent",
            f"{intensity:g} % of the motor threshold is outside {low:g}–{high:g} %: is it really relative to it?",
        )


def _theta_burst(answers: Answers) -> Iterator[Problem]:
    pulses = number(answers, "stim_pulses_session")
    if text(answers, "stim_pattern") == "iTBS" and pulses is not None and pulses != ITBS_PULSES:
        yield _warn("stim_pulses_session", f"one run of iTBS has {ITBS_PULSES:g} pulses; {pulses:g} are entered")


# --- people and numbers ----------------------------------------------------------------------------------------


def _analysed(answers: Answers) -> Iterator[Problem]:
    randomised = number(answers, "n_randomised")
    if randomised is None:
        return
    both = number(answers, "n_analysed")
    if both is not None and both > randomised:
        yield _error("n_analysed", f"{both:g} analysed are more than the {randomised:g} randomised")
    arms = [number(answers, key) for key in ("n_active", "n_comparator")]
    analysed = sum(n for n in arms if n is not None)
    # in a crossover trial the same people stand in both columns
    if text(answers, "design") != "crossover" and analysed > randomised:
        field = "n_active" if arms[0] is not None else "n_comparator"
        yield _error(field, f"{analysed:g} analysed in the two arms are more than the {randomised:g} randomised")


def _events(answers: Answers) -> Iterator[Problem]:
    for arm in ("active", "comparator"):
        events, n = number(answers, f"events_{arm}"), number(answers, f"n_{arm}")
        if events is not None and n is not None and events > n:
            yield _error(f"events_{arm}", f"{events:g} with the event are more than the {n:g} analysed")


def _arm_sizes(answers: Answers) -> Iterator[Problem]:
    for key in ("n_active", "n_comparator", "n_analysed"):
        n = number(answers, key)
        if n is not None and n < 1:
            yield _error(key, "nobody was analysed: leave the field empty or say “not reported”")
        elif n == 1 and any(answered(answers, name) for name in ("spread_active", "spread_comparator")):
            yield _error(key, "one person has no standard deviation")


def _spreads(answers: Answers) -> Iterator[Problem]:
    for key in ("spread_active", "spread_comparator", "baseline_sd_active", "baseline_sd_comparator", "estimate_se"):
        spread = number(answers, key)
        if spread is not None and spread <= 0:
            yield _error(key, f"must be above zero (it says {spread:g})")


def _means(answers: Answers) -> Iterator[Problem]:
    """Values inside the scale; a change can be as large as the whole scale, either way."""
    low, high = number(answers, "scale_low"), number(answers, "scale_high")
    if low is None or high is None:
        return
    if high <= low:
        yield _error("scale_high", f"the scale must end above its start ({low:g} to {high:g})")
        return
    statistic = text(answers, "statistic")
    for key in ("mean_active", "mean_comparator", "baseline_mean_active", "baseline_mean_comparator"):
        mean = number(answers, key)
        if mean is None or (statistic == "percent change" and key.startswith("mean")):
            continue
        is_change = statistic == "change from baseline" and key.startswith("mean")
        bottom, top = (low - high, high - low) if is_change else (low, high)
        if not bottom <= mean <= top:
            kind = "a change" if is_change else "a mean"
            yield _error(key, f"{mean:g} is impossible as {kind} on a scale from {low:g} to {high:g}")
    for key in ("spread_active", "spread_comparator"):
        spread = number(answers, key)
        # no sample on a bounded scale has an SD much above half its length; a change at most the length
        limit = (high - low) * (1.1 if statistic == "change from baseline" else 0.6)
        if (
            spread is not None
            and text(answers, "spread_kind") == "SD"
            and statistic != "percent change"
            and spread > limit
        ):
            yield _warn(key, f"an SD of {spread:g} is hardly possible on a scale from {low:g} to {high:g}")


# --- estimates as printed --------------------------------------------------------------------------------------


def _interval(answers: Answers) -> Iterator[Problem]:
    estimate = number(answers, "estimate")
    low, high = number(answers, "estimate_low"), number(answers, "estimate_high")
    ratio = text(answers, "estimate_measure") in RATIOS
    if ratio:
        for key in ("estimate", "estimate_low", "estimate_high"):
            value = number(answers, key)
            if value is not None and value <= 0:
                yield _error(key, "a ratio is above zero: enter it as printed, not its logarithm")
                return
    if low is not None and high is not None and low >= high:
        yield _error("estimate_high", f"the interval's ends are in the wrong order ({low:g} to {high:g})")
    elif estimate is not None and low is not None and high is not None and not low <= estimate <= high:
        yield _error(
            "estimate", f"{estimate:g} lies outside its own interval, {low:g} to {high:g}: a sign or a digit lost?"
        )
    elif estimate is not None and low is not None and high is not None:
        scale: Callable[[float], float] = math.log if ratio else float
        up, down = scale(high) - scale(estimate), scale(estimate) - scale(low)
        if min(up, down) < 0.5 * max(up, down):
            where = " on the log scale" if ratio else ""
            yield _warn("estimate", f"the interval {low:g} to {high:g} is not centred on {estimate:g}{where}: a slip?")


def _p_value(answers: Answers) -> Iterator[Problem]:
    """Whether p and the interval say the same, by the interval's own standard error."""
    p = number(answers, "estimate_p")
    if p is None:
        return
    if not 0 <= p <= 1:
        yield _error("estimate_p", f"p lies between 0 and 1 (it says {p:g})")
        return
    estimate = number(answers, "estimate")
    low, high = number(answers, "estimate_low"), number(answers, "estimate_high")
    ratio = text(answers, "estimate_measure") in RATIOS
    if estimate is None or low is None or high is None or not low <= estimate <= high or (ratio and low <= 0):
        return
    level = number(answers, "estimate_level") or 95.0
    null = 1.0 if ratio else 0.0
    outside = not low <= null <= high
    alpha = 1 - level / 100
    if outside != (p < alpha):
        crosses = "does not hold" if outside else "holds"
        yield _warn("estimate_p", f"p = {p:g}, but the {level:g} % interval {low:g} to {high:g} {crosses} {null:g}")
        return
    scale: Callable[[float], float] = math.log if ratio else float
    se = (scale(high) - scale(low)) / (2 * NormalDist().inv_cdf(1 - alpha / 2))
    if se <= 0 or p < 1e-4:  # "< 0.0001" is printed as a bound
        return
    recomputed = 2 * NormalDist().cdf(-abs(scale(estimate)) / se)
    # a factor of three each way: rounding and t against z explain less than that
    if recomputed > 3 * p or 3 * recomputed < p:
        yield _warn("estimate_p", f"p = {p:g} is printed, but estimate and interval give about {recomputed:.2g}")


def _d_and_p(answers: Answers) -> Iterator[Problem]:
    """Whether p fits a standardised difference between two groups of the sizes given (t with n1 + n2 - 2 df)."""
    d, p = number(answers, "estimate"), number(answers, "estimate_p")
    n1, n2 = number(answers, "n_active"), number(answers, "n_comparator")
    if text(answers, "estimate_measure") != "SMD" or d is None or p is None or n1 is None or n2 is None:
        return
    if min(n1, n2) < 2 or not 1e-4 <= p <= 1 or answered(answers, "estimate_low") or answered(answers, "estimate_se"):
        return
    from scipy import special

    recomputed = 2 * float(special.stdtr(n1 + n2 - 2, -abs(d) / math.sqrt(1 / n1 + 1 / n2)))
    # d and p are printed rounded, and an adjusted test differs a little: a factor of two is neither
    if max(recomputed, p) > 2 * min(recomputed, p) and abs(recomputed - p) > 0.005:
        sizes = f"{n1:g} and {n2:g}"
        yield _warn(
            "estimate_p", f"p = {p:g} is printed, but {d:g} between groups of {sizes} gives p = {recomputed:.2g}"
        )


def _enough_to_weigh(answers: Answers) -> Iterator[Problem]:
    """An estimate needs something that tells its precision."""
    if is_not_reported(answers.get("estimate")):
        tested = answered(answers, "estimate_t") or answered(answers, "estimate_p")
        people = answered(answers, "n_active") and answered(answers, "n_comparator")
        if not (tested and people and answered(answers, "estimate_favours")):
            message = "without an estimate, t or p, the participants of both arms and the favoured arm are needed"
            yield _warn("estimate", message)
        return
    if number(answers, "estimate") is None:
        return
    has_interval = answered(answers, "estimate_low") and answered(answers, "estimate_high")
    sizes = answered(answers, "n_active") and answered(answers, "n_comparator")
    smd = text(answers, "estimate_measure") == "SMD"
    if not (answered(answers, "estimate_se") or has_interval or answered(answers, "estimate_p") or (smd and sizes)):
        yield _warn("estimate", "without a standard error, an interval or a p value this cannot be weighed in a pool")


def _indications(answers: Answers) -> Iterator[Problem]:
    chosen, primary = words(answers, "indications"), text(answers, "primary_indication")
    if primary and chosen and primary not in chosen:
        yield _error("primary_indication", "the primary indication is not among the indications of this trial")


CHECKS: tuple[Callable[[Answers], Iterator[Problem]], ...] = (
    _indications,
    _pulses,
    _total_pulses,
    _session_count,
    _intensity,
    _theta_burst,
    _analysed,
    _arm_sizes,
    _events,
    _spreads,
    _means,
    _interval,
    _p_value,
    _d_and_p,
    _enough_to_weigh,
)
"""Every check over several fields; a new one is one function and one test."""
