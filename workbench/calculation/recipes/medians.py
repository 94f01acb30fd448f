"""Two arms with medians: their means and SDs are estimated first."""

from __future__ import annotations

import math
import re

from workbench.calculation.measures.of_means import MEASURES
from workbench.calculation.recipe import MEAN_OPTIONS, Recipe
from workbench.calculation.recipes.inputs import ACTIVE, COMPARATOR, HEADINGS, INDEX, POINTS, of_arm, people
from workbench.calculation.recipes.means import GROUP
from workbench.calculation.summaries import Means
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import Term
from workbench.calculation.wanted import Wanted
from workbench.effects import mean_sd_skewed
from workbench.effects.medians import SMALLEST, MeanSD, Summary, luo_mean, mean_sd_from_median, shi_sd
from workbench.effects.skewed import SkewedMethod

Given = dict[str, Term]
NAMES = {
    "minimum": ("Minimum", "Min"),
    "q1": ("Lower quartile", "QL"),
    "median": ("Median", "Med"),
    "q3": ("Upper quartile", "QU"),
    "maximum": ("Maximum", "Max"),
}


def _medians(trail: Trail) -> Means:
    found: list[tuple[Term, Term]] = [_from_median(trail, arm) for arm in (ACTIVE, COMPARATOR)]
    (m1, s1), (m2, s2) = found
    return Means(n1=trail.entered("n_active"), mean1=m1, sd1=s1, n2=trail.entered("n_comparator"), mean2=m2, sd2=s2)


def _from_median(trail: Trail, arm: str) -> tuple[Term, Term]:
    """Mean and SD of an arm from its median and what stands beside it."""
    given = {key: trail.entered(f"{key}_{arm}") for key in NAMES if trail.has(f"{key}_{arm}")}
    n = trail.entered(f"n_{arm}")
    shape = trail.chosen("distribution")
    skewed = shape == LOG_NORMAL
    printed = {key: term.value for key, term in given.items()}
    if shape in FITTED:
        return _fitted(trail, arm, given, n, printed, shape)
    with refused(f"median_{arm}"):
        summary = Summary(n=n.value, **printed)
        found = mean_sd_from_median(
            printed["median"],
            n.value,
            minimum=printed.get("minimum"),
            q1=printed.get("q1"),
            q3=printed.get("q3"),
            maximum=printed.get("maximum"),
            dist="lnorm" if skewed else "norm",
        )
    trail.note(*(f"{flag} ({HEADINGS[arm]}.)" for flag in found.flags))
    if skewed:
        return _log_normal(trail, arm, given, n, summary, found)
    assumption = f"The values of the {arm} arm are about normal."
    index, unit = INDEX[arm], given["median"].unit
    return (
        _mean(trail, f"M{index}", f"Mean of the {arm} arm, from its median", given, n, found.mean, unit, assumption),
        _sd(trail, f"SD{index}", f"Standard deviation of the {arm} arm", given, n, found.sd, unit, assumption),
    )


def _fitted(trail: Trail, arm: str, given: Given, n: Term, printed: dict[str, float], shape: str) -> tuple[Term, Term]:
    """Mean and SD of the distribution that fits the printed numbers best, found by search and not by a formula."""
    method, name, reference = FITTED[shape]
    median = printed.pop("median")
    with refused(f"median_{arm}"):
        found = mean_sd_skewed(median, n.value, method=method, **printed)
    trail.note(*(f"{flag} ({HEADINGS[arm]}.)" for flag in found.flags))
    index, unit = INDEX[arm], given["median"].unit
    terms = (*given.values(), n)
    numbers = ", ".join(term.symbol for term in terms)
    assumption = f"{found.how or name} for the {arm} arm."
    return (
        trail.step(
            f"M{index} = mean of {name}({numbers})",
            f"Mean of the {arm} arm",
            terms,
            found.mean,
            unit=unit,
            assumption=assumption,
            reference=reference,
        ),
        trail.step(
            f"SD{index} = SD of {name}({numbers})",
            f"Standard deviation of the {arm} arm",
            terms,
            found.sd,
            unit=unit,
            assumption=assumption,
            reference=reference,
        ),
    )


