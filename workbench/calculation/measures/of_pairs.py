"""MD, SMD and the ratio of means of the same people under two treatments, or before and after."""

from __future__ import annotations

from workbench.calculation import around
from workbench.calculation.summaries import Pairs
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import CalculationError, Term
from workbench.calculation.wanted import Wanted
from workbench.effects import crossover_md, crossover_smd, escalc, hedges_factor

MEASURES = ("MD", "SMD", "ROMC")
ONE_GROUP = ("MC", "SMCC", "SMCR", "ROMC")
HANDBOOK, SMCRP = "Handbook", "SMCRP"
CROSSOVER_VARIANCE = Wanted(
    key="crossover_variance",
    label="Variance of the paired SMD",
    optional=True,
    choices=(HANDBOOK, SMCRP),
    default=HANDBOOK,
    help="The Handbook's is too small when r and the SMD are large; SMCRP is metafor's for the same standardiser.",
)
CHAPTER = "Cochrane Handbook 23.2.7 (5.1: 16.4.6)"


def pairs(trail: Trail, summary: Pairs, measure: str) -> tuple[Term, Term]:
    """yi and vi of two periods with their steps: active minus comparator."""
    if measure == "MD":
        yi, vi = _md(trail, _scaled(trail, summary))
    elif measure == "SMD":
        yi, vi = _smd(trail, summary)
    else:
        yi, vi = one_group(trail, summary, measure, turn=False)
    vi = around.wider(trail, summary, vi)
    return around.turned(trail, yi, around.sign(trail), around.why_turned(trail)), vi


def sd_of_differences(trail: Trail, summary: Pairs, value: float) -> Term:
    """The step to the SD of the differences within people."""
    s1, s2, r = summary.sd1.symbol, summary.sd2.symbol, summary.r.symbol
    return trail.step(
        f"SDdiff = √({s1}² + {s2}² − 2 × {r} × {s1} × {s2})",
        "Standard deviation of the differences within people",
        (summary.sd1, summary.sd2, summary.r),
        value,
        unit=summary.sd1.unit,
        reference=CHAPTER,
    )


def _scaled(trail: Trail, summary: Pairs) -> Pairs:
    return Pairs(
        n=summary.n,
        mean1=around.scaled(trail, summary.mean1, "Mean under the active treatment"),
        sd1=around.scaled(trail, summary.sd1, "SD under the active treatment"),
        mean2=around.scaled(trail, summary.mean2, "Mean under the comparator"),
        sd2=around.scaled(trail, summary.sd2, "SD under the comparator"),
        r=summary.r,
    )


def _arguments(summary: Pairs) -> tuple[float, float, float, float, float, float]:
    return (
        *(summary.mean1.value, summary.sd1.value, summary.mean2.value, summary.sd2.value),
        *(summary.n.value, summary.r.value),
    )


def _md(trail: Trail, summary: Pairs) -> tuple[Term, Term]:
    with refused("correlation"):
        effect = crossover_md(*_arguments(summary))
    yi = trail.step(
        f"yi = {summary.mean1.symbol} − {summary.mean2.symbol}",
        "Mean difference within people, active minus comparator",
        (summary.mean1, summary.mean2),
        effect.yi,
        unit=summary.mean1.unit,
        reference=CHAPTER,
    )
    sd = sd_of_differences(trail, summary, (effect.vi * summary.n.value) ** 0.5)
    vi = trail.step(f"vi = SDdiff² / {summary.n.symbol}", "Its variance", (sd, summary.n), effect.vi)
    return yi, vi


def _smd(trail: Trail, summary: Pairs) -> tuple[Term, Term]:
    vtype = trail.chosen("crossover_variance", HANDBOOK)
    with refused("correlation"):
        effect = crossover_smd(*_arguments(summary), vtype=vtype)
    s1, s2 = summary.sd1, summary.sd2
    sd = trail.step(
        f"SDp = √(({s1.symbol}² + {s2.symbol}²) / 2)",
        "Standardiser: the two periods' SD taken together",
        (s1, s2),
        ((s1.value**2 + s2.value**2) / 2) ** 0.5,
        unit=s1.unit,
        reference=CHAPTER,
    )
    yi = trail.step(
        f"yi = ({summary.mean1.symbol} − {summary.mean2.symbol}) / SDp",
        "Standardised mean difference within people (no small-sample factor)",
        (summary.mean1, summary.mean2, sd),
        effect.yi,
        reference=CHAPTER,
    )
    g, n, r = Term("g", yi.value, "", yi.source), summary.n, summary.r
    formula = (
        f"vi = (1 / {n.symbol} + g² / (2 × {n.symbol})) × 2 × (1 − {r.symbol})"
        if vtype == HANDBOOK
        else f"vi = 2 × (1 − {r.symbol}) / {n.symbol} + g² × (1 + {r.symbol}²) / (4 × {n.symbol})"
    )
    vi = trail.step(formula, f"Its variance ({vtype})", (n, r, g), effect.vi, reference=CHAPTER)
    if vtype == HANDBOOK and r.value >= 0.7 and abs(effect.yi) >= 0.8:
        trail.note(
            "With a correlation and a difference this large the Handbook's variance is too small (10.1002/sim.8669): "
            "compare it with the variance SMCRP."
        )
    return yi, vi


