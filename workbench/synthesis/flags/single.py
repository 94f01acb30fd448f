"""Rules that look at one result, with the review's instruments and the other trials' spreads beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from workbench.plausibility import (
    SMALL_SPREAD,
    Dose,
    Finding,
    Usual,
    against_the_instrument,
    both_arms_got_worse,
    dose_findings,
    favours_comparator,
    hardly_a_standard_error,
    looks_like_se,
    mean_outside_scale,
    sd_impossible_for_scale,
)
from workbench.synthesis.flags.look import Look, sentences
from workbench.synthesis.flags.numbers import (
    MEANS,
    arm_size,
    baseline_sd,
    group_of,
    is_crossover,
    outcome_of,
    peer_sd,
    pooled,
    reference_sd_of,
    sd_of,
    typed_sd,
)
from workbench.synthesis.values import Contrast

HUGE_SMD = 3.0  # in standard deviations: arms that hardly overlap, which pain trials do not show


def sensitivity_only(at: Look) -> str:
    contrast = at.contrast
    if contrast.certainty != "sensitivity only":
        return ""
    return _with_note("Rests on an assumption and is never pooled.", contrast)


def approximate(at: Look) -> str:
    contrast = at.contrast
    return _with_note("Worked out or doubtful.", contrast) if contrast.certainty == "approximate" else ""


def spread_looks_like_se(at: Look) -> str:
    """SDs entered as such that are under a third of (a) the trial's own SD at baseline, (b) the instrument's usual SD
    between people, or (c) the median SD of at least three other trials on the same outcome, per length of scale.
    (b) and (c) do not count where the baseline SD is as large as they ask and the SD is a third of it or more.
    """
    contrast = at.contrast
    spread = typed_sd(contrast)
    if spread is None or contrast.statistic == "percent change":
        return ""
    usual = _usual(at, spread)
    n = math.sqrt(arm_size(contrast, "active") * arm_size(contrast, "comparator"))
    finding = looks_like_se(spread, n, usual)
    return sentences(finding.message) if finding is not None else ""


def _usual(at: Look, spread: float) -> list[Usual]:
    contrast, outcome = at.contrast, outcome_of(at.contrast, at.review)
    before = None if contrast.statistic == "change from baseline" else baseline_sd(contrast)
    found = [] if before is None else [Usual(sd=before, words="the trial's own SD before treatment is {:.2g}")]
    for expected, words in (
        (reference_sd_of(contrast, outcome), "an SD of about {:.2g} is usual on this scale"),
        (peer_sd(contrast, at.peers, outcome), "the other trials' median SD is {:.2g}"),
    ):
        if expected is None:
            continue
        # a trial whose people were alike from the start has small SDs throughout, and they are no standard errors
        alike = before is not None and before >= SMALL_SPREAD * expected and spread >= SMALL_SPREAD * before
        if not alike:
            found.append(Usual(sd=expected, words=words))
    return found


def spread_looks_like_sd(at: Look) -> str:
    """Standard errors (or half intervals) whose SD comes out at three times what is usual: they were SDs."""
    contrast = at.contrast
    if contrast.kind not in MEANS or contrast.spread_kind in ("SD", "") or contrast.statistic == "percent change":
        return ""
    kind = "a standard error" if contrast.spread_kind == "SE" else "half of a 95 % interval"
    for arm in ("active", "comparator"):
        group = group_of(contrast, arm)
        if group is None:
            continue
        finding = hardly_a_standard_error(group.sd, group.middle_sd, kind, _usual(at, group.middle_sd))
        if finding is not None:
            return sentences(finding.message)
    return ""


def implausibly_large(at: Look) -> str:
    contrast = at.contrast
    numbers = contrast.numbers
    if contrast.kind in ("parallel_means", "crossover_means"):
        active, comparator = sd_of(contrast, "active"), sd_of(contrast, "comparator")
        if active is None or comparator is None or not {"mean_active", "mean_comparator"} <= numbers.keys():
            return ""
        spread = pooled(active, arm_size(contrast, "active"), comparator, arm_size(contrast, "comparator"))
        size = (numbers["mean_active"] - numbers["mean_comparator"]) / spread
    elif contrast.kind == "estimate" and contrast.measure_printed == "SMD" and "estimate" in numbers:
        size = numbers["estimate"]
    else:
        return ""
    if abs(size) <= HUGE_SMD:
        return ""
    return (
        f"The arms differ by {abs(size):.1f} standard deviations: more than {HUGE_SMD:g} is hardly credible in a trial."
    )


def impossible_for_scale(at: Look) -> str:
    """A mean outside the scale, or an SD that no people on it can have."""
    contrast = at.contrast
    ends = _ends(at)
    if ends is None or contrast.kind not in MEANS:
        return ""
    return sentences(*(finding.message for finding in _off_scale(contrast, *ends)))


def _off_scale(contrast: Contrast, low: float, high: float | None) -> Iterator[Finding]:
    change = contrast.statistic == "change from baseline"
    for arm in ("active", "comparator"):
        found = []
        before, mean = contrast.numbers.get(f"baseline_mean_{arm}"), contrast.numbers.get(f"mean_{arm}")
        if before is not None:
            found.append(mean_outside_scale(before, low, high))
        if mean is not None and contrast.statistic != "percent change":
            found.append(mean_outside_scale(mean, low, high, change=change))
            group = group_of(contrast, "active" if arm == "active" else "comparator")
            if group is not None:
                found.append(sd_impossible_for_scale(group, low, high, change=change))
        yield from (finding for finding in found if finding is not None)


def _ends(at: Look) -> tuple[float, float | None] | None:
    """The ends of the scale: as extracted, else of the instrument that the outcome knows under this name."""
    low, high = at.contrast.numbers.get("scale_low"), at.contrast.numbers.get("scale_high")
    if low is not None:
        return None if high is not None and high <= low else (low, high)
    outcome = outcome_of(at.contrast, at.review)
    instrument = outcome.instrument(at.contrast.instrument) if outcome is not None else None
    return None if instrument is None else (instrument.low, instrument.high)


def not_sham_controlled(at: Look) -> str:
    contrast = at.contrast
    if not contrast.sham_type.casefold().startswith("no sham"):
        return ""
    got = contrast.sham_type.removeprefix("no sham: ")
    return (
        f"Not sham controlled ({got}): the arms differ in more than the stimulation, and participants may have known."
    )


def direction_unclear(at: Look) -> str:
    contrast = at.contrast
    is_difference = contrast.kind in ("parallel_means", "crossover_means") or (
        contrast.kind == "estimate" and contrast.measure_printed in ("MD", "SMD") and "estimate" in contrast.numbers
    )
    if is_difference and contrast.direction == "":
        return "Which direction is better is not recorded, so that it cannot be told which arm is favoured."
    return ""


def direction_doubtful(at: Look) -> str:
    """A direction that is not the instrument's own, or changes for the worse in both arms."""
    contrast, outcome = at.contrast, outcome_of(at.contrast, at.review)
    if contrast.kind not in MEANS:
        return ""
    if contrast.statistic == "final value":
        instrument = outcome.instrument(contrast.instrument) if outcome is not None else None
        if instrument is None:
            return ""
        finding = against_the_instrument(instrument.name, instrument.higher_is, contrast.direction)
        return sentences(finding.message) if finding is not None else ""
    means = contrast.numbers.get("mean_active"), contrast.numbers.get("mean_comparator")
    if means[0] is None or means[1] is None:
        return ""
    finding = both_arms_got_worse(means[0], means[1], contrast.direction)
    return sentences(finding.message) if finding is not None else ""


