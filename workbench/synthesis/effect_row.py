"""From one contrast to one effect: spreads converted, the direction turned once, a shared comparator divided.

What is asked of a contrast and why it gives no effect is said here; the arithmetic is `workbench.calculation`'s, whose
steps stay with the row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from workbench.calculation import (
    CalculationError,
    ContrastNumbers,
    Derivation,
    derive_contrast,
    standardised_by_sd,
)
from workbench.effects import MEASURES, EffectError, events_from_percent, sd_from_ci_half_width, sd_from_se
from workbench.review import MEASURES_OF, OutcomeDefinition, article
from workbench.synthesis.flags import scale_length
from workbench.synthesis.values import CROSSOVER, Arm, Contrast, EffectRow, SynthesisError

RATIOS = ("OR", "RR", "PETO")  # of counts
PAIRED = {
    "crossover_interval": "interval of the difference as printed",
    "crossover_sd_difference": "SD of the differences as printed",
    "crossover_se": "standard error of the differences as printed",
    "crossover_t": "from the paired t",
    "crossover_p": "from the p of the paired test",
}
"""Recipes of crossovers that need no correlation -> what they rest on."""
SAME_EVENT_ONLY = {"RR": "risk ratio", "HR": "hazard ratio", "IRR": "rate ratio"}
"""Printed ratios that say nothing about the opposite event."""
NO_EVENT_DIRECTION = "whether the event counted is good or bad is not recorded"
GIVES = {
    "parallel_means": "means",
    "crossover_means": "means",
    "events": "counts of people",
    "rates": "counts of events over time",
}
CROSSOVER_TEST = (
    "crossover trial: its test compares people with themselves, and cannot be turned into a difference between arms. "
    "Enter the two periods' means, or an estimate with its standard error or interval"
)


class NoEffect(SynthesisError):
    """This contrast gives no effect of the measure asked for; the message says why, and `code` which kind of reason."""

    def __init__(
        self, message: str, code: Literal["numbers", "measure", "direction", "scale", "shared"] = "numbers"
    ) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an effect is wanted for."""

    outcome: OutcomeDefinition
    measure: str
    crossover_r: float  # where the contrast has none
    common_length: float | None = None  # length of the scale that an MD is on; None: as extracted
    crossover_vtype: str = "Handbook"


def effect_row(contrast: Contrast, asked: Asked, *, share: int = 1) -> EffectRow:
    """The contrast's effect. share: among how many active arms in this pool its comparator arm is divided.

    Raises NoEffect with a reason that a reviewer can act on.
    """
    if contrast.comparator_split == "already divided":
        share = 1
    outcome = asked.outcome.kind
    if asked.measure not in MEASURES_OF[outcome]:
        raise NoEffect(f"{asked.measure} does not fit {article(outcome)} outcome")
    try:
        match contrast.kind, outcome:
            case "parallel_means", "continuous":
                return _parallel(contrast, asked, share)
            case "crossover_means", "continuous":
                return _crossover(contrast, asked, share)
            case "events", "binary":
                return _events(contrast, asked, share)
            case "rates", "rate":
                return _rates(contrast, asked, share)
            case "estimate", _:
                return _estimate(contrast, asked, share)
            case "one_arm", _:
                raise NoEffect(
                    "one arm alone: it is compared with nothing, and stands in no pool of differences", "measure"
                )
            case "", _:
                raise NoEffect(f"the form {contrast.form!r} it was extracted with is not among the review's forms")
            case kind, _:
                raise NoEffect(f"{GIVES.get(kind, kind)} give no {asked.measure}", "measure")
    except EffectError as error:
        raise NoEffect(str(error)) from error


def turn(contrast: Contrast, outcome: OutcomeDefinition) -> int:
    """-1 where the printed numbers run against the outcome's direction of benefit, else 1."""
    if contrast.direction == "":
        raise NoEffect("which direction is better is not recorded", "direction")
    printed = "lower" if contrast.direction == "lower is better" else "higher"
    return 1 if printed == outcome.benefit else -1