def one_group(trail: Trail, summary: Pairs, measure: str, *, turn: bool = True) -> tuple[Term, Term]:
    """MC, SMCC, SMCR or ROMC of pairs, first minus second, as metafor 3.8."""
    values = _arguments(summary)
    if measure == "SMCR":  # metafor standardises by sd1i; the change is one from the second mean, before the treatment
        values = (values[0], values[3], values[2], values[1], *values[4:])
    columns = dict(zip(("m1i", "sd1i", "m2i", "sd2i", "ni", "ri"), ([value] for value in values), strict=True))
    with refused("correlation"):
        found = escalc(measure, columns)
    yi, vi = float(found.yi[0]), float(found.vi[0])
    m1, m2, s1, s2, n, r = summary.mean1, summary.mean2, summary.sd1, summary.sd2, summary.n, summary.r
    if measure == "ROMC":
        effect = trail.step(f"yi = ln({m1.symbol} / {m2.symbol})", "Log ratio of means within people", (m1, m2), yi)
        variance = trail.step(
            f"vi = {s1.symbol}² / ({n.symbol} × {m1.symbol}²) + {s2.symbol}² / ({n.symbol} × {m2.symbol}²) "
            f"− 2 × {r.symbol} × {s1.symbol} × {s2.symbol} / ({m1.symbol} × {m2.symbol} × {n.symbol})",
            "Its variance",
            (m1, m2, s1, s2, n, r),
            vi,
        )
    else:
        effect, variance = _changes(trail, summary, measure, yi, vi)
    if turn:
        effect = around.turned(trail, effect, around.sign(trail), around.why_turned(trail))
    return effect, variance


def _changes(trail: Trail, summary: Pairs, measure: str, yi: float, vi: float) -> tuple[Term, Term]:
    m1, m2, n, r = summary.mean1, summary.mean2, summary.n, summary.r
    difference = (m1.value - m2.value, f"{m1.symbol} − {m2.symbol}")
    if measure == "SMCR":
        over = summary.sd2  # before the treatment: Becker 1988, Br J Math Stat Psychol 41:257
    else:
        sd1, sd2, ri = summary.sd1.value, summary.sd2.value, r.value
        with refused("correlation"):
            md = crossover_md(0.0, sd1, 0.0, sd2, n.value, ri)
        over = sd_of_differences(trail, summary, (md.vi * n.value) ** 0.5)
    if measure == "MC":
        effect = trail.step(f"yi = {difference[1]}", "Mean change, first minus second", (m1, m2), yi, unit=m1.unit)
        return effect, trail.step(f"vi = {over.symbol}² / {n.symbol}", "Its variance", (over, n), vi)
    if n.value <= 2:
        raise CalculationError("A standardised change needs more than 2 people.", "n_analysed")
    j = trail.step(
        f"J = Γ(({n.symbol} − 1) / 2) / (√(({n.symbol} − 1) / 2) × Γ(({n.symbol} − 2) / 2))",
        "Hedges' small-sample factor, exact",
        (n,),
        float(hedges_factor(n.value - 1)),
        reference="Hedges 1981, J Educ Stat 6:107",
    )
    effect = trail.step(
        f"yi = J × ({difference[1]}) / {over.symbol}",
        "Standardised mean change, first minus second",
        (j, m1, m2, over),
        yi,
    )
    g = Term("g", effect.value, "", effect.source)
    first = f"2 × (1 − {r.symbol}) / {n.symbol}" if measure == "SMCR" else f"1 / {n.symbol}"
    inputs = (n, r, g) if measure == "SMCR" else (n, g)
    return effect, trail.step(f"vi = {first} + g² / (2 × {n.symbol})", "Its variance", inputs, vi)