def comparator_did_better(at: Look) -> str:
    """A clear effect in favour of the comparator."""
    contrast = at.contrast
    active, comparator = group_of(contrast, "active"), group_of(contrast, "comparator")
    if contrast.kind not in MEANS or active is None or comparator is None or is_crossover(contrast):
        return ""
    finding = favours_comparator(active, comparator, contrast.direction)
    return sentences(finding.message) if finding is not None else ""


def dose_does_not_add_up(at: Look) -> str:
    """The arithmetic of the stimulation."""
    given = at.contrast.stimulation

    def value(key: str) -> float | None:
        found = given.get(key)
        return float(found) if isinstance(found, int | float) else None

    dose = Dose(
        hertz=value("frequency_hz"),
        train_seconds=value("train_seconds"),
        trains=value("trains"),
        pause_seconds=value("iti_seconds"),
        pulses=value("pulses_session"),
        sessions=value("sessions"),
        sessions_a_week=value("sessions_week"),
        weeks=value("weeks"),
        total_pulses=value("total_pulses"),
        minutes=value("session_minutes"),
        pattern=str(given.get("pattern", "")),
        maintenance=given.get("maintenance") == "yes",
    )
    return sentences(*(finding.message for finding in dose_findings(dose)))


def percent_change(at: Look) -> str:
    contrast = at.contrast
    if contrast.statistic != "percent change":
        return ""
    return "Changes in percent of baseline: another quantity than points, and never pooled with them."


def assumed_correlation(at: Look) -> str:
    contrast, review = at.contrast, at.review
    told = {"correlation", "difference_spread", "paired_t", "paired_p"} & contrast.numbers.keys()
    if contrast.kind != "crossover_means" or contrast.periods == "first" or told:
        return ""
    r = review.extraction.crossover_r
    return f"The correlation between the two periods is not reported; the review's {r:g} is used and varied."


def time_not_reported(at: Look) -> str:
    contrast = at.contrast
    if contrast.days_after_treatment is not None:
        return ""
    printed = f" (printed: {contrast.time_label})" if contrast.time_label else ""
    return f"The days after the end of treatment are not reported{printed}: it belongs to no time window."


def _with_note(sentence: str, contrast: Contrast) -> str:
    return f"{sentence} {contrast.certainty_note}".strip()