def _mean(
    trail: Trail, symbol: str, label: str, given: Given, n: Term, value: float, unit: str, assumption: str
) -> Term:
    """Luo's weighted mean of the median, the mid-range and the mid-quartile range."""
    med = given["median"].symbol
    if "q1" not in given:
        w = f"4 / (4 + {n.symbol}^0.75)"
        expression = f"{w} × ({_sum(given, 'minimum', 'maximum')}) / 2 + (1 − {w}) × {med}"
    elif "minimum" not in given:
        w = f"(0.7 + 0.39 / {n.symbol})"
        expression = f"{w} × ({_sum(given, 'q1', 'q3')}) / 2 + (1 − {w}) × {med}"
    else:
        w, v = f"2.2 / (2.2 + {n.symbol}^0.75)", f"(0.7 − 0.72 / {n.symbol}^0.55)"
        expression = (
            f"{w} × ({_sum(given, 'minimum', 'maximum')}) / 2 + {v} × ({_sum(given, 'q1', 'q3')}) / 2 + "
            f"(1 − {w} − {v}) × {med}"
        )
    return trail.step(
        f"{symbol} = {expression}",
        label,
        (*given.values(), n),
        value,
        unit=unit,
        assumption=assumption,
        reference="Luo et al. 2018, Stat Methods Med Res 27:1785",
    )


def _sd(trail: Trail, symbol: str, label: str, given: Given, n: Term, value: float, unit: str, assumption: str) -> Term:
    """Wan's SD from the range or the quartiles; Shi's weighted one from both."""
    beside = {key: term for key, term in given.items() if key != "median"}
    by_range = by_quartiles = ""
    if "minimum" in given:
        width = f"{given['maximum'].symbol} − {given['minimum'].symbol}"
        by_range = f"({width}) / (2 × z(({n.symbol} − 0.375) / ({n.symbol} + 0.25)))"
    if "q1" in given:
        width = f"{given['q3'].symbol} − {given['q1'].symbol}"
        by_quartiles = f"({width}) / (2 × z((0.75 × {n.symbol} − 0.125) / ({n.symbol} + 0.25)))"
    both = bool(by_range and by_quartiles)
    w = f"1 / (1 + 0.07 × {n.symbol}^0.6)"
    return trail.step(
        f"{symbol} = {f'{w} × {by_range} + (1 − {w}) × {by_quartiles}' if both else by_range or by_quartiles}",
        label,
        (*beside.values(), n),
        value,
        unit=unit,
        assumption=assumption,
        reference="Shi et al. 2020, Res Synth Methods 11:641"
        if both
        else "Wan et al. 2014, BMC Med Res Methodol 14:135",
    )


def _log_normal(trail: Trail, arm: str, given: Given, n: Term, summary: Summary, found: MeanSD) -> tuple[Term, Term]:
    """Mean and SD of the logarithms as above, then turned back with Shi's corrections."""
    index, unit = INDEX[arm], given["median"].unit
    reference = "Shi et al. 2020, Stat Interface 13:519"
    assumption = f"The values of the {arm} arm are about log-normal."
    logs: Given = {
        key: trail.step(f"ln{term.symbol} = ln({term.symbol})", "Its logarithm", (term,), math.log(term.value))
        for key, term in given.items()
    }
    of_logs = summary.mapped(tuple(math.log(value) for value in summary.values))
    mu = _mean(trail, f"μ{index}", "Mean of the logarithms", logs, n, luo_mean(of_logs), "", assumption)
    sigma = _sd(trail, f"σ{index}", "SD of the logarithms", logs, n, shi_sd(of_logs), "", assumption)
    over2, over4, c2, c4 = CORRECTIONS[summary.given]
    m, s, k = mu.symbol, sigma.symbol, n.symbol
    squares = (f"({s}² / ({_of(over2, k)}))", f"({s}^4 / ({_of(over4, k)}))")

    def turned_back(a: str, b: str, of_mu: str, of_s2: str, of_s4: str) -> str:
        return f"exp({of_mu}{m} + {a}{squares[0]}{b}) / (1 + ({of_s2} × {squares[0]} + {of_s4} × {squares[1]}) / {k})"

    mean = trail.step(
        f"M{index} = {turned_back('', ' / 2', '', f'{c2:g}', f'{c4:g}')}",
        f"Mean of the {arm} arm",
        (mu, sigma, n),
        found.mean,
        unit=unit,
        assumption=assumption,
        reference=reference,
    )
    second = turned_back("2 × ", "", "2 × ", f"{4 * c2:g}", f"{16 * c4:g}")
    square = turned_back("", "", "2 × ", f"{4 * c2:g}", f"{4 * c4:g}")
    sd = trail.step(
        f"SD{index} = √({second} − {square})",
        f"Standard deviation of the {arm} arm",
        (mu, sigma, n),
        found.sd,
        unit=unit,
        assumption=assumption,
        reference=reference,
    )
    return mean, sd


