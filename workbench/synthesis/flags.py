"""Marks on results that a reader must know of, given by general rules: no trial is known here by its name.

Each rule looks at one contrast among all of the review's and says what it found, with the numbers. Whether a flagged
result is pooled is the analysis's choice; every pool is also shown without the flagged ones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from ingest.notices import NoticeKind
from workbench.effects import EffectError, sd_from_ci_half_width, sd_from_se
from workbench.review import FlagCode, Instrument, OutcomeDefinition, ReviewDefinition
from workbench.synthesis.values import Contrast, Flag

SMALL_SPREAD = 1 / 3
"""An SD below this share of what is usual looks like a standard error (in arms of 10 or more, SE is SD / 3 at most)."""
FEWEST_PEERS = 3  # other trials needed before their spread says what is usual
HUGE_SMD = 3.0  # in standard deviations: arms that hardly overlap, which pain trials do not show


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One contrast as a rule sees it: among all of the review's, itself included."""

    contrast: Contrast
    peers: Sequence[Contrast]
    review: ReviewDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One flag: when it is raised (a message, or "")."""

    code: FlagCode
    label: str  # a phrase for lists: "results whose SD looks like a standard error"
    level: Literal["warning", "info"]
    says: Callable[[Look], str]


def flagged(contrasts: Sequence[Contrast], review: ReviewDefinition) -> tuple[Contrast, ...]:
    """The contrasts with every flag that the rules raise, in the order given."""
    found = []
    for contrast in contrasts:
        messages = ((rule, rule.says(Look(contrast=contrast, peers=contrasts, review=review))) for rule in RULES)
        flags = tuple(Flag(code=rule.code, message=message, level=rule.level) for rule, message in messages if message)
        found.append(replace(contrast, flags=flags))
    return tuple(found)


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


# --- rules -----------------------------------------------------------------------------------------------------


def _sensitivity_only(at: Look) -> str:
    contrast = at.contrast
    if contrast.certainty != "sensitivity only":
        return ""
    return _with_note("Rests on an assumption and is never pooled.", contrast)


def _approximate(at: Look) -> str:
    contrast = at.contrast
    return _with_note("Worked out or doubtful.", contrast) if contrast.certainty == "approximate" else ""


def _spread_looks_like_se(at: Look) -> str:
    """SDs entered as such that are under a third of (a) the trial's own SD at baseline, (b) the instrument's usual SD
    between people, or (c) the median SD of at least three other trials on the same outcome, per length of scale.
    (b) and (c) do not count where the baseline SD is as large as they ask and the SD is a third of it or more.

    See Cochrane Handbook 6.5.2 on standard errors and standard deviations.
    """
    contrast, peers, review = at.contrast, at.peers, at.review
    spread = _typed_sd(contrast)
    if spread is None or contrast.statistic == "percent change":
        return ""
    outcome = outcome_of(contrast, review)
    baseline = None if contrast.statistic == "change from baseline" else _baseline_sd(contrast)
    usual = []
    if baseline is not None and spread < SMALL_SPREAD * baseline:
        usual.append(f"the trial's own SD before treatment is {baseline:.2g}")
    for expected, words in (
        (_reference_sd(contrast, outcome), "an SD of about {:.2g} is usual on this scale"),
        (_peer_sd(contrast, peers, outcome), "the other trials' median SD is {:.2g}"),
    ):
        if expected is None or spread >= SMALL_SPREAD * expected:
            continue
        # a trial whose people were alike from the start has small SDs throughout, and they are no standard errors
        alike = baseline is not None and baseline >= SMALL_SPREAD * expected and spread >= SMALL_SPREAD * baseline
        if not alike:
            usual.append(words.format(expected))
    if not usual:
        return ""
    n = math.sqrt(_arm_size(contrast, "active") * _arm_size(contrast, "comparator"))
    return (
        f"The SD of about {spread:.2g} looks like a standard error: {'; '.join(usual)}. "
        f"As a standard error in arms of about {n:.0f} it would mean an SD of {spread * math.sqrt(n):.2g}. "
        "Check the report's table and methods."
    )


def _implausibly_large(at: Look) -> str:
    contrast = at.contrast
    numbers = contrast.numbers
    if contrast.kind in ("parallel_means", "crossover_means"):
        active, comparator = sd_of(contrast, "active"), sd_of(contrast, "comparator")
        if active is None or comparator is None or not {"mean_active", "mean_comparator"} <= numbers.keys():
            return ""
        spread = _pooled(active, _arm_size(contrast, "active"), comparator, _arm_size(contrast, "comparator"))
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


def _baseline_copied(at: Look) -> str:
    """Both arms' baseline mean and SD equal those of another trial: overlapping samples or a copying slip.

    Once two trials are tied so, their other arms with an arm in common are marked too.
    """
    contrast, peers = at.contrast, at.peers
    mine = set(_baseline_arms(contrast))
    alike = [peer for peer in peers if peer.outcome == contrast.outcome and len(_baseline_arms(peer)) == 2]
    own = [sorted(_baseline_arms(peer)) for peer in alike if peer.study == contrast.study]
    tied: list[str] = []
    for study in dict.fromkeys(peer.study for peer in alike if peer.study != contrast.study):
        theirs = [peer for peer in alike if peer.study == study]
        both_arms = any(sorted(_baseline_arms(peer)) in own for peer in theirs)
        if both_arms and any(mine & set(_baseline_arms(peer)) for peer in theirs):
            tied.append(theirs[0].study_label)
    if not tied:
        return ""
    names = ", ".join(tied)
    return (
        f"The means and SDs before treatment are the same as those of {names}: overlapping samples or a copying slip?"
    )


def _shared_comparator(at: Look) -> str:
    contrast, peers = at.contrast, at.peers
    same = {
        peer.active_label
        for peer in peers
        if peer.study == contrast.study and peer.outcome == contrast.outcome and shares_comparator(contrast, peer)
    }
    if not contrast.shared_comparator and len(same) < 2:
        return ""
    arms = f"{len(same)} active arms" if len(same) > 1 else "several active arms"
    if contrast.comparator_split == "already divided":
        return f"One comparator arm serves {arms}; its participants were already divided in the source."
    return f"One comparator arm serves {arms}; its participants are divided between them when they are pooled together."


def _not_sham_controlled(at: Look) -> str:
    contrast = at.contrast
    if not contrast.sham_type.casefold().startswith("no sham"):
        return ""
    got = contrast.sham_type.removeprefix("no sham: ")
    return (
        f"Not sham controlled ({got}): the arms differ in more than the stimulation, and participants may have known."
    )


def _estimate_contradicts_itself(at: Look) -> str:
    contrast = at.contrast
    return " ".join(_sentence(remark) for remark in contrast.contradictions)


def _direction_unclear(at: Look) -> str:
    contrast = at.contrast
    is_difference = contrast.kind in ("parallel_means", "crossover_means") or (
        contrast.kind == "estimate" and contrast.measure_printed in ("MD", "SMD") and "estimate" in contrast.numbers
    )
    if is_difference and contrast.direction == "":
        return "Which direction is better is not recorded, so that it cannot be told which arm is favoured."
    return ""


def _percent_change(at: Look) -> str:
    contrast = at.contrast
    if contrast.statistic != "percent change":
        return ""
    return "Changes in percent of baseline: another quantity than points, and never pooled with them."


def _assumed_correlation(at: Look) -> str:
    contrast, review = at.contrast, at.review
    if contrast.kind != "crossover_means" or "correlation" in contrast.numbers:
        return ""
    r = review.extraction.crossover_r
    return f"The correlation between the two periods is not reported; the review's {r:g} is used and varied."


def _overlapping_participants(at: Look) -> str:
    """Two trials with one registration number or one report: the same people under two names."""
    contrast, peers = at.contrast, at.peers
    registrations = set(_registrations(contrast.registry_id))
    tied = dict.fromkeys(
        peer.study_label
        for peer in peers
        if peer.study != contrast.study
        and (registrations & set(_registrations(peer.registry_id)) or set(contrast.reports) & set(peer.reports))
    )
    if not tied:
        return ""
    return f"Shares a registration number or a report with {', '.join(tied)}: are they the same participants?"


def _time_not_reported(at: Look) -> str:
    contrast = at.contrast
    if contrast.days_after_treatment is not None:
        return ""
    printed = f" (printed: {contrast.time_label})" if contrast.time_label else ""
    return f"The days after the end of treatment are not reported{printed}: it belongs to no time window."


def _retracted(at: Look) -> str:
    return _noticed(at.contrast, NoticeKind.RETRACTED)


def _concern(at: Look) -> str:
    return _noticed(at.contrast, NoticeKind.CONCERN)


def _corrected(at: Look) -> str:
    said = _noticed(at.contrast, NoticeKind.CORRECTED, NoticeKind.REPUBLISHED)
    return f"{said} Compare the extracted numbers with it." if said else ""


def _noticed(contrast: Contrast, *kinds: NoticeKind) -> str:
    """What was published about the study's reports, and how many reports the study has besides."""
    told = [notice for notice in contrast.notices if notice.kind in kinds]
    about = {notice.record for notice in told}
    others = len(contrast.reports) > len(about)
    rest = f" The study has {len(contrast.reports)} reports." if told and others else ""
    return " ".join(dict.fromkeys(notice.words for notice in told)) + rest


