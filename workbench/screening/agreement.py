"""How far reviewers agree, with intervals; also where they did not all see the same records.

Votes are counted by record and category; a record that one reviewer alone saw tells nothing about agreement, but enters
the categories' shares of Gwet's coefficient, as its author has it. All intervals are for other records of the same
kind, read by the same reviewers.

Sources: Cohen 1960; Fleiss, Cohen & Everitt 1969 (standard error of kappa); Gwet 2008 and Handbook of Inter-Rater
Reliability, 4th ed. 2014 (AC1, several raters, missing votes); Krippendorff, Content Analysis, 3rd ed. 2013 (alpha);
Wilson 1927 (interval of a share).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from scipy import stats

from workbench.screening.decisions import Decision, Verdict, first_votes

BOOTSTRAPS = 2000
SEED = 20200  # of the bootstrap, so that a figure shown twice is one figure


class AgreementError(ValueError):
    """Base of what this module raises; its message is written for a reviewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """One measure of agreement. value None: it is not defined for these votes, and `note` says why."""

    name: str
    value: float | None
    low: float | None = None  # interval at the level asked for; None where it cannot be worked out
    high: float | None = None
    records: int = 0  # that the measure rests on
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAgreement:
    """Two reviewers on the records that both read. table[i][j]: first said categories[i], second categories[j]."""

    first: str
    second: str
    categories: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    raw: Coefficient
    kappa: Coefficient
    ac1: Coefficient


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """All reviewers together, and each pair of them."""

    reviewers: tuple[str, ...]
    categories: tuple[str, ...]
    records: int  # with votes of two or more reviewers
    single: int  # with one vote only
    raw: Coefficient  # share of pairs of votes on one record that are alike
    ac1: Coefficient
    alpha: Coefficient
    pairs: tuple[PairAgreement, ...]


Votes = Mapping[Any, Mapping[str, str]]
"""record -> reviewer -> category."""


def independent_votes(
    by_report: Mapping[str, Iterable[Decision]], *, maybe_is_include: bool = True
) -> dict[str, dict[str, str]]:
    """Each reviewer's first word on each report, before anybody changed their mind: report -> reviewer -> category.

    by_report: for each report its decisions at one stage; resolutions are no votes, and neither is what one act decided
    on many reports at once. maybe_is_include: a maybe counts as "include", as it does at title and abstract.
    """
    found: dict[str, dict[str, str]] = {}
    for report, decisions in by_report.items():
        given: dict[str, str] = {}
        for reviewer, vote in first_votes(decision for decision in decisions if decision.batch is None).items():
            assert vote.verdict is not None  # a withdrawn word is no vote
            counted = Verdict.INCLUDE if maybe_is_include and vote.verdict is Verdict.MAYBE else vote.verdict
            given[reviewer] = counted.value
        if given:
            found[report] = given
    return found


def agreement(votes: Votes, *, categories: Sequence[str] = (), level: float = 95) -> Agreement:
    """Everything at once.

    categories: in the order in which tables show them; those that occur and are not named follow in alphabetical order.
    level: of intervals, in percent. Raises AgreementError for a level that is none.
    """
    if not 0 < level < 100:
        raise AgreementError(f"a level lies between 0 and 100 percent, not at {level:g}")
    occurring = {category for given in votes.values() for category in given.values()}
    order = (*categories, *sorted(occurring - set(categories)))
    reviewers = tuple(sorted({name for given in votes.values() for name in given}))
    counts = _counts([given for given in votes.values() if given], order)
    several = counts.sum(axis=1) >= 2
    tables = _pair_tables(votes, order)
    return Agreement(
        reviewers=reviewers,
        categories=order,
        records=int(several.sum()),
        single=int((~several).sum()),
        raw=raw_agreement(counts, level=level),
        ac1=gwet_ac1(counts, level=level),
        alpha=krippendorff_alpha(counts, level=level),
        pairs=tuple(_pair(*pair, tables[pair], order, level) for pair in combinations(reviewers, 2) if pair in tables),
    )