def _parallel(contrast: Contrast, asked: Asked, share: int) -> EffectRow:
    _with_a_zero(contrast, asked)
    if contrast.centre_kind == "median":
        return _medians(contrast, asked, share)
    numbers = _needed(
        contrast, "n_active", "mean_active", "spread_active", "n_comparator", "mean_comparator", "spread_comparator"
    )
    sign = turn(contrast, asked.outcome)
    scale, scaled = _rescaled(contrast, asked)
    sd_active = spread_as_sd(contrast, numbers["spread_active"], numbers["n_active"])
    sd_comparator = spread_as_sd(contrast, numbers["spread_comparator"], numbers["n_comparator"])
    n_comparator = numbers["n_comparator"] / share
    columns = {
        "m1i": sign * scale * numbers["mean_active"],
        "sd1i": scale * sd_active,
        "n1i": numbers["n_active"],
        "m2i": sign * scale * numbers["mean_comparator"],
        "sd2i": scale * sd_comparator,
        "n2i": n_comparator,
    }
    notes = [
        _computed(asked.measure),
        scaled,
        _turned(sign, contrast),
        _converted(contrast),
        "adjusted means: their SD is that of what the adjustment leaves, and the SMD may be too large"
        if _from_adjusted_means(contrast, asked.measure)
        else "",
        _clustered(contrast),
        _shared(share),
    ]
    return _row(
        contrast,
        _derived(contrast, asked, share, scale),
        notes,
        active=Arm(n=numbers["n_active"], mean=numbers["mean_active"], sd=sd_active),
        comparator=Arm(n=n_comparator, mean=numbers["mean_comparator"], sd=sd_comparator),
        columns=None if _weighs_less(contrast) or asked.measure == "ROM" else columns,
    )


def _with_a_zero(contrast: Contrast, asked: Asked) -> None:
    """A ratio of means is of amounts with a true zero: of values, not of changes."""
    if asked.measure == "ROM" and contrast.statistic != "final value":
        what = {"change from baseline": "changes", "percent change": "percentages of change"}.get(contrast.statistic)
        why = f"the report gives {what}" if what else "whether these are final values is not recorded"
        raise NoEffect(f"a ratio of means needs values at a time point: {why}", "measure")


def _medians(contrast: Contrast, asked: Asked, share: int) -> EffectRow:
    """Two groups with medians: their means and SDs are in the steps of the derivation."""
    numbers = _needed(contrast, "n_active", "median_active", "n_comparator", "median_comparator")
    sign = turn(contrast, asked.outcome)
    scale, scaled = _rescaled(contrast, asked)
    derivation = _derived(contrast, asked, share, scale)
    notes = [
        "means and SDs worked out from medians",
        _computed(asked.measure),
        scaled,
        _turned(sign, contrast),
        _clustered(contrast),
        _shared(share),
    ]
    return _row(
        contrast,
        derivation,
        notes,
        active=Arm(n=numbers["n_active"]),
        comparator=Arm(n=numbers["n_comparator"] / share),
    )


def _crossover(contrast: Contrast, asked: Asked, share: int) -> EffectRow:
    if contrast.periods == "first":
        row = _parallel(contrast, asked, share)
        return replace(row, note=f"first period alone; {row.note}")
    _with_a_zero(contrast, asked)
    numbers = _needed(contrast, "n_analysed", "mean_active", "spread_active", "mean_comparator", "spread_comparator")
    sign = turn(contrast, asked.outcome)
    scale, scaled = _rescaled(contrast, asked)
    n = numbers["n_analysed"]
    r = contrast.numbers.get("correlation", asked.crossover_r)
    sd_active = spread_as_sd(contrast, numbers["spread_active"], n)
    sd_comparator = spread_as_sd(contrast, numbers["spread_comparator"], n)
    derivation = _derived(contrast, asked, share, scale)
    paired = PAIRED.get(derivation.recipe, "")
    how = f"crossover, paired; {paired}" if paired else _crossover_how(asked, r)
    assumed = "" if paired or "correlation" in contrast.numbers else "r assumed"
    notes = [how, assumed, scaled, _turned(sign, contrast), _converted(contrast), _clustered(contrast), _shared(share)]
    return _row(
        contrast,
        derivation,
        notes,
        active=Arm(n=n / share, mean=numbers["mean_active"], sd=sd_active),
        comparator=Arm(n=n / share, mean=numbers["mean_comparator"], sd=sd_comparator),
    )