RULES: tuple[Rule, ...] = (
    Rule(code="retracted", label="from a retracted report", level="warning", says=_retracted),
    Rule(
        code="expression_of_concern",
        label="from a report with an expression of concern",
        level="warning",
        says=_concern,
    ),
    Rule(code="corrected", label="from a report that was corrected", level="info", says=_corrected),
    Rule(code="sensitivity_only", label="resting on an assumption", level="warning", says=_sensitivity_only),
    Rule(code="approximate", label="worked out or doubtful", level="info", says=_approximate),
    Rule(
        code="spread_looks_like_se",
        label="whose SD looks like a standard error",
        level="warning",
        says=_spread_looks_like_se,
    ),
    Rule(code="implausibly_large", label="implausibly large", level="warning", says=_implausibly_large),
    Rule(code="baseline_copied", label="with another trial's baseline values", level="warning", says=_baseline_copied),
    Rule(code="shared_comparator", label="with a shared comparator arm", level="info", says=_shared_comparator),
    Rule(code="not_sham_controlled", label="not sham controlled", level="warning", says=_not_sham_controlled),
    Rule(
        code="estimate_contradicts_itself",
        label="whose printed numbers contradict each other",
        level="warning",
        says=_estimate_contradicts_itself,
    ),
    Rule(code="direction_unclear", label="of unclear direction", level="warning", says=_direction_unclear),
    Rule(code="percent_change", label="in percent of baseline", level="info", says=_percent_change),
    Rule(code="assumed_correlation", label="with an assumed correlation", level="info", says=_assumed_correlation),
    Rule(
        code="overlapping_participants",
        label="whose participants may overlap with another trial's",
        level="warning",
        says=_overlapping_participants,
    ),
    Rule(code="time_not_reported", label="without a time after treatment", level="info", says=_time_not_reported),
)
"""Every rule, in the order in which flags are shown."""

