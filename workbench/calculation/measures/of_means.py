"""MD, SMD, its variants and the ratio of means, from two arms."""

from __future__ import annotations

import math

from workbench.calculation import around
from workbench.calculation.summaries import Means
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import CalculationError, Term
from workbench.calculation.wanted import Wanted
from workbench.effects import escalc, hedges_factor

MEASURES = ("MD", "SMD", "SMDH", "SMD1", "ROM")
VARIANCE = Wanted(
    key="variance",
    label="Variance of the SMD",
    optional=True,
    choices=("LS", "LS2", "UB", "RevMan"),
    default="LS",
    help="LS is metafor's default; LS2 and UB are its others; RevMan is that of Review Manager 5, with its approximate "
    "small-sample factor.",
)
BONETT = "Bonett 2008, Psychol Methods 13:99"
HEDGES = "Hedges 1981, J Educ Stat 6:107"
GIVEN_VARIANCE = {
    "LS": "1 / {n1} + 1 / {n2} + g² / (2 × ({n1} + {n2}))",
    "LS2": "J² × (1 / {n1} + 1 / {n2} + d² / (2 × ({n1} + {n2})))",
    "UB": "1 / {n1} + 1 / {n2} + (1 − (m − 2) / (m × J²)) × g²",
    "RevMan": "1 / {n1} + 1 / {n2} + g² / (2 × ({n1} + {n2} − 3.94))",
}


def means(trail: Trail, summary: Means, measure: str) -> tuple[Term, Term]:
    """yi and vi with their steps; the direction is turned last."""
    arms = around.clustered(trail, around.divided(trail, _scaled(trail, summary, measure)))
    assert isinstance(arms, Means)
    if measure == "SMD":
        yi, vi = _smd(trail, arms)
    elif measure == "SMDH":
        yi, vi = _unequal(trail, arms)
    elif measure == "SMD1":
        yi, vi = _glass(trail, arms)
    elif measure == "ROM":
        yi, vi = _rom(trail, arms)
    else:
        yi, vi = _md(trail, arms)
    return around.turned(trail, yi, around.sign(trail), around.why_turned(trail)), vi


def effect_of_arms(measure: str, arms: Means, **options: str) -> tuple[float, float]:
    """yi and vi of one pair of arms by `escalc`."""
    columns = {
        "m1i": [arms.mean1.value],
        "sd1i": [arms.sd1.value],
        "n1i": [arms.n1.value],
        "m2i": [arms.mean2.value],
        "sd2i": [arms.sd2.value],
        "n2i": [arms.n2.value],
    }
    with refused():
        found = escalc(measure, columns, **options)  # type: ignore[arg-type]
    yi, vi = float(found.yi[0]), float(found.vi[0])
    if not (math.isfinite(yi) and math.isfinite(vi) and vi > 0):
        raise CalculationError(f"These numbers give no {measure} with a variance above 0: check them.")
    return yi, vi


def _scaled(trail: Trail, arms: Means, measure: str) -> Means:
    if measure != "MD":  # a standardised difference and a ratio have no unit
        return arms
    return Means(
        n1=arms.n1,
        mean1=around.scaled(trail, arms.mean1, "Mean of the active arm"),
        sd1=around.scaled(trail, arms.sd1, "SD of the active arm"),
        n2=arms.n2,
        mean2=around.scaled(trail, arms.mean2, "Mean of the comparator arm"),
        sd2=around.scaled(trail, arms.sd2, "SD of the comparator arm"),
    )


def _md(trail: Trail, arms: Means) -> tuple[Term, Term]:
    yi, vi = effect_of_arms("MD", arms)
    n1, m1, s1, n2, m2, s2 = _symbols(arms)
    unit = arms.mean1.unit
    return (
        trail.step(
            f"yi = {m1} − {m2}",
            "Mean difference, active minus comparator",
            (arms.mean1, arms.mean2),
            yi,
            unit=unit,
            reference="Cochrane Handbook 6.5.1.1",
        ),
        trail.step(f"vi = {s1}² / {n1} + {s2}² / {n2}", "Its variance", (arms.sd1, arms.n1, arms.sd2, arms.n2), vi),
    )


def _smd(trail: Trail, arms: Means) -> tuple[Term, Term]:
    vtype = trail.chosen("variance", "LS")
    if arms.n1.value + arms.n2.value <= 3:
        raise CalculationError(
            "A standardised difference needs more than 3 participants in all: check the arm sizes.", "n_active"
        )
    d_value, _ = effect_of_arms("SMD", arms, correction="none")
    yi, vi = effect_of_arms("SMD", arms, vtype=vtype)
    n1, m1, s1, n2, m2, s2 = _symbols(arms)
    _, pooled = effect_of_arms("MD", arms, vtype="HO")
    sd = trail.step(
        f"SDp = √((({n1} − 1) × {s1}² + ({n2} − 1) × {s2}²) / ({n1} + {n2} − 2))",
        "Pooled standard deviation",
        (arms.n1, arms.sd1, arms.n2, arms.sd2),
        math.sqrt(pooled / (1 / arms.n1.value + 1 / arms.n2.value)),
        unit=arms.sd1.unit,
    )
    d = trail.step(
        f"d = ({m1} − {m2}) / SDp", "Cohen's d, active minus comparator", (arms.mean1, arms.mean2, sd), d_value
    )
    return hedges(trail, d, arms.n1, arms.n2, yi, vi, vtype)


