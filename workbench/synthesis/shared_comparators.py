"""Several active arms against one comparator, kept whole and taken together with their covariance.

A pool divides a shared comparator among the active arms (Cochrane Handbook 23.3.4), which makes the arms look
independent. The alternative keeps it whole: the arms' effects then share the comparator's chance, their covariance is
known (Gleser & Olkin 2009, Handbook of Research Synthesis 2, ch. 19), and the trial gives one effect, their weighted
mean with the least variance. It is shown as a sensitivity analysis; a trial's effects are one effect in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from workbench.effects import ArmMeans, EffectError, shared_covariance_means, shared_matrix
from workbench.synthesis.effect_row import Asked, NoEffect, effect_row
from workbench.synthesis.flags import shares_comparator
from workbench.synthesis.values import EffectRow

KINDS = ("parallel_means", "events", "rates")  # of a crossover trial the arms share their people, too
MEASURES = ("MD", "SMD", "ROM", "OR", "RR", "RD", "IRR")


def sharing(rows: Sequence[EffectRow]) -> tuple[tuple[EffectRow, ...], ...]:
    """The rows in groups that have one comparator arm, groups of one included, in the order of their first rows."""
    groups: list[list[EffectRow]] = []
    for row in rows:
        near = [group for group in groups if any(shares_comparator(row.contrast, it.contrast) for it in group)]
        joined = [*(it for group in near for it in group), row]
        place = groups.index(near[0]) if near else len(groups)
        groups = [group for group in groups if group not in near]
        groups.insert(place, joined)
    return tuple(tuple(group) for group in groups)


def taken_together(rows: Sequence[EffectRow], asked: Asked) -> tuple[tuple[EffectRow, ...], int, int]:
    """The rows with those of one comparator made one; how many groups were, and how many had to stay divided."""
    found: list[EffectRow] = []
    made = left = 0
    for group in sharing(rows):
        one = None if len(group) == 1 else _one_of(group, asked)
        found.extend(group if one is None else [one])
        made += one is not None
        left += len(group) > 1 and one is None
    return tuple(found), made, left


def _one_of(group: Sequence[EffectRow], asked: Asked) -> EffectRow | None:
    """One effect of the arms, or None where the covariance is not known."""
    if asked.measure not in MEASURES or any(row.contrast.kind not in KINDS for row in group):
        return None
    if any(row.contrast.comparator_split == "already divided" or _has_an_empty_cell(row) for row in group):
        return None
    try:
        whole = [effect_row(row.contrast, asked) for row in group]
        variances = [row.vi for row in whole]
        weights = np.linalg.solve(shared_matrix(variances, _covariances(whole, asked)), np.ones(len(whole)))
    except (NoEffect, EffectError, np.linalg.LinAlgError):
        return None
    vi = 1 / float(weights.sum())
    yi = float(weights @ [row.yi for row in whole]) * vi
    return replace(
        group[0],
        label=group[0].contrast.study_label,
        yi=yi,
        vi=vi,
        note=f"{len(whole)} active arms against the whole comparator, taken together with their covariance",
        columns=None,
        approximate=any(row.approximate for row in group),
        derivation=None,
    )


def _has_an_empty_cell(row: EffectRow) -> bool:
    """Counts to which 1/2 is added, which depends on the pair of arms, or to which nothing can be added."""
    for arm in (row.active, row.comparator):
        if arm.events is not None and (arm.events == 0 or (arm.n is not None and arm.events == arm.n)):
            return True
    return False


def _covariances(whole: Sequence[EffectRow], asked: Asked) -> np.ndarray:
    """The comparator's part of each pair's variances, in which both are the same."""
    k = len(whole)
    found = np.zeros((k, k))
    if asked.measure == "SMD":
        for i, j in _pairs(k):
            first, second = whole[i], whole[j]
            found[i, j] = found[j, i] = _of_smd(first, second)
        return found
    # half of the comparator doubles its part of the variance and leaves the active arm's as it is
    parts = [effect_row(row.contrast, asked, share=2).vi - row.vi for row in whole]
    for i, j in _pairs(k):
        if not np.isclose(parts[i], parts[j], rtol=0.02):
            raise EffectError("the comparator is not extracted alike in all arms")
        found[i, j] = found[j, i] = (parts[i] + parts[j]) / 2
    return found


def _of_smd(first: EffectRow, second: EffectRow) -> float:
    n1, n2, n = first.active.n, second.active.n, first.comparator.n
    if n1 is None or n2 is None or n is None or n != second.comparator.n:
        raise EffectError("the arms' sizes are not known")
    if first.columns is None or second.columns is None:  # worked out otherwise than from means and SDs
        raise EffectError("only means and SDs tell the covariance of standardised differences")
    shared = ArmMeans(n=n, mean=0.0, sd=1.0)
    return shared_covariance_means("SMD", shared, effects=(first.yi, second.yi), people=n1 + n2 + n)


def _pairs(k: int) -> Iterator[tuple[int, int]]:
    return ((i, j) for i in range(k) for j in range(i + 1, k))
