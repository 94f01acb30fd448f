"""The trail of a contrast as the extraction forms hold it: which recipe it goes through, and its inputs there.

For synthesis, which knows the review (the measure asked for, the outcome's direction, the correlation of crossovers)
and asks here. The kinds are those of the forms: parallel_means, crossover_means, events, rates, estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from workbench.calculation import around, spreads
from workbench.calculation.measures.of_pairs import HANDBOOK
from workbench.calculation.recipes import RECIPES
from workbench.calculation.recipes.differences import CROSSOVER_DESIGN
from workbench.calculation.values import CalculationError, Derivation

KINDS = ("parallel_means", "crossover_means", "events", "rates", "estimate")
SPREAD_KEYS = {
    spreads.SD: ("means_sd", "sd"),
    spreads.SE: ("means_se", "se"),
    spreads.HALF_WIDTH: ("means_half_width", "half_width"),
}
ARMS = ("active", "comparator")
MEDIAN, FIRST, CLUSTER_DESIGN = "median", "first", "cluster"
RATIOS = ("OR", "RR", "HR", "IRR")
BINARY = (*RATIOS, "RD")
Inputs = dict[str, "float | str | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastNumbers:
    """A contrast's answers, under the keys of the forms, and what is asked of it.

    numbers: answered number fields. direction, event_is, favours, spread_kind, measure_printed, design: the forms'
    words, "" where not answered. measure, benefit: of the review's outcome ("lower" or "higher" is better). share:
    among how many active arms the comparator is divided. scale_factor: brings points to the pool's length of the scale;
    of MD only. crossover_r: where the contrast has no correlation of its own. sources: where each number was read, by
    its key.
    """

    kind: str
    numbers: Mapping[str, float]
    measure: str
    benefit: str
    direction: str = ""
    event_is: str = ""
    favours: str = ""
    spread_kind: str = ""
    measure_printed: str = ""
    design: str = ""
    share: int = 1
    scale_factor: float = 1.0
    crossover_r: float = 0.5
    crossover_variance: str = HANDBOOK
    centre_kind: str = ""  # "median": medians with quartiles or a range instead of means
    periods: str = ""  # "first": of a crossover, the first period alone
    cluster_adjusted: str = ""  # "yes": the numbers of a cluster trial allow for its clusters already
    difference_spread_kind: str = ""  # what `difference_spread` is: "SD", "SE", "95% CI half-width"
    sources: Mapping[str, str] = field(default_factory=dict)


def derive_contrast(given: ContrastNumbers) -> Derivation:
    """The effect of a contrast with its trail, in the outcome's direction.

    Equal to the last digit to what `synthesis.effect_row` computes. CalculationError says what is missing.
    """
    match given.kind:
        case "parallel_means":
            return _parallel(given)
        case "crossover_means":
            return _crossover(given)
        case "events":
            return _events(given)
        case "rates":
            keys = {f"{key}_{arm}": f"{key}_{arm}" for key in ("events", "time") for arm in ARMS}
            double_zero: Inputs = {"double_zero": around.REFUSE}
            return _derived("rates", given, keys, _event(given) | _share(given) | _clusters(given) | double_zero)
        case "estimate":
            return _estimate(given)
    raise CalculationError(f"Contrasts of the kind {given.kind!r} are not known; known are {', '.join(KINDS)}.")


def _parallel(given: ContrastNumbers) -> Derivation:
    around_it = _direction(given) | _scale(given) | _share(given) | _clusters(given)
    if given.centre_kind == MEDIAN:
        return _medians(given, around_it)
    if given.spread_kind not in SPREAD_KEYS:
        raise CalculationError("Whether the spread is an SD or a standard error is not recorded.", "spread_kind")
    recipe, spread = SPREAD_KEYS[given.spread_kind]
    keys = {f"{key}_{arm}": f"{key}_{arm}" for key in ("n", "mean") for arm in ARMS}
    keys |= {f"spread_{arm}": f"{spread}_{arm}" for arm in ARMS}
    return _derived(recipe, given, keys, around_it)


def _medians(given: ContrastNumbers, around_it: Inputs) -> Derivation:
    """By what both arms give: quartiles and range, quartiles, or range."""

    def both(*names: str) -> bool:
        return all(f"{name}_{arm}" in given.numbers for name in names for arm in ARMS)

    quartiles, ends = both("q1", "q3"), both("min", "max")
    if not quartiles and not ends:
        raise CalculationError(
            "A median needs its quartiles, or its lowest and highest value, in both arms.", "q1_active"
        )
    recipe = "medians_five" if quartiles and ends else "medians_iqr" if quartiles else "medians_range"
    names = {"n": "n", "median": "median"}
    names |= {"q1": "q1", "q3": "q3"} if quartiles else {}
    names |= {"min": "minimum", "max": "maximum"} if ends else {}
    keys = {f"{theirs}_{arm}": f"{mine}_{arm}" for theirs, mine in names.items() for arm in ARMS}
    return _derived(recipe, given, keys, around_it)


def _crossover(given: ContrastNumbers) -> Derivation:
    if given.periods == FIRST:
        return _parallel(given)
    if given.spread_kind not in SPREAD_KEYS:
        raise CalculationError("Whether the spread is an SD or a standard error is not recorded.", "spread_kind")
    around_it = _direction(given) | _scale(given) | _share(given) | _clusters(given)
    around_it |= {"crossover_variance": given.crossover_variance}
    if given.measure == "ROM":  # periods compared within people have a ratio of means of their own
        given = replace(given, measure="ROMC")
    paired = _paired(given)
    if paired is not None:
        recipe, paired_keys, values = paired
        return _derived(recipe, given, paired_keys, around_it | values | {"spread_kind": given.spread_kind})
    keys = {"n_analysed": "n_analysed", "correlation": "correlation"}
    for arm in ARMS:
        keys |= {f"mean_{arm}": f"mean_{arm}", f"spread_{arm}": f"sd_{arm}"}
    own = "correlation" in given.numbers
    more: Inputs = {"spread_kind": given.spread_kind, "correlation_is": "printed" if own else "assumed"}
    if not own:
        more["correlation"] = given.crossover_r
    return _derived("crossover_r", given, keys, around_it | more)


def _paired(given: ContrastNumbers) -> tuple[str, dict[str, str], Inputs] | None:
    """The recipe that needs no correlation because the report prints the paired comparison, its keys, further inputs.

    The SD of the differences tells most, then their standard error, interval, t, p. None where a correlation is needed,
    also where the report prints the correlation itself. A difference that is not printed is that of the two means.
    """
    numbers = given.numbers
    if "correlation" in numbers or given.measure not in ("MD", "SMD"):
        return None
    keys = {"n_analysed": "n_analysed"} | {f"spread_{arm}": f"sd_{arm}" for arm in ARMS}
    spread = numbers.get("difference_spread")
    if spread is not None and given.difference_spread_kind == spreads.SD:
        means = {f"mean_{arm}": f"mean_{arm}" for arm in ARMS}
        return "crossover_sd_difference", keys | means | {"difference_spread": "sd_difference"}, {}
    difference = numbers.get("difference_mean")
    if difference is None and {"mean_active", "mean_comparator"} <= numbers.keys():
        difference = numbers["mean_active"] - numbers["mean_comparator"]
    if difference is None:
        return None
    values: Inputs = {"estimate": difference}
    if spread is not None and given.difference_spread_kind == spreads.SE:
        return "crossover_se", keys | {"difference_spread": "estimate_se"}, values
    if spread is not None and given.difference_spread_kind == spreads.HALF_WIDTH:
        ends: Inputs = {"estimate_low": difference - spread, "estimate_high": difference + spread}
        return "crossover_interval", keys, values | ends
    if "paired_t" in numbers:
        return "crossover_t", keys | {"paired_t": "estimate_t"}, values
    if "paired_p" in numbers:
        return "crossover_p", keys | {"paired_p": "estimate_p"}, values
    return None


def _events(given: ContrastNumbers) -> Derivation:
    # a table that says nothing about a ratio is left out of the pool, not corrected into it
    around_it = _event(given) | _share(given) | _clusters(given) | {"double_zero": around.REFUSE} | _zeros(given)
    counted = all(f"events_{arm}" in given.numbers for arm in ARMS)
    percentages = not counted and all(f"percent_{arm}" in given.numbers for arm in ARMS)
    recipe, what = ("percentages", "percent") if percentages else ("events", "events")
    keys = {f"{key}_{arm}": f"{key}_{arm}" for key in (what, "n") for arm in ARMS}
    return _derived(recipe, given, keys, around_it)


def _zeros(given: ContrastNumbers) -> Inputs:
    """Nothing is added to an empty cell where the measure does without: Peto's odds ratio, and a risk difference.

    A risk difference whose arms are both without variance (nobody, or everybody, in each) needs the correction.
    """
    numbers = given.numbers
    if given.measure == "PETO":
        return {"zero_to": "none"}
    if given.measure != "RD" or not all(f"{key}_{arm}" in numbers for key in ("events", "n") for arm in ARMS):
        return {}
    varies = any(0 < numbers[f"events_{arm}"] < numbers[f"n_{arm}"] for arm in ARMS)
    return {"zero_to": "none"} if varies else {}


def _estimate(given: ContrastNumbers) -> Derivation:
    numbers = given.numbers
    if standardised_by_sd(given.measure_printed, given.measure, numbers):
        return _over_sd(given)
    if given.measure_printed != given.measure:
        raise CalculationError(
            f"The report prints {given.measure_printed or 'no estimate'}, which is not turned into {given.measure}.",
            "estimate_measure",
        )
    if "estimate" not in numbers:
        return _test(given)
    sizes = {"n_active", "n_comparator"} <= numbers.keys()
    paired = given.design == CROSSOVER_DESIGN
    ends = [key for key in ("estimate_low", "estimate_high") if key in numbers]
    spread = "estimate_se" in numbers or len(ends) == 2
    if given.measure == "SMD":
        from_d = not spread and not paired and sizes
        names: tuple[str, ...] = () if from_d else ("se", "low", "high", "level", "p", "df")
        return _printed("smd_printed", given, names, _direction(given))
    if len(ends) == 1 and "estimate_se" not in numbers:
        raise CalculationError("A confidence interval needs both its ends.", ends[0])
    test = "t" if "estimate_t" in numbers and given.measure == "MD" else "p"
    kind = "se" if "estimate_se" in numbers else "ci" if ends else test
    names = {
        "se": ("se", "low", "high", "level", "p", "df"),
        "ci": ("low", "high", "level", "p", "df"),
        "t": ("t",),
    }.get(kind, ("p", "df"))
    if given.measure == "MD":
        return _printed(f"difference_{kind}", given, names, _direction(given) | _scale(given))
    if given.measure == "RD":
        return _printed("risk_difference", given, ("se", "low", "high", "level", "p", "df"), _event(given))
    if given.measure in RATIOS:
        return _printed(f"ratio_{kind}", given, names, _event(given))
    raise CalculationError(f"A printed {given.measure} is not known here.", "estimate_measure")


def standardised_by_sd(printed: str, measure: str, numbers: Mapping[str, float]) -> bool:
    """Whether a printed difference in points becomes a standardised one, by an SD that the report prints apart."""
    return printed == "MD" and measure == "SMD" and {"estimate", "outcome_sd"} <= numbers.keys()


def _over_sd(given: ContrastNumbers) -> Derivation:
    if given.design == CROSSOVER_DESIGN:
        raise CalculationError(
            "A crossover's difference compares people with themselves: its variance over an SD between people is not "
            "that of two arms. Enter the two periods' means.",
            "design",
        )
    names = ("estimate", *(f"estimate_{name}" for name in ("se", "low", "high", "level", "p", "df")))
    keys = {key: key for key in (*names, "outcome_sd", "n_active", "n_comparator")}
    return _derived("difference_over_sd", given, keys, _direction(given) | _share(given) | _clusters(given))


def _printed(recipe: str, given: ContrastNumbers, names: tuple[str, ...], more: Inputs) -> Derivation:
    keys = {f"estimate_{name}": f"estimate_{name}" for name in names}
    keys |= {"estimate": "estimate", "n_active": "n_active", "n_comparator": "n_comparator"}
    design: Inputs = {"design": CROSSOVER_DESIGN} if given.design == CROSSOVER_DESIGN else {}
    return _derived(recipe, given, keys, more | design | _share(given) | _clusters(given))


def _test(given: ContrastNumbers) -> Derivation:
    if given.measure != "SMD" or not {"estimate_t", "estimate_p"} & given.numbers.keys():
        raise CalculationError(
            "No estimate is printed, nor a t or p value from which a standardised difference follows.", "estimate"
        )
    if given.design == CROSSOVER_DESIGN:
        raise CalculationError(
            "A crossover's test compares people with themselves and cannot be turned into a difference between arms.",
            "design",
        )
    if given.favours == "":
        raise CalculationError("Which arm did better is not recorded.", "favours")
    recipe, statistic = ("t_test", "estimate_t") if "estimate_t" in given.numbers else ("p_value", "estimate_p")
    keys = {key: key for key in (statistic, "n_active", "n_comparator")}
    more: Inputs = {"favours": given.favours, "benefit": given.benefit}
    return _derived(recipe, given, keys, more | _share(given) | _clusters(given))


def _derived(recipe: str, given: ContrastNumbers, keys: Mapping[str, str], more: Inputs) -> Derivation:
    """keys: the contrast's keys with the recipe's."""
    values: Inputs = {mine: given.numbers[theirs] for theirs, mine in keys.items() if theirs in given.numbers}
    sources = {mine: given.sources[theirs] for theirs, mine in keys.items() if theirs in given.sources}
    return RECIPES[recipe].derive(values | more, given.measure, sources=sources)


def _direction(given: ContrastNumbers) -> Inputs:
    if given.direction == "":
        raise CalculationError("Which direction is better is not recorded.", "direction")
    return {"direction": given.direction, "benefit": given.benefit}


def _event(given: ContrastNumbers) -> Inputs:
    if given.event_is == "":
        raise CalculationError("Whether the event counted is good or bad is not recorded.", "event_is")
    return {"event_is": given.event_is, "benefit": given.benefit}


def _scale(given: ContrastNumbers) -> Inputs:
    return {"scale_factor": given.scale_factor} if given.measure == "MD" and given.scale_factor != 1 else {}


def _clusters(given: ContrastNumbers) -> Inputs:
    """What a trial that randomised groups needs, unless its numbers allow for them."""
    if given.design != CLUSTER_DESIGN or given.cluster_adjusted == "yes":
        return {}
    if not {"icc", "cluster_mean_size"} <= given.numbers.keys():
        raise CalculationError(
            "The trial randomised groups and its numbers do not allow for them: the intracluster correlation and the "
            "mean size of a cluster are needed.",
            "icc",
        )
    return {"icc": given.numbers["icc"], "cluster_size": given.numbers["cluster_mean_size"]}


def _share(given: ContrastNumbers) -> Inputs:
    return {"share": given.share} if given.share > 1 else {}
