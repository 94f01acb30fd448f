"""Journals under their full, parallel and abbreviated names."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from ingest.duplicates.agreement import NO, UNKNOWN, YES, Agreement


def journal_names(journal: str) -> list[str]:
    """A journal's name and its parallel names: "Zhonghua jie he za zhi = Chinese journal of tuberculosis"."""
    return [*re.split(r"\s*(?:=|:|\[|\(|\.(?=\s))\s*", journal)[:4], journal]


def compare_journals(a: tuple[str, ...], b: tuple[str, ...]) -> Agreement:
    if not a or not b:
        return UNKNOWN
    return YES if any(_same_journal(one, other) for one in a for other in b) else NO


_JOURNAL_SMALL = frozenset(
    {"the", "of", "and", "for", "in", "on", "a", "de", "der", "und", "et", "la", "le", "des", "fur", "y", "e"}
)


def _same_journal(a: str, b: str) -> bool:
    if a == b:
        return True
    left = [word for word in a.split() if word not in _JOURNAL_SMALL]
    right = [word for word in b.split() if word not in _JOURNAL_SMALL]
    if left == right:
        return True
    shorter, longer = sorted((left, right), key=lambda words: (sum(map(len, words)), words))
    if _abbreviates(shorter, longer):
        return True
    if len(shorter) == 1 and 2 < len(shorter[0]) <= 6 and shorter[0] == "".join(word[0] for word in longer):
        return True
    return len(shorter) > 1 and fuzz.ratio(" ".join(left), " ".join(right)) >= 90


def _abbreviates(short: list[str], long: list[str]) -> bool:
    """Each word of the abbreviation begins the word it stands for: "j clin virol", "journal clinical virology"."""
    return len(short) == len(long) > 1 and all(
        full.startswith(part) or _contracts(part, full) for part, full in zip(short, long, strict=True)
    )


def _contracts(part: str, full: str) -> bool:
    """ "natl" for "national", "intl" for "international"."""
    if len(part) < 3 or part[0] != full[0]:
        return False
    letters = iter(full)
    return all(letter in letters for letter in part)
