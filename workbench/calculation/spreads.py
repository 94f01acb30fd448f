"""Steps from the spread that a report prints to a standard deviation or a standard error.

The numbers come from `workbench.effects`; here each of them gets its formula and its words.
"""

from __future__ import annotations

from decimal import Decimal

from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import CalculationError, Term
from workbench.effects import spreads
from workbench.effects.quantiles import quantile_of_p, two_sided_quantile

SD, SE, HALF_WIDTH = "SD", "SE", "95% CI half-width"
SPREADS = (SD, SE, HALF_WIDTH)
"""What stands after the mean, in the words of the extraction forms."""

LOPSIDED = 0.85  # the shorter side of an interval as a share of the longer one, below which it is remarked on
ARMS = {"active": "1", "comparator": "2"}
OF_AN_ARM = "Cochrane Handbook 6.5.2.2"
OF_A_DIFFERENCE = "Cochrane Handbook 6.5.2.3"
OF_AN_ESTIMATE = "Cochrane Handbook 6.3"


def remark_on_place(trail: Trail, mean: str, value: float, low: float, high: float) -> None:
    """Remark on a mean that does not stand in the middle of its interval, of which only the width is used.

    mean: what it is called, "The mean of the active arm". Rounding of all three numbers is allowed for.
    """
    if not low <= value <= high:
        trail.note(f"{mean} lies outside its interval: was a sign lost in print? Only the interval's width is used.")
        trail.approximate = True
        return
    half, unit = (high - low) / 2, 10.0 ** -max(_decimals(number) for number in (value, low, high))
    off = max(abs(value - (low + high) / 2) - unit, 0.0)
    if half > 0 and half - off < LOPSIDED * (half + off):
        trail.note(
            f"{mean} is not in the middle of its interval ({low:g} to {high:g}): look for a slip. If it is printed so, "
            "the interval was made on another scale (logarithms) or by bootstrap, and its width gives no SD of the "
            "values."
        )
        trail.approximate = True


def _decimals(number: float) -> int:
    """The digits behind the point as they are written; 0 for whole numbers."""
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def quantile(trail: Trail, level: Term, df: Term | None, *, people: Term | None = None, why: str = "") -> Term:
    """The step that says by which quantile an interval reaches to each side: normal, or Student's.

    df: Student's; people: instead of df where it is people minus 1. why: said in the label.
    """
    share = f"1 − (1 − {level.symbol} / 100) / 2"
    inputs: tuple[Term, ...] = (level,)
    if people is not None:
        value, expression, inputs = (
            two_sided_quantile(level.value, people.value - 1),
            f"t({share}, {people.symbol} − 1)",
            (level, people),
        )
    elif df is not None:
        value, expression, inputs = two_sided_quantile(level.value, df.value), f"t({share}, {df.symbol})", (level, df)
    else:
        value, expression, inputs = two_sided_quantile(level.value), f"z({share})", (level,)
    return trail.step(f"q = {expression}", f"Quantile of the interval{why}", inputs, value)


def level_of(trail: Trail, key: str = "level") -> Term:
    """The level of the printed interval, 95 unless it was entered."""
    if trail.has(key):
        return trail.entered(key, "level")
    return Term("level", 95.0, "%", "95 unless entered")


def sd_of_arm(trail: Trail, arm: str, spread: Term, n: Term, kind: str, field: str) -> Term:
    """The SD of an arm from what stands after its mean."""
    index = ARMS[arm]
    if kind == SD:
        return Term(f"SD{index}", spread.value, spread.unit, spread.source)
    if kind == SE:
        with refused(field):
            value = spreads.sd_from_se(spread.value, n.value)
        return trail.step(
            f"SD{index} = {spread.symbol} × √({n.symbol})",
            f"Standard deviation of the {arm} arm, from its standard error",
            (spread, n),
            value,
            unit=spread.unit,
            reference=OF_AN_ARM,
        )
    level = Term("level", 95.0, "%", "of the interval")
    _more_than_one(n, arm)
    q = _arm_quantile(trail, level, n)
    with refused(field):
        value = spreads.sd_from_ci_half_width(spread.value, n.value)
    return trail.step(
        f"SD{index} = √({n.symbol}) × {spread.symbol} / q",
        f"Standard deviation of the {arm} arm, from half the width of its confidence interval",
        (n, spread, q),
        value,
        unit=spread.unit,
        reference=OF_AN_ARM,
    )


def sd_from_interval(trail: Trail, arm: str, low: Term, high: Term, n: Term, level: Term, field: str) -> Term:
    """The SD of an arm from the confidence interval of its mean."""
    _more_than_one(n, arm)
    with refused(field):
        value = spreads.sd_from_ci(low.value, high.value, n.value, level=level.value)
    q = _arm_quantile(trail, level, n)
    index = ARMS[arm]
    return trail.step(
        f"SD{index} = √({n.symbol}) × ({high.symbol} − {low.symbol}) / (2 × q)",
        f"Standard deviation of the {arm} arm, from the confidence interval of its mean",
        (n, high, low, q),
        value,
        unit=low.unit,
        reference=OF_AN_ARM,
    )