def _events(contrast: Contrast, asked: Asked, share: int) -> EffectRow:
    numbers, counted = _counts(contrast)
    if contrast.event_is == "":
        raise NoEffect(NO_EVENT_DIRECTION, "direction")
    a, n1 = numbers["events_active"], numbers["n_active"]
    # a share of the arm has a share of its events: Cochrane Handbook 23.3.4 divides both
    c, n2 = numbers["events_comparator"] / share, numbers["n_comparator"] / share
    if a > n1 or c > n2:
        raise NoEffect("more people with the event than analysed")
    turned = _event_turned(contrast, asked.outcome)
    if turned:
        a, c = n1 - a, n2 - c
    columns = {"ai": a, "n1i": n1, "ci": c, "n2i": n2}
    if asked.measure in RATIOS and (a + c == 0 or (a == n1 and c == n2)):
        everyone = "nobody" if a == 0 else "everybody"
        raise NoEffect(f"{everyone} in both arms had the event: it tells nothing about a ratio")
    notes = [
        _computed(asked.measure),
        _zeros_said(asked.measure, (a, n1), (c, n2)),
        "events and others exchanged: the report counts the opposite" if turned else "",
        *counted,
        _clustered(contrast),
        _shared(share),
    ]
    return _row(
        contrast,
        _derived(contrast, asked, share),
        notes,
        active=Arm(n=n1, events=a),
        comparator=Arm(n=n2, events=c),
        # the second engine adds to empty cells of risk differences, which is not done here
        columns=None
        if _weighs_less(contrast) or (asked.measure == "RD" and min(a, n1 - a, c, n2 - c) == 0)
        else columns,
    )


def _zeros_said(measure: str, *arms: tuple[float, float]) -> str:
    """What is done about empty cells. arms: (events, people)."""
    if all(0 < events < n for events, n in arms):
        return ""
    if measure == "PETO" or (measure == "RD" and any(0 < events < n for events, n in arms)):
        return "an empty cell, to which nothing is added"
    return "1/2 added to every cell because one is empty"


def _rates(contrast: Contrast, asked: Asked, share: int) -> EffectRow:
    """Events that one person can have several times, over person-time (in one unit within a trial)."""
    numbers = _needed(contrast, "events_active", "time_active", "events_comparator", "time_comparator")
    if contrast.event_is == "":
        raise NoEffect(NO_EVENT_DIRECTION, "direction")
    a, c = numbers["events_active"], numbers["events_comparator"]
    if a == c == 0:
        raise NoEffect("nobody in both arms had the event: it tells nothing about a ratio")
    notes = [
        _computed(asked.measure),
        "1/2 added to both counts because one is 0" if 0 in (a, c) else "",
        _clustered(contrast),
        _shared(share),
    ]
    people = {arm: contrast.numbers.get(f"n_{arm}") for arm in ("active", "comparator")}
    shared = None if people["comparator"] is None else people["comparator"] / share
    return _row(
        contrast,
        _derived(contrast, asked, share),
        notes,
        active=Arm(n=people["active"], events=a, time=numbers["time_active"]),
        comparator=Arm(n=shared, events=c / share, time=numbers["time_comparator"] / share),
    )