def _of(expression: str, n: str) -> str:
    """The expression with this symbol for n; "ln" stays."""
    return re.sub(r"\bn\b", n, expression)


def _sum(given: Given, *keys: str) -> str:
    return " + ".join(given[key].symbol for key in keys)


# As in `effects.medians`: what divides the squared spread of the logs and its square, and the factors of the
# corrections.
CORRECTIONS = {
    "extremes": ("1.01 + 0.25 / ln(n)²", "1 + 2.23 / ln(n)²", 0.565, 0.37),
    "quartiles": ("1 + 1.58 / n", "1 + 19.2 / n^1.2", 0.57, 0.75),
    "all five": ("1 + 0.28 / ln(n)²", "1 + 3.93 / n", 0.405, 0.315),
}
NORMAL, LOG_NORMAL = "about normal", "log-normal"
QE, BC = "skewed, quantile estimation", "skewed, Box-Cox"
FITTED: dict[str, tuple[SkewedMethod, str, str]] = {
    QE: ("qe", "QE", "McGrath et al. 2020, Stat Methods Med Res 29:2520"),
    BC: ("bc", "BC", "McGrath et al. 2020, Stat Methods Med Res 29:2520"),
}
DISTRIBUTION = Wanted(
    key="distribution",
    label="The values are taken to be",
    optional=True,
    choices=(NORMAL, LOG_NORMAL, QE, BC),
    default=NORMAL,
    help="Something else than normal where the median lies far from the middle of the quartiles or the range: "
    "log-normal and Box-Cox for values above 0, quantile estimation for any.",
)


def _arranged(*keys: str) -> tuple[Wanted, ...]:
    return tuple(
        people(arm, at_least=SMALLEST) if key == "n" else of_arm(arm, key, *NAMES[key], unit=POINTS)
        for arm in (ACTIVE, COMPARATOR)
        for key in ("n", *keys)
    )


MEDIANS: tuple[Recipe, ...] = (
    Recipe(
        key="medians_iqr",
        title="Medians with quartiles",
        group=GROUP,
        help="Each arm's median with both quartiles. An interquartile range printed as one number does not suffice.",
        wanted=(*_arranged("q1", "median", "q3"), DISTRIBUTION),
        measures=MEASURES,
        gather=_medians,
        options=MEAN_OPTIONS,
        example=(
            "n_active=40 q1_active=2 median_active=3 q3_active=5 n_comparator=38 q1_comparator=4 "
            "median_comparator=5 q3_comparator=6"
        ),
    ),
    Recipe(
        key="medians_range",
        title="Medians with ranges",
        group=GROUP,
        help="Each arm's median with its lowest and highest value. Ranges rest on two people: quartiles are better.",
        wanted=(*_arranged("minimum", "median", "maximum"), DISTRIBUTION),
        measures=MEASURES,
        gather=_medians,
        options=MEAN_OPTIONS,
        example=(
            "n_active=40 minimum_active=1 median_active=3 maximum_active=8 n_comparator=38 "
            "minimum_comparator=2 median_comparator=5 maximum_comparator=9"
        ),
    ),
    Recipe(
        key="medians_five",
        title="Medians with quartiles and ranges",
        group=GROUP,
        help="All five numbers of each arm: lowest, lower quartile, median, upper quartile, highest.",
        wanted=(*_arranged("minimum", "q1", "median", "q3", "maximum"), DISTRIBUTION),
        measures=MEASURES,
        gather=_medians,
        options=MEAN_OPTIONS,
        example=(
            "n_active=40 minimum_active=1 q1_active=2 median_active=3 q3_active=5 maximum_active=8 "
            "n_comparator=38 minimum_comparator=2 q1_comparator=4 median_comparator=5 q3_comparator=6 "
            "maximum_comparator=9"
        ),
    ),
)