def _more_than_one(n: Term, arm: str) -> None:
    if n.value <= 1:
        field = "n_analysed" if n.symbol == "n" else f"n_{arm}"
        raise CalculationError("One person's interval gives no SD: check the number of participants.", field)


def _arm_quantile(trail: Trail, level: Term, n: Term) -> Term:
    """Student's below 60 people, as the Handbook has it."""
    if n.value < spreads.NORMAL_FROM:
        return quantile(
            trail, level, None, people=n, why=f": Student's t, as {n.symbol} is below {spreads.NORMAL_FROM}"
        )
    return quantile(trail, level, None, why=f": normal, as {n.symbol} is {spreads.NORMAL_FROM} or more")


def se_from_interval(
    trail: Trail,
    low: Term,
    high: Term,
    level: Term,
    df: Term | None,
    *,
    symbol: str = "SE",
    of: str = "the difference",
    field: str = "estimate_low",
) -> Term:
    """The standard error of a difference from its interval; Student's where df is given."""
    with refused(field):
        value = spreads.se_from_ci(low.value, high.value, level=level.value, df=None if df is None else df.value)
    why = ": normal" if df is None else f": Student's t with {df.value:g} degrees of freedom"
    q = quantile(trail, level, df, why=why)
    return trail.step(
        f"{symbol} = ({high.symbol} − {low.symbol}) / (2 × q)",
        f"Standard error of {of}, from its confidence interval",
        (high, low, q),
        value,
        unit=low.unit,
        reference=OF_AN_ESTIMATE,
    )


def se_from_t(trail: Trail, estimate: Term, t: Term) -> Term:
    """The standard error of an estimate from its t or z."""
    with refused("estimate_t"):
        value = spreads.se_from_t(estimate.value, t.value)
    return trail.step(
        f"SE = |{estimate.symbol} / {t.symbol}|",
        "Standard error, from the test statistic",
        (estimate, t),
        value,
        unit=estimate.unit,
        reference=OF_A_DIFFERENCE,
        approximate=True,
    )


def t_from_p(trail: Trail, p: Term, df: Term | None) -> Term:
    """The size of the test statistic that a two-sided p stands for."""
    if df is None:
        return trail.step(
            f"Z = z(1 − {p.symbol} / 2)",
            "Size of z behind the two-sided p",
            (p,),
            quantile_of_p(p.value),
            reference=OF_AN_ESTIMATE,
            approximate=True,
        )
    return trail.step(
        f"T = t(1 − {p.symbol} / 2, {df.symbol})",
        "Size of t behind the two-sided p",
        (p, df),
        quantile_of_p(p.value, df.value),
        reference=OF_A_DIFFERENCE,
        approximate=True,
    )


def se_from_p(trail: Trail, estimate: Term, p: Term, df: Term | None) -> Term:
    """The standard error of an estimate from its two-sided p."""
    with refused("estimate_p"):
        value = spreads.se_from_p(estimate.value, p.value, df=None if df is None else df.value)
    statistic = t_from_p(trail, p, df)
    return trail.step(
        f"SE = |{estimate.symbol}| / {statistic.symbol}",
        "Standard error, from the two-sided p",
        (estimate, statistic),
        value,
        unit=estimate.unit,
        reference=OF_AN_ESTIMATE,
    )


def sd_from_difference(trail: Trail, se: Term, n1: Term, n2: Term) -> Term:
    """The SD of both arms, taken as equal, from the standard error of their difference."""
    with refused("n_active"):
        value = spreads.sd_from_difference(se.value, n1.value, n2.value)
    return trail.step(
        f"SD = {se.symbol} / √(1 / {n1.symbol} + 1 / {n2.symbol})",
        "Standard deviation of the arms, from the standard error of their difference",
        (se, n1, n2),
        value,
        unit=se.unit,
        assumption="Both arms have the same SD.",
        reference=OF_A_DIFFERENCE,
    )


def sd_of_change(trail: Trail, arm: str, baseline: Term, final: Term, r: Term, assumption: str) -> Term:
    """The SD of an arm's changes from those before and after and their correlation."""
    with refused("correlation"):
        value = spreads.sd_of_change(baseline.value, final.value, r.value)
    index = ARMS[arm]
    b, f = baseline.symbol, final.symbol
    return trail.step(
        f"SD{index} = √({b}² + {f}² − 2 × {r.symbol} × {b} × {f})",
        f"Standard deviation of the {arm} arm's changes",
        (baseline, final, r),
        value,
        unit=baseline.unit,
        assumption=assumption,
        reference="Cochrane Handbook 6.5.2.8",
    )
