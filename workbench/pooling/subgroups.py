"""Subgroups: each pooled with its own tau2, and a test of whether they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from workbench.effects.quantiles import chi2_upper_p
from workbench.pooling.model import Model, Pool, PoolingError
from workbench.pooling.pool import checked, pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroup:
    """The studies of one group, pooled."""

    name: str
    rows: tuple[int, ...]  # positions in the effects given, from 0
    pool: Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroups:
    """All groups in the order of first appearance; the test is None with fewer than two."""

    groups: tuple[Subgroup, ...]
    q_between: float | None
    q_df: int
    q_p: float | None


def subgroups(yi: npt.ArrayLike, vi: npt.ArrayLike, groups: Sequence[str], model: Model | None = None) -> Subgroups:
    """Pool each group by itself (separate tau2) and test the difference between them.

    groups: a name for every effect. Q between is the inverse-variance Q of the group estimates with their Wald
    standard errors, also where the intervals are Hartung-Knapp's: the latter's standard error of a group of two can be
    nearly zero by chance and would decide the test alone. Borenstein & Higgins 2013, Prev Sci 14:134.
    """
    effects, variances = checked(yi, vi)
    if len(groups) != effects.size:
        raise PoolingError(f"there are {effects.size} effects but {len(groups)} group names")
    chosen = model or Model()
    found = []
    means, precisions = [], []
    for name in dict.fromkeys(groups):
        rows = np.flatnonzero([group == name for group in groups])
        found.append(Subgroup(name=name, rows=tuple(map(int, rows)), pool=pool(effects[rows], variances[rows], chosen)))
        wald = pool(effects[rows], variances[rows], replace(chosen, interval="wald"))
        means.append(wald.estimate)
        precisions.append(1 / wald.se**2)
    df = len(found) - 1
    between = None
    if df > 0:
        mean, wi = np.array(means), np.array(precisions)
        between = float(wi @ (mean - wi @ mean / wi.sum()) ** 2)
    return Subgroups(
        groups=tuple(found),
        q_between=between,
        q_df=df,
        q_p=None if between is None else chi2_upper_p(between, df),
    )
