"""The trail of a contrast as the extraction forms hold it: which recipe it goes through, and its inputs there.

For synthesis, which knows the review (the measure asked for, the outcome's direction, the correlation of crossovers)
and asks here. The four kinds are those of the forms: parallel_means, crossover_means, events, estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.calculation import around, spreads
from workbench.calculation.measures.of_pairs import HANDBOOK
from workbench.calculation.recipes import RECIPES
from workbench.calculation.recipes.differences import CROSSOVER_DESIGN
from workbench.calculation.values import CalculationError, Derivation

KINDS = ("parallel_means", "crossover_means", "events", "estimate")
SPREAD_KEYS = {
    spreads.SD: ("means_sd", "sd"),
    spreads.SE: ("means_se", "se"),
    spreads.HALF_WIDTH: ("means_half_width", "half_width"),
}
RATIOS = ("OR", "RR", "HR", "IRR")
BINARY = (*RATIOS, "RD")
Inputs = dict[str, "float | str | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastNumbers:
    """A contrast's answers, under the keys of the forms, and what is asked of it.

    numbers: answered number fields. direction, event_is, favours, spread_kind, measure_printed, design: the forms'
    words, "" where not answered. measure, benefit: of the review's outcome ("lower" or "higher" is better). "
    "share: among
    how many active arms the comparator is divided. scale_factor: brings points to the pool's length of the scale; of MD
    only. crossover_r: where the contrast has no correlation of its own. sources: where each number was read, by its
    key.
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
        case "estimate":
            return _estimate(given)
    raise CalculationError(f"Contrasts of the kind {given.kind!r} are not known; known are {', '.join(KINDS)}.")


def _parallel(given: ContrastNumbers) -> Derivation:
    if given.spread_kind not in SPREAD_KEYS:
        raise CalculationError("Whether the spread is an SD or a standard error is not recorded.", "spread_kind")
    recipe, spread = SPREAD_KEYS[given.spread_kind]
    keys = {f"{key}_{arm}": f"{key}_{arm}" for key in ("n", "mean") for arm in ("active", "comparator")}
    keys |= {f"spread_{arm}": f"{spread}_{arm}" for arm in ("active", "comparator")}
    return _derived(recipe, given, keys, _direction(given) | _scale(given) | _share(given))


def _crossover(given: ContrastNumbers) -> Derivation:
    keys = {"n_analysed": "n_analysed", "correlation": "correlation"}
    for arm in ("active", "comparator"):
        keys |= {f"mean_{arm}": f"mean_{arm}", f"spread_{arm}": f"sd_{arm}"}
    own = "correlation" in given.numbers
    more: Inputs = {
        "spread_kind": given.spread_kind,
        "correlation_is": "printed" if own else "assumed",
        "crossover_variance": given.crossover_variance,
    }
    if given.spread_kind not in SPREAD_KEYS:
        raise CalculationError("Whether the spread is an SD or a standard error is not recorded.", "spread_kind")
    if not own:
        more["correlation"] = given.crossover_r
    return _derived("crossover_r", given, keys, _direction(given) | _scale(given) | _share(given) | more)


def _events(given: ContrastNumbers) -> Derivation:
    keys = {f"{key}_{arm}": f"{key}_{arm}" for key in ("events", "n") for arm in ("active", "comparator")}
    # a table that says nothing about a ratio is left out of the pool, not corrected into it
    return _derived("events", given, keys, _event(given) | _share(given) | {"double_zero": around.REFUSE})


def _estimate(given: ContrastNumbers) -> Derivation:
    numbers = given.numbers
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
    kind = "se" if "estimate_se" in numbers else "ci" if ends else "p"
    names = {"se": ("se", "low", "high", "level", "p", "df"), "ci": ("low", "high", "level", "p", "df")}.get(
        kind, ("p", "df")
    )
    if given.measure == "MD":
        return _printed(f"difference_{kind}", given, names, _direction(given) | _scale(given))
    if given.measure == "RD":
        return _printed("risk_difference", given, ("se", "low", "high", "level", "p", "df"), _event(given))
    if given.measure in RATIOS:
        return _printed(f"ratio_{kind}", given, names, _event(given))
    raise CalculationError(f"A printed {given.measure} is not known here.", "estimate_measure")


def _printed(recipe: str, given: ContrastNumbers, names: tuple[str, ...], more: Inputs) -> Derivation:
    keys = {f"estimate_{name}": f"estimate_{name}" for name in names}
    keys |= {"estimate": "estimate", "n_active": "n_active", "n_comparator": "n_comparator"}
    design: Inputs = {"design": CROSSOVER_DESIGN} if given.design == CROSSOVER_DESIGN else {}
    return _derived(recipe, given, keys, more | design | _share(given))


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
    return _derived(recipe, given, keys, more | _share(given))


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


def _share(given: ContrastNumbers) -> Inputs:
    return {"share": given.share} if given.share > 1 else {}
