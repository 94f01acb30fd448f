"""The numbers of a contrast as the rules need them: SDs, lengths of scales, labels without regard to spelling."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from statistics import median
from typing import Literal

from workbench.effects import EffectError, sd_from_ci_half_width, sd_from_se
from workbench.plausibility import Group, registrations
from workbench.review import Instrument, OutcomeDefinition, ReviewDefinition
from workbench.synthesis.values import CROSSOVER, Contrast

FEWEST_PEERS = 3  # other trials needed before their spread says what is usual
MEANS = ("parallel_means", "crossover_means")


def outcome_of(contrast: Contrast, review: ReviewDefinition) -> OutcomeDefinition | None:
    """The definition of the contrast's outcome; None if the review has no such outcome (any more)."""
    return next((item for item in review.outcomes if item.key == contrast.outcome), None)


def sd_of(contrast: Contrast, arm: Literal["active", "comparator"]) -> float | None:
    """The arm's standard deviation, from whatever spread was printed; None where it cannot be told."""
    spread = contrast.numbers.get(f"spread_{arm}")
    n = contrast.numbers.get("n_analysed" if contrast.kind == "crossover_means" else f"n_{arm}")
    if spread is None or n is None or contrast.spread_kind == "":
        return None
    try:
        if contrast.spread_kind == "SE":
            return sd_from_se(spread, n)
        if contrast.spread_kind == "95% CI half-width":
            return sd_from_ci_half_width(spread, n)
    except EffectError:
        return None
    return spread if spread > 0 else None


def scale_length(contrast: Contrast, outcome: OutcomeDefinition | None) -> float | None:
    """Length of the scale: as extracted, else that of the instrument the outcome knows under this name."""
    low, high = contrast.numbers.get("scale_low"), contrast.numbers.get("scale_high")
    if low is not None and high is not None and high > low:
        return high - low
    instrument = outcome.instrument(contrast.instrument) if outcome is not None else None
    return instrument.high - instrument.low if instrument is not None and instrument.high is not None else None


def plain(label: str) -> str:
    """A label without regard to capitals, spacing and punctuation: "rTMS (10Hz)" is "rTMS 10 Hz".

    A point or comma between digits stays (1.0 is not 10), and so does a plus (M1+ is not M1). A label of
    signs alone is kept as it is.
    """
    folded = label.casefold()
    return re.sub(r"(?<!\d)[.,]|[.,](?!\d)|[^\w.,+]|_", "", folded) or " ".join(folded.split())


def arm_size(contrast: Contrast, arm: str) -> float:
    key = "n_analysed" if contrast.kind == "crossover_means" else f"n_{arm}"
    return contrast.numbers.get(key, 2.0)


def pooled(sd1: float, n1: float, sd2: float, n2: float) -> float:
    w1, w2 = max(n1 - 1, 1), max(n2 - 1, 1)
    return math.sqrt((w1 * sd1**2 + w2 * sd2**2) / (w1 + w2))


def typed_sd(contrast: Contrast) -> float | None:
    """The pooled SD where both spreads were entered as SDs."""
    if contrast.kind not in ("parallel_means", "crossover_means") or contrast.spread_kind != "SD":
        return None
    active, comparator = sd_of(contrast, "active"), sd_of(contrast, "comparator")
    if active is None or comparator is None:
        return None
    return pooled(active, arm_size(contrast, "active"), comparator, arm_size(contrast, "comparator"))


def baseline_sd(contrast: Contrast) -> float | None:
    active, comparator = (contrast.numbers.get(f"baseline_sd_{arm}") for arm in ("active", "comparator"))
    if active is None or comparator is None or min(active, comparator) <= 0:
        return None
    return pooled(active, arm_size(contrast, "active"), comparator, arm_size(contrast, "comparator"))


def reference_sd_of(contrast: Contrast, outcome: OutcomeDefinition | None) -> float | None:
    """The usual SD on the contrast's scale: of its instrument, or of another of the outcome's brought to its length."""
    if outcome is None:
        return None
    length = scale_length(contrast, outcome)
    named = outcome.instrument(contrast.instrument)
    known = [item for item in (named, *outcome.instruments) if item is not None and item.reference_sd is not None]
    for instrument in known:
        usual = _reference_at(instrument, length, exact=instrument is named)
        if usual is not None:
            return usual
    return None


def _reference_at(instrument: Instrument, length: float | None, *, exact: bool) -> float | None:
    if instrument.reference_sd is None:
        return None
    if length is None or instrument.high is None:
        return instrument.reference_sd if exact else None
    return instrument.reference_sd * length / (instrument.high - instrument.low)


