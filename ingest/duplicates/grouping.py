"""Pairs joined into groups, none of which holds two records that contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from ingest.duplicates.agreement import DIFFERENT, NO, UNSURE
from ingest.duplicates.comparison import compare
from ingest.duplicates.rules import rule_for
from ingest.duplicates.sketch import Sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsurePair:
    """Two records that a person should look at."""

    pair: tuple[int, int]  # positions in the sequence given, lower first
    reasons: tuple[str, ...]


class Groups:
    """Records joined so far."""

    def __init__(self, sketches: Sequence[Sketch]) -> None:
        self._sketches = sketches
        self._group: dict[int, list[int]] = {}

    def of(self, index: int) -> list[int]:
        """The group of a record; itself if it was not joined to any."""
        return self._group.get(index, [index])

    def join(self, i: int, j: int) -> bool:
        """Make one group of two, unless members of the one contradict members of the other."""
        ours, theirs = self.of(i), self.of(j)
        if ours is theirs:
            return True
        if self.contradict(ours, theirs):
            return False
        if len(ours) < len(theirs):
            ours, theirs = theirs, ours
        ours.extend(theirs)
        for index in (i, j, *theirs):
            self._group[index] = ours
        return True

    def contradict(self, ours: Sequence[int], theirs: Sequence[int]) -> bool:
        """Some member of one differs from some member of the other; of large groups, a sample is asked."""
        return any(
            _contradict(self._sketches[one], self._sketches[other])
            for one in dict.fromkeys((*ours[:10], *ours[-10:]))
            for other in dict.fromkeys((*theirs[:10], *theirs[-10:]))
        )

    def found(self) -> tuple[tuple[int, ...], ...]:
        """The groups, each in order, by their first records."""
        return tuple(sorted({tuple(sorted(group)) for group in self._group.values()}))


def _contradict(a: Sketch, b: Sketch) -> bool:
    """Both can not be the same report: different by rule, or in doubt with different pages, numbers or identifiers."""
    comparison = compare(a, b)
    verdict = rule_for(comparison).verdict
    return verdict is DIFFERENT or (
        verdict is UNSURE
        and (NO in (comparison.page, comparison.doi, comparison.pmid) or not comparison.numbers or not comparison.kind)
    )


def ambiguous(weak: list[tuple[int, int]], groups: Groups) -> set[tuple[int, int]]:
    """Weak pairs of a record with gaps that fits two groups which contradict each other: either may be the one."""
    fits: dict[int, list[tuple[tuple[int, int], list[int]]]] = defaultdict(list)
    for pair in weak:
        for one, other in (pair, pair[::-1]):
            fits[min(groups.of(one))].append((pair, groups.of(other)))
    found: set[tuple[int, int]] = set()
    for fitting in fits.values():
        distinct = list({min(group): group for _, group in fitting}.values())[:20]
        if any(groups.contradict(ours, theirs) for ours, theirs in combinations(distinct, 2)):
            found.update(pair for pair, _ in fitting)
    return found


def questions(perhaps: Iterable[tuple[int, int, str]], groups: Groups) -> tuple[UnsurePair, ...]:
    """One pair for any two groups or single records, with every reason that came up between them."""
    pairs: dict[tuple[int, int], tuple[tuple[int, int], dict[str, None]]] = {}
    for i, j, name in sorted(perhaps):
        left, right = sorted((min(groups.of(i)), min(groups.of(j))))
        if left != right:
            pairs.setdefault((left, right), ((min(i, j), max(i, j)), {}))[1][name] = None
    return tuple(UnsurePair(pair=pair, reasons=tuple(reasons)) for _, (pair, reasons) in sorted(pairs.items()))
