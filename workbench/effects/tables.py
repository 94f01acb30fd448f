"""Effects from 2x2 tables and event rates of two arms.

A table's row: `ai` events and `bi` non-events of the first (active) arm, `ci` and `di` of the second; or `ai n1i ci
n2i`. Arrays have length k.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from workbench.effects.measures import EffectError, Floats, refuse

To = Literal["only0", "all", "if0all", "none"]
Columns = Mapping[str, Floats]
# Standardised difference per log odds ratio; see `workbench.effects.odds`.
LOGISTIC, COX = np.sqrt(3) / np.pi, 1 / 1.65
# Defined at 0 and 1, so nothing is added to empty cells, as in metafor.
UNCORRECTED = ("AS", "PAS", "PFT")
TO: tuple[To, ...] = ("only0", "all", "if0all", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroCells:
    """What to do with empty cells, with metafor's names and defaults.

    add: the amount added to every cell of the rows that `to` names: only0 (rows with an empty cell), all, if0all (all
    rows if any has one), none. drop00: rows with no events, or with nothing but events, in both arms get no effect.
    """

    add: float = 0.5
    to: To = "only0"
    drop00: bool = False

    def __post_init__(self) -> None:
        if self.to not in TO:
            raise EffectError(f"zero cells: {self.to!r} is not known; known are {', '.join(TO)}")
        if not (np.isfinite(self.add) and self.add >= 0):
            raise EffectError("zero cells: the amount to add must be 0 or more")

    @property
    def none(self) -> ZeroCells:
        """The same without adding anything, for measures that are defined at 0."""
        return replace(self, add=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyCells:
    """Which of k rows a correction for empty cells concerns."""

    corrected: npt.NDArray[np.bool_]  # something was added to the row's cells
    double: npt.NDArray[np.bool_]  # no event, or nothing but events, in both arms


@dataclass(frozen=True, slots=True)
class Tables:
    """k two-by-two tables."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats

    @property
    def n1(self) -> Floats:
        """People in the first arm."""
        return self.a + self.b

    @property
    def n2(self) -> Floats:
        """People in the second arm."""
        return self.c + self.d

    @property
    def zero(self) -> npt.NDArray[np.bool_]:
        """Rows with an empty cell."""
        zero: npt.NDArray[np.bool_] = (self.a == 0) | (self.b == 0) | (self.c == 0) | (self.d == 0)
        return zero

    @property
    def double_zero(self) -> npt.NDArray[np.bool_]:
        """Rows in which both arms have no event, or both nothing but events: no information on a ratio."""
        double: npt.NDArray[np.bool_] = ((self.a == 0) & (self.c == 0)) | ((self.b == 0) & (self.d == 0))
        return double

    def rows(self, keep: npt.NDArray[np.bool_]) -> Tables:
        """The tables where `keep` holds."""
        return Tables(self.a[keep], self.b[keep], self.c[keep], self.d[keep])

    def plus(self, add: Floats) -> Tables:
        """`add` (one number per row) added to all four cells."""
        return Tables(self.a + add, self.b + add, self.c + add, self.d + add)


def tables(c: Columns) -> Tables:
    """Read and check the columns; a row with a missing cell becomes NaN throughout."""
    if "bi" in c and "di" in c:
        made = Tables(c["ai"], c["bi"], c["ci"], c["di"])
        named = "bi", "di"
    else:
        refuse(c["ai"] > c["n1i"], "more events (ai) than people (n1i)")
        refuse(c["ci"] > c["n2i"], "more events (ci) than people (n2i)")
        made = Tables(c["ai"], c["n1i"] - c["ai"], c["ci"], c["n2i"] - c["ci"])
        named = "n1i - ai", "n2i - ci"
    for cell, name in ((made.a, "ai"), (made.b, named[0]), (made.c, "ci"), (made.d, named[1])):
        refuse(cell < 0, f"{name} must not be negative")
    refuse(made.n1 == 0, "nobody in the first arm")
    refuse(made.n2 == 0, "nobody in the second arm")
    missing = np.where(np.isnan(made.a + made.b + made.c + made.d), np.nan, 0.0)
    return made.plus(missing)