def _counts(contrast: Contrast) -> tuple[dict[str, float], tuple[str, ...]]:
    """Events and people of both arms, and what is to be said where the events come from printed percentages."""
    keys = ("events_active", "n_active", "events_comparator", "n_comparator")
    if (
        not {"events_active", "events_comparator"} & contrast.numbers.keys()
        and {
            "percent_active",
            "percent_comparator",
        }
        <= contrast.numbers.keys()
    ):
        numbers = _needed(contrast, "n_active", "n_comparator")
        said = ["counts from the printed percentages"]
        for arm in ("active", "comparator"):
            counted = events_from_percent(contrast.numbers[f"percent_{arm}"], numbers[f"n_{arm}"])
            numbers[f"events_{arm}"] = counted.events
            said += [f"{arm} arm: {flag[0].lower()}{flag[1:].rstrip('.')}" for flag in counted.flags]
        return numbers, tuple(said)
    return _needed(contrast, *keys), ()


def _weighs_less(contrast: Contrast) -> bool:
    """Whether a design effect is in the variance, so that the arms' own numbers do not give it."""
    return contrast.design == "cluster" and contrast.cluster_adjusted != "yes"


def _estimate(contrast: Contrast, asked: Asked, share: int) -> EffectRow:
    numbers, printed = contrast.numbers, contrast.measure_printed
    over_sd = standardised_by_sd(printed, asked.measure, numbers)
    if not printed:
        raise NoEffect("which measure the printed estimate is of is not recorded", "measure")
    if printed != asked.measure and not over_sd:
        message = f"the report prints {_article(printed)} that cannot be turned into {_article(asked.measure)}"
        if printed == "MD" and asked.measure == "SMD":
            message += " without the SD of the outcome between people"
        raise NoEffect(message, "measure")
    n1, n2 = numbers.get("n_active"), numbers.get("n_comparator")
    if "estimate" in numbers:
        how, sign, scale = _as_printed(contrast, asked, share)
        if over_sd:
            how = f"Hedges g: the printed difference over the printed SD; {how}"
    else:
        how, sign, scale = _from_test(contrast, asked), 1, 1.0
    return _row(
        contrast,
        _derived(contrast, asked, share, scale),
        [how, _turned(sign, contrast), _clustered(contrast), _shared(share)],
        active=Arm(n=n1),
        comparator=Arm(n=None if n2 is None else n2 / share),
    )


def _as_printed(contrast: Contrast, asked: Asked, share: int) -> tuple[str, int, float]:
    """How the printed estimate gives an effect, how it is to be turned, and the factor to the common scale."""
    numbers = contrast.numbers
    if asked.outcome.kind != "continuous":
        if contrast.event_is == "":
            raise NoEffect(NO_EVENT_DIRECTION, "direction")
        sign = -1 if _event_turned(contrast, asked.outcome) else 1
        if sign < 0 and asked.measure in SAME_EVENT_ONLY:
            ratio = SAME_EVENT_ONLY[asked.measure]
            raise NoEffect(f"a {ratio} of the opposite event cannot be turned without the counts", "direction")
    else:
        sign = turn(contrast, asked.outcome)
    crossover = contrast.design == CROSSOVER
    interval = "estimate_low" in numbers and "estimate_high" in numbers
    no_spread = "estimate_se" not in numbers and not interval
    sizes = "n_active" in numbers and "n_comparator" in numbers
    if asked.measure == "SMD" and no_spread and crossover and "estimate_p" not in numbers:
        raise NoEffect(CROSSOVER_TEST)
    if asked.measure == "SMD" and no_spread and not crossover and sizes and contrast.measure_printed == "SMD":
        return "Hedges g from d and the arm sizes", sign, 1.0
    scale, scaled = _rescaled(contrast, asked) if asked.measure == "MD" else (1.0, "")
    if share > 1 and not crossover and not sizes:
        message = "it shares its comparator with another arm, and without arm sizes that cannot be divided"
        raise NoEffect(message, "shared")
    of = f"t({numbers['estimate_df']:g})" if "estimate_df" in numbers else "z"
    by_t = asked.measure == "MD" and "estimate_t" in numbers
    if not by_t and "estimate_df" not in numbers and not crossover and sizes and asked.measure in ("MD", "SMD"):
        of = f"t({numbers['n_active'] + numbers['n_comparator'] - 2:g})" if not interval else of
    if "estimate_se" in numbers:
        how = "estimate and SE as printed"
    elif interval:
        how = f"SE from the printed {numbers.get('estimate_level', 95):g}% interval and {of}"
    elif by_t:
        how = "SE from the printed t"
    else:
        how = f"SE from the printed two-sided p and {of}"
    return "; ".join(part for part in (how, scaled) if part), sign, scale