def peer_sd(contrast: Contrast, peers: Sequence[Contrast], outcome: OutcomeDefinition | None) -> float | None:
    """Median SD of other trials on this outcome and kind of number, brought to this contrast's length of scale."""
    length = scale_length(contrast, outcome)
    instrument = plain(contrast.instrument)
    if length is None and not instrument:
        return None
    by_study: dict[str, list[float]] = {}
    for peer in peers:
        if peer.study == contrast.study or peer.outcome != contrast.outcome or peer.statistic != contrast.statistic:
            continue
        spread, peer_length = typed_sd(peer), scale_length(peer, outcome)
        if length is None:  # days, counts: only the same instrument compares
            if spread is not None and plain(peer.instrument) == instrument:
                by_study.setdefault(peer.study, []).append(spread)
        elif spread is not None and peer_length is not None:
            by_study.setdefault(peer.study, []).append(spread / peer_length)
    if len(by_study) < FEWEST_PEERS:
        return None
    return (length or 1.0) * median(median(spreads) for spreads in by_study.values())


def baseline_arms(contrast: Contrast) -> tuple[tuple[float, float], ...]:
    """(mean, SD) before treatment of the arms that have both."""
    arms = []
    for arm in ("active", "comparator"):
        mean, sd = contrast.numbers.get(f"baseline_mean_{arm}"), contrast.numbers.get(f"baseline_sd_{arm}")
        if mean is not None and sd is not None:
            arms.append((mean, sd))
    return tuple(arms)


def group_of(contrast: Contrast, arm: Literal["active", "comparator"]) -> Group | None:
    """The arm's n, mean and SD (worked out where another spread is printed); None if one of them is missing."""
    spread, mean = contrast.numbers.get(f"spread_{arm}"), contrast.numbers.get(f"mean_{arm}")
    sd, n = sd_of(contrast, arm), contrast.numbers.get("n_analysed", contrast.numbers.get(f"n_{arm}"))
    if spread is None or mean is None or sd is None or n is None or n < 2 or spread <= 0:
        return None
    return Group(n=n, mean=mean, sd=spread, factor=sd / spread)


def is_crossover(contrast: Contrast) -> bool:
    """Whether the same people stand in both arms."""
    return contrast.kind == "crossover_means" or contrast.design == CROSSOVER


def as_two_groups(contrast: Contrast) -> bool:
    """Whether both periods of a crossover trial are entered as if other people stood in each arm."""
    return contrast.design == CROSSOVER and contrast.kind == "parallel_means"


def people_of_crossover(contrast: Contrast) -> float | None:
    """How many people a crossover trial's result is of; None for other designs."""
    if not is_crossover(contrast):
        return None
    numbers = contrast.numbers
    return numbers.get("n_analysed", numbers.get("n_active", numbers.get("n_randomised")))


def line_of(contrast: Contrast, arm: str) -> tuple[float, float] | None:
    """Mean and spread of an arm as typed; None where one is missing or it is no form of means."""
    mean, spread = contrast.numbers.get(f"mean_{arm}"), contrast.numbers.get(f"spread_{arm}")
    means = contrast.kind in ("parallel_means", "crossover_means")
    return (mean, spread) if means and mean is not None and spread is not None else None


def lines_of(contrast: Contrast) -> tuple[tuple[float, float], ...]:
    """Mean and spread of the arms that have both."""
    lines = (line_of(contrast, arm) for arm in ("active", "comparator"))
    return tuple(line for line in lines if line is not None)


def sizes_of(contrast: Contrast) -> tuple[float, ...]:
    """The people of both arms, ascending; fewer than two where not both are known."""
    sizes = (contrast.numbers.get(f"n_{arm}") for arm in ("active", "comparator"))
    return tuple(sorted(n for n in sizes if n is not None))


def marks_of(contrast: Contrast) -> frozenset[str]:
    """What only one group of people should have: registration numbers and reports."""
    return registrations(contrast.registry_id) | {f"report {report}" for report in contrast.reports}


def time_of(contrast: Contrast) -> object:
    """What makes two results be of one time: the day, or the words where no day is known."""
    return contrast.days_after_treatment if contrast.days_after_treatment is not None else plain(contrast.time_label)


def when(contrast: Contrast) -> str:
    """The time in words."""
    return contrast.time_label or (
        "" if contrast.days_after_treatment is None else f"day {contrast.days_after_treatment:g}"
    )
