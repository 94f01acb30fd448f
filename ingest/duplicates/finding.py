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
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from ingest.duplicates.agreement import SAME, UNSURE, YES
from ingest.duplicates.blocking import candidates
from ingest.duplicates.comparison import compare
from ingest.duplicates.grouping import Groups, UnsurePair, ambiguous, questions
from ingest.duplicates.rules import rule_for
from ingest.duplicates.sketch import Sketch, sketch
from ingest.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """What `find_duplicates` found. Positions count from zero in the sequence given."""

    groups: tuple[tuple[int, ...], ...]  # two or more records of one report each; safe to merge without asking
    unsure: tuple[UnsurePair, ...]  # one pair for any two groups or single records
    seconds: float


def find_duplicates(records: Sequence[Record]) -> Duplicates:
    """Group the records that certainly describe one report, and list the pairs that perhaps do.

    Each record stands in at most one group. Deterministic: the same records in the same order give the same answer.
    """
    start = time.perf_counter()
    sketches = _without_running_numbers([sketch(record) for record in records], records)
    sketches = _without_shared_dois(sketches)
    strong: list[tuple[int, int]] = []  # pairs that share an identifier or a page
    weak: list[tuple[int, int]] = []  # pairs in which one has gaps that the other fills
    perhaps: list[tuple[int, int, str]] = []
    for i, j in sorted(candidates(sketches)):
        comparison = compare(sketches[i], sketches[j])
        rule = rule_for(comparison)
        if rule.verdict is SAME:
            (strong if YES in (comparison.page, comparison.doi, comparison.pmid) else weak).append((i, j))
        elif rule.verdict is UNSURE:
            perhaps.append((i, j, rule.name))
    groups = Groups(sketches)
    refused = [pair for pair in strong if not groups.join(*pair)]
    torn = ambiguous(weak, groups)
    refused += [pair for pair in weak if pair in torn or not groups.join(*pair)]
    perhaps += [(*pair, "agrees with this record, but also with another that differs from it") for pair in refused]
    return Duplicates(groups=groups.found(), unsure=questions(perhaps, groups), seconds=time.perf_counter() - start)


def _without_shared_dois(sketches: list[Sketch]) -> list[Sketch]:
    """Take away DOIs that three or more different titles bear: a supplement's or a book's, which tell nothing."""
    titles: dict[str, list[str]] = defaultdict(list)
    for each in sketches:
        if each.doi:
            known = titles[each.doi]
            if len(known) < 3 and all(fuzz.ratio(each.title, title) < 60 for title in known):
                known.append(each.title)
    return [replace(each, doi=None) if each.doi and len(titles[each.doi]) >= 3 else each for each in sketches]


_RUNNING = 50  # records of a source with an issue, from which on it can be seen that the column holds something else


def _without_running_numbers(sketches: list[Sketch], records: Sequence[Record]) -> list[Sketch]:
    """Take away the issues of a source that are all different: a column of running numbers, not of issues."""
    issues: dict[str, list[str]] = defaultdict(list)
    for each, record in zip(sketches, records, strict=True):
        if each.issue:
            issues[record.source].append(each.issue)
    running = {
        source for source, given in issues.items() if len(given) >= _RUNNING and len(set(given)) > 0.8 * len(given)
    }
    if not running:
        return sketches
    return [
        replace(each, issue="") if record.source in running else each
        for each, record in zip(sketches, records, strict=True)
    ]
