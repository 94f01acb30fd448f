"""A mean or a proportion of one arm."""

from __future__ import annotations

import math

import numpy as np

from workbench.calculation.measures.of_counts import ZEROS
from workbench.calculation.summaries import OneCount, OneMean
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import CalculationError, Term
from workbench.effects import escalc
from workbench.effects.tables import ZeroCells, empty_cells

MEANS = ("MN", "MNLN")
PROPORTIONS = ("PR", "PLN", "PLO", "PAS")
ZERO_ADD = ZEROS[0]


def mean(trail: Trail, summary: OneMean, measure: str) -> tuple[Term, Term]:
    """yi and vi of a mean, or of its logarithm."""
    m, s, n = summary.mean, summary.sd, summary.n
    with refused("mean"):
        found = escalc(measure, {"mi": [m.value], "sdi": [s.value], "ni": [n.value]})
    yi, vi = float(found.yi[0]), float(found.vi[0])
    if measure == "MN":
        return (
            trail.step(f"yi = {m.symbol}", "Mean", (m,), yi, unit=m.unit),
            trail.step(f"vi = {s.symbol}² / {n.symbol}", "Its variance", (s, n), vi),
        )
    return (
        trail.step(f"yi = ln({m.symbol})", "Log mean", (m,), yi),
        trail.step(f"vi = {s.symbol}² / ({n.symbol} × {m.symbol}²)", "Its variance", (s, n, m), vi),
    )


def proportion(trail: Trail, summary: OneCount, measure: str) -> tuple[Term, Term]:
    """yi and vi of a proportion on one of its scales."""
    if summary.events.value > summary.n.value:
        raise CalculationError("More people with the event than analysed: check both numbers.", "events")
    add = trail.entered("zero_add").value if trail.has("zero_add") else 0.5
    columns = {"xi": np.array([summary.events.value]), "ni": np.array([summary.n.value])}
    with refused("events"):
        found = escalc(measure, columns, add=add)
        corrected = bool(empty_cells(measure, columns, ZeroCells(add=add)).corrected[0])
    yi, vi = float(found.yi[0]), float(found.vi[0])
    if not (math.isfinite(yi) and math.isfinite(vi) and vi > 0):
        raise CalculationError(f"These counts give no {measure} with a variance above 0.", "events")
    x, n = summary.events, summary.n
    if corrected:
        k = trail.entered("zero_add") if trail.has("zero_add") else Term("k0", add, "", "correction for empty cells")
        said = f"{add:g} is added to the people with and without the event, because one of these is empty."
        trail.note(said)
        x = trail.step(
            "x = e + k0", "Events", (Term("e", x.value, x.unit, x.source), k), x.value + add, assumption=said
        )
        n = trail.step("N = n + 2 × k0", "Participants", (Term("n", n.value, n.unit, n.source), k), n.value + 2 * add)
    e, p = x.symbol, n.symbol
    both = (x, n)
    formulas = {
        "PR": (f"{e} / {p}", f"{e} / {p} × (1 − {e} / {p}) / {p}"),
        "PLN": (f"ln({e} / {p})", f"1 / {e} − 1 / {p}"),
        "PLO": (f"ln({e} / ({p} − {e}))", f"1 / {e} + 1 / ({p} − {e})"),
        "PAS": (f"arcsin(√({e} / {p}))", f"1 / (4 × {p})"),
    }[measure]
    labels = {
        "PR": "Proportion",
        "PLN": "Log proportion",
        "PLO": "Logit of the proportion",
        "PAS": "Arcsine of the root",
    }
    return (
        trail.step(f"yi = {formulas[0]}", labels[measure], both, yi),
        trail.step(f"vi = {formulas[1]}", "Its variance", both if measure != "PAS" else (n,), vi),
    )