FLAGS: dict[str, Rule] = {rule.code: rule for rule in RULES}


def shares_comparator(a: Contrast, b: Contrast) -> bool:
    """Whether two contrasts of one study were compared with the same people.

    They were if they name the same comparator (and its numbers at one time do not say otherwise), or if the
    comparator's numbers are identical though the active arms differ. What the form asks about sharing is easily
    overlooked, so it is not relied on: no one may be counted twice.
    """
    if a.study != b.study:
        return False
    if a.id == b.id:
        return True
    if plain(a.active_label) == plain(b.active_label):
        return False  # one pair of arms at two times or on two scales: a matter of choosing, not of sharing
    mine, theirs = _comparator_numbers(a), _comparator_numbers(b)
    if plain(a.comparator_label) == plain(b.comparator_label):
        return not (_measured_alike(a, b) and _differ(mine, theirs))
    return len(mine) >= 3 and mine == theirs


def _measured_alike(a: Contrast, b: Contrast) -> bool:
    return (a.outcome, a.days_after_treatment, a.time_label, a.instrument, a.statistic, a.kind) == (
        *(b.outcome, b.days_after_treatment, b.time_label, b.instrument, b.statistic, b.kind),
    )


def _differ(mine: dict[str, float], theirs: dict[str, float]) -> bool:
    """Whether the comparators' results differ; their sizes may, where one of them was divided in the source."""
    keys = (mine.keys() & theirs.keys()) - {"n_comparator"}
    sizes = mine.get("n_comparator"), theirs.get("n_comparator")
    if "events_comparator" in keys and sizes[0] != sizes[1]:
        keys -= {"events_comparator"}
    return any(mine[key] != theirs[key] for key in keys)