def _counts(given: Sequence[Mapping[str, str]], order: Sequence[str]) -> np.ndarray:
    """(records, categories): how many reviewers said so."""
    place = {category: position for position, category in enumerate(order)}
    counts = np.zeros((len(given), len(order)))
    for row, votes in enumerate(given):
        for category, number in Counter(votes.values()).items():
            counts[row, place[category]] = number
    return counts


def _pair_tables(votes: Votes, order: Sequence[str]) -> dict[tuple[str, str], np.ndarray]:
    """For each pair of reviewers, in alphabetical order, who read the same records: how often each said what."""
    place = {category: position for position, category in enumerate(order)}
    tables: dict[tuple[str, str], np.ndarray] = {}
    for given in votes.values():
        for pair in combinations(sorted(given), 2):
            if pair not in tables:
                tables[pair] = np.zeros((len(order), len(order)), dtype=int)
            tables[pair][place[given[pair[0]]], place[given[pair[1]]]] += 1
    return tables


def _pair(first: str, second: str, table: np.ndarray, order: tuple[str, ...], level: float) -> PairAgreement:
    said = np.eye(len(order))
    rows, columns = np.indices(table.shape).reshape(2, -1)
    counts = np.repeat(said[rows] + said[columns], table.ravel(), axis=0)
    return PairAgreement(
        first=first,
        second=second,
        categories=order,
        table=tuple(tuple(int(cell) for cell in row) for row in table),
        raw=raw_agreement(counts, level=level),
        kappa=cohen_kappa(table, level=level),
        ac1=gwet_ac1(counts, level=level),
    )


