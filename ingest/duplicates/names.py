"""The people of a record: their names in comparable form, and how two lists of them agree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz

from ingest.duplicates.agreement import NO, UNKNOWN, YES, Agreement
from ingest.duplicates.words import words

MAX_AUTHORS = 60
MAX_NAME = 1000  # characters of one author that are read: a list that lost its separators is one author
MAX_NAMES = 5000  # characters of all authors

_GROUP = re.compile(
    r"\b(?:group|study|trial|trialists|investigators|collaborat\w+|consorti\w+|committee|society|association|network"
    r"|anonymous|anon|no authors? listed)\b",
    re.IGNORECASE,
)


def nobody(authors: tuple[str, ...]) -> bool:
    """The first author is no person: a group may stand for the people of another source's entry."""
    return bool(authors) and bool(_GROUP.search(authors[0]))


_GLUED = re.compile(r"(?<=[a-z]|\.)(?=[A-Z][\w'’-]+ [A-Z])")  # "Adeli K.Lewis G. F.": a lost separator


def names_of(authors: Iterable[str], *, first_only: bool) -> Iterator[str]:
    """The parts of names ("Family Given") that are more than initials."""
    read = 0
    for author in authors:
        if read > MAX_NAMES:
            return
        people = _GLUED.split(author[:MAX_NAME])
        read += len(author[:MAX_NAME])
        for name in people[:1] if first_only else people:
            for place, part in enumerate(name.replace(",", " ").split()):
                if place == 0 or len(part) > 3 or not part.isupper():
                    if part.isascii() and part.isalpha():  # most are, and need no more
                        if len(part) > 1:
                            yield part.lower()
                    else:
                        yield from (word for word in words(part).split() if len(word) > 1)


def compare_names(a: frozenset[str], b: frozenset[str]) -> Agreement:
    """Whether two first authors, each given as the parts of a name, are one person but for a misspelling."""
    if not a or not b:
        return UNKNOWN
    if a & b:
        return YES
    return YES if any(fuzz.ratio(one, other) >= 80 for one in a for other in b) else NO


def compare_lists(a: frozenset[str], b: frozenset[str]) -> Agreement:
    """Whether half of the shorter list of names is in the longer."""
    if not a or not b:
        return UNKNOWN
    return YES if len(a & b) * 2 >= min(len(a), len(b)) else NO


def nearly_all(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether the longer list has four fifths of the shorter; the one may be cut short, or have initials only."""
    return bool(a) and bool(b) and len(a & b) * 5 >= min(len(a), len(b)) * 4