def pairs(c: Columns) -> Tables:
    """Read and check the columns of matched pairs; here an empty row of the table is no empty arm."""
    made = Tables(c["ai"], c["bi"], c["ci"], c["di"])
    for name in ("ai", "bi", "ci", "di"):
        refuse(c[name] < 0, f"{name} must not be negative")
    total = made.n1 + made.n2
    refuse(total == 0, "there are no pairs")
    return made.plus(np.where(np.isnan(total), np.nan, 0.0))


def with_zero_cells(found: Tables, policy: ZeroCells) -> Tables:
    """The tables with the policy's amount added; dropped rows become NaN."""
    add = amount_added(found.zero, policy)
    if policy.drop00:
        add = np.where(found.double_zero, np.nan, add)
    return found.plus(add)


def odds_ratio(t: Tables) -> tuple[Floats, Floats]:
    """Log odds ratio (Woolf)."""
    return np.log(t.a * t.d / (t.b * t.c)), 1 / t.a + 1 / t.b + 1 / t.c + 1 / t.d


def risk_ratio(t: Tables) -> tuple[Floats, Floats]:
    """Log risk ratio."""
    return np.log((t.a / t.n1) / (t.c / t.n2)), 1 / t.a - 1 / t.n1 + 1 / t.c - 1 / t.n2


def risk_difference(t: Tables) -> tuple[Floats, Floats]:
    """Risk difference."""
    p1, p2 = t.a / t.n1, t.c / t.n2
    return p1 - p2, p1 * (1 - p1) / t.n1 + p2 * (1 - p2) / t.n2


def peto(t: Tables) -> tuple[Floats, Floats]:
    """Peto's log odds ratio: observed minus expected over the hypergeometric variance (Yusuf et al. 1985)."""
    variance = peto_variance(t)
    return (t.a - (t.a + t.c) * t.n1 / (t.n1 + t.n2)) / variance, 1 / variance


def peto_variance(t: Tables) -> Floats:
    """The hypergeometric variance of the first arm's events, margins fixed."""
    n = t.n1 + t.n2
    return (t.a + t.c) * (t.b + t.d) * (t.n1 / n) * (t.n2 / n) / (n - 1)


def arcsine(t: Tables) -> tuple[Floats, Floats]:
    """Difference of arcsine-transformed risks (Ruecker et al. 2009)."""
    return np.arcsin(np.sqrt(t.a / t.n1)) - np.arcsin(np.sqrt(t.c / t.n2)), 1 / (4 * t.n1) + 1 / (4 * t.n2)


def logistic_smd(t: Tables) -> tuple[Floats, Floats]:
    """Standardised difference through the odds ratio, logistic underneath (Hasselblad & Hedges 1995)."""
    yi, vi = odds_ratio(t)
    return LOGISTIC * yi, LOGISTIC**2 * vi


def normal_smd(t: Tables) -> tuple[Floats, Floats]:
    """Standardised difference through the odds ratio, normal underneath (Cox & Snell 1989)."""
    yi, vi = odds_ratio(t)
    return COX * yi, COX**2 * vi


def probit_smd(t: Tables) -> tuple[Floats, Floats]:
    """Standardised difference as the difference of probits (Sanchez-Meca et al. 2003, Psychol Methods 8:448)."""
    p1, p2 = t.a / t.n1, t.c / t.n2
    z1, z2 = special.ndtri(p1), special.ndtri(p2)
    vi = 2 * np.pi * (p1 * (1 - p1) * np.exp(z1**2) / t.n1 + p2 * (1 - p2) * np.exp(z2**2) / t.n2)
    return z1 - z2, vi


