"""Which records describe the same report: certainly, perhaps, or not.

Two records of one document are joined without asking only where title, people and place of publication agree and
nothing speaks against it; every other likely pair is left for a person, with the reasons. Definition, as reviewers
use it: versions of one document are duplicates; a conference abstract and its full paper, an article and its erratum,
retraction notice, comment or reply, part I and part II, and a review and its later update are not, and neither are
several reports of one study.

How a pair is found: records that share an identifier, a title (its whole, beginning or end), volume and first page, or
first author, year and page are compared; nothing else is. How it is judged: `compare` sets out what agrees, and the
first rule of `RULES` that applies gives the verdict and its name. `find_duplicates` then joins pairs into groups, and
refuses to join two groups of which any two members are certainly different.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.duplicates.agreement import DIFFERENT, SAME, UNSURE, YES
from ingest.duplicates.blocking import Blocks
from ingest.duplicates.comparison import compare
from ingest.duplicates.grouping import Groups, UnsurePair, ambiguous, questions
from ingest.duplicates.misleading import set_aside
from ingest.duplicates.rules import Rule, rule_for
from ingest.duplicates.sketch import Sketch, sketch
from ingest.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """What `find_duplicates` found. Positions count from zero in the sequence given."""

    groups: tuple[tuple[int, ...], ...]  # two or more records of one report each; safe to merge without asking
    unsure: tuple[UnsurePair, ...]  # one pair for any two groups or single records
    seconds: float


AMBIGUOUS = "agrees with this record, but also with another that differs from it"


def find_duplicates(records: Sequence[Record], *, new: Collection[int] | None = None) -> Duplicates:
    """Group the records that certainly describe one report, and list the pairs that perhaps do.

    Each record stands in at most one group. Deterministic: the same records in the same order give the same answer.

    With `new`, positions of records that came in since the others were compared, only what concerns these is looked
    for: the answer holds the groups with a new record in them and the questions about such groups or records, exactly
    as a run over everything gives them. The new records are compared with all, and what is like them with what is like
    it in turn, so that a new record cannot join two old ones that contradict each other.
    """
    start = time.perf_counter()
    sketches = set_aside([sketch(each) for each in records], [each.source for each in records])
    likely = _Likely(sketches)
    if new is None:
        concerned: Collection[int] = range(len(sketches))
        asked: frozenset[int] | None = None
    else:
        asked = frozenset(new)
        if outside := [index for index in asked if not 0 <= index < len(sketches)]:
            raise IndexError(f"new: no record stands at position {min(outside)}")
        concerned = _concerned(asked, likely)
    strong: list[tuple[int, int]] = []  # pairs that share an identifier or a page
    weak: list[tuple[int, int]] = []  # pairs in which one has gaps that the other fills
    perhaps: list[tuple[int, int, str]] = []
    for i in sorted(concerned):
        for j, rule, firm in likely.pairs(i, after=i):
            if j not in concerned:
                continue
            if rule.verdict is SAME:
                (strong if firm else weak).append((i, j))
            else:
                perhaps.append((i, j, rule.name))
    groups = Groups(sketches)
    refused = [pair for pair in strong if not groups.join(*pair)]
    torn = ambiguous(weak, groups)
    refused += [pair for pair in weak if pair in torn or not groups.join(*pair)]
    perhaps += [(*pair, AMBIGUOUS) for pair in refused]
    found, unsure = groups.found(), questions(perhaps, groups)
    if asked is not None:
        found = tuple(group for group in found if not asked.isdisjoint(group))
        unsure = tuple(
            one for one in unsure if any(not asked.isdisjoint(groups.of(index).members) for index in one.pair)
        )
    return Duplicates(groups=found, unsure=unsure, seconds=time.perf_counter() - start)


class _Likely:
    """The pairs of each record that are not certainly different."""

    def __init__(self, sketches: Sequence[Sketch]) -> None:
        self._sketches = sketches
        self._blocks = Blocks(sketches)

    def pairs(self, index: int, *, after: int = -1) -> Iterator[tuple[int, Rule, bool]]:
        """The other record (at a position after the one given), the rule, and whether an identifier or page agrees."""
        for other in sorted(self._blocks.neighbours(index)):
            if other > after:
                found = compare(self._sketches[index], self._sketches[other])
                rule = rule_for(found)
                if rule.verdict is not DIFFERENT:
                    yield other, rule, YES in (found.page, found.doi, found.pmid)


def _concerned(new: Collection[int], likely: _Likely) -> set[int]:
    """What has to be looked at to settle the new records: what they may be joined to, directly or through others,
    what they may be asked about, and what that is joined to."""
    joined = _reached(new, likely)
    asked = {j for i in joined for j, rule, _ in likely.pairs(i) if rule.verdict is UNSURE}
    return joined | _reached(asked - joined, likely)


def _reached(start: Iterable[int], likely: _Likely) -> set[int]:
    """These, and all that pairs judged the same lead to."""
    reached = set(start)
    waiting = list(reached)
    while waiting:
        for j, rule, _ in likely.pairs(waiting.pop()):
            if rule.verdict is SAME and j not in reached:
                reached.add(j)
                waiting.append(j)
    return reached
