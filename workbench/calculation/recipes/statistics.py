"""A test's statistic or p with the arm sizes, where nothing else is printed: a standardised difference."""

from __future__ import annotations

import math
from dataclasses import replace

from workbench.calculation import around, spreads
from workbench.calculation.measures.of_means import VARIANCE, hedges
from workbench.calculation.recipe import Recipe
from workbench.calculation.recipes import inputs
from workbench.calculation.recipes.differences import bound
from workbench.calculation.summaries import Printed, Summary
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import Term
from workbench.calculation.wanted import Wanted
from workbench.effects import smd_from_f, smd_from_p, smd_from_t

GROUP = "Two arms: a test only"
F = Wanted(key="estimate_f", label="F with 1 numerator degree of freedom", symbol="F", group=inputs.COMPARISON, low=0)
APPROXIMATE = "The test compared the two arms' means and nothing else (no covariate, no repeated measurement)."
BENEFIT = replace(
    around.BENEFIT,
    group=inputs.COMPARISON,
    help="With the arm that did better it gives the sign: lower for pain scores, higher for quality of life.",
    default=around.LOWER,
)
OPTIONS = (around.SHARE, around.ICC, around.CLUSTER_SIZE, VARIANCE)


def _sign(trail: Trail) -> Term:
    """-1 where the active arm's values were the lower ones."""
    benefit = trail.chosen("benefit", around.LOWER)
    lower = (trail.chosen("favours") == inputs.ACTIVE) == (benefit == around.LOWER)
    trail.note(
        f"The sign follows from the text: the {trail.chosen('favours')} arm did better, and {benefit} is better in the "
        "outcome."
    )
    return Term("sign", -1.0 if lower else 1.0, "", "the arm that did better, by the text")


def _gather(trail: Trail) -> Summary:
    n1, n2, sign = trail.entered("n_active"), trail.entered("n_comparator"), _sign(trail)
    vtype = trail.chosen("variance", "LS")
    correction = "approximate" if vtype == "RevMan" else "exact"
    turn = int(sign.value)
    bound(trail)
    if trail.has("estimate_t"):
        t = trail.entered("estimate_t")
        with refused("estimate_t"):
            effect = smd_from_t(turn * abs(t.value), n1.value, n2.value, vtype=vtype, correction=correction)  # type: ignore[arg-type]
        formula, inputs_ = "d = sign × |t|", (sign, t)
        size = abs(t.value)
    elif trail.has("estimate_f"):
        f = trail.entered("estimate_f")
        with refused("estimate_f"):
            effect = smd_from_f(f.value, n1.value, n2.value, sign=turn, vtype=vtype, correction=correction)  # type: ignore[arg-type]
        root = trail.step("T = √(F)", "Size of t behind F", (f,), math.sqrt(f.value), reference=spreads.OF_A_DIFFERENCE)
        formula, inputs_, size = "d = sign × T", (sign, root), root.value
    else:
        p = trail.entered("estimate_p")
        df = trail.step(f"df = {n1.symbol} + {n2.symbol} − 2", "Degrees of freedom", (n1, n2), n1.value + n2.value - 2)
        with refused("estimate_p"):
            effect = smd_from_p(p.value, n1.value, n2.value, sign=turn, vtype=vtype, correction=correction)  # type: ignore[arg-type]
        root = spreads.t_from_p(trail, p, df)
        formula, inputs_, size = "d = sign × T", (sign, root), root.value
    d = trail.step(
        f"{formula} × √(1 / {n1.symbol} + 1 / {n2.symbol})",
        "Cohen's d, active minus comparator",
        (*inputs_, n1, n2),
        turn * size * math.sqrt(1 / n1.value + 1 / n2.value),
        assumption=APPROXIMATE,
        reference="Borenstein 2009, in Cooper, Hedges & Valentine, table 12.2",
    )
    yi, vi = hedges(trail, d, n1, n2, effect.yi, effect.vi, vtype)
    return Printed(measure="SMD", yi=yi, vi=vi, n1=n1, n2=n2, turned=True)


SIZES = tuple(inputs.people(arm) for arm in (inputs.ACTIVE, inputs.COMPARATOR))
ABOUT = "Only where no means are printed: the test must compare the arms' means and nothing else."

STATISTICS: tuple[Recipe, ...] = (
    Recipe(
        key="t_test",
        title="t of a two-sample test",
        group=GROUP,
        help=f"The t of two independent groups with their sizes. {ABOUT}",
        wanted=(replace(inputs.T, label="t"), *SIZES, inputs.FAVOURS, BENEFIT),
        measures=("SMD",),
        gather=_gather,
        options=OPTIONS,
        example="estimate_t=2.21 n_active=19 n_comparator=19 favours=active benefit=lower",
    ),
    Recipe(
        key="f_test",
        title="F with one degree of freedom",
        group=GROUP,
        help=f"The F of the comparison of two arms, with 1 numerator degree of freedom. {ABOUT}",
        wanted=(F, *SIZES, inputs.FAVOURS, BENEFIT),
        measures=("SMD",),
        gather=_gather,
        options=OPTIONS,
        example="estimate_f=23.573 n_active=20 n_comparator=19 favours=active benefit=lower",
    ),
    Recipe(
        key="p_value",
        title="p of a two-sample t test",
        group=GROUP,
        help=f"The two-sided p of a t test of two independent groups with their sizes. {ABOUT}",
        wanted=(inputs.P, inputs.P_IS, *SIZES, inputs.FAVOURS, BENEFIT),
        measures=("SMD",),
        gather=_gather,
        options=OPTIONS,
        example="estimate_p=0.032 n_active=19 n_comparator=19 favours=active benefit=lower",
    ),
)
