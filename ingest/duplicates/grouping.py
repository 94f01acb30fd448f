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

MOST = 20  # members of a group, or groups that one record fits, that are asked whether they contradict each other


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsurePair:
    """Two records that a person should look at."""

    pair: tuple[int, int]  # positions in the sequence given, lower first
    reasons: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Group:
    """Records joined so far."""

    members: list[int]
    first: int  # the lowest of them


class Groups:
    """What has been joined so far; a record that has not been is a group of its own."""

    def __init__(self, sketches: Sequence[Sketch]) -> None:
        self._sketches = sketches
        self._group: dict[int, Group] = {}

    def of(self, index: int) -> Group:
        """The group of a record."""
        return self._group.get(index) or Group([index], index)

    def join(self, i: int, j: int) -> bool:
        """Make one group of two, unless members of the one contradict members of the other."""
        ours, theirs = self.of(i), self.of(j)
        if ours is theirs:
            return True
        if self.contradict(ours, theirs):
            return False
        if len(ours.members) < len(theirs.members):
            ours, theirs = theirs, ours
        ours.members.extend(theirs.members)
        ours.first = min(ours.first, theirs.first)
        for index in (i, j, *theirs.members):
            self._group[index] = ours
        return True

    def contradict(self, ours: Group, theirs: Group) -> bool:
        """Some member of one differs from some member of the other; of large groups, a sample is asked."""
        return any(
            _contradict(self._sketches[one], self._sketches[other])
            for one in _sample(ours.members)
            for other in _sample(theirs.members)
        )

    def found(self) -> tuple[tuple[int, ...], ...]:
        """The groups, each in order, by their first records."""
        return tuple(
            sorted(tuple(sorted(group.members)) for group in {id(g): g for g in self._group.values()}.values())
        )


def _sample(members: list[int]) -> Iterable[int]:
    return members if len(members) <= MOST else (*members[: MOST // 2], *members[-MOST // 2 :])


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
    fits: dict[int, list[tuple[tuple[int, int], Group]]] = defaultdict(list)
    for pair in weak:
        for one, other in (pair, pair[::-1]):
            fits[groups.of(one).first].append((pair, groups.of(other)))
    found: set[tuple[int, int]] = set()
    known: dict[tuple[int, int], bool] = {}
    for fitting in fits.values():
        others = {group.first: group for _, group in fitting}
        distinct = {first: others[first] for first in sorted(others)[:MOST]}
        for one, other in combinations(distinct, 2):
            if (one, other) not in known:
                known[one, other] = groups.contradict(distinct[one], distinct[other])
            if known[one, other]:
                found.update(pair for pair, _ in fitting)
                break
    return found


def questions(perhaps: Iterable[tuple[int, int, str]], groups: Groups) -> tuple[UnsurePair, ...]:
    """One pair for any two groups or single records, with every reason that came up between them."""
    pairs: dict[tuple[int, int], tuple[tuple[int, int], dict[str, None]]] = {}
    for i, j, name in sorted(perhaps):
        left, right = sorted((groups.of(i).first, groups.of(j).first))
        if left != right:
            pairs.setdefault((left, right), ((min(i, j), max(i, j)), {}))[1][name] = None
    return tuple(UnsurePair(pair=pair, reasons=tuple(reasons)) for _, (pair, reasons) in sorted(pairs.items()))
