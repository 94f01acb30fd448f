"""Inputs that several recipes have in common; keys are those of the extraction forms where these ask for the same."""

from __future__ import annotations

from dataclasses import replace

from workbench.calculation.spreads import HALF_WIDTH, SD, SE, SPREADS
from workbench.calculation.wanted import BOUND, Wanted
from workbench.calculation.wanted import PEOPLE as PEOPLE

ACTIVE, COMPARATOR = "active", "comparator"
HEADINGS = {ACTIVE: "Active arm", COMPARATOR: "Comparator arm"}
INDEX = {ACTIVE: "1", COMPARATOR: "2"}
COMPARISON = "Comparison"
POINTS, PERCENT = "points", "%"


def of_arm(arm: str, key: str, label: str, symbol: str, **more: object) -> Wanted:
    """An input of one arm: its key, heading and symbol follow."""
    item = Wanted(key=f"{key}_{arm}", label=label, symbol=f"{symbol}{INDEX[arm]}", group=HEADINGS[arm])
    return replace(item, **more)  # type: ignore[arg-type]


def people(arm: str, *, optional: bool = False, at_least: float = 1) -> Wanted:
    """Participants analysed; a part of a person where an arm was divided before."""
    return of_arm(arm, "n", "Participants analysed", "n", unit=PEOPLE, low=at_least, optional=optional)


def mean(arm: str, label: str = "Mean") -> Wanted:
    """An arm's mean, in points of the scale as printed."""
    return of_arm(arm, "mean", label, "M", unit=POINTS)


def sd(arm: str, label: str = "SD") -> Wanted:
    """An arm's standard deviation."""
    return of_arm(arm, "sd", label, "SD", unit=POINTS, low=0, open_low=True)


def se(arm: str) -> Wanted:
    """The standard error of an arm's mean."""
    return of_arm(arm, "se", "Standard error of the mean", "SE", unit=POINTS, low=0, open_low=True)


def both(*makers: object) -> tuple[Wanted, ...]:
    """The same inputs for the active arm and then for the comparator."""
    return tuple(maker(arm) for arm in (ACTIVE, COMPARATOR) for maker in makers)  # type: ignore[operator]


LEVEL = Wanted(
    key="level",
    label="Level of the printed interval",
    symbol="level",
    unit=PERCENT,
    optional=True,
    low=50,
    high=100,
    open_high=True,
    default="95",
)
SPREAD_KIND = Wanted(
    key="spread_kind",
    label="After the mean stands",
    optional=True,
    choices=SPREADS,
    default=SD,
    help=f"{SD}, {SE} (of the mean) or half the width of its 95% confidence interval ({HALF_WIDTH}).",
)
ESTIMATE = Wanted(
    key="estimate",
    label="Mean difference (active minus comparator)",
    symbol="MD",
    unit=POINTS,
    group=COMPARISON,
    help="As printed. Where a report prints comparator minus active, change the sign first.",
)
SE_OF_ESTIMATE = Wanted(
    key="estimate_se", label="Its standard error", symbol="SE", unit=POINTS, group=COMPARISON, low=0, open_low=True
)
LOW = Wanted(key="estimate_low", label="Lower end of its interval", symbol="L", unit=POINTS, group=COMPARISON)
HIGH = Wanted(key="estimate_high", label="Upper end of its interval", symbol="U", unit=POINTS, group=COMPARISON)
ESTIMATE_LEVEL = replace(LEVEL, key="estimate_level", group=COMPARISON)
P = Wanted(
    key="estimate_p",
    label="Two-sided p",
    symbol="p",
    group=COMPARISON,
    low=0,
    high=1,
    open_low=True,
    open_high=True,
    help="The number itself, not a bound.",
    p_value=True,
)
P_IS = Wanted(
    key=BOUND,
    label="The p is",
    group=COMPARISON,
    optional=True,
    choices=("as printed", "an upper bound"),
    default="as printed",
    help="An upper bound such as p < .001: the effect is then at least as large as what comes out.",
)
DF = Wanted(
    key="estimate_df",
    label="Degrees of freedom of the test",
    symbol="df",
    group=COMPARISON,
    optional=True,
    low=0,
    open_low=True,
    help="Where they are given Student's t is used, else the normal distribution.",
)
T = Wanted(key="estimate_t", label="t (or z)", symbol="t", group=COMPARISON)
CORRELATION = Wanted(
    key="correlation",
    label="Correlation within people",
    symbol="r",
    low=-1,
    high=1,
    help="Rarely printed: take it from the SD of the differences, from another trial, or try 0.3, 0.5, 0.7 and 0.9.",
)
FAVOURS = Wanted(
    key="favours",
    label="Which arm did better?",
    group=COMPARISON,
    choices=(ACTIVE, COMPARATOR),
    help="A test tells how large a difference is; the text tells which way it goes.",
)


def optional(item: Wanted) -> Wanted:
    """The same input where it may be left empty."""
    return replace(item, optional=True)
