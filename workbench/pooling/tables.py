"""Pooling 2x2 tables without weighting by each table's variance: Mantel-Haenszel and Peto, common effect.

columns: `ai bi ci di` or `ai n1i ci n2i`, as for `effects.escalc`. Rows with a missing cell are left out. These
methods stay sound when events are rare, which inverse-variance weights do not. Results are logs for OR and RR.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.effects import MEASURES, EffectError, numeric_columns
from workbench.effects.quantiles import chi2_upper_p, two_sided_p, two_sided_quantile
from workbench.effects.tables import (
    Tables,
    ZeroCells,
    odds_ratio,
    peto_variance,
    risk_difference,
    risk_ratio,
    tables,
    with_zero_cells,
)
from workbench.effects.tables import peto as peto_effects
from workbench.pooling.model import Floats, Pool, PoolingError

_FORMULAS = {"OR": odds_ratio, "RR": risk_ratio, "RD": risk_difference}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableTests:
    """Tests on a set of 2x2 tables; None where a test is not defined."""

    association: float | None  # Cochran-Mantel-Haenszel chi-square, 1 df
    association_p: float | None
    breslow_day: float | None  # homogeneity of the odds ratios, k - 1 df
    breslow_day_p: float | None
    tarone: float | None  # the same with Tarone's correction
    tarone_p: float | None


def mantel_haenszel(measure: str, columns: Mapping[str, Any], *, add_both: bool = False, level: float = 95) -> Pool:
    """Mantel-Haenszel pool of OR, RR or RD with metafor's standard errors.

    Variances: Robins, Breslow & Greenland 1986 (OR), Greenland & Robins 1985 (RR), Sato 1989 (RD). Q is about the
    pooled estimate, with 1/2 added to the tables with an empty cell and double zeros left out of it. add_both: add the
    1/2 for the estimate too (as RevMan 5 and PythonMeta do); by default the estimate uses the tables as they are.
    """
    name = measure.upper()
    if name not in _FORMULAS:
        raise PoolingError(f"Mantel-Haenszel pools OR, RR and RD, not {measure}")
    raw = _read(name, columns)
    t = with_zero_cells(raw, ZeroCells()) if add_both else raw
    n1, n2 = t.n1, t.n2
    n = n1 + n2
    if name == "OR":
        r, s = t.a * t.d / n, t.b * t.c / n
        p, q = (t.a + t.d) / n, (t.b + t.c) / n
        top, bottom, weights = float(r.sum()), float(s.sum()), s
        if top > 0 and bottom > 0:
            variance = float(
                (p * r).sum() / (2 * top**2)
                + (p * s + q * r).sum() / (2 * top * bottom)
                + (q * s).sum() / (2 * bottom**2)
            )
    elif name == "RR":
        top, bottom, weights = float((t.a * n2 / n).sum()), float((t.c * n1 / n).sum()), t.c * n1 / n
        if top > 0 and bottom > 0:
            variance = float((n1 * n2 * (t.a + t.c) / n**2 - t.a * t.c / n).sum()) / (top * bottom)
    else:
        weights = n1 * n2 / n
        estimate = float((t.a * n2 / n - t.c * n1 / n).sum() / weights.sum())
        part = (t.c * (n1 / n) ** 2 - t.a * (n2 / n) ** 2 + (n1 / n) * (n2 / n) * (n2 - n1) / 2).sum()
        rest = (t.a * (n2 - t.c) / n + t.c * (n1 - t.a) / n).sum() / 2
        variance = float(estimate * part + rest) / float(weights.sum()) ** 2
    if name != "RD":
        if not (top > 0 and bottom > 0):
            raise PoolingError(f"the events of these tables all lie on one side: no {MEASURES[name].label.lower()}")
        estimate = math.log(top / bottom)
    # The observed effects, for Q only.
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = _FORMULAS[name](with_zero_cells(raw, ZeroCells(drop00=True)))
    return _common(estimate, variance, yi, 1 / vi, weights, "MH", level)


def peto(columns: Mapping[str, Any], *, level: float = 95) -> Pool:
    """Peto's pooled log odds ratio: sum of observed minus expected over the sum of variances (Yusuf et al. 1985).

    Good for rare events, small effects and arms of like size; biased otherwise. No correction for empty cells.
    """
    t = _read("PETO", columns)
    variances = peto_variance(t)
    total = float(variances.sum())
    if total <= 0:
        raise PoolingError("none of these tables has both events and non-events: no odds ratio")
    n = t.n1 + t.n2
    estimate = float((t.a - (t.a + t.c) * t.n1 / n).sum()) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = peto_effects(t)
    return _common(estimate, 1 / total, yi, 1 / vi, variances, "Peto", level)


def table_tests(columns: Mapping[str, Any], *, correct: bool = True) -> TableTests:
    """Association over all tables, and homogeneity of their odds ratios.

    correct: the continuity correction in the Cochran-Mantel-Haenszel test. Breslow & Day 1980; Tarone 1985.
    """
    t = _read("OR", columns)
    n1, n2, x, y = t.n1, t.n2, t.a + t.c, t.b + t.d
    n = n1 + n2
    variance = float((n1 * n2 * x * y / (n**2 * (n - 1))).sum())
    difference = abs(float((t.a - n1 * x / n).sum()))
    association = max(0.0, difference - (0.5 if correct else 0.0)) ** 2 / variance if variance > 0 else None
    top, bottom = float((t.a * t.d / n).sum()), float((t.b * t.c / n).sum())
    informative = t.rows(~t.double_zero)
    k = informative.a.size
    breslow_day = tarone = None
    if top > 0 and bottom > 0 and k > 1:
        fitted, spread = _fitted_events(informative, top / bottom)
        breslow_day = float(((informative.a - fitted) ** 2 / spread).sum())
        tarone = breslow_day - float((informative.a - fitted).sum()) ** 2 / float(spread.sum())
    return TableTests(
        association=association,
        association_p=None if association is None else chi2_upper_p(association, 1),
        breslow_day=breslow_day,
        breslow_day_p=None if breslow_day is None else chi2_upper_p(breslow_day, k - 1),
        tarone=tarone,
        tarone_p=None if tarone is None else chi2_upper_p(tarone, k - 1),
    )


def _fitted_events(t: Tables, odds: float) -> tuple[Floats, Floats]:
    """Expected events of the first arm under a common odds ratio with the margins fixed, and their variance."""
    n1, n2, x = t.n1, t.n2, t.a + t.c
    if odds == 1:
        a = n1 * x / (n1 + n2)
    else:
        # a (n2 - x + a) = odds (n1 - a) (x - a), solved without cancellation
        half = (odds * (n1 + x) + n2 - x) / 2
        root = np.sqrt(half**2 - (odds - 1) * odds * n1 * x)
        a = odds * n1 * x / (half + root)
    with np.errstate(divide="ignore"):
        return a, 1 / (1 / a + 1 / (n1 - a) + 1 / (x - a) + 1 / (n2 - x + a))


def _read(measure: str, columns: Mapping[str, Any]) -> Tables:
    try:
        found = tables(numeric_columns(MEASURES[measure], columns))
    except EffectError as error:
        raise PoolingError(str(error)) from error
    found = found.rows(~np.isnan(found.a))
    if not found.a.size:
        raise PoolingError("there are no complete tables to pool")
    return found


def _common(
    estimate: float, variance: float, yi: Floats, precision: Floats, weights: Floats, method: str, level: float
) -> Pool:
    if not (math.isfinite(variance) and variance > 0):
        raise PoolingError("these tables give the pooled estimate no variance")
    se = math.sqrt(variance)
    known = np.isfinite(yi) & np.isfinite(precision)
    df = int(known.sum()) - 1
    q = float((precision[known] * (yi[known] - estimate) ** 2).sum()) if df > 0 else None
    half = two_sided_quantile(level) * se
    share = 100 * weights / weights.sum()
    share.setflags(write=False)
    return Pool(
        k=int(yi.size),
        estimate=estimate,
        se=se,
        ci_low=estimate - half,
        ci_high=estimate + half,
        statistic=estimate / se,
        df=None,
        p=two_sided_p(estimate / se),
        pi_low=None,
        pi_high=None,
        tau2=0.0 if df > 0 else None,
        tau2_low=None,
        tau2_high=None,
        i2=None if q is None else (max(0.0, 100 * (q - df) / q) if q > 0 else 0.0),
        h2=None if q is None else q / df,
        q=q,
        q_df=max(df, 0),
        q_p=None if q is None else chi2_upper_p(q, df),
        method=method,
        ci="wald",
        level=float(level),
        weights=share,
    )