def _from_test(contrast: Contrast, asked: Asked) -> str:
    """How t or p give a standardised difference where no estimate is printed."""
    numbers = contrast.numbers
    if asked.measure != "SMD" or not {"estimate_t", "estimate_p"} & numbers.keys():
        raise NoEffect("no estimate is printed, nor a t or p value from which a standardised difference follows")
    if contrast.design == CROSSOVER:
        raise NoEffect(CROSSOVER_TEST)
    if contrast.estimate_adjusted == "yes":
        raise NoEffect(
            "the test is of an adjusted comparison, whose t is larger than that of the arms: enter the adjusted "
            "difference with its standard error or interval, and the SD of the outcome between people"
        )
    if not {"n_active", "n_comparator"} <= numbers.keys():
        raise NoEffect("t or p give a standardised difference only with the participants of both arms")
    if contrast.favours == "":
        raise NoEffect("which arm did better is not recorded", "direction")
    if "estimate_t" in numbers:
        return "Hedges g from t and the arm sizes"
    return "Hedges g from the two-sided p by way of t with n1 + n2 - 2 df; direction from the text"


def _derived(contrast: Contrast, asked: Asked, share: int, scale: float = 1.0) -> Derivation:
    """The effect with its steps. NoEffect says what the calculation refuses."""
    place = contrast.page
    try:
        return derive_contrast(
            ContrastNumbers(
                kind=contrast.kind,
                numbers=contrast.numbers,
                measure=asked.measure,
                benefit=asked.outcome.benefit,
                direction=contrast.direction,
                event_is=contrast.event_is,
                favours=contrast.favours,
                spread_kind=contrast.spread_kind,
                measure_printed=contrast.measure_printed,
                design=contrast.design,
                share=share,
                scale_factor=scale,
                crossover_r=asked.crossover_r,
                crossover_variance=asked.crossover_vtype,
                centre_kind=contrast.centre_kind,
                periods=contrast.periods,
                cluster_adjusted=contrast.cluster_adjusted,
                difference_spread_kind=contrast.difference_spread_kind,
                sources=dict.fromkeys(contrast.numbers, place) if place else {},
            )
        )
    except CalculationError as error:
        raise NoEffect(_sentence(str(error))) from error


def _sentence(message: str) -> str:
    """A reason as the lists of excluded results have it: no capital, no full stop."""
    return (message[:1].lower() + message[1:]).removesuffix(".")


def _row(
    contrast: Contrast,
    derivation: Derivation,
    notes: list[str],
    *,
    active: Arm,
    comparator: Arm,
    columns: dict[str, float] | None = None,
) -> EffectRow:
    if not (math.isfinite(derivation.yi) and math.isfinite(derivation.vi) and derivation.vi > 0):
        raise NoEffect("its numbers give no effect with a positive variance")
    return EffectRow(
        contrast=contrast,
        label=contrast.study_label,
        yi=derivation.yi,
        vi=derivation.vi,
        note="; ".join(note for note in notes if note),
        active=active,
        comparator=comparator,
        columns=columns,
        approximate=contrast.certainty == "approximate" or _from_adjusted_means(contrast, derivation.measure),
        derivation=derivation,
    )


def _from_adjusted_means(contrast: Contrast, measure: str) -> bool:
    """Whether a standardised difference rests on an SD from the precision of adjusted means: that of the residuals."""
    return (
        contrast.means_adjusted == "adjusted"
        and measure in ("SMD", "SMDH", "SMD1")
        and contrast.spread_kind in ("SE", "95% CI half-width")
    )