def raw_agreement(counts: np.ndarray, *, level: float = 95) -> Coefficient:
    """Share of pairs of votes on one record that are alike; Wilson's interval where each record has two votes.

    counts: (records, categories), how many reviewers put the record there. With more votes the interval is from the
    spread between records.
    """
    name = "Raw agreement"
    used = counts[counts.sum(axis=1) >= 2]
    if not len(used):
        return Coefficient(name=name, value=None, note="no record has two votes")
    alike = _alike(used)
    value, n = float(alike.mean()), len(used)
    if (used.sum(axis=1) == 2).all():
        z = float(stats.norm.ppf(0.5 + level / 200))
        middle = (value + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(value * (1 - value) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return Coefficient(name=name, value=value, low=max(0.0, middle - half), high=min(1.0, middle + half), records=n)
    low, high = _t_interval(value, float(alike.var(ddof=1)) / n if n > 1 else math.nan, n, level)
    return Coefficient(name=name, value=value, low=None if low is None else max(0.0, low), high=high, records=n)


def cohen_kappa(table: np.ndarray, *, level: float = 95) -> Coefficient:
    """Cohen's kappa of two reviewers with the large-sample interval of Fleiss, Cohen & Everitt (1969, equation 13).

    table: (categories, categories) of counts; rows the first reviewer's, columns the second's.
    """
    name = "Cohen's kappa"
    n = int(table.sum())
    if n == 0:
        return Coefficient(name=name, value=None, note="no record has two votes")
    p = table / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float(np.trace(p)), float(rows @ columns)
    if expected >= 1 - 1e-15:
        return Coefficient(
            name=name, value=None, records=n, note="not defined: both reviewers put every record in one category"
        )
    kappa = (observed - expected) / (1 - expected)
    diagonal = np.diag(p)
    on = float(np.sum(diagonal * ((1 - expected) - (rows + columns) * (1 - observed)) ** 2))
    sums = columns[:, None] + rows[None, :]  # p_.i + p_j. for cell (i, j)
    off = (1 - observed) ** 2 * float(np.sum(p * sums**2) - np.sum(diagonal * np.diag(sums) ** 2))
    rest = (observed * expected - 2 * expected + observed) ** 2
    variance = max(0.0, (on + off - rest) / (n * (1 - expected) ** 4))
    half = float(stats.norm.ppf(0.5 + level / 200)) * math.sqrt(variance)
    return _without_no_width(
        Coefficient(name=name, value=float(kappa), low=max(-1.0, kappa - half), high=min(1.0, kappa + half), records=n)
    )


def gwet_ac1(counts: np.ndarray, *, level: float = 95) -> Coefficient:
    """Gwet's AC1 of any number of reviewers, votes missing or not, with its interval (t, records - 1).

    It stays meaningful where nearly all records are of one kind, as in screening, and kappa falls (Feinstein &
    Cicchetti 1990). counts: (records, categories).
    """
    name = "Gwet's AC1"
    counts = counts[counts.sum(axis=1) >= 1]
    votes = counts.sum(axis=1)
    several = votes >= 2
    n, n2, q = len(counts), int(several.sum()), counts.shape[1]
    if n2 == 0:
        return Coefficient(name=name, value=None, note="no record has two votes")
    if q < 2:
        return Coefficient(name=name, value=None, records=n2, note="not defined: there is one category only")
    alike = np.zeros(n)
    alike[several] = _alike(counts[several])
    observed = float(alike[several].mean())
    shares = (counts / votes[:, None]).mean(axis=0)
    expected = float(np.sum(shares * (1 - shares)) / (q - 1))
    value = (observed - expected) / (1 - expected)
    by_record = (n / n2) * (alike - expected * several) / (1 - expected)
    expected_of = (counts @ (1 - shares)) / votes / (q - 1)
    linear = by_record - 2 * (1 - value) * (expected_of - expected) / (1 - expected)
    variance = float(np.sum((linear - value) ** 2)) / (n * (n - 1)) if n > 1 else math.nan
    low, high = _t_interval(value, variance, n, level)
    return _without_no_width(Coefficient(name=name, value=float(value), low=low, high=high, records=n2))


def krippendorff_alpha(counts: np.ndarray, *, level: float = 95) -> Coefficient:
    """Krippendorff's alpha for nominal categories, with a bootstrap interval over records (fixed seed).

    counts: (records, categories); records with one vote are left out, as its author has it.
    """
    name = "Krippendorff's alpha"
    # records with the same votes are one row: a draw of records is a draw of rows, however many records there are
    used, times = np.unique(counts[counts.sum(axis=1) >= 2], axis=0, return_counts=True)
    n = int(times.sum())
    if n == 0:
        return Coefficient(name=name, value=None, note="no record has two votes")
    votes = used.sum(axis=1)
    unlike = (votes**2 - (used**2).sum(axis=1)) / (votes - 1)  # a record's share of the coincidences off the diagonal
    value = _alpha(times @ unlike, times @ used)
    if math.isnan(value):
        return Coefficient(name=name, value=None, records=n, note="not defined: every vote is in one category")
    drawn = np.random.default_rng(SEED).multinomial(n, times / n, size=BOOTSTRAPS)
    again = _alpha(drawn @ unlike, drawn @ used)
    again = again[~np.isnan(again)]
    if n < 2 or not len(again):
        return Coefficient(name=name, value=float(value), records=n)
    low, high = np.quantile(again, [0.5 - level / 200, 0.5 + level / 200])
    return _without_no_width(Coefficient(name=name, value=float(value), low=float(low), high=float(high), records=n))


def _without_no_width(found: Coefficient) -> Coefficient:
    """An interval without width is none: where all votes are alike the formulas see no spread, however few they are."""
    if found.low is None or found.high is None or found.high - found.low > 1e-12:
        return found
    return replace(found, low=None, high=None, note="no interval: all votes are alike; see that of the raw agreement")


def _alpha(unlike: np.ndarray | float, by_category: np.ndarray) -> np.ndarray:
    """1 - observed / expected disagreement, for one table or for many; NaN where no disagreement is expected."""
    total = by_category.sum(axis=-1)
    expected = (total**2 - (by_category**2).sum(axis=-1)) / (total - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(expected > 0, 1 - np.asarray(unlike) / expected, np.nan))


def _alike(counts: np.ndarray) -> np.ndarray:
    """For each record with two votes or more, the share of its pairs of votes that are alike."""
    votes = counts.sum(axis=1)
    return np.asarray((counts * (counts - 1)).sum(axis=1) / (votes * (votes - 1)))


def _t_interval(value: float, variance: float, n: int, level: float) -> tuple[float | None, float | None]:
    if n < 2 or math.isnan(variance):
        return None, None
    half = float(stats.t.ppf(0.5 + level / 200, n - 1)) * math.sqrt(variance)
    return max(-1.0, value - half), min(1.0, value + half)