def _unequal(trail: Trail, arms: Means) -> tuple[Term, Term]:
    """SMDH: over the root mean square of both SDs, with a variance for unequal spreads (metafor 3.8's)."""
    _two_in_each(arms, 2, 2)
    yi, vi = effect_of_arms("SMDH", arms)
    n1, m1, s1, n2, m2, s2 = _symbols(arms)
    m = trail.step(f"m = {n1} + {n2} − 2", "Degrees of freedom", (arms.n1, arms.n2), arms.n1.value + arms.n2.value - 2)
    j = factor(trail, m)
    spread = f"({s1}² + {s2}²)"
    effect = trail.step(
        f"yi = J × ({m1} − {m2}) / √({spread} / 2)",
        "Standardised difference over the root mean square of both SDs",
        (j, arms.mean1, arms.mean2, arms.sd1, arms.sd2),
        yi,
        reference=BONETT,
    )
    g = Term("g", effect.value, "", effect.source)
    variance = trail.step(
        f"vi = J² × (g² × ({s1}^4 / ({n1} − 1) + {s2}^4 / ({n2} − 1)) / (2 × {spread}²) + "
        f"2 × ({s1}² / ({n1} − 1) + {s2}² / ({n2} − 1)) / {spread})",
        "Its variance, the arms' spreads not taken as equal",
        (j, g, arms.sd1, arms.n1, arms.sd2, arms.n2),
        vi,
        reference=BONETT,
    )
    return effect, variance


def _glass(trail: Trail, arms: Means) -> tuple[Term, Term]:
    """SMD1: Glass's delta, over the comparator's SD."""
    _two_in_each(arms, 1, 3)
    yi, vi = effect_of_arms("SMD1", arms)
    n1, m1, _, n2, m2, s2 = _symbols(arms)
    m = trail.step(f"m = {n2} − 1", "Degrees of freedom of the comparator's SD", (arms.n2,), arms.n2.value - 1)
    j = factor(trail, m)
    effect = trail.step(
        f"yi = J × ({m1} − {m2}) / {s2}",
        "Standardised difference over the comparator's SD",
        (j, arms.mean1, arms.mean2, arms.sd2),
        yi,
        reference="Glass 1976, Educ Res 5:3",
    )
    g = Term("g", effect.value, "", effect.source)
    variance = trail.step(f"vi = 1 / {n1} + 1 / {n2} + g² / (2 × {n2})", "Its variance", (arms.n1, arms.n2, g), vi)
    return effect, variance


def _two_in_each(arms: Means, active: float, comparator: float) -> None:
    for n, least, arm in ((arms.n1, active, "active"), (arms.n2, comparator, "comparator")):
        if n.value < least:
            raise CalculationError(
                f"This measure needs {least:g} participants or more in the {arm} arm (there are {n.value:g}).",
                f"n_{arm}",
            )


def factor(trail: Trail, m: Term, *, approximate: bool = False) -> Term:
    """The step of Hedges' small-sample factor."""
    return trail.step(
        "J = 1 − 3 / (4 × m − 1)" if approximate else "J = Γ(m / 2) / (√(m / 2) × Γ((m − 1) / 2))",
        f"Hedges' small-sample factor, {'approximate' if approximate else 'exact'}",
        (m,),
        float(hedges_factor(m.value, "approximate" if approximate else "exact")),
        reference=HEDGES,
    )


def hedges(trail: Trail, d: Term, n1: Term, n2: Term, yi: float, vi: float, vtype: str) -> tuple[Term, Term]:
    """The steps from d to g and its variance; yi and vi are computed already."""
    m = trail.step(f"m = {n1.symbol} + {n2.symbol} − 2", "Degrees of freedom", (n1, n2), n1.value + n2.value - 2)
    j = factor(trail, m, approximate=vtype == "RevMan")
    effect = trail.step(f"yi = J × {d.symbol}", "Hedges' g", (j, d), yi, reference=HEDGES)
    g = Term("g", effect.value, "", effect.source)
    inputs = {"LS": (n1, n2, g), "LS2": (j, n1, n2, d), "UB": (n1, n2, m, j, g), "RevMan": (n1, n2, g)}[vtype]
    formula = GIVEN_VARIANCE[vtype].format(n1=n1.symbol, n2=n2.symbol).replace("d²", f"{d.symbol}²")
    variance = trail.step(f"vi = {formula}", f"Its variance ({vtype})", inputs, vi)
    return effect, variance


def _rom(trail: Trail, arms: Means) -> tuple[Term, Term]:
    if arms.mean2.value == 0 or arms.mean1.value / arms.mean2.value <= 0:
        raise CalculationError(
            "A ratio of means needs two means of one sign, neither of them 0. Changes from baseline have no ratio.",
            "mean_active",
        )
    yi, vi = effect_of_arms("ROM", arms)
    n1, m1, s1, n2, m2, s2 = _symbols(arms)
    reference = "Hedges, Gurevitch & Curtis 1999, Ecology 80:1150"
    return (
        trail.step(f"yi = ln({m1} / {m2})", "Log ratio of means", (arms.mean1, arms.mean2), yi, reference=reference),
        trail.step(
            f"vi = {s1}² / ({n1} × {m1}²) + {s2}² / ({n2} × {m2}²)",
            "Its variance",
            (arms.sd1, arms.n1, arms.mean1, arms.sd2, arms.n2, arms.mean2),
            vi,
            reference=reference,
        ),
    )


def _symbols(arms: Means) -> tuple[str, str, str, str, str, str]:
    return (
        *(arms.n1.symbol, arms.mean1.symbol, arms.sd1.symbol),
        *(arms.n2.symbol, arms.mean2.symbol, arms.sd2.symbol),
    )
