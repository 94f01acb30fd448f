"""Journals under their full, parallel and abbreviated names."""

from __future__ import annotations

import html
import re
from functools import lru_cache

from rapidfuzz import fuzz

from ingest.duplicates.agreement import NO, UNKNOWN, YES, Agreement
from ingest.duplicates.words import words

MAX_JOURNAL = 300  # characters of a journal's name that are read
_PARALLEL = re.compile(r"\s+=\s+|\s*\|\s*")
_REST = re.compile(r"\s*(?::|\[|\(|\.\s).*", re.DOTALL)  # a subtitle, place or society


@lru_cache(maxsize=20_000)
def journal_names(journal: str) -> tuple[str, ...]:
    """A journal's name and its parallel names, in words: "Ai zheng = Aizheng = Chinese journal of cancer"."""
    journal = html.unescape(journal[:MAX_JOURNAL]).replace("&", " and ")
    parallel = _PARALLEL.split(journal)[:4]
    names = [*(_REST.sub("", name) for name in parallel), *parallel, journal]
    return tuple(dict.fromkeys(name for name in map(words, names) if name))


def compare_journals(a: tuple[str, ...], b: tuple[str, ...]) -> Agreement:
    """YES for one journal under two names; UNKNOWN also where one name begins like the other."""
    if not a or not b:
        return UNKNOWN
    return _compare(a, b)


@lru_cache(maxsize=100_000)
def _compare(a: tuple[str, ...], b: tuple[str, ...]) -> Agreement:
    if any(_same_journal(one, other) for one in a for other in b):
        return YES
    # "J Trauma" and "J Trauma Acute Care Surg": a journal renamed, cut short, or another one.
    return UNKNOWN if any(_begins_like(one, other) for one in a[-1:] for other in b[-1:]) else NO


_SMALL = frozenset(
    {
        "the",
        "of",
        "and",
        "for",
        "in",
        "on",
        "a",
        "de",
        "der",
        "und",
        "et",
        "la",
        "le",
        "des",
        "fur",
        "y",
        "e",
        "d",
        "l",
        "del",
        "di",
    }
)


def _telling(name: str) -> list[str]:
    return [word for word in name.split() if word not in _SMALL]


def _same_journal(a: str, b: str) -> bool:
    if a == b:
        return True
    left, right = _telling(a), _telling(b)
    if left == right:
        return True
    shorter, longer = sorted((left, right), key=lambda each: (sum(map(len, each)), each))
    if _abbreviates(shorter, longer):
        return True
    if len(shorter) == 1 and 2 < len(shorter[0]) <= 6 and shorter[0] == "".join(word[0] for word in longer):
        return True
    return len(shorter) > 1 and fuzz.ratio(" ".join(left), " ".join(right)) >= 90


def _begins_like(a: str, b: str) -> bool:
    shorter, longer = sorted((_telling(a), _telling(b)), key=lambda each: (len(each), each))
    return len(shorter) > 1 and _abbreviates(shorter, longer[: len(shorter)])


def _abbreviates(short: list[str], long: list[str]) -> bool:
    """Each word of the abbreviation begins the word it stands for: "j clin virol", "journal clinical virology"."""
    return len(short) == len(long) > 1 and all(
        full.startswith(part) or part.startswith(full) or _contracts(part, full)
        for part, full in zip(short, long, strict=True)
    )


def _contracts(part: str, full: str) -> bool:
    """ "natl" for "national", "intl" for "international"."""
    if len(part) < 3 or part[0] != full[0]:
        return False
    letters = iter(full)
    return all(letter in letters for letter in part)
