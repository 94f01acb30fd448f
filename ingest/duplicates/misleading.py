"""Values that mislead, as only the whole of the records shows, set aside before any pair is compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from ingest.duplicates.sketch import Sketch

MANY_TITLES = 3  # clearly different titles under one DOI, from which on it is a supplement's or a book's
MANY_VARIANTS = 10  # titles that are not the same to the letter, from which on it is so too
RUNNING_FROM = 50  # records with an issue, from which on it can be seen that the column holds something else
RUNNING_SHARE = 0.8  # of the issues being all different


def set_aside(sketches: list[Sketch], sources: Sequence[str]) -> list[Sketch]:
    """The sketches without DOIs that many titles bear, and without running numbers for issues."""
    return _without_shared_dois(_without_running_numbers(sketches, sources))


def _without_shared_dois(sketches: list[Sketch]) -> list[Sketch]:
    """A DOI that three or more different titles bear is a supplement's or a book's, and tells nothing."""
    bearing: dict[str, set[str]] = defaultdict(set)
    for each in sketches:
        if each.doi and len(bearing[each.doi]) < MANY_VARIANTS:
            bearing[each.doi].add(each.title)
    shared = {doi for doi, titles in bearing.items() if len(titles) >= MANY_TITLES and _many(titles)}
    return [replace(each, doi=None) if each.doi in shared else each for each in sketches] if shared else sketches


def _many(titles: set[str]) -> bool:
    if len(titles) >= MANY_VARIANTS:
        return True
    different: list[str] = []
    for title in sorted(titles):
        if all(fuzz.ratio(title, other) < 60 for other in different):
            different.append(title)
    return len(different) >= MANY_TITLES


def _without_running_numbers(sketches: list[Sketch], sources: Sequence[str]) -> list[Sketch]:
    """Issues of a source that are nearly all different are running numbers that some list put in their place."""
    issues: dict[str, list[str]] = defaultdict(list)
    for each, source in zip(sketches, sources, strict=True):
        if each.issue:
            issues[source].append(each.issue)
    running = {
        source
        for source, given in issues.items()
        if len(given) >= RUNNING_FROM and len(set(given)) > RUNNING_SHARE * len(given)
    }
    if not running:
        return sketches
    return [
        replace(each, issue="") if source in running else each for each, source in zip(sketches, sources, strict=True)
    ]