# --- numbers the rules look at ---------------------------------------------------------------------------------


def _with_note(sentence: str, contrast: Contrast) -> str:
    return f"{sentence} {contrast.certainty_note}".strip()


def _sentence(remark: str) -> str:
    first = remark[:1] if remark.startswith("p =") else remark[:1].upper()
    return first + remark[1:] + ("" if remark.endswith((".", "?")) else ".")


def plain(label: str) -> str:
    """A label without regard to capitals, spacing and punctuation: "rTMS (10Hz)" is "rTMS 10 Hz".

    A point or comma between digits stays (1.0 is not 10), and so does a plus (M1+ is not M1). A label of
    signs alone is kept as it is.
    """
    folded = label.casefold()
    return re.sub(r"(?<!\d)[.,]|[.,](?!\d)|[^\w.,+]|_", "", folded) or " ".join(folded.split())


def _arm_size(contrast: Contrast, arm: str) -> float:
    key = "n_analysed" if contrast.kind == "crossover_means" else f"n_{arm}"
    return contrast.numbers.get(key, 2.0)


def _pooled(sd1: float, n1: float, sd2: float, n2: float) -> float:
    w1, w2 = max(n1 - 1, 1), max(n2 - 1, 1)
    return math.sqrt((w1 * sd1**2 + w2 * sd2**2) / (w1 + w2))


def _typed_sd(contrast: Contrast) -> float | None:
    """The pooled SD where both spreads were entered as SDs."""
    if contrast.kind not in ("parallel_means", "crossover_means") or contrast.spread_kind != "SD":
        return None
    active, comparator = sd_of(contrast, "active"), sd_of(contrast, "comparator")
    if active is None or comparator is None:
        return None
    return _pooled(active, _arm_size(contrast, "active"), comparator, _arm_size(contrast, "comparator"))


def _baseline_sd(contrast: Contrast) -> float | None:
    active, comparator = (contrast.numbers.get(f"baseline_sd_{arm}") for arm in ("active", "comparator"))
    if active is None or comparator is None or min(active, comparator) <= 0:
        return None
    return _pooled(active, _arm_size(contrast, "active"), comparator, _arm_size(contrast, "comparator"))


def _reference_sd(contrast: Contrast, outcome: OutcomeDefinition | None) -> float | None:
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


def _peer_sd(contrast: Contrast, peers: Sequence[Contrast], outcome: OutcomeDefinition | None) -> float | None:
    """Median SD of other trials on this outcome and kind of number, brought to this contrast's length of scale."""
    length = scale_length(contrast, outcome)
    if length is None:
        return None
    by_study: dict[str, list[float]] = {}
    for peer in peers:
        if peer.study == contrast.study or peer.outcome != contrast.outcome or peer.statistic != contrast.statistic:
            continue
        spread, peer_length = _typed_sd(peer), scale_length(peer, outcome)
        if spread is not None and peer_length is not None:
            by_study.setdefault(peer.study, []).append(spread / peer_length)
    if len(by_study) < FEWEST_PEERS:
        return None
    return length * median(median(spreads) for spreads in by_study.values())


def _baseline_arms(contrast: Contrast) -> tuple[tuple[float, float], ...]:
    """(mean, SD) before treatment of the arms that have both."""
    arms = []
    for arm in ("active", "comparator"):
        mean, sd = contrast.numbers.get(f"baseline_mean_{arm}"), contrast.numbers.get(f"baseline_sd_{arm}")
        if mean is not None and sd is not None:
            arms.append((mean, sd))
    return tuple(arms)


def _comparator_numbers(contrast: Contrast) -> dict[str, float]:
    keys = ("n_comparator", "mean_comparator", "spread_comparator", "events_comparator", "baseline_mean_comparator")
    return {key: contrast.numbers[key] for key in keys if key in contrast.numbers}


def _registrations(printed: str) -> tuple[str, ...]:
    """The registration numbers in a field, spelled alike: words of letters and at least four digits."""
    return tuple(re.findall(r"[A-Z]+[0-9]{4,}", re.sub(r"[\s/-]", "", printed.upper())))