def _needed(contrast: Contrast, *keys: str) -> dict[str, float]:
    missing = [key for key in keys if key not in contrast.numbers]
    if missing:
        silent = [key.replace("_", " ") for key in missing if key in contrast.not_reported]
        empty = [key.replace("_", " ") for key in missing if key not in contrast.not_reported]
        said = [
            f"{what}: {', '.join(them)}" for what, them in (("not reported", silent), ("not filled in", empty)) if them
        ]
        raise NoEffect("; ".join(said))
    return {key: contrast.numbers[key] for key in keys}


def spread_as_sd(contrast: Contrast, spread: float, n: float) -> float:
    """The SD that a typed spread stands for. NoEffect where its kind is not recorded."""
    match contrast.spread_kind:
        case "SD":
            return spread
        case "SE":
            return sd_from_se(spread, n)
        case "95% CI half-width":
            return sd_from_ci_half_width(spread, n)
    raise NoEffect("whether the spread is an SD or a standard error is not recorded")


def _event_turned(contrast: Contrast, outcome: OutcomeDefinition) -> bool:
    """Whether the report counts the opposite of the outcome's event."""
    expected = "good" if outcome.benefit == "higher" else "bad"
    return contrast.event_is != expected


def _rescaled(contrast: Contrast, asked: Asked) -> tuple[float, str]:
    """Factor to the common scale of a mean difference: powers of ten only (0-100 to 0-10), else it is another scale."""
    length = scale_length(contrast, asked.outcome)
    if asked.measure != "MD" or asked.common_length is None or length is None or contrast.statistic == "percent change":
        return 1.0, ""
    power = math.log10(asked.common_length / length)
    if abs(power - round(power)) > 1e-9:
        message = (
            f"its scale is {length:g} points long and the others {asked.common_length:g}: standardise (SMD) to pool"
        )
        raise NoEffect(message, "scale")
    if round(power) == 0:
        return 1.0, ""
    return 10.0 ** round(power), f"brought from a scale of {length:g} to one of {asked.common_length:g} points"


def _crossover_how(asked: Asked, r: float) -> str:
    variance = f" ({asked.crossover_vtype} variance)" if asked.measure == "SMD" else ""
    return f"crossover, paired{variance}; within-person r = {r:g}"


def _computed(measure: str) -> str:
    known = {
        "SMD": "Hedges g, exact correction",
        "MD": "difference of means",
        "SMDH": "Hedges g over the arms' average variance",
        "SMD1": "Glass delta, over the comparator's SD",
        "ROM": "log ratio of means",
        "IRR": "from the counts and the person-time",
    }
    return known.get(measure, "from the counts")


def _turned(sign: int, contrast: Contrast) -> str:
    return "" if sign == 1 else f"sign turned: as printed, {contrast.direction or 'the event is the opposite'}"


def _converted(contrast: Contrast) -> str:
    return {"SE": "SD from the standard error", "95% CI half-width": "SD from the confidence interval"}.get(
        contrast.spread_kind, ""
    )


def _clustered(contrast: Contrast) -> str:
    if contrast.design != "cluster":
        return ""
    if contrast.cluster_adjusted == "yes":
        return "the report allows for its clusters"
    return f"design effect of clusters, ICC {contrast.numbers.get('icc', 0):g}"


def _shared(share: int) -> str:
    return f"comparator divided by {share}: shared by {share} active arms" if share > 1 else ""


def _article(measure: str) -> str:
    words = {"MD": "a mean difference", "SMD": "a standardised difference", "OR": "an odds ratio"}
    words |= {"RR": "a risk ratio", "RD": "a risk difference", "HR": "a hazard ratio", "IRR": "a rate ratio"}
    label = MEASURES[measure].label if measure in MEASURES else measure
    return words.get(measure) or f"a {label[:1].lower()}{label[1:]}"