TABLE_MEASURES: dict[str, Callable[[Tables], tuple[Floats, Floats]]] = {
    "OR": odds_ratio,
    "RR": risk_ratio,
    "RD": risk_difference,
    "PETO": peto,
    "AS": arcsine,
    "OR2DL": logistic_smd,
    "OR2DN": normal_smd,
    "PBIT": probit_smd,
}


def from_tables(measure: str, c: Columns, policy: ZeroCells) -> tuple[Floats, Floats]:
    """yi and vi of a 2x2 measure. What stays undefined (log of 0, division by 0) is NaN in both, never infinite."""
    t = with_zero_cells(tables(c), policy.none if measure in UNCORRECTED else policy)
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = TABLE_MEASURES[measure](t)
    return where_defined(yi, vi)


def from_rates(measure: str, c: Columns, policy: ZeroCells) -> tuple[Floats, Floats]:
    """Incidence rates: events `x1i` in person-time `t1i` against `x2i` in `t2i`."""
    x1, x2, t1, t2 = c["x1i"], c["x2i"], c["t1i"], c["t2i"]
    refuse((x1 < 0) | (x2 < 0), "x1i and x2i must not be negative")
    refuse((t1 <= 0) | (t2 <= 0), "t1i and t2i must be above 0")
    zero = (x1 == 0) | (x2 == 0)
    add = amount_added(zero, policy)
    if policy.drop00:
        add = np.where((x1 == 0) & (x2 == 0), np.nan, add)
    x1, x2 = x1 + add, x2 + add
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "IRR":
            yi, vi = np.log((x1 / t1) / (x2 / t2)), 1 / x1 + 1 / x2
        elif measure == "IRD":
            yi, vi = x1 / t1 - x2 / t2, x1 / t1**2 + x2 / t2**2
        else:
            yi, vi = np.sqrt(x1 / t1) - np.sqrt(x2 / t2), 1 / (4 * t1) + 1 / (4 * t2)
    return where_defined(yi, vi)


def empty_cells(measure: str, c: Columns, policy: ZeroCells) -> EmptyCells:
    """Where the policy acts on these columns; nowhere for a measure without such a rule."""
    if "x1i" in c:
        zero, double = (c["x1i"] == 0) | (c["x2i"] == 0), (c["x1i"] == 0) & (c["x2i"] == 0)
    elif "ai" in c:
        matched = measure.startswith("MP")
        t = pairs(c) if matched else tables(c)
        # the cells of matched pairs are not two arms: no empty two of them say that there is no information
        zero, double = t.zero, np.zeros_like(t.zero) if matched else t.double_zero
    elif "xi" in c:
        zero = c["xi"] == 0
        if "ti" not in c:
            zero = zero | ((c["mi"] if "mi" in c else c["ni"] - c["xi"]) == 0)
        double = np.zeros_like(zero)
    else:
        nowhere = np.zeros(len(next(iter(c.values()))), dtype=np.bool_)
        return EmptyCells(corrected=nowhere, double=nowhere)
    if measure in UNCORRECTED:
        return EmptyCells(corrected=np.zeros_like(zero), double=double)
    return EmptyCells(corrected=amount_added(zero, policy) > 0, double=double)


def where_defined(yi: Floats, vi: Floats) -> tuple[Floats, Floats]:
    """What stays undefined (log of 0, division by 0) is NaN in both, never infinite."""
    defined = np.isfinite(yi) & np.isfinite(vi)
    return np.where(defined, yi, np.nan), np.where(defined, vi, np.nan)


def amount_added(zero: npt.NDArray[np.bool_], policy: ZeroCells) -> Floats:
    """What the policy adds to each row, given the rows with an empty cell."""
    rows = {
        "only0": zero,
        "all": np.ones_like(zero),
        "if0all": np.full_like(zero, bool(zero.any())),
        "none": np.zeros_like(zero),
    }[policy.to]
    return np.where(rows, policy.add, 0.0)
